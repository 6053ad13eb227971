//! Answers of the provider's information system that must not pass, and faults that must.

use super::case::{Case, Expect, ServicePlay};
use super::words::{TEXT_XML, soap};
use super::{B1, MTOM, MTOM_UTF8};
use crate::input::{Input, Source};

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [documents(), containers(), http(), faults()].concat()
}

/// `server.serverproxy.service_failed.` and the word.
macro_rules! failed {
    ($word:literal) => {
        concat!("server.serverproxy.service_failed.", $word)
    };
}

fn documents() -> Vec<Case> {
    let plain = |name, file, code| soap(name).answered(file, TEXT_XML).refused_later(code);
    vec![
        plain("EmptyResponse", "empty.query", failed!("invalid_soap")),
        plain("FaultyHeaderResponse", "faulty-header.query", failed!("missing_header_field")),
        plain("MalformedBodyResponse", "malformed-body2.query", failed!("invalid_body")),
        plain("MissingBodyResponse", "missing-body.query", failed!("missing_body")),
        plain("MissingHeaderResponse", "no-header.query", failed!("missing_header")),
        soap("ServerProxyEmptyResponse")
            .query("proxyemulator.query")
            .answered("empty.query", TEXT_XML)
            .refused_later(failed!("invalid_soap")),
        // header fields of the answer are those of another request
        soap("ServerClientInconsistency")
            .query("xml.query")
            .answered("getstate.query", TEXT_XML)
            .refused_later("server.clientproxy.service_failed.inconsistent_response"),
        soap("answer/other-user")
            .answers(200, Some(TEXT_XML), answer().replace("EE:PIN:abc4567", "EE:PIN:other"))
            .refused_later("server.clientproxy.service_failed.inconsistent_response"),
        soap("answer/document-type")
            .answers(
                200,
                Some(TEXT_XML),
                answer().replace("<SOAP-ENV:Envelope\n", "<!DOCTYPE a><SOAP-ENV:Envelope\n"),
            )
            .refused_later(failed!("invalid_soap")),
    ]
}

fn containers() -> Vec<Case> {
    let container = |name, file, code| soap(name).answered(file, B1).refused_later(code);
    vec![
        container(
            "AttachmentFaultySoapResponse",
            "attachm-faulty-soap.query",
            failed!("missing_header_field"),
        ),
        container("AttachmentNoSoapResponse", "attachm-no-soap.query", failed!("invalid_content_type")),
        container("EmptyMultipartResponse", "empty.query", failed!("invalid_message")),
        container("ServerProxyAttachmentError", "attachm-error.query", failed!("invalid_content_type")),
        // the boundary of the file is another one
        soap("ServiceFaultyMultipart")
            .answered(
                "faulty-multipart.query",
                "multipart/related; boundary=jetty771207119h3h10dty; charset=utf-8",
            )
            .refused_later(failed!("invalid_message")),
    ]
}

fn http() -> Vec<Case> {
    vec![
        soap("FaultyResponseContentType")
            .answered("getstate.answer", "blah")
            .refused_later(failed!("invalid_content_type")),
        soap("answer/no-content-type")
            .answers(200, None, Source::Query("getstate.answer"))
            .refused_later(failed!("invalid_content_type")),
        // announces a length, sends nothing, and has no content type
        soap("ServiceConnectionAborted")
            .service(ServicePlay::Vanishes)
            .refused_later(failed!("invalid_content_type")),
        soap("ServiceHttpError").answers(502, None, Source::Nothing).refused_later(failed!("http_error")),
        soap("answer/status-404")
            .answers(404, Some("text/html"), Source::Text("<p>nothing here</p>"))
            .refused_later(failed!("http_error")),
        soap("answer/status-302")
            .answers(302, Some(TEXT_XML), Source::Query("getstate.answer"))
            .answer_header("Location", "/elsewhere")
            .refused_later(failed!("http_error")),
    ]
}

/// Faults of the service pass as they are.
fn faults() -> Vec<Case> {
    let passes = |name, status, content_type, file, code| {
        soap(name)
            .answers(status, Some(content_type), Source::Query(file))
            .expecting(Expect::ServiceFault(code))
    };
    vec![
        passes("ServiceReturnsFault", 500, "text/xml", "fault.query", "CODE"),
        // a fault code with a prefix
        passes("ServiceFaultyFault", 200, "text/xml", "faulty-fault.answer", "soap:Server"),
        passes("fault/custom-envelope", 500, TEXT_XML, "customsoapenv.answer", "soapenv:Server.CODE"),
        passes("fault/custom", 500, TEXT_XML, "customfault.answer", "foo:FOOCODE"),
        soap("SoapFaultInMultipartResponse")
            .query("soapfault-mtom.query")
            .typed(MTOM)
            .answered("soapfault-mtom.answer", MTOM_UTF8)
            .expecting(Expect::ServiceFault("soap:Server")),
    ]
}

fn answer() -> Input {
    Source::Query("getstate.answer").into()
}
