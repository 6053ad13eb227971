//! The stages, in the order of their first use.

// Leg 1: consumer request.
pub mod accept;
pub mod authenticate_client;
pub mod connect;
pub mod envelope;
pub mod forward;
pub mod precheck;
pub mod record;
pub mod route;
pub mod seal;
pub mod transmit;
// Leg 2: provider request.
pub mod authenticate_peer;
pub mod authorise;
pub mod deliver;
pub mod receive;
pub mod translate;
pub mod verify;
// Leg 3: provider response.
pub mod collect;
// Leg 4: consumer response.
pub mod answer;
pub mod correlate;
// Any leg.
pub mod refuse;

pub use accept::accept;
pub use answer::{answer_client, answer_peer};
pub use authenticate_client::authenticate_client;
pub use authenticate_peer::authenticate_peer;
pub use authorise::authorise;
pub use collect::collect;
pub use connect::connect;
pub use correlate::correlate;
pub use deliver::deliver;
pub use envelope::{envelope_request, envelope_response};
pub use forward::forward;
pub use precheck::precheck;
pub use receive::{receive_request, receive_response};
pub use record::record;
pub use refuse::{Language, Refusal};
pub use route::route;
pub use seal::{can_seal, seal};
pub use translate::translate;
pub use transmit::{begin, can_authenticate, transmit};
pub use verify::verify;
