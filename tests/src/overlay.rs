//! Changes to a configuration file: a piece of TOML laid over it.

use std::path::Path;

use anyhow::{Context as _, Result};
use toml::{Table, Value};

/// Keys by which an element of an array of tables is known.
const NAMES: [&str; 2] = ["id", "code"];

/// Lays `overlay` over the file: tables are merged; elements of arrays of tables are merged with the element of the
/// same `id` or `code`, or added; everything else is replaced.
///
/// # Errors
/// File or overlay cannot be read, or the file cannot be written.
pub fn lay(file: &Path, overlay: &str) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut base: Table = text.parse().with_context(|| file.display().to_string())?;
    merge(&mut base, overlay.parse().with_context(|| overlay.to_owned())?);
    std::fs::write(file, base.to_string()).with_context(|| file.display().to_string())
}

fn merge(base: &mut Table, overlay: Table) {
    for (key, value) in overlay {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (Some(Value::Array(old)), Value::Array(new)) if is_named(&new) => {
                new.into_iter().for_each(|element| add(old, element));
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn add(elements: &mut Vec<Value>, new: Value) {
    match (elements.iter_mut().find(|old| name(old) == name(&new)), new) {
        (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
        (_, new) => elements.push(new),
    }
}

fn is_named(elements: &[Value]) -> bool {
    !elements.is_empty() && elements.iter().all(|element| name(element).is_some())
}

fn name(element: &Value) -> Option<&str> {
    NAMES.iter().find_map(|name| element.get(name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_merged_and_named_elements_found() {
        let mut base: Table =
            "a = 1\n[t]\nb = [1, 2]\nd = [1]\nc = 3\n[[s]]\nid = \"x\"\n[[s.v]]\ncode = \"one\"\nurl = \"u\""
                .parse()
                .unwrap();
        let overlay = "[t]\nb = [3]\nd = []\n[[s]]\nid = \"x\"\n[[s.v]]\ncode = \"one\"\noff = \"y\"\n[[s.v]]\ncode = \"two\"\n[[s]]\nid = \"z\"";
        merge(&mut base, overlay.parse().unwrap());
        let expected: Table = "a = 1\n[t]\nb = [3]\nd = []\nc = 3\n[[s]]\nid = \"x\"\n[[s.v]]\ncode = \"one\"\nurl = \"u\"\noff = \"y\"\n[[s.v]]\ncode = \"two\"\n[[s]]\nid = \"z\""
            .parse()
            .unwrap();
        assert_eq!(base, expected);
    }
}
