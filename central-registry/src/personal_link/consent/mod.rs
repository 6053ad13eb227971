//! Consents: signed events are the truth, states follow from them, rows are what others may see.
//!
//! - [`record`]: one event is checked against the present state and kept, in one transaction
//! - [`store`]: the tables
//! - [`view`]: which row of a consent a security server may see
//! - [`history`]: what the person sees

pub mod history;
pub mod record;
pub mod store;
pub mod view;
