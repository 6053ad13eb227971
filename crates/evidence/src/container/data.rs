//! The data objects of a container, and which of them the signature covers.

use pki::DigestAlgorithm;

use super::ContainerError;
use crate::asic::Container;
use crate::c14n;
use crate::hash_chain::{self, DataDigest, DataRef, DataSource, HashChainError, SIGNATURE_CHAIN};
use crate::signature::{HASH_CHAIN_RESULT, MESSAGE, SealError, SignatureDocument, Target};
use crate::xml::{Document, XmlLimits};

/// A data object that the signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFact {
    /// Name in the signature, e.g. `/attachment1`.
    pub name: String,
    /// Algorithm of the digest.
    pub algorithm: DigestAlgorithm,
    /// The signed digest.
    pub digest: Vec<u8>,
    /// Whether the data itself is in the container.
    pub coverage: Coverage,
}

/// Whether signed data is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// The data is in the container and has the signed digest.
    Verified,
    /// The container has no such data; only its digest is proven.
    Unverified,
}

/// The data objects behind the references. Checks the hash chain if the signature refers to one, and
/// that every attachment of the container is covered.
pub(super) fn covered(
    container: &Container,
    found: &SignatureDocument<'_, '_>,
) -> Result<Vec<DataFact>, ContainerError> {
    let mut facts = Vec::new();
    for reference in found.references.iter().filter(|reference| reference.uri.starts_with('/')) {
        if reference.uri == HASH_CHAIN_RESULT {
            facts.extend(chained(container)?);
        } else {
            // Its digest is compared together with the signature value.
            facts.push(DataFact {
                name: reference.uri.to_owned(),
                algorithm: reference.algorithm,
                digest: reference.digest.clone(),
                coverage: Coverage::Verified,
            });
        }
    }
    let uncovered = container.attachments.iter().map(|(number, _)| attachment_name(*number));
    match uncovered.into_iter().find(|name| !facts.iter().any(|fact| fact.name == *name)) {
        Some(name) => Err(SealError::Malformed(format!("the signature does not cover {name}")).into()),
        None => Ok(facts),
    }
}

fn chained(container: &Container) -> Result<Vec<DataFact>, ContainerError> {
    let (Some(result), Some(chain)) = (&container.hash_chain_result, &container.hash_chain) else {
        let missing = "the hash chain of the signature is not in the container";
        return Err(SealError::Malformed(missing.to_owned()).into());
    };
    let attachments: Vec<String> =
        container.attachments.iter().map(|(number, _)| attachment_name(*number)).collect();
    let mandatory: Vec<&str> =
        std::iter::once(MESSAGE).chain(attachments.iter().map(String::as_str)).collect();
    let mut source = ContainerData { container, facts: Vec::new() };
    hash_chain::evaluate(result, chain, SIGNATURE_CHAIN, &mandatory, &mut source).map_err(SealError::from)?;
    Ok(source.facts)
}

/// Data for references outside the signature document.
pub(super) fn resolve<'c>(container: &'c Container, uri: &str) -> Option<Target<'c>> {
    match uri {
        HASH_CHAIN_RESULT => container.hash_chain_result.as_deref().map(Target::Data),
        _ => data_object(container, uri).map(Target::Data),
    }
}

fn data_object<'c>(container: &'c Container, name: &str) -> Option<&'c [u8]> {
    if name == MESSAGE {
        return Some(&container.message);
    }
    let named = |(number, _): &&(u32, Vec<u8>)| attachment_name(*number) == name;
    container.attachments.iter().find(named).map(|(_, content)| content.as_slice())
}

fn attachment_name(number: u32) -> String {
    format!("/attachment{number}")
}

struct ContainerData<'c> {
    container: &'c Container,
    facts: Vec<DataFact>,
}

impl DataSource for ContainerData<'_> {
    fn digest(&mut self, reference: &DataRef) -> Result<DataDigest, HashChainError> {
        let data = data_object(self.container, &reference.uri);
        self.facts.push(DataFact {
            name: reference.uri.clone(),
            algorithm: reference.algorithm,
            digest: reference.digest.clone(),
            coverage: if data.is_some() { Coverage::Verified } else { Coverage::Unverified },
        });
        match data {
            Some(data) => compared(reference, data),
            None => Ok(DataDigest::Unresolved),
        }
    }
}

/// Our digest of the data, if it is the one of the reference.
pub(crate) fn compared(reference: &DataRef, data: &[u8]) -> Result<DataDigest, HashChainError> {
    let digest = match reference.transforms.as_deref() {
        None | Some([]) => reference.algorithm.digest(data),
        Some(methods) => {
            let mut current = data.to_vec();
            for method in methods {
                let document = Document::parse(&current, &XmlLimits::MESSAGE)
                    .map_err(|_| HashChainError::InvalidReference(reference.uri.clone()))?;
                current = c14n::document(&document, method);
            }
            reference.algorithm.digest(&current)
        }
    };
    if digest == reference.digest {
        Ok(DataDigest::Ours(digest))
    } else {
        Err(HashChainError::InvalidDataReference(reference.uri.clone()))
    }
}
