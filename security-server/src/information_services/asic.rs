//! `GET /asic`: the evidence of one exchange, for the client that took part in it.
//!
//! Parameters: `queryId`, `xRoadInstance`, `memberClass`, `memberCode` and, for subsystems, `subsystemCode`; the flags
//! `requestOnly`, `responseOnly`, `unique` and `force` count as soon as they are there, whatever their value. The
//! caller authenticates like an information system that sends a message for this client.

use identifiers::{ClientId, MemberId};
use service_kit::http::{Request, Response};

use super::{ZipEntry, zip_file};
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
    let member = MemberId::new(
        &required(request, "xRoadInstance")?,
        &required(request, "memberClass")?,
        &required(request, "memberCode")?,
    );
    let subsystem = request.query_value("subsystemCode").filter(|code| !code.is_empty());
    let client = member.and_then(|member| ClientId::new(member, subsystem.as_deref()));
    client.map_err(|error| (400, format!("The client identifier is malformed: {error}")))
}

fn asked(client: ClientId, request: &Request) -> Result<Asked, Failure> {
    let query_id = required(request, "queryId")?;
    let flag = |name: &str| request.query_value(name).is_some();
    let direction = match (flag("requestOnly"), flag("responseOnly")) {
        (true, true) => {
            let text = "Parameters \"requestOnly\" and \"responseOnly\" cannot be used at the same time";
            return Err((400, text.to_owned()));
        }
        (true, false) => Some(Direction::Request),
        (false, true) => Some(Direction::Response),
        (false, false) => None,
    };
    if flag("unique") && direction.is_none() {
        let text = "Parameter \"unique\" needs \"requestOnly\" or \"responseOnly\"";
        return Err((400, text.to_owned()));
    }
    Ok(Asked { client, query_id, direction, unique: flag("unique"), force: flag("force") })
}

fn required(request: &Request, name: &str) -> Result<String, Failure> {
    let given = request.query_value(name).filter(|value| !value.trim().is_empty());
    given.ok_or_else(|| (400, format!("Parameter \"{name}\" must be specified")))
}

fn failure(error: &LogError) -> Failure {
    match error {
        LogError::NotFound => (404, "No signed documents found".to_owned()),
        LogError::NotTimestamped => (500, "Message signature has not been timestamped yet".to_owned()),
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
