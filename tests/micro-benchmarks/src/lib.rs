//! What one step of the message path costs. Each case is defined once, here, and measured twice: as time by
//! `benches/micro.rs` (criterion), and as instructions by the program `instructions`, which a change must not raise.
//!
//! * [`CASES`]: all of them, in the order in which a message meets them
//! * `cases`: one file for each step; `material`: keys, certificates and messages of a captured pair of stock servers

mod cases;
mod material;

pub use cases::CASES;

/// A piece of work that is ready to be done again and again. It checks its own result: work that fails is not measured.
pub type Work = Box<dyn FnMut() -> anyhow::Result<()>>;

/// One step of the message path.
pub struct Case {
    /// As in the table of figures.
    pub name: &'static str,
    /// How often it is done when instructions are counted: a few times where one takes millions.
    pub times: u32,
    /// Bytes of content that pass through at each time, where the case is about them.
    pub bytes: Option<u64>,
    /// Makes everything ready. Its cost is not counted.
    pub prepare: fn() -> anyhow::Result<Work>,
}

impl Case {
    const fn new(name: &'static str, times: u32, prepare: fn() -> anyhow::Result<Work>) -> Self {
        Self { name, times, bytes: None, prepare }
    }

    const fn with_bytes(self, bytes: u64) -> Self {
        Self { bytes: Some(bytes), ..self }
    }

    /// The case of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every case does what it says, more than once.
    #[test]
    fn the_work_of_every_case_is_done() {
        for case in CASES {
            let mut work = (case.prepare)().unwrap_or_else(|error| panic!("{}: {error:?}", case.name));
            for _ in 0..3 {
                work().unwrap_or_else(|error| panic!("{}: {error:?}", case.name));
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CASES.len());
    }
}
