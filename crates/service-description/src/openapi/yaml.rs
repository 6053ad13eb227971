//! YAML 1.2. The parser gives events and places; what they mean, and what they may cost, is decided here.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::OpenApiError;
use super::node::{Builder, Node, Scalar};
use crate::DescriptionLimits;

/// Reads a YAML document.
pub(super) fn parse(text: &str, limits: &DescriptionLimits) -> Result<Rc<Node>, OpenApiError> {
    let options = granit_parser::options! {
        flow_nesting_limit: limits.depth + 1,
        block_nesting_limit: limits.depth + 1,
        emit_comments: false,
    };
    let mut reader = Reader { builder: Builder::new(limits), anchors: HashMap::new(), open: Vec::new() };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| OpenApiError::Syntax(error.to_string()))?;
        reader.event(event, &span)?;
    }
    reader.builder.finish()
}

struct Reader {
    builder: Builder,
    /// Values that aliases may refer to.
    anchors: HashMap<usize, Rc<Node>>,
    /// The anchor of each open collection; 0 for none.
    open: Vec<usize>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), OpenApiError> {
        let place = bytes(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let string = !plain || !is_other_than_text(&text);
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let node = self.builder.scalar(Scalar { text: text.into_owned(), string, block }, place)?;
                self.define(anchor, node);
            }
            Event::SequenceStart(_, anchor, _) => self.start(place.start, anchor, true)?,
            Event::MappingStart(_, anchor, _) => self.start(place.start, anchor, false)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let node = self.builder.close(place.end)?;
                let anchor = self.open.pop().unwrap_or_default();
                self.define(anchor, node);
            }
            Event::Alias(anchor) => {
                // An alias inside of what it refers to has no value yet.
                let node = self.anchors.get(&anchor).cloned();
                self.builder.alias(node.unwrap_or_else(|| Rc::new(Node::Omitted)), place)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, at: usize, anchor: usize, list: bool) -> Result<(), OpenApiError> {
        self.open.push(anchor);
        self.builder.open(at, list)
    }

    fn define(&mut self, anchor: usize, node: Rc<Node>) {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
    }
}

fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

/// Whether a plain scalar is null, a boolean or a number in the core schema (YAML 1.2.2, section 10.3.2). Versions like
/// `3.0.1` are texts, `3.1` is a number.
fn is_other_than_text(text: &str) -> bool {
    matches!(
        text,
        "" | "~" | "null" | "Null" | "NULL" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE"
    ) || (text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) && text.parse::<f64>().is_ok())
}
