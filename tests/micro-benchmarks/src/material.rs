//! What the cases work with: the captured pairs of stock servers. Their keys are fixed, so that making them ready costs
//! the same each time.

use anyhow::{Context as _, Result};
use evidence::signature::{Seal, SealView, SigningContext, SigningMaterial, seal};
use globalconf::GlobalConf;
use identifiers::{ClientId, MemberId};
use keys::{Pin, SigningKey, SoftwareToken};
use pki::Certificate;
use protocol::digest::{PartDigest, PartName, sha512};
use test_vectors::{CAPTURED_AT, Captured, captured, file, global_configuration};

/// A captured pair, named by the kind of its keys.
#[derive(Clone, Copy)]
pub(crate) enum Pair {
    /// RSA with 2048 bits.
    Rsa2048,
    /// The curve P-256.
    P256,
}

impl Pair {
    fn folder(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa",
            Self::P256 => "ec",
        }
    }

    /// The global configuration of the pair.
    pub(crate) fn global_configuration(self) -> GlobalConf {
        global_configuration(self.folder())
    }

    /// The consumer's request with a JSON body: two parts, so signed over a hash chain.
    pub(crate) fn request(self) -> Result<Captured> {
        self.captured("02-rest-post-json.5500-request")
    }

    /// A request without body, which is signed as it is.
    pub(crate) fn request_without_body(self) -> Result<Captured> {
        self.captured("01-rest-get.5500-request")
    }

    fn captured(self, name: &str) -> Result<Captured> {
        let folder = format!("/{}/", self.folder());
        captured(name)
            .into_iter()
            .find(|message| message.path.contains(&folder))
            .context("a captured message")
    }

    /// What signs the consumer's messages.
    pub(crate) fn signer(self) -> Result<Signer> {
        let inside = |path: &str| format!("x-road-7.8-live/{}/{path}", self.folder());
        let certificate = Certificate::from_der(&file(&inside("pki/ss1-sign.crt.der")))?;
        let token = SoftwareToken::open(
            &test_vectors::located(&inside("keyconf/ss1-softtoken")),
            &Pin::new("1234".to_owned())?,
        )?;
        let keys = token.list().iter().filter_map(|entry| token.key(&entry.id).ok());
        let key =
            keys.into_iter().find(|key| key.belongs_to(&certificate)).context("the signing key")?.clone();
        let ocsp = file(&inside(&format!("ocsp/{}.ocsp", hex::encode(certificate.sha1()))));
        let context = SigningContext::new(&SigningMaterial {
            certificate: &certificate,
            intermediates: &[],
            ocsp_responses: &[ocsp],
            algorithm: key.message_algorithm(),
        })?;
        Ok(Signer { key, context })
    }
}

/// A signing key with what is the same in all its signatures.
pub(crate) struct Signer {
    key: SigningKey,
    context: SigningContext,
}

impl Signer {
    /// Signs messages, all of them under one signature.
    pub(crate) fn seal(&self, messages: &[&[PartDigest]]) -> Result<Vec<Seal>> {
        let sign = |data: &[u8]| self.key.sign_xmldsig(self.context.algorithm(), data);
        Ok(seal(messages, &self.context, CAPTURED_AT, &sign)?)
    }
}

/// A seal as its receiver sees it.
pub(crate) fn view(seal: &Seal) -> SealView<'_> {
    SealView {
        signature: &seal.signature,
        hash_chain_result: seal.hash_chain_result.as_deref(),
        hash_chain: seal.hash_chain.as_deref(),
    }
}

/// The member whose key signs the captured requests.
pub(crate) fn consumer_member() -> Result<MemberId> {
    Ok(MemberId::new("INST", "GOV", "1111")?)
}

/// The subsystem that the captured requests come from.
pub(crate) fn consumer() -> Result<ClientId> {
    Ok(ClientId::from_path("INST/GOV/1111/SUB1")?)
}

/// Digests of a REST message with a body, different for each number.
pub(crate) fn parts(number: u32) -> Vec<PartDigest> {
    let digest =
        |name, what: &str| PartDigest { name, sha512: sha512(format!("{what} {number}").as_bytes()) };
    vec![digest(PartName::Message, "message"), digest(PartName::Attachment(1), "body")]
}
