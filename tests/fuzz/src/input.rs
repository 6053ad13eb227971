//! Inputs that consist of several texts.

/// Text up to the first line feed, and what follows. What is not UTF-8 becomes replacement characters.
#[must_use]
pub fn line_and_rest(data: &[u8]) -> (String, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (line, rest) = data.split_at(end);
    (String::from_utf8_lossy(line).into_owned(), rest.get(1..).unwrap_or_default())
}

/// The reverse of [`line_and_rest`].
#[must_use]
pub fn with_line(line: &str, rest: &[u8]) -> Vec<u8> {
    [line.as_bytes(), b"\n", rest].concat()
}

/// `N` texts with NUL between them, which neither XML nor HTTP heads contain; the last one takes the rest.
#[must_use]
pub fn sections<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut sections = [&[][..]; N];
    for (section, part) in sections.iter_mut().zip(data.splitn(N, |byte| *byte == 0)) {
        *section = part;
    }
    sections
}

/// The reverse of [`sections`].
#[must_use]
pub fn joined(sections: &[&[u8]]) -> Vec<u8> {
    sections.join(&0)
}

/// The boundary of a container that begins with its first delimiter.
#[must_use]
pub fn first_boundary(container: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(container);
    text.trim_start().strip_prefix("--")?.lines().next().map(str::to_owned)
}
