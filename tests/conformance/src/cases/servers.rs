//! Security servers that do not keep to the protocol: the mock security server as the provider's server, and as the
//! consumer's. X-Road's suite runs these with TLS off; here TLS is on, so a request of the mock begins with the OCSP
//! response without which no server would look at the rest.

use super::B1;
use super::case::{Case, Code, Expect, Lie, PeerPlay, PeerRequest};
use super::words::{TEXT_XML, rest_at, soap};
use crate::input::{Edit, Source};
use crate::material::{MOCK, SELF_MADE, STRANGER};
use crate::network::MOCK_REST_SERVICE;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [provider_breaks_off(), provider_answers(), provider_lies(), consumer_posts(), consumer_headers()]
        .concat()
}

/// `server.clientproxy.service_failed.` and the word.
macro_rules! failed {
    ($word:literal) => {
        concat!("server.clientproxy.service_failed.", $word)
    };
}

const MIXED: &str = "multipart/mixed; charset=UTF-8; boundary=jetty771207119h3h10dty";
const UNSIGNED: &str = "multipart/mixed; charset=UTF-8; boundary=jetty42534330h7vzfqv2";
const CAPTURED: &str = "multipart/mixed; charset=UTF-8; boundary=xtop1357783211hcn1yiro";
const CAPTURED_ATTACHMENT: &str = "multipart/mixed; charset=UTF-8; boundary=xtop569125687hcu8vfma";

fn to_mock(name: &'static str) -> Case {
    soap(name).edit(Edit::Provider("dummy"))
}

fn provider_breaks_off() -> Vec<Case> {
    vec![
        to_mock("ServerProxyConnectionAborted")
            .played(PeerPlay::Resets)
            .refused("server.clientproxy.network_error"),
        to_mock("ServerProxyConnectionAborted2")
            .played(PeerPlay::Vanishes("text/xml"))
            .refused(failed!("io_error")),
        to_mock("ServerProxyConnectionAborted3")
            .played(PeerPlay::Vanishes("multipart/mixed; boundary=foobar"))
            .refused(failed!("io_error")),
        to_mock("ServerProxyHttpError")
            .peer_answers(502, Some("text/html"), Source::Nothing)
            .refused("server.clientproxy.http_error"),
    ]
}

fn provider_answers() -> Vec<Case> {
    let answers = |name, content_type, file, code| {
        to_mock(name).peer_answers(200, Some(content_type), Source::Query(file)).refused(code)
    };
    let message = |name, file, expect| {
        to_mock(name).peer_answers(200, Some(CAPTURED), Source::Message(file)).expecting(expect)
    };
    let invalid_type = Expect::Fault(Code::Is(failed!("invalid_content_type")));
    let refused = Expect::Fault(Code::Begins("server.clientproxy."));
    vec![
        answers(
            "InvalidContentTypeFromServerProxy",
            "oih",
            "getstate.query",
            failed!("invalid_content_type"),
        )
        .query("proxyemulator.query"),
        answers("ServerProxyEmptyFault", "text/xml", "empty.query", failed!("invalid_soap")),
        answers("ServerProxyFaultyAttachment", MIXED, "attachm-error.query", failed!("invalid_content_type")),
        // SOAP where only a fault may be
        answers(
            "ServerProxyInvalidFault",
            "text/xml; charset=\"UTF-8\"; boundary=foobar",
            "getstate.query",
            failed!("invalid_message"),
        ),
        answers(
            "ServerProxyMissingBody",
            "text/xml; boundary=jetty771207119h3h10dty",
            "missing-body.query",
            failed!("missing_body"),
        ),
        answers("ServerProxyNoBoundary", "multipart/mixed", "attachm.query", failed!("invalid_content_type")),
        answers(
            "UnsignedMessageFromServerProxy",
            UNSIGNED,
            "no-signature.query",
            "server.clientproxy.missing_signature",
        ),
        to_mock("server/no-content-type")
            .peer_answers(200, None, Source::Query("getstate.answer"))
            .refused("server.clientproxy.invalid_content_type"),
        answers("server/container-without-parts", MIXED, "empty.query", "server.clientproxy.missing_soap"),
        // ProxyMessageDecoderTest
        message("decoder/fault-signature", "fault-signature.request", Expect::ForeignFault("CODE")),
        message("decoder/normal-soapfault", "normal-soapfault.request", Expect::ForeignFault("CODE")),
        message("decoder/invalid-soap-contenttype", "invalid-soap-contenttype.request", invalid_type.clone()),
        message(
            "decoder/invalid-contenttype-signature",
            "invalid-contenttype-signature.request",
            invalid_type,
        ),
        // a whole message that answers something else, with a signature of somebody else
        message("decoder/normal", "normal.request", refused.clone()),
        to_mock("decoder/attachment")
            .peer_answers(200, Some(CAPTURED_ATTACHMENT), Source::Message("attachment.request"))
            .expecting(refused),
    ]
}

/// ClientRestMessageProcessorTest: signed responses that are not the answer to the request.
fn provider_lies() -> Vec<Case> {
    let asked = |name, lie| {
        rest_at(name, "POST", &format!("/r1/{MOCK_REST_SERVICE}/answer"))
            .body(Source::Text("question"))
            .typed("text/plain")
            .played(PeerPlay::Lies(lie))
    };
    let refused = |name, lie| asked(name, lie).rest_refused("server.clientproxy.inconsistent_response");
    vec![
        asked("rest-server/honest", Lie::Nothing).gets(200, Source::Text("question")),
        refused("rest-server/other-request-id", Lie::RequestId),
        refused("rest-server/other-request-hash", Lie::RequestHash),
        refused("rest-server/other-query-id", Lie::QueryId),
        refused("rest-server/other-client", Lie::Client),
        refused("rest-server/other-service", Lie::Service),
    ]
}

const POST: PeerRequest = PeerRequest { ocsp: true, version: Some("7.8.1"), certificate: MOCK };

fn posted(name: &'static str, content_type: &'static str, body: Source) -> Case {
    let case = soap(name).body(body).typed(content_type).posted_by_peer(POST);
    case.header("x-hash-algorithm", "SHA-512").header("x-original-content-type", TEXT_XML)
}

fn consumer_posts() -> Vec<Case> {
    let query = |name, content_type, file| posted(name, content_type, Source::Query(file));
    let message = |name, file| posted(name, CAPTURED, Source::Message(file));
    let no_ocsp = PeerRequest { ocsp: false, ..POST };
    vec![
        query("InvalidContentTypeFromClientProxy", TEXT_XML, "getstate.query")
            .posted_by_peer(no_ocsp)
            .refused("server.serverproxy.service_failed.invalid_content_type"),
        query(
            "NoSignatureToServerProxy",
            "multipart/mixed; boundary=jetty42534330h7vzfqv2;charset=ISO-8859-1",
            "no-signature.query",
        )
        .refused("server.serverproxy.missing_signature"),
        query("NoSoapToServerProxy", MIXED, "no-soap.query")
            .refused("server.serverproxy.service_failed.invalid_soap"),
        query("ServerProxyProcessingError", "multipart/mixed; boundary=foobar", "getstate.query")
            .posted_by_peer(no_ocsp)
            .refused("server.serverproxy.missing_soap"),
        query("UnsignedMessageFromClientProxy", MIXED, "attachm.query")
            .refused("server.serverproxy.missing_signature"),
        query("WrongHttpMethodServerProxy", TEXT_XML, "getstate.query")
            .method("GET")
            .body(Source::Nothing)
            .posted_by_peer(no_ocsp)
            .refused("server.serverproxy.invalid_http_method"),
        // nobody may leave out the OCSP responses where TLS is on
        message("server/no-ocsp-response", "normal.request")
            .posted_by_peer(no_ocsp)
            .refused("server.serverproxy.service_failed.ssl_authentication_failed"),
        // AuthKeyReloadTest: the certificate is not that of a server of the client
        message("server/client-of-another-server", "normal.request")
            .edit(Edit::Client("subsys1"))
            .refused("server.serverproxy.service_failed.ssl_authentication_failed"),
        // ProxyMessageDecoderTest
        message("decoder/posted-invalid-soap-contenttype", "invalid-soap-contenttype.request")
            .refused("server.serverproxy.service_failed.invalid_content_type"),
        message("decoder/posted-invalid-contenttype-signature", "invalid-contenttype-signature.request")
            .refused("server.serverproxy.service_failed.invalid_content_type"),
        // the signer of the captured messages is unknown here
        message("decoder/posted-normal", "normal.request")
            .expecting(Expect::Fault(Code::Begins("server.serverproxy.signature_verification."))),
        posted("decoder/posted-attachment", CAPTURED_ATTACHMENT, Source::Message("attachment.request"))
            .without("x-original-content-type")
            .header("x-original-content-type", B1)
            .expecting(Expect::Fault(Code::Begins("server.serverproxy.signature_verification."))),
    ]
}

/// ClientProxyVersionVerifierTest, ServerProxyHandlerTest; and who may connect at all.
fn consumer_headers() -> Vec<Case> {
    let from = |name, version| {
        posted(name, UNSIGNED, Source::Query("no-signature.query"))
            .posted_by_peer(PeerRequest { version, ..POST })
    };
    let shown = |name, certificate| {
        posted(name, UNSIGNED, Source::Query("no-signature.query"))
            .posted_by_peer(PeerRequest { certificate, ocsp: false, ..POST })
            .expecting(Expect::NoAnswer)
    };
    vec![
        from("version/old", Some("7.5.9")).refused("server.serverproxy.client_proxy_version_not_supported"),
        from("version/minimum", Some("7.6.0")).refused("server.serverproxy.missing_signature"),
        from("version/newer", Some("8.0.0-beta1")).refused("server.serverproxy.missing_signature"),
        from("version/none", None).refused("server.serverproxy.internal_error"),
        from("version/no-number", Some("seven")).refused("server.serverproxy.internal_error"),
        from("server/no-hash-algorithm", Some("7.8.1"))
            .without("x-hash-algorithm")
            .expecting(Expect::Fault(Code::Begins("server.serverproxy."))),
        shown("server/unregistered-certificate", STRANGER),
        shown("server/self-signed-certificate", SELF_MADE),
    ]
}
