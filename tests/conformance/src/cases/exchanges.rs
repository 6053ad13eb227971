//! SOAP messages that pass: the service gets what was sent, the information system what the service answered.

use super::case::Case;
use super::words::{TEXT_XML, soap};
use super::{B1, B2, MTOM, MTOM_UTF8};
use crate::input::{Input, Source};

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [plain(), soap_actions(), attachments(), encodings()].concat()
}

fn plain() -> Vec<Case> {
    vec![
        soap("NormalMessage"),
        soap("NormalSubsystem")
            .query("getstate-subsystem.query")
            .answered("getstate-subsystem.answer", TEXT_XML),
        soap("CDATAMessage").query("cdata.query").answered("cdata.answer", TEXT_XML),
        soap("CommentMessage").query("simple.query").answered("simple-comment.answer", TEXT_XML),
        soap("DefaultNamespaceMessage").query("getstate-defaultnamespace.query"),
        soap("MissingUserIdHeader").query("missing-userId.query").answered("missing-userId.answer", TEXT_XML),
        soap("NoWhitespaceMessage").query("nowhitespace.query").answered("nowhitespace.answer", TEXT_XML),
        // the service's own requestHash is replaced
        soap("ResponseWithRequestHash").answered("requesthash.answer", TEXT_XML),
        // the text of a header is split over several events of a parser
        soap("SplitHeaderMessage").query("split-header.query").answered("split-header.answer", TEXT_XML),
        soap("XmlEncodedMessage").query("xmlencoded.query").answered("xmlencoded.answer", TEXT_XML),
        // SoapMessageTest
        soap("plain/simple").query("simple.query").answered("simple.answer", TEXT_XML),
        soap("plain/rpc").query("simple-rpc.query").answered("simple.answer", TEXT_XML),
        soap("plain/represented-party").query("simple-representedparty.query").answers(
            200,
            Some(TEXT_XML),
            represented_party_answer(),
        ),
        // the body's name only begins with the service code
        soap("plain/body-with-suffix").query("request-suffix.query").answered("simple.answer", TEXT_XML),
        soap("plain/chunked").chunked(),
        soap("plain/other-path").at("/any/path?of=the"),
    ]
}

/// The values of ValidateSoapActionTest that pass.
fn soap_actions() -> Vec<Case> {
    vec![
        soap("SoapActionEmptyHeader").header("SOAPAction", ""),
        soap("SoapActionHeader").header("SOAPAction", "\"\""),
        soap("soap-action/url").header("SOAPAction", "\"http://example.org/test\""),
        soap("soap-action/urn").header("SOAPAction", "\"urn:foo\""),
    ]
}

fn attachments() -> Vec<Case> {
    let attachment = |name| soap(name).query("attachm.query").typed(B1);
    vec![
        // a part of a nested container keeps its `Client-Header: FooBar`
        attachment("Attachment").answered("attachm.answer", TEXT_XML),
        soap("Attachment2").query("attachm2.query").typed(B2).answered("attachm2.answer", B1),
        soap("AttachmentMTOM")
            .query("attachm-mtom.query")
            .typed(MTOM)
            .answered("attachm-mtom.answer", MTOM_UTF8),
        // The request file of X-Road's suite is not in its source tree; this is another one with the same boundary.
        soap("AttachmentSmallMantis")
            .body(Input::from(Source::Query("attachm.query")).replace("jetty771207119h3h10dty", MANTIS))
            .typed(MANTIS_TYPE)
            .answered("attachment-small-mantis.answer", TEXT_XML),
        // a container of the SOAP part alone stays one
        soap("MimeSoap").query("mimesoap.query").typed(B1).answered("mimesoap.answer", B1),
        soap("SeveralAttachments").query("attachments.query").typed(B1).answered("attachm.answer", TEXT_XML),
        soap("SeveralAttachmentsResponse")
            .query("attachments.query")
            .typed(B1)
            .answered("attachments.answer", B1),
        soap("attachment/chunked")
            .query("attachments.query")
            .typed(B1)
            .chunked()
            .answered("attachments.answer", B1),
        // 26 KB of text in one part
        soap("attachment/small")
            .body(Input::from(Source::Query("smallAttachment.query")).replace(OTHER_MEMBER, MEMBER))
            .typed(B1)
            .answers(
                200,
                Some(TEXT_XML),
                Input::from(Source::Query("smallAttachment.answer")).replace(OTHER_MEMBER, MEMBER),
            ),
        soap("AttachmentBig").body(Source::Large).typed(LARGE_TYPE).chunked(),
    ]
}

fn encodings() -> Vec<Case> {
    let marked = |file| Input::from(Source::Query(file)).with_byte_order_mark();
    vec![
        soap("Utf8BomNormalSubsystem").body(marked("getstate-subsystem.query")).answers(
            200,
            Some(TEXT_XML),
            marked("getstate-subsystem.answer"),
        ),
        soap("Utf8BomAttachment2")
            .query("attachm2-utf8bom-inside.query")
            .typed(B2)
            .answered("attachm2-utf8bom-inside.answer", B1),
        soap("NonUtf8ResponseContentType").answered("getstate-iso88591.answer", "text/xml"),
        soap("encoding/quoted-charset").typed("text/xml; charset=\"utf-8\""),
        soap("encoding/no-charset").typed("text/xml"),
        soap("answer/status-500").answers(500, Some(TEXT_XML), Source::Query("getstate.answer")),
    ]
}

/// The boundary of `AttachmentBig`.
pub const LARGE_BOUNDARY: &str = "jettyLarge771207119h3h10dty";
const LARGE_TYPE: &str = "multipart/related; charset=UTF-8; boundary=jettyLarge771207119h3h10dty";

const MANTIS: &str = ":gkMa5KAvuHP7ahe9IQHONLgnncvv:";
const MANTIS_TYPE: &str = "multipart/related; start-info=text/xml; type='application/xop+xml'; \
                           boundary=:gkMa5KAvuHP7ahe9IQHONLgnncvv:";

const OTHER_MEMBER: &str = "<id:memberCode>attachment</id:memberCode>";
const MEMBER: &str = "<id:memberCode>producer</id:memberCode>";

/// The request with the name of a response's body.
fn represented_party_answer() -> Input {
    Input::from(Source::Query("simple-representedparty.query"))
        .replace("<ns1:testQuery ", "<ns1:testQueryResponse ")
        .replace("</ns1:testQuery>", "</ns1:testQueryResponse>")
}
