//! As much of HTTP/1.1 as one message for each connection needs.

use std::io::{self, BufRead};

/// A message: first line, header fields, body.
pub(super) struct Received {
    fields: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Received {
    /// Reads a message. Without length and chunks its body ends with the stream.
    ///
    /// # Errors
    /// The stream fails or ends too early.
    pub(super) fn read(stream: &mut impl BufRead) -> io::Result<Self> {
        line(stream)?;
        let mut fields = Vec::new();
        loop {
            let text = line(stream)?;
            let Some((name, value)) = text.split_once(':') else { break };
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut received = Self { fields, body: Vec::new() };
        received.body = match (received.field("transfer-encoding"), received.field("content-length").parse())
        {
            ("chunked", _) => chunked(stream)?,
            (_, Ok(length)) => exactly(stream, length)?,
            _ => to_the_end(stream)?,
        };
        Ok(received)
    }

    /// The value of a field; empty without one.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

fn chunked(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream)?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        body.extend(exactly(stream, size)?);
        line(stream)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn exactly(stream: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn to_the_end(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    if stream.read_line(&mut text)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text.trim_end().to_owned())
}
