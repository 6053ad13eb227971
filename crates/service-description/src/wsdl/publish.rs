//! A WSDL as consumers may see it.

use std::collections::BTreeSet;

use protocol::xml::{Name, Scanner, Token, decode, to_utf8};

use super::schemas::{SCHEMAS, is_known};
use super::{SOAP_11, SOAP_12, WSDL, WsdlError, XSD, xml_limits};
use crate::DescriptionLimits;
use crate::edit::Edits;

/// The address that X-Road shows instead of the provider's own.
pub const ENDPOINT: &str = "http://example.org/xroad-endpoint";

const KNOWN: &[&str] = &[WSDL, SOAP_11, SOAP_12, XSD];

/// Makes a WSDL presentable: every address of a port becomes `endpoint`, and schemas of X-Road that are imported from
/// the Internet come along in the document, so that it can be used where there is none. Everything else, comments too,
/// stays as it is; the result is UTF-8. `charset` is the parameter of the content type that the document came with.
///
/// # Errors
/// See [`WsdlError`].
pub fn publish(
    document: &[u8],
    charset: Option<&str>,
    endpoint: &str,
    limits: &DescriptionLimits,
) -> Result<String, WsdlError> {
    if document.len() > limits.bytes {
        return Err(WsdlError::TooLarge(limits.bytes));
    }
    let decoded = decode(document, charset)?;
    let mut publisher = Publisher { endpoint, ..Publisher::default() };
    let mut scanner = Scanner::new(&decoded.text, KNOWN, &xml_limits())?;
    while let Some(token) = scanner.next_token()? {
        if let Token::Start(name) = token {
            publisher.start(&name, &scanner)?;
        }
    }
    let text = publisher.finish(&decoded.text);
    Ok(if decoded.utf8 { text } else { to_utf8(&text) })
}

#[derive(Default)]
struct Publisher<'a> {
    endpoint: &'a str,
    edits: Edits,
    /// Known schemas that are imported.
    wanted: BTreeSet<String>,
    /// Namespaces that have a schema in the document.
    present: BTreeSet<String>,
    /// Behind the start tag of `types`.
    types: Option<usize>,
    in_types: bool,
}

impl Publisher<'_> {
    fn start(&mut self, name: &Name<'_>, scanner: &Scanner<'_>) -> Result<(), WsdlError> {
        if scanner.depth() == 1 && !name.is(WSDL, "definitions") {
            return Err(WsdlError::NotWsdl);
        }
        if scanner.depth() == 2 {
            self.in_types = name.is(WSDL, "types") && !scanner.raw().ends_with("/>");
        }
        if self.in_types && scanner.depth() == 2 {
            self.types.get_or_insert(scanner.span().end);
        } else if name.is(SOAP_11, "address") || name.is(SOAP_12, "address") {
            let location =
                scanner.attributes().iter().find(|attribute| is_plain(&attribute.name, "location"));
            if let Some(location) = location {
                self.edits.replace(location.value_span.clone(), escaped(self.endpoint));
            }
        } else if self.in_types && name.is(XSD, "schema") {
            self.present.extend(scanner.attribute(None, "targetNamespace").map(str::to_owned));
        } else if self.in_types && name.is(XSD, "import") {
            self.import(scanner);
        }
        Ok(())
    }

    /// An import of a schema that we have: it is found in the document, not at its location.
    fn import(&mut self, scanner: &Scanner<'_>) {
        let Some(namespace) = scanner.attribute(None, "namespace").filter(|namespace| is_known(namespace))
        else {
            return;
        };
        self.wanted.insert(namespace.to_owned());
        let location =
            scanner.attributes().iter().find(|attribute| is_plain(&attribute.name, "schemaLocation"));
        if let Some(location) = location {
            self.edits.replace(location.span.clone(), String::new());
        }
    }

    fn finish(mut self, text: &str) -> String {
        let needed: Vec<&str> = SCHEMAS
            .iter()
            .filter(|schema| self.wanted.contains(schema.namespace))
            .flat_map(|schema| schema.needs.iter().copied())
            .collect();
        let mut schemas = String::new();
        for schema in &SCHEMAS {
            let wanted = self.wanted.contains(schema.namespace) || needed.contains(&schema.namespace);
            if wanted && !self.present.contains(schema.namespace) {
                schemas.push('\n');
                schemas.push_str(schema.text.trim_end());
            }
        }
        // Imports stand inside of `types`.
        if let Some(types) = self.types.filter(|_| !schemas.is_empty()) {
            self.edits.replace(types..types, schemas);
        }
        self.edits.apply(text)
    }
}

fn is_plain(name: &Name<'_>, local: &str) -> bool {
    name.prefix.is_empty() && name.local == local
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;")
}
