//! The journal as a whole, the same tests on each database.
//!
//! * [`bodies`]: what is kept of bodies; who finds what
//! * [`timestamps`]: stamping, evidence, and refusal when stamping fails
//! * [`writing`]: groups, the queue, the end
//! * [`crash`]: the end of the process around a commit

mod bodies;
mod crash;
mod timestamps;
mod writing;
