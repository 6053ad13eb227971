//! `GET /asic`: the evidence of one exchange, for the client that took part in it.
//!
//! Parameters: `queryId`, `xRoadInstance`, `memberClass`, `memberCode` and, for subsystems, `subsystemCode`; the flags
//! `requestOnly`, `responseOnly`, `unique` and `force` count as soon as they are there, whatever their value. The
//! caller authenticates like an information system that sends a message for this client.

use identifiers::{ClientId, MemberId};
use service_kit::http::{Request, Response};

use super::{ZipEntry, required, zip_file};
use crate::message_log::{Direction, ExportQuery, ExportedContainer, LogError, escaped_query_id};
use crate::relay::Relay;
use crate::relay::stage::authenticate_client::check_information_system;

/// An error of this service: HTTP status and one line of text.
type Failure = (u16, String);

/// What was asked for.
struct Asked {
    client: ClientId,
    query_id: String,
    direction: Option<Direction>,
    unique: bool,
    force: bool,
}

/// Answers one request. Errors are plain text: 400 parameters, 401 authentication, 404 nothing found, 500 the rest.
pub(super) async fn answer(relay: &Relay, request: &Request) -> Response {
    export(relay, request).await.unwrap_or_else(|(status, text)| Response::text(status, format!("{text}\n")))
}

async fn export(relay: &Relay, request: &Request) -> Result<Response, Failure> {
    let client = client(request)?;
    let encrypted = request.connection().is_some_and(|connection| connection.encrypted);
    let certificate = request.peer().map(service_kit::peer_tls::PeerIdentity::leaf);
    check_information_system(relay, &client, encrypted, certificate)
        .map_err(|refusal| (401, refusal.text().to_owned()))?;
    let asked = asked(client, request)?;
    let query = ExportQuery {
        query_id: asked.query_id.clone(),
        local: Some(asked.client.clone()),
        direction: asked.direction,
        force: asked.force,
    };
    let containers = relay.journal().export(&query).await.map_err(|error| failure(&error))?;
    if asked.unique { unique(containers) } else { several(&asked, &containers) }
}

fn client(request: &Request) -> Result<ClientId, Failure> {
    let required = |name| required(request, name).map_err(bad);
    let member =
        MemberId::new(&required("xRoadInstance")?, &required("memberClass")?, &required("memberCode")?);
    let subsystem = request.query_value("subsystemCode").filter(|code| !code.is_empty());
    let client = member.and_then(|member| ClientId::new(member, subsystem.as_deref()));
    client.map_err(|error| bad(format!("The client identifier is malformed: {error}")))
}

fn asked(client: ClientId, request: &Request) -> Result<Asked, Failure> {
    let query_id = required(request, "queryId").map_err(bad)?;
    let flag = |name: &str| request.query_value(name).is_some();
    let direction = match (flag("requestOnly"), flag("responseOnly")) {
        (true, true) => {
            let text = "Parameters \"requestOnly\" and \"responseOnly\" cannot be used at the same time.";
            return Err(bad(text.to_owned()));
        }
        (true, false) => Some(Direction::Request),
        (false, true) => Some(Direction::Response),
        (false, false) => None,
    };
    if flag("unique") && direction.is_none() {
        let text = "Parameter \"unique\" not applicable without \"requestOnly\" or \"responseOnly\".";
        return Err(bad(text.to_owned()));
    }
    Ok(Asked { client, query_id, direction, unique: flag("unique"), force: flag("force") })
}

/// The caller's parameters are wrong.
fn bad(text: String) -> Failure {
    (400, text)
}

fn failure(error: &LogError) -> Failure {
    match error {
        LogError::NotFound => (404, "No signed documents found".to_owned()),
        LogError::NotTimestamped => (500, "Message signature has not been timestamped yet!".to_owned()),
        other => (500, other.to_string()),
    }
}

/// Exactly one container, as it is.
fn unique(mut containers: Vec<ExportedContainer>) -> Result<Response, Failure> {
    let only = containers.pop().filter(|_| containers.is_empty());
    let only = only.ok_or_else(|| (500, "More than one matching document found".to_owned()))?;
    Ok(attachment("application/vnd.etsi.asic-e+zip", &only.file_name, only.bytes))
}

fn several(asked: &Asked, containers: &[ExportedContainer]) -> Result<Response, Failure> {
    let entries: Vec<_> = containers
        .iter()
        .map(|found| ZipEntry { name: &found.file_name, time: found.time, content: &found.bytes })
        .collect();
    let archive = zip_file(&entries).map_err(|error| (500, error.to_string()))?;
    let direction = match asked.direction {
        Some(Direction::Request) => "-request",
        Some(Direction::Response) => "-response",
        None => "",
    };
    let name = format!("{}{direction}.zip", escaped_query_id(&asked.query_id));
    Ok(attachment("application/zip", &name, archive))
}

/// A file to be kept. Names are escaped, so nothing in them ends the quoted string.
pub(crate) fn attachment(content_type: &str, name: &str, bytes: Vec<u8>) -> Response {
    Response::with(200, content_type, bytes)
        .header("Content-Disposition", format!("attachment; filename=\"{name}\""))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use time::macros::datetime;

    use super::*;
    use crate::message_log::Side;

    const CLIENT: &str = "xRoadInstance=I&memberClass=C&memberCode=M&subsystemCode=S";

    fn ask(more: &str) -> Result<Asked, Failure> {
        let request = Request::get(format!("/asic?{CLIENT}{more}"));
        asked(client(&request)?, &request)
    }

    fn container(record: i64, direction: Direction) -> ExportedContainer {
        ExportedContainer {
            record,
            side: Side::Consumer,
            direction,
            time: datetime!(2026-11-24 12:00:00 UTC),
            file_name: format!("q-{record}.asice"),
            bytes: format!("container {record}").into_bytes(),
            body_missing: false,
        }
    }

    #[test]
    fn parameters() {
        let ok = ask("&queryId=q%2F1&requestOnly=false&unique&force").ok().unwrap();
        assert_eq!(ok.client.to_path(), "I/C/M/S");
        assert_eq!((ok.query_id.as_str(), ok.direction), ("q/1", Some(Direction::Request)));
        assert!(ok.unique && ok.force);
        for more in ["", "&queryId=", "&queryId=q&requestOnly&responseOnly", "&queryId=q&unique"] {
            assert_eq!(ask(more).err().unwrap().0, 400, "{more}");
        }
        for target in ["/asic?queryId=q", "/asic?queryId=q&xRoadInstance=I&memberClass=C"] {
            assert_eq!(client(&Request::get(target)).err().unwrap().0, 400);
        }
    }

    #[tokio::test]
    async fn several_come_as_archive_and_one_as_it_is() {
        let both = [container(1, Direction::Request), container(2, Direction::Response)];
        let asked = ask("&queryId=a/b c").ok().unwrap();
        let response = several(&asked, &both).ok().unwrap();
        let disposition = response.headers.get("content-disposition");
        assert_eq!(disposition, Some("attachment; filename=\"a%2Fb+c.zip\""));
        let bytes = response.body.read_all(10_000).await.unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names, ["q-1.asice", "q-2.asice"]);
        let mut content = String::new();
        archive.by_name("q-2.asice").unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content, "container 2");

        let response = unique(both[..1].to_vec()).ok().unwrap();
        assert_eq!(response.headers.get("content-type"), Some("application/vnd.etsi.asic-e+zip"));
        assert_eq!(unique(both.to_vec()).err().unwrap().0, 500);
    }
}
