//! Writes documents in the form that X-Road's own tools give them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{IDENTIFIER_NAMESPACE, WriteError, XROAD_NAMESPACE};

/// Writes indented elements; the prefix `ns2` is identifiers, `ns3` is X-Road.
pub(crate) struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    /// Starts a document with this root element in the X-Road namespace.
    pub(crate) fn document(root: &str) -> Self {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
             <ns3:{root} xmlns:ns2=\"{IDENTIFIER_NAMESPACE}\" xmlns:ns3=\"{XROAD_NAMESPACE}\">\n"
        );
        Self { text, depth: 1 }
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> Result<(), WriteError> {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            self.text.push(' ');
            self.text.push_str(attribute);
            self.text.push_str("=\"");
            self.escape(name, value)?;
            self.text.push('"');
        }
        self.text.push_str(">\n");
        self.depth += 1;
        Ok(())
    }

    /// Closes the element opened last.
    pub(crate) fn close(&mut self, name: &'static str) {
        self.depth -= 1;
        self.indent();
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// An element with text.
    pub(crate) fn leaf(&mut self, name: &'static str, value: &str) -> Result<(), WriteError> {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        self.escape(name, value)?;
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
        Ok(())
    }

    /// An element with text, if there is one.
    pub(crate) fn optional_leaf(
        &mut self,
        name: &'static str,
        value: Option<&str>,
    ) -> Result<(), WriteError> {
        value.map_or(Ok(()), |value| self.leaf(name, value))
    }

    /// An element with base64.
    pub(crate) fn base64_leaf(&mut self, name: &'static str, bytes: &[u8]) -> Result<(), WriteError> {
        self.leaf(name, &STANDARD.encode(bytes))
    }

    /// Closes the root element and gives the document out.
    pub(crate) fn finish(mut self, root: &str) -> Vec<u8> {
        self.text.push_str("</ns3:");
        self.text.push_str(root);
        self.text.push_str(">\n");
        self.text.into_bytes()
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("    ");
        }
    }

    fn escape(&mut self, element: &str, value: &str) -> Result<(), WriteError> {
        for character in value.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                // A literal CR would be read as LF, and white space of attributes as spaces.
                '\r' => self.text.push_str("&#13;"),
                '\n' => self.text.push_str("&#10;"),
                '\t' => self.text.push_str("&#9;"),
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                    let (element, character) = (element.to_owned(), u32::from(character));
                    return Err(WriteError::Character { element, character });
                }
                plain => self.text.push(plain),
            }
        }
        Ok(())
    }
}
