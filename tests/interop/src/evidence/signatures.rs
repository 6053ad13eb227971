//! Which messages share a signature. A busy key signs what waits for it together; how often that happens depends on
//! the machine, so it is told and not judged. That each message verifies is judged for itself.

use std::collections::HashMap;

/// The signature of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Made by our server, not by the partner.
    pub by_us: bool,
    /// Its value.
    pub value: String,
    /// Its hash chain has other messages in it.
    pub with_others: bool,
}

/// What the signatures of a crowd have in common, in words; nothing of a single message.
#[must_use]
pub fn told(signatures: &[Signature]) -> Option<String> {
    let told_of = |by_us: bool, who: &str| {
        let of: Vec<_> = signatures.iter().filter(|signature| signature.by_us == by_us).collect();
        (of.len() > 1).then(|| format!("{who} {}", told_of_one(&of)))
    };
    let parts: Vec<String> = [(true, "ours:"), (false, "theirs:")]
        .into_iter()
        .filter_map(|(by_us, who)| told_of(by_us, who))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn told_of_one(signatures: &[&Signature]) -> String {
    let mut shared: HashMap<&str, usize> = HashMap::new();
    for signature in signatures {
        *shared.entry(&signature.value).or_default() += 1;
    }
    let together = signatures.iter().filter(|signature| signature.with_others).count();
    let (messages, values) = (signatures.len(), shared.len());
    match shared.values().max() {
        Some(most) if *most > 1 => {
            format!(
                "{messages} messages under {values} signatures, {together} signed with others, up to {most} together"
            )
        }
        _ if together > 0 => format!("{messages} messages, {together} signed with others"),
        _ => format!("{messages} messages, each signed alone"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(by_us: bool, value: &str, with_others: bool) -> Signature {
        Signature { by_us, value: value.to_owned(), with_others }
    }

    #[test]
    fn batches_are_told_by_who_signed() {
        let signatures = [
            signature(true, "a", true),
            signature(true, "a", true),
            signature(true, "b", false),
            signature(false, "c", false),
            signature(false, "d", false),
        ];
        assert_eq!(
            told(&signatures).as_deref(),
            Some(
                "ours: 3 messages under 2 signatures, 2 signed with others, up to 2 together; \
                 theirs: 2 messages, each signed alone"
            )
        );
        assert_eq!(told(&signatures[3..4]), None);
    }
}
