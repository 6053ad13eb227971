//! A message before it is signed.

use protocol::digest::{PartDigest, PartName};
use protocol::sha512;

/// The message part and the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `/message.xml`: the encoded REST request or response.
    pub bytes: Vec<u8>,
    /// `/attachment1`, if there is a body part.
    pub body: Option<Vec<u8>>,
}

impl Message {
    /// The digests that a signature covers.
    #[must_use]
    pub fn digests(&self) -> Vec<PartDigest> {
        let message = PartDigest { name: PartName::Message, sha512: sha512(&self.bytes) };
        let body = self.body.as_deref();
        let body = body.map(|body| PartDigest { name: PartName::Attachment(1), sha512: sha512(body) });
        std::iter::once(message).chain(body).collect()
    }
}
