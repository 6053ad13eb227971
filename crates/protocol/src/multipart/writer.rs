//! Writing a container exactly as X-Road does.

use bytes::{BufMut as _, Bytes, BytesMut};

/// Writes the frame of a container: delimiters and part headers. The content of the parts goes between the chunks
/// unchanged, so it need not pass through here.
#[derive(Debug)]
pub struct Writer {
    boundary: String,
    /// Every delimiter but the very first of the whole message is preceded by a line break.
    line_break: bool,
    /// What stands between `content-type` and its value.
    colon: &'static str,
}

impl Writer {
    /// A writer for an outer container.
    #[must_use]
    pub fn new(boundary: impl Into<String>) -> Self {
        Self { boundary: boundary.into(), line_break: false, colon: ": " }
    }

    /// A writer for a container inside a part, whose first delimiter follows an empty line.
    #[must_use]
    pub fn nested(boundary: impl Into<String>) -> Self {
        Self { boundary: boundary.into(), line_break: true, colon: ": " }
    }

    /// A writer for an outer container whose content types follow the colon at once: X-Road writes SOAP messages with
    /// attachments so for information systems.
    #[must_use]
    pub fn for_attachments(boundary: impl Into<String>) -> Self {
        Self { colon: ":", ..Self::new(boundary) }
    }

    /// `multipart/mixed` with character set and boundary, the value of the container's content type.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/mixed; charset=UTF-8; boundary={}", self.boundary)
    }

    /// The delimiter and headers that begin a part.
    ///
    /// Characters that ISO-8859-1 does not have, and control characters, which could break the frame, become `?`.
    pub fn part<'a>(
        &mut self,
        content_type: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Bytes {
        let mut out = BytesMut::with_capacity(160);
        self.delimiter(&mut out);
        out.put_slice(b"\r\n");
        header(&mut out, crate::names::header::CONTENT_TYPE, self.colon, content_type);
        for (name, value) in headers {
            header(&mut out, name, ": ", value);
        }
        out.put_slice(b"\r\n");
        out.freeze()
    }

    /// The closing delimiter.
    #[must_use]
    pub fn close(mut self) -> Bytes {
        let mut out = BytesMut::with_capacity(80);
        self.delimiter(&mut out);
        out.put_slice(b"--\r\n");
        out.freeze()
    }

    fn delimiter(&mut self, out: &mut BytesMut) {
        if self.line_break {
            out.put_slice(b"\r\n");
        }
        self.line_break = true;
        out.put_slice(b"--");
        out.put_slice(self.boundary.as_bytes());
    }
}

fn header(out: &mut BytesMut, name: &str, colon: &str, value: &str) {
    latin1(out, name);
    out.put_slice(colon.as_bytes());
    latin1(out, value);
    out.put_slice(b"\r\n");
}

fn latin1(out: &mut BytesMut, text: &str) {
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) if !byte.is_ascii_control() || byte == b'\t' => out.put_u8(byte),
            _ => out.put_u8(b'?'),
        }
    }
}
