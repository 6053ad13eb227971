//! Metadata services that are not SOAP: `listClients`, and the lists of REST services.
//!
//! (The SOAP services are in [`soap`](crate::soap), since they answer SOAP messages.)

#[cfg(test)]
mod tests;

use identifiers::{ClientId, ServiceId};
use serde::Serialize;

use crate::names::xmlns;
use crate::rest::{ResponseContext, RestError, RestRequest, RestResponse};
use crate::soap_fault::escape_into;

/// A member or subsystem in the answer to `listClients`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientEntry {
    /// The member or subsystem.
    pub id: ClientId,
    /// The name of the member, for subsystems too.
    pub name: String,
    /// The name of the subsystem, if it has one.
    pub subsystem_name: Option<String>,
}

/// The kinds of REST services in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum RestServiceType {
    /// Without description.
    #[serde(rename = "REST")]
    Rest,
    /// With an OpenAPI description.
    #[serde(rename = "OPENAPI")]
    OpenApi,
}

/// A method and a path of a REST service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Endpoint {
    /// The HTTP method, or `*`.
    pub method: String,
    /// The path below the service, with `*` for parts that vary.
    pub path: String,
}

/// A REST service in the answers to `listMethods` and `allowedMethods`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestServiceEntry {
    /// The service.
    pub id: ServiceId,
    /// Its kind.
    pub service_type: RestServiceType,
    /// Its endpoints, without the one that means the whole service.
    pub endpoints: Vec<Endpoint>,
}

/// Content type of [`client_list_json`].
pub const CLIENT_LIST_JSON: &str = "application/json; charset=utf-8";

/// Whether `listClients` answers in JSON: some `Accept` header lists `application/json`, whatever its quality.
#[must_use]
pub fn accepts_json<'a>(accept: impl IntoIterator<Item = &'a str>) -> bool {
    let mut ranges = accept.into_iter().flat_map(|header| header.split(','));
    ranges.any(|range| {
        range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
    })
}

/// The value of a query parameter of a metadata service: the last one of that name, decoded as a form.
#[must_use]
pub fn query_parameter(query: &str, name: &str, ignore_case: bool) -> Option<String> {
    let same = |found: &str| if ignore_case { found.eq_ignore_ascii_case(name) } else { found == name };
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .rfind(|(found, _)| same(&form_decoded(found)))
        .map(|(_, value)| form_decoded(value))
}

/// Decodes `application/x-www-form-urlencoded`; escapes that are none stay as they are.
fn form_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let digit = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = tail.get(2..).unwrap_or_default();
                continue;
            }
            (b'+', ..) => out.push(b' '),
            _ => out.push(*byte),
        }
        rest = tail;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The answer to `listClients` in XML.
#[must_use]
pub fn client_list_xml(clients: &[ClientEntry]) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<xroad:clientList xmlns:xroad=\"{}\" xmlns:id=\"{}\">\n",
        xmlns::XROAD,
        xmlns::IDENTIFIERS
    );
    for client in clients {
        xml.push_str("    <xroad:member>\n        ");
        write_client_id(&mut xml, "xroad:id", &client.id);
        xml.push_str("\n        ");
        element(&mut xml, "xroad:name", &client.name);
        if let Some(name) = &client.subsystem_name {
            xml.push_str("\n        ");
            element(&mut xml, "xroad:subsystemName", name);
        }
        xml.push_str("\n    </xroad:member>\n");
    }
    xml.push_str("</xroad:clientList>\n");
    xml
}

/// The answer to `listClients` in JSON.
#[must_use]
pub fn client_list_json(clients: &[ClientEntry]) -> String {
    let member = clients.iter().map(|client| MemberJson {
        id: ClientJson {
            member_class: client.id.member().class(),
            member_code: client.id.member().code(),
            object_type: object_type(&client.id),
            subsystem_code: client.id.subsystem(),
            xroad_instance: client.id.instance(),
        },
        name: &client.name,
        subsystem_name: client.subsystem_name.as_deref(),
    });
    json(&MemberListJson { member: member.collect() })
}

/// The answer to `listMethods` or `allowedMethods` in REST.
#[must_use]
pub fn rest_service_list(services: &[RestServiceEntry]) -> String {
    let service = services.iter().map(|service| ServiceJson {
        member_class: service.id.client().member().class(),
        member_code: service.id.client().member().code(),
        subsystem_code: service.id.client().subsystem(),
        service_code: service.id.code(),
        service_version: service.id.version(),
        endpoint_list: &service.endpoints,
        object_type: "SERVICE",
        service_type: service.service_type,
        xroad_instance: service.id.client().instance(),
    });
    json(&ServiceListJson { service: service.collect() })
}

/// The message of a REST metadata service: `200 OK`, the headers of the request as far as responses may have them, the
/// headers of X-Road, and the content type behind them. A body part always follows.
///
/// # Errors
/// A content type that no header can carry.
pub fn rest_answer(
    request: &RestRequest,
    context: &ResponseContext,
    content_type: &str,
) -> Result<RestResponse, RestError> {
    let mut response = RestResponse::from_service(200, "OK", request.headers.clone(), context)?;
    if content_type.chars().any(char::is_control) {
        return Err(RestError::MalformedHeader);
    }
    response.headers.push((crate::names::header::CONTENT_TYPE.to_owned(), content_type.to_owned()));
    Ok(response)
}

#[derive(Serialize)]
struct MemberListJson<'a> {
    member: Vec<MemberJson<'a>>,
}

#[derive(Serialize)]
struct MemberJson<'a> {
    id: ClientJson<'a>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subsystem_name: Option<&'a str>,
}

#[derive(Serialize)]
struct ClientJson<'a> {
    member_class: &'a str,
    member_code: &'a str,
    object_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subsystem_code: Option<&'a str>,
    xroad_instance: &'a str,
}

#[derive(Serialize)]
struct ServiceListJson<'a> {
    service: Vec<ServiceJson<'a>>,
}

/// The order of the fields is that of a stock server.
#[derive(Serialize)]
struct ServiceJson<'a> {
    member_class: &'a str,
    member_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subsystem_code: Option<&'a str>,
    service_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_version: Option<&'a str>,
    endpoint_list: &'a [Endpoint],
    object_type: &'a str,
    service_type: RestServiceType,
    xroad_instance: &'a str,
}

fn json<T: Serialize>(value: &T) -> String {
    // Structs of strings and lists cannot fail to become JSON.
    serde_json::to_string(value).unwrap_or_default()
}

fn object_type(client: &ClientId) -> &'static str {
    if client.subsystem().is_some() { "SUBSYSTEM" } else { "MEMBER" }
}

/// Writes the identifier of a client as the element `name`; the prefixes `xroad` and `id` must be declared around it.
pub(crate) fn write_client_id(xml: &mut String, name: &str, client: &ClientId) {
    xml.push_str(&format!("<{name} id:objectType=\"{}\">", object_type(client)));
    write_client_parts(xml, client);
    xml.push_str(&format!("</{name}>"));
}

/// Writes `xroad:service` of a service; the prefixes `xroad` and `id` must be declared around it.
pub(crate) fn write_service_id(xml: &mut String, service: &ServiceId) {
    write_service(xml, service.client(), service.code(), service.version());
}

/// As [`write_service_id`], from the parts of the identifier.
pub(crate) fn write_service(xml: &mut String, provider: &ClientId, code: &str, version: Option<&str>) {
    xml.push_str("<xroad:service id:objectType=\"SERVICE\">");
    write_client_parts(xml, provider);
    element(xml, "id:serviceCode", code);
    if let Some(version) = version {
        element(xml, "id:serviceVersion", version);
    }
    xml.push_str("</xroad:service>");
}

fn write_client_parts(xml: &mut String, client: &ClientId) {
    element(xml, "id:xRoadInstance", client.instance());
    element(xml, "id:memberClass", client.member().class());
    element(xml, "id:memberCode", client.member().code());
    if let Some(subsystem) = client.subsystem() {
        element(xml, "id:subsystemCode", subsystem);
    }
}

pub(crate) fn element(xml: &mut String, name: &str, text: &str) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    escape_into(xml, text);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}
