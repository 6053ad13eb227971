//! What all fuzz targets share. A target is one file in `targets/`: what it reads, what must hold, what an input may
//! cost, and where its seeds come from.
//!
//! * [`Target`], [`fuzz!`]: one target and its program; [`run`] holds an input to its budget
//! * [`pieces`]: an input that arrives piece by piece
//! * [`input`]: an input that consists of several texts
//! * `vectors`: data files of the project, for seeds

pub mod input;
pub mod pieces;
mod target;

pub use libfuzzer_sys;
pub use target::{CPU_TIME_LIMIT, Target, prepare, run};
pub use test_vectors as vectors;
