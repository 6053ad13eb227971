//! One target: its description, its budget, and its program.

use std::path::Path;
use std::time::Duration;

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};

/// Counts what the code under test holds, wherever it allocates it.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Longest time for one input, measured as work of the thread, so that a busy machine is no finding.
pub const CPU_TIME_LIMIT: Duration = Duration::from_secs(1);

/// Folder into which the seeds are written; the program then ends.
const SEEDS: &str = "SEKISHO_FUZZ_SEEDS";
/// With this the program prints its row of the table in the documentation and ends.
const LIST: &str = "SEKISHO_FUZZ_LIST";

/// A fuzz target.
pub struct Target {
    /// Name of the program.
    pub name: &'static str,
    /// Longest input in bytes.
    pub max_len: usize,
    /// Bytes that may be held at once in any case.
    pub memory: usize,
    /// And for each byte of the input. Nodes of a document are larger than the few characters they are made of.
    pub memory_per_byte: usize,
    /// File in `dictionaries`, if there is one for this format.
    pub dictionary: Option<&'static str>,
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads an input and asserts what must hold of it.
    pub check: fn(&[u8]),
}

impl Target {
    /// The bytes that may be held at once for an input of this length.
    #[must_use]
    pub const fn allowance(&self, length: usize) -> usize {
        self.memory + self.memory_per_byte * length
    }
}

/// Before the first input: writes the seeds and says how the program wants to be run, or gets ready to run.
pub fn prepare(target: &Target) {
    if std::env::var_os(LIST).is_some() {
        let [input, memory] = [target.max_len, target.memory].map(|bytes| bytes / 1024);
        println!("| `{}` | {input} KiB | {memory} KiB + {} × input |", target.name, target.memory_per_byte);
        std::process::exit(0);
    }
    if let Some(folder) = std::env::var_os(SEEDS) {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            let file = Path::new(&folder).join(format!("seed-{number:04}"));
            std::fs::write(&file, seed).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
        let dictionary =
            target.dictionary.map_or(String::new(), |name| format!(" -dict={}", dictionary(name)));
        println!("-max_len={}{dictionary}", target.max_len);
        std::process::exit(0);
    }
    // What is made once is not the cost of an input.
    (target.check)(b"");
}

fn dictionary(name: &str) -> String {
    format!("{}/dictionaries/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Checks one input within its budget.
pub fn run(target: &Target, data: &[u8]) {
    let held_before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let began = cpu_time();
    (target.check)(data);
    let spent = cpu_time().saturating_sub(began);
    let held = HEAP.peak_usage().saturating_sub(held_before);
    assert!(spent <= CPU_TIME_LIMIT, "SLOW: {spent:?} for {} bytes", data.len());
    let allowance = target.allowance(data.len());
    assert!(held <= allowance, "LARGE: {held} bytes held, {allowance} allowed for {} bytes", data.len());
}

fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// Makes the program of a target.
#[macro_export]
macro_rules! fuzz {
    ($target:expr) => {
        const TARGET: $crate::Target = $target;
        $crate::libfuzzer_sys::fuzz_target!(init: $crate::prepare(&TARGET), |data: &[u8]| {
            $crate::run(&TARGET, data);
        });
    };
}
