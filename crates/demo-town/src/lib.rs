//! The demo town: a municipality, a consumer support centre, and the story of one citizen's consent.
//!
//! - [`residents`]: the municipality's information system, which answers whether a household gets support
//! - [`coupons`]: the support centre's information system, which asks through its own security server
//! - [`linking`]: what both do when a citizen hands them a link token
//! - [`town`]: the folder, the keys, the configuration and the processes of the whole network
//! - [`run`]: the command that starts it all, tells the story and prints the table
//! - [`story`]: what happens in the town, step by step, each with what must come out

pub mod coupons;
pub mod linking;
pub mod residents;
pub mod run;
pub mod story;
pub mod town;
