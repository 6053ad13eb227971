//! Remembered verdicts about signing certificates.

/// Verdicts about signing certificates (path, revocation status, member), kept until the first of
/// their conditions ends. Bounded; safe to share between threads. A change of trust needs no
/// clearing: the trust anchors are part of what is remembered.
pub struct VerificationCache {
    _private: (),
}

impl VerificationCache {
    /// A cache that keeps at most `capacity` verdicts.
    pub fn new(capacity: usize) -> Self {
        let _ = capacity;
        todo!()
    }
}
