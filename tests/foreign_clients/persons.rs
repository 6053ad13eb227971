//! A SOAP service as a provider may have one: it knows the name of one person, and says of every other that it knows
//! none.

use std::net::SocketAddr;

use anyhow::Result;
use service_kit::http::{Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

/// Its operation, which is the service code.
pub(crate) const OPERATION: &str = "personName";

/// The version of that, as its description says.
pub(crate) const VERSION: &str = "v1";

/// The person who is known.
pub(crate) const KNOWN: &str = "QQ-1";

/// The name: to be escaped, and to be encoded.
pub(crate) const NAME: &str = "O'Neil & Söhne 市川";

/// The description, which wants two schemas from the Internet. The ports are at `ADDRESS`.
const DESCRIPTION: &str = include_str!("persons.wsdl");

const FAULT: &str = "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body><S:Fault>\
    <faultcode>S:Client.unknownPerson</faultcode><faultstring>No such person</faultstring><detail>\
    <unknownPerson xmlns=\"urn:example:persons\"><hint>Codes begin with QQ</hint></unknownPerson></detail>\
    </S:Fault></S:Body></S:Envelope>";

const XML: &str = "text/xml; charset=UTF-8";

/// Starts it on a free port of the loopback; gives its base address.
pub(crate) async fn start() -> Result<String> {
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await?;
    let at = server.local_address();
    let handler = move |request: Request| answer(at, request);
    tokio::spawn(server.serve(handler, Shutdown::new()));
    Ok(format!("http://{at}"))
}

async fn answer(at: SocketAddr, request: Request) -> Response {
    if request.path() == "/persons.wsdl" {
        return Response::with(200, XML, DESCRIPTION.replace("ADDRESS", &format!("http://{at}/soap")));
    }
    let Ok(body) = request.body.read_all(1_000_000).await else { return Response::new(400) };
    let message = String::from_utf8_lossy(&body).into_owned();
    // The envelope of the question with its header is that of the answer.
    let Some((head, asked)) = message.split_once(":Body>") else { return Response::new(400) };
    if !asked.contains(&format!(">{KNOWN}<")) {
        return Response::with(500, XML, FAULT);
    }
    let prefix = head.rsplit('<').next().unwrap_or_default();
    let name = NAME.replace('&', "&amp;");
    let answer = format!(
        "{head}:Body><personNameResponse xmlns=\"urn:example:persons\"><name>{name}</name></personNameResponse>\
         </{prefix}:Body></{prefix}:Envelope>"
    );
    Response::with(200, XML, answer)
}
