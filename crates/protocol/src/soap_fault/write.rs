//! Writing.

use std::fmt::Write as _;

use crate::fault::Fault;

const BEFORE_CODE: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault>"#,
    "<faultcode>"
);
const BEFORE_TEXT: &str = "</faultcode><faultstring>";
const BEFORE_DETAIL: &str = r#"</faultstring><faultactor></faultactor><detail><faultDetail xmlns="">"#;
const AFTER_DETAIL: &str = "</faultDetail></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>";

/// The document of a fault that we raise, byte for byte as X-Road 7.8 writes it.
#[must_use]
pub fn write_fault(fault: &Fault) -> Vec<u8> {
    write(&fault.code.to_string(), &fault.text, &fault.detail)
}

/// The document of a fault with the given code, text and detail.
#[must_use]
pub fn write(code: &str, text: &str, detail: &str) -> Vec<u8> {
    let mut xml = String::with_capacity(BEFORE_CODE.len() + AFTER_DETAIL.len() + 256 + text.len());
    xml.push_str(BEFORE_CODE);
    escape_into(&mut xml, code);
    xml.push_str(BEFORE_TEXT);
    escape_into(&mut xml, text);
    xml.push_str(BEFORE_DETAIL);
    escape_into(&mut xml, detail);
    xml.push_str(AFTER_DETAIL);
    xml.into_bytes()
}

/// Escapes text for XML 1.0 as the library does that X-Road uses: all five markup characters become entities,
/// characters that XML 1.0 cannot contain are left out, and the discouraged control characters become references.
pub(crate) fn escape_into(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            '\t' | '\n' | '\r' => xml.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' => {
                // Writing to a String cannot fail.
                let _ = write!(xml, "&#{};", u32::from(character));
            }
            _ => xml.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Origin, Word};

    #[test]
    fn exact_bytes() {
        let fault = Fault::new(Origin::ServerProxy, &[Word::ServiceFailed, Word::InvalidSoap], "a<b")
            .with_detail("uuid");
        let expected = concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope "#,
            r#"xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault>"#,
            "<faultcode>server.serverproxy.service_failed.invalid_soap</faultcode>",
            "<faultstring>a&lt;b</faultstring><faultactor></faultactor>",
            r#"<detail><faultDetail xmlns="">uuid</faultDetail></detail>"#,
            "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        );
        assert_eq!(String::from_utf8(write_fault(&fault)).unwrap(), expected);
    }

    #[test]
    fn escaping() {
        let mut xml = String::new();
        escape_into(&mut xml, "&<>\"'\t\n\u{0}\u{1b}\u{fffe}\u{7f}\u{85}\u{9f}ä市");
        assert_eq!(xml, "&amp;&lt;&gt;&quot;&apos;\t\n&#127;\u{85}&#159;ä市");
    }
}
