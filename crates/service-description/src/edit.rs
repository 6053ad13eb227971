//! Changing a document in some places and nowhere else.

use std::collections::BTreeMap;
use std::ops::Range;

/// Replacements of parts of a text, by where they begin and end.
#[derive(Debug, Default)]
pub(crate) struct Edits(BTreeMap<(usize, usize), String>);

impl Edits {
    /// Replaces a part. Of two edits in the same place the first counts.
    pub(crate) fn replace(&mut self, range: Range<usize>, with: String) {
        self.0.entry((range.start, range.end)).or_insert(with);
    }

    /// The text with all parts replaced. Parts that overlap an earlier one are left as they are.
    pub(crate) fn apply(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        let mut at = 0;
        for ((start, end), with) in self.0 {
            let Some(before) = text.get(at..start) else { continue };
            out.push_str(before);
            out.push_str(&with);
            at = end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits() {
        let mut edits = Edits::default();
        edits.replace(4..5, "E".into());
        edits.replace(0..1, "AA".into());
        edits.replace(2..2, "|".into());
        edits.replace(4..5, "lost".into());
        edits.replace(4..6, "overlaps".into());
        assert_eq!(edits.apply("abcdef"), "AAb|cdEf");
        assert_eq!(Edits::default().apply("x"), "x");
    }
}
