//! X-Road's own cases, asked of any pair of security servers: ours, or with addresses on the command line any other.
//! It knows nothing of the servers but their ports; everything around them it plays itself.
//!
//! Table of contents:
//!
//! * [`cases`]: START HERE. The tables of what is asked and what must come back;
//! * [`network`]: the members, services and rights that the cases need; [`material`]: keys of the mock parts;
//! * [`descriptions`]: WSDL and OpenAPI of those services;
//! * [`arguments`], [`instructions`]: the command line, and what an operator of another pair must configure;
//! * [`pair`]: our own pair, as processes;
//! * [`mocks`]: information systems and a security server that do what a case says;
//! * [`input`]: X-Road's test data, and the changes that cases need;
//! * [`bench`]: one case carried out; [`judge`]: compared with what the table says;
//! * [`wire`], [`mime`], [`xml`]: HTTP, MIME and XML, written for this, so that the servers do not judge themselves;
//! * [`report`]: lines and sums; [`run`]: all of it in order.

pub mod arguments;
pub mod bench;
pub mod cases;
pub mod descriptions;
pub mod input;
pub mod instructions;
pub mod judge;
pub mod material;
pub mod mime;
pub mod mocks;
pub mod network;
pub mod pair;
pub mod report;
pub mod run;
pub mod wire;
pub mod xml;
