//! Mistakes of the consumer's information system: refused by the consumer's server, nothing is sent.

use super::B1;
use super::case::{Case, Expect};
use super::words::soap;
use crate::input::{Input, Source};

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [containers(), documents(), http(), soap_actions()].concat()
}

fn containers() -> Vec<Case> {
    vec![
        // a part without content type
        soap("AttachmentFaulty")
            .query("attachm-error.query")
            .typed(B1)
            .refused("client.invalid_content_type"),
        soap("AttachmentFaultySoap")
            .query("attachm-faulty-soap.query")
            .typed(B1)
            .refused("client.missing_header_field"),
        soap("AttachmentNoSoap")
            .query("attachm-no-soap.query")
            .typed(B1)
            .refused("client.invalid_content_type"),
        soap("EmptyMultipartRequest").query("empty.query").typed(B1).refused("client.missing_soap"),
        soap("attachment/no-boundary")
            .query("attachm2.query")
            .typed("multipart/related; charset=UTF-8")
            .refused_as("client."),
    ]
}

fn documents() -> Vec<Case> {
    vec![
        soap("EmptyQuery").query("empty.query").refused("client.invalid_soap"),
        soap("FaultyHeader").query("faulty-header2.query").refused("client.duplicate_header_field"),
        soap("MalformedBody1").query("malformed-body1.query").refused("client.invalid_body"),
        soap("MalformedBody2").query("malformed-body2.query").refused("client.invalid_body"),
        soap("MalformedBody3").query("malformed-body3.query").refused("client.inconsistent_headers"),
        soap("MalformedProtocolVersionHeader")
            .query("malformed-protocolVersion.query")
            .refused("client.invalid_protocol_version"),
        soap("MissingBody").query("missing-body.query").refused("client.missing_body"),
        soap("MissingHeader").query("no-header.query").refused("client.missing_header"),
        soap("MissingObjectTypeMessage").query("missingobjecttype.query").refused("client.invalid_xml"),
        soap("MissingProtocolVersionHeader")
            .query("missing-protocolVersion.query")
            .refused("client.missing_header_field"),
        soap("WrongProtocolVersionHeader")
            .query("wrong-protocolVersion.query")
            .refused("client.invalid_protocol_version"),
        // the information system sends a fault
        soap("SoapFaultToClientProxy").query("fault.query").expecting(Expect::ForeignFault("client.code")),
        // SoapMessageTest
        soap("document/inconsistent-headers")
            .query("inconsistent-headers.query")
            .refused("client.inconsistent_headers"),
        soap("document/missing-service").query("faulty-header.query").refused("client.missing_header_field"),
        soap("document/version-xxx").query("wrong-version.query").refused("client.invalid_protocol_version"),
        // the name of the body must begin with the service code, not the other way round
        soap("document/body-name-too-short")
            .query("attach-error-withsoap.query")
            .refused("client.inconsistent_headers"),
        soap("document/fault-with-prefix")
            .query("customsoapenv.answer")
            .expecting(Expect::ForeignFault("client.soapenv:server.code")),
        soap("document/type").body(with_document_type()).refused("client.invalid_soap"),
        soap("document/not-xml").body(Source::Text("this is no XML")).refused("client.invalid_soap"),
        soap("document/cut")
            .body(Input::from(Source::Query("getstate.query")).replace("</SOAP-ENV:Envelope>", ""))
            .refused("client.invalid_soap"),
    ]
}

fn http() -> Vec<Case> {
    vec![
        soap("FaultyRequestContentType").typed("blah").refused("client.invalid_content_type"),
        soap("content-type/html").typed("text/html; charset=UTF-8").refused("client.invalid_content_type"),
        soap("content-type/none").untyped().refused("server.clientproxy.internal_error"),
        soap("WrongHttpMethod")
            .method("GET")
            .body(Source::Nothing)
            .untyped()
            .refused("client.invalid_http_method"),
        soap("method/put").method("PUT").refused("client.invalid_http_method"),
    ]
}

/// ValidateSoapActionTest: the values that are refused. Those that pass are among the exchanges.
fn soap_actions() -> Vec<Case> {
    let refused = |name, value| soap(name).header("SOAPAction", value).refused("client.invalid_soap_action");
    vec![
        refused("SoapActionMalformedHeader", "http://quotes/missing"),
        refused("soap-action/extra-quote", "\"http://extra/quote\"\""),
        refused("soap-action/spaces", "\"spaces \""),
        refused("soap-action/one-quote", "\""),
        refused("soap-action/no-end", "\"urn:foo"),
    ]
}

fn with_document_type() -> Input {
    Input::from(Source::Query("getstate.query"))
        .replace("<SOAP-ENV:Envelope\n", "<!DOCTYPE a [<!ENTITY b \"c\">]><SOAP-ENV:Envelope\n")
}
