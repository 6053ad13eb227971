//! The provider's information system: it echoes, or does what its path says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use service_kit::http::{Body, BodyError, Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

use crate::town::{CONSUMER, PROVIDER, unused_address};

/// What reached the service: head and body.
pub(crate) type Calls = Arc<Mutex<Vec<(Request, Bytes)>>>;

/// What the provider offers.
pub(crate) fn declarations(service: SocketAddr) -> String {
    let unused = unused_address();
    let at = |path: &str| format!("http://{service}{path}");
    let personal = "consent = { subject = { header = \"X-Nr\" }, purposes = [\"p\"] }";
    let everything = Some("");
    let mut text = format!("[[subsystem]]\nid = \"{PROVIDER}\"\nconnection_type = \"NOSSL\"\n");
    for (code, url, more, allow) in [
        ("svc", at("/base/"), "", everything),
        ("limited", at("/base"), "", Some("method = \"GET\"\npath = \"/open/*\"")),
        ("off", at(""), "disabled = \"closed for today\"", everything),
        ("gone", format!("http://{unused}"), "", everything),
        ("nohost", "http://no-such-host.invalid".to_owned(), "", everything),
        ("personal", at(""), personal, everything),
        ("closed", at(""), "", None),
    ] {
        let head =
            format!("[[subsystem.service]]\ncode = \"{code}\"\nkind = \"REST\"\nurl = \"{url}\"\n{more}\n");
        text.push_str(&head);
        if let Some(allow) = allow {
            text.push_str(&format!("[[subsystem.service.allow]]\nclient = \"{CONSUMER}\"\n{allow}\n"));
        }
    }
    text.push_str(&format!(
        "[[subsystem.service]]\ncode = \"soap\"\nkind = \"WSDL\"\nurl = \"{}\"\n",
        at("")
    ));
    text + &crate::soap::declarations(service)
}

/// Starts it.
pub(crate) async fn start(shutdown: &Shutdown) -> (Calls, SocketAddr) {
    let calls = Calls::default();
    let kept = Arc::clone(&calls);
    let handler = move |mut request: Request| {
        let kept = Arc::clone(&kept);
        async move {
            let body = std::mem::take(&mut request.body).read_all(u64::MAX).await.unwrap();
            let answer = service_answer(&request, body.clone());
            kept.lock().unwrap().push((request, body));
            answer
        }
    };
    let at = serve(handler, shutdown).await;
    (calls, at)
}

fn service_answer(request: &Request, body: Bytes) -> Response {
    let path = request.path();
    if let Some(service) = path.strip_prefix("/soap/") {
        return crate::soap::service_answer(service, request, body);
    }
    if let Some((_, status)) = path.split_once("/status/") {
        let response = Response::new(status.parse().unwrap());
        return if status == "204" || status == "304" { response } else { response.body("as asked") };
    }
    if path.ends_with("/description.wsdl") {
        return Response::with(200, "text/xml; charset=UTF-8", crate::metadata_services::WSDL);
    }
    if path.ends_with("/break") {
        let pieces = (0..20)
            .map(|n| if n < 19 { Ok(Bytes::from(vec![b'x'; 16 * 1024])) } else { Err(BodyError::Truncated) });
        return Response::new(200).body(Body::stream(futures_util::stream::iter(pieces), Some(10_000_000)));
    }
    Response::with(200, "application/octet-stream", body)
        .header("X-Service", "Yes")
        .header("x-road-id", "forged")
}

/// Serves on a free port of the loopback.
pub(crate) async fn serve(
    handler: impl service_kit::http_server::Handler,
    shutdown: &Shutdown,
) -> SocketAddr {
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
    let at = server.local_address();
    shutdown.spawn(server.serve(handler, shutdown.clone()));
    at
}
