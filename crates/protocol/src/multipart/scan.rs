//! Finding delimiter lines.
//!
//! A delimiter is a line that consists of `--`, the boundary, `--` if it is the closing one, and white space. The
//! line break before it belongs to the delimiter. X-Road writes CRLF; a bare LF is taken for a line break too, because
//! stock servers do and information systems send it. Lines that only begin like a delimiter are content: a nested
//! boundary may begin with the outer one.

use memchr::memmem::Finder;

/// White space tolerated at the end of a delimiter line.
const MAX_PADDING: usize = 64;

/// What a search found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No complete delimiter. The first `content` bytes are content for certain; the rest may begin a delimiter.
    Nothing { content: usize },
    /// A delimiter: content ends at `content`, the next line begins at `after`.
    Delimiter { content: usize, after: usize, closing: bool },
    /// A delimiter line with too much white space behind `content` bytes of content.
    PaddingTooLong { content: usize },
}

/// Whether a line that begins like a delimiter is one.
enum Line {
    No,
    Incomplete,
    TooLong,
    Yes { length: usize, closing: bool },
}

/// The delimiter of one container.
pub(super) struct Delimiter {
    /// LF, two dashes, boundary.
    needle: Box<[u8]>,
    finder: Finder<'static>,
}

impl Delimiter {
    pub(super) fn new(boundary: &str) -> Self {
        let needle = [b"\n--", boundary.as_bytes()].concat();
        let finder = Finder::new(&needle).into_owned();
        Self { needle: needle.into(), finder }
    }

    /// Looks for the first delimiter. `line_start` says that the window begins at the beginning of a line, `last` that
    /// no input follows the window.
    pub(super) fn find(&self, window: &[u8], line_start: bool, last: bool) -> Found {
        if line_start && let Some(found) = self.at_start(window, last) {
            return found;
        }
        let mut from = 0;
        while let Some(offset) = self.finder.find(&window[from..]) {
            let line_feed = from + offset;
            let end = line_feed + self.needle.len();
            let content = before_line_break(window, line_feed);
            match rest_of_line(&window[end..], last) {
                Line::Yes { length, closing } => {
                    return Found::Delimiter { content, after: end + length, closing };
                }
                Line::Incomplete => return Found::Nothing { content },
                Line::TooLong => return Found::PaddingTooLong { content },
                Line::No => from = line_feed + 1,
            }
        }
        Found::Nothing { content: if last { window.len() } else { self.certain_content(window) } }
    }

    /// True if the line begins like a delimiter of this container.
    pub(super) fn begins(&self, line: &[u8]) -> bool {
        line.starts_with(&self.needle[1..])
    }

    fn at_start(&self, window: &[u8], last: bool) -> Option<Found> {
        let dashes_and_boundary = &self.needle[1..];
        if window.len() < dashes_and_boundary.len() {
            let possible = !last && dashes_and_boundary.starts_with(window);
            return possible.then_some(Found::Nothing { content: 0 });
        }
        let rest = window.strip_prefix(dashes_and_boundary)?;
        match rest_of_line(rest, last) {
            Line::Yes { length, closing } => {
                Some(Found::Delimiter { content: 0, after: dashes_and_boundary.len() + length, closing })
            }
            Line::Incomplete => Some(Found::Nothing { content: 0 }),
            Line::TooLong => Some(Found::PaddingTooLong { content: 0 }),
            Line::No => None,
        }
    }

    /// How much of a window without delimiter cannot belong to one that goes on in the next chunk.
    fn certain_content(&self, window: &[u8]) -> usize {
        let tail = window.len().saturating_sub(self.needle.len() - 1);
        if let Some(offset) = memchr::memrchr(b'\n', &window[tail..]) {
            let line_feed = tail + offset;
            if self.needle.starts_with(&window[line_feed..]) {
                return before_line_break(window, line_feed);
            }
        }
        if window.ends_with(b"\r") { window.len() - 1 } else { window.len() }
    }
}

/// The position of the CR that precedes the LF at `line_feed`, or of the LF itself.
fn before_line_break(window: &[u8], line_feed: usize) -> usize {
    if window[..line_feed].ends_with(b"\r") { line_feed - 1 } else { line_feed }
}

fn rest_of_line(rest: &[u8], last: bool) -> Line {
    let closing = rest.starts_with(b"--");
    if !closing && !last && (rest.is_empty() || rest == b"-") {
        return Line::Incomplete;
    }
    let start = if closing { 2 } else { 0 };
    let padding = rest[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if padding > MAX_PADDING {
        return Line::TooLong;
    }
    let end = start + padding;
    match &rest[end..] {
        [b'\n', ..] => Line::Yes { length: end + 1, closing },
        [b'\r', b'\n', ..] => Line::Yes { length: end + 2, closing },
        [] | [b'\r'] if !last => Line::Incomplete,
        // A delimiter needs no line break when the input ends. After one that does not close the input is incomplete,
        // but the part before it is not.
        [] | [b'\r'] => Line::Yes { length: rest.len(), closing },
        _ => Line::No,
    }
}
