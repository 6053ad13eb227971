//! Consent record, states, decision and replica as pure functions.
