//! A description as consumers may see it.

use super::node::{self, Link, Node};
use super::read::check_version;
use super::{OpenApiError, text, url};
use crate::DescriptionLimits;
use crate::edit::Edits;

/// Makes a description presentable: the address of each server becomes its path, so that the provider's own systems are
/// not shown; addresses with variables stay. Everything else, comments and order too, stays as it is.
///
/// # Errors
/// See [`OpenApiError`].
pub fn publish(document: &[u8], limits: &DescriptionLimits) -> Result<String, OpenApiError> {
    let text = text(document, limits)?;
    let root = node::parse(text, limits)?;
    check_version(&root)?;
    let mut edits = Edits::default();
    if let Some(Node::List(servers)) = root.get("servers").map(|servers| &*servers.node) {
        for server in servers {
            if let Some(link) = server.node.get("url") {
                replace(&mut edits, link)?;
            }
        }
    }
    Ok(edits.apply(text))
}

fn replace(edits: &mut Edits, link: &Link) -> Result<(), OpenApiError> {
    let Node::Scalar(scalar) = &*link.node else { return Ok(()) };
    if !scalar.string || (scalar.text.contains('{') && scalar.text.contains('}')) {
        return Ok(());
    }
    if scalar.block || link.span.is_empty() {
        return Err(OpenApiError::ServerAddress);
    }
    let path = url::path_of(&scalar.text);
    // `//x` would mean another host.
    let path =
        if path.starts_with("//") { format!("/{}", path.trim_start_matches('/')) } else { path.to_owned() };
    edits.replace(link.span.clone(), quoted(&path));
    Ok(())
}

/// A text in double quotes, as JSON and YAML both write it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
