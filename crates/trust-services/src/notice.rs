//! What is said on every start, so that nobody can say that it was not said.

/// What these services are not.
pub const NOTICE: &str = "FOR DEVELOPMENT AND PILOTS ONLY. These trust services vet nobody, keep their keys in plain \
files and have no audit. Do not approve them in an instance that matters.";

/// Says it on standard error, whatever the log level is.
pub fn say() {
    eprintln!("trust-services: *** {NOTICE} ***");
}

/// Says it in the log.
pub fn log() {
    tracing::warn!("*** {NOTICE} ***");
}
