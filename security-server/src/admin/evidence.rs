//! `GET /asic`: the evidence of one exchange, for the administrator, who may see all of them.
//!
//! Parameters: `queryId` (required); `xRoadInstance`, `memberClass`, `memberCode`, `subsystemCode` to restrict it to
//! one of our subsystems; `requestOnly` or `responseOnly`; `force` to stamp records that have no timestamp yet. One
//! matching record comes as `.asice`, several as a ZIP of them. (What information systems may ask is in
//! [`crate::information_services::asic`].)

use identifiers::{ClientId, MemberId};
use service_kit::http::{Request, Response};

use crate::information_services::asic::attachment;
use crate::information_services::{ZipEntry, zip_file};
use crate::message_log::{Direction, ExportQuery, ExportedContainer, LogError, MessageLog};

/// Answers one request.
pub async fn export(journal: &MessageLog, request: &Request) -> Response {
    let query = match query(request) {
        Ok(query) => query,
        Err(text) => return Response::text(400, text),
    };
    match journal.export(&query).await {
        Ok(containers) => answer(containers),
        Err(error @ LogError::NotFound) => Response::text(404, format!("{error}\n")),
        Err(error @ LogError::NotTimestamped) => {
            Response::text(409, format!("{error}; ask with `force` to have it stamped now\n"))
        }
        Err(error) => Response::text(500, format!("{error}\n")),
    }
}

fn query(request: &Request) -> Result<ExportQuery, &'static str> {
    let given = |name: &str| request.query_value(name);
    let query_id = given("queryId").filter(|id| !id.is_empty()).ok_or("queryId is missing\n")?;
    let direction = match (given("requestOnly").is_some(), given("responseOnly").is_some()) {
        (true, true) => return Err("requestOnly and responseOnly exclude each other\n"),
        (true, false) => Some(Direction::Request),
        (false, true) => Some(Direction::Response),
        (false, false) => None,
    };
    let local = match (given("xRoadInstance"), given("memberClass"), given("memberCode")) {
        (Some(instance), Some(class), Some(code)) => {
            let member = MemberId::new(&instance, &class, &code)
                .map_err(|_| "the client identifier is malformed\n")?;
            let client = ClientId::new(member, given("subsystemCode").as_deref());
            Some(client.map_err(|_| "the client identifier is malformed\n")?)
        }
        (None, None, None) => None,
        _ => return Err("xRoadInstance, memberClass and memberCode belong together\n"),
    };
    Ok(ExportQuery { query_id, local, direction, force: given("force").is_some() })
}

fn answer(mut containers: Vec<ExportedContainer>) -> Response {
    if containers.len() == 1 {
        let container = containers.remove(0);
        return attachment("application/vnd.etsi.asic-e+zip", &container.file_name, container.bytes);
    }
    let name = containers.first().map(|first| first.file_name.clone()).unwrap_or_default();
    let name = format!("{}.zip", name.trim_end_matches(".asice"));
    let entries: Vec<_> = containers
        .iter()
        .map(|found| ZipEntry { name: &found.file_name, time: found.time, content: &found.bytes })
        .collect();
    match zip_file(&entries) {
        Ok(bytes) => attachment("application/zip", &name, bytes),
        Err(error) => Response::text(500, format!("{error}\n")),
    }
}
