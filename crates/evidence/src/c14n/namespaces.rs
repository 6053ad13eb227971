//! Which namespace declarations a start tag shows.

use super::write_attribute;
use crate::xml::Attribute;

/// Declarations in scope, and those already shown by an element around.
///
/// Both lists are bounded by the limits of the document, so searching them from the end is cheaper
/// than a map.
#[derive(Default)]
pub(super) struct Namespaces<'d> {
    in_scope: Vec<(&'d str, &'d str)>,
    shown: Vec<(&'d str, &'d str)>,
    /// Lengths of both lists when each open element was entered.
    marks: Vec<(usize, usize)>,
}

impl<'d> Namespaces<'d> {
    /// A declaration of an ancestor that is not part of the output.
    pub(super) fn inherit(&mut self, prefix: &'d str, uri: &'d str) {
        self.in_scope.push((prefix, uri));
    }

    /// Enters an element; its own declarations come into scope.
    pub(super) fn enter<'a: 'd>(&mut self, attributes: &'d [Attribute<'a>]) {
        self.marks.push((self.in_scope.len(), self.shown.len()));
        for attribute in attributes {
            if let Some(prefix) = attribute.declared_prefix() {
                self.in_scope.push((prefix, &attribute.value));
            }
        }
    }

    /// Leaves the innermost element.
    pub(super) fn leave(&mut self) {
        if let Some((in_scope, shown)) = self.marks.pop() {
            self.in_scope.truncate(in_scope);
            self.shown.truncate(shown);
        }
    }

    /// Inclusive: everything in scope on the first element, afterwards what changes.
    pub(super) fn render_changed(&mut self, attributes: &'d [Attribute<'_>], apex: bool, out: &mut Vec<u8>) {
        let mut prefixes: Vec<&'d str> = if apex {
            self.in_scope.iter().map(|(prefix, _)| *prefix).collect()
        } else {
            attributes.iter().filter_map(Attribute::declared_prefix).collect()
        };
        self.render(&mut prefixes, out);
    }

    /// Exclusive: what the tag itself uses, and the listed prefixes.
    pub(super) fn render_used(
        &mut self,
        name: &'d str,
        attributes: &'d [Attribute<'_>],
        listed: &'d [String],
        out: &mut Vec<u8>,
    ) {
        let mut prefixes = vec![prefix_of(name).unwrap_or_default()];
        let plain = attributes.iter().filter(|attribute| attribute.declared_prefix().is_none());
        prefixes.extend(plain.filter_map(|attribute| prefix_of(attribute.name)));
        prefixes.extend(listed.iter().map(String::as_str));
        self.render(&mut prefixes, out);
    }

    /// Shows those of the prefixes whose namespace differs from what is shown already.
    fn render(&mut self, prefixes: &mut Vec<&'d str>, out: &mut Vec<u8>) {
        prefixes.sort_unstable();
        prefixes.dedup();
        for prefix in prefixes.iter().filter(|prefix| **prefix != "xml") {
            let uri = lookup(&self.in_scope, prefix).unwrap_or_default();
            if uri == lookup(&self.shown, prefix).unwrap_or_default() {
                continue;
            }
            self.shown.push((prefix, uri));
            if prefix.is_empty() {
                write_attribute("xmlns", uri, out);
            } else {
                write_attribute(&format!("xmlns:{prefix}"), uri, out);
            }
        }
    }
}

fn prefix_of(name: &str) -> Option<&str> {
    name.split_once(':').map(|(prefix, _)| prefix)
}

fn lookup<'d>(list: &[(&'d str, &'d str)], prefix: &str) -> Option<&'d str> {
    list.iter().rev().find(|(known, _)| *known == prefix).map(|(_, uri)| *uri)
}
