//! Where things stand in the text of a SOAP message, so that it can be changed in one place and nowhere else.

use std::ops::Range;

/// Places in the text of a message, as byte offsets behind the byte order mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bytes of the byte order mark.
    pub(super) mark: usize,
    /// Offsets in the text are offsets in the bytes behind the mark.
    pub(super) utf8: bool,
    /// The start tag of the envelope.
    pub(super) root: Tag,
    /// End of the envelope's end tag.
    pub(super) root_end: usize,
    /// The prefix of the field `id`.
    pub(super) id_prefix: String,
    /// The attributes of `id` as they are written.
    pub(super) id_attributes: Vec<Range<usize>>,
    /// Behind the end tag of `id`.
    pub(super) id_end: usize,
    /// The first white space inside the header that stands alone.
    pub(super) indent: Range<usize>,
    /// An existing request hash with its tags.
    pub(super) request_hash: Option<Range<usize>>,
    /// Between the tags of the body.
    pub(super) body: Range<usize>,
    /// The child element of the body.
    pub(super) wrapper: Wrapper,
    /// In the body, the prefixes `xroad` and `id` stand for X-Road's namespaces.
    pub(super) xroad_bound: bool,
    /// See `xroad_bound`.
    pub(super) id_bound: bool,
}

/// A start tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tag {
    /// From `<` to behind `>`.
    pub(super) span: Range<usize>,
    /// Behind the name.
    pub(super) name_end: usize,
    /// The attributes as they are written: name, and where name and value stand.
    pub(super) attributes: Vec<Range<usize>>,
}

/// The child element of the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wrapper {
    pub(super) prefix: String,
    pub(super) local: String,
    /// The name in the start tag.
    pub(super) start_name: Range<usize>,
    /// The name in the end tag; empty for an empty tag.
    pub(super) end_name: Range<usize>,
}
