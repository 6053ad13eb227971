//! The inside of a start tag: name, attributes.

/// A name and a raw value as they stand in a tag.
pub(super) type RawAttribute<'a> = (&'a str, &'a str);

/// Splits the attributes of a tag, from after its name to before `>` or `/>`. Gives `None` when they
/// are not well-formed.
pub(super) fn split_attributes<'a>(mut rest: &'a str, out: &mut Vec<RawAttribute<'a>>) -> Option<()> {
    loop {
        let trimmed = rest.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return Some(());
        }
        if trimmed.len() == rest.len() {
            return None; // attributes are separated by white space
        }
        let name_len = trimmed.find(|c| is_space(c) || c == '=')?;
        let (name, after) = trimmed.split_at_checked(name_len)?;
        let after = after.trim_start_matches(is_space).strip_prefix('=')?.trim_start_matches(is_space);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, tail) = after.get(1..)?.split_once(quote)?;
        if !is_name(name) || value.contains('<') {
            return None;
        }
        out.push((name, value));
        rest = tail;
    }
}

/// Whether text is a name with at most one colon. Letters outside ASCII are all taken.
pub(super) fn is_name(name: &str) -> bool {
    let mut parts = name.split(':');
    let first = parts.next().is_some_and(is_ncname);
    first && parts.next().is_none_or(is_ncname) && parts.next().is_none()
}

fn is_ncname(name: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let continues = |c: char| starts(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    name.chars().next().is_some_and(starts) && name.chars().all(continues)
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
