//! Reading the two documents with the strictness of their schema.

use pki::DigestAlgorithm;

use super::HashChainError;
use crate::c14n::Method;
use crate::xml::{Document, Element, NS_DS, XmlLimits};

const NS_HC: &str = "http://cyber.ee/hashchain";
/// Longest identifier or reference that is looked at.
const MAX_URI_BYTES: usize = 256;
/// Steps of a chain; a batch of n messages needs log2 n + 1.
const MAX_STEPS: usize = 128;

/// What the result document says.
pub(super) struct ResultDocument {
    pub(super) uri: String,
    pub(super) algorithm: DigestAlgorithm,
    pub(super) digest: Vec<u8>,
}

/// What the chain document says.
pub(super) struct ChainDocument {
    pub(super) steps: Vec<Step>,
}

pub(super) struct Step {
    pub(super) id: String,
    pub(super) values: Vec<StepValue>,
}

pub(super) enum StepValue {
    Hash(DigestAlgorithm, Vec<u8>),
    Step(DigestAlgorithm, String),
    Data(DataRef),
}

/// A reference to a data object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataRef {
    pub(crate) uri: String,
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) digest: Vec<u8>,
    /// Canonicalizations to be applied before digesting.
    pub(crate) transforms: Option<Vec<Method>>,
}

pub(super) fn result(bytes: &[u8]) -> Result<ResultDocument, HashChainError> {
    let document = parse(bytes)?;
    let root = document.root();
    if !root.is(NS_HC, "HashChainResult") {
        return Err(malformed("not a HashChainResult"));
    }
    let fields = Fields::read(root)?;
    Ok(ResultDocument {
        uri: uri(root)?,
        algorithm: fields.algorithm.ok_or_else(|| malformed("result without digest method"))?,
        digest: fields.digest.ok_or_else(|| malformed("result without digest"))?,
    })
}

pub(super) fn chain(bytes: &[u8]) -> Result<ChainDocument, HashChainError> {
    let document = parse(bytes)?;
    let root = document.root();
    if !root.is(NS_HC, "HashChain") {
        return Err(malformed("not a HashChain"));
    }
    let mut default = None;
    let mut steps: Vec<Step> = Vec::new();
    for child in root.children() {
        if child.is(NS_HC, "HashStep") {
            let step = step(child, default)?;
            if steps.iter().any(|known| known.id == step.id) || steps.len() >= MAX_STEPS {
                return Err(malformed("too many steps, or two of one name"));
            }
            steps.push(step);
        } else if child.is(NS_HC, "DefaultDigestMethod") && default.is_none() && steps.is_empty() {
            default = Some(algorithm(child)?);
        } else {
            return Err(unexpected(child));
        }
    }
    Ok(ChainDocument { steps })
}

fn step(element: Element<'_, '_>, default: Option<DigestAlgorithm>) -> Result<Step, HashChainError> {
    let id = element.attribute("id").filter(|id| id.len() <= MAX_URI_BYTES).unwrap_or_default().to_owned();
    let mut values = Vec::new();
    for child in element.children() {
        let fields = Fields::read(child)?;
        let method = fields.algorithm.or(default);
        let algorithm = method.ok_or_else(|| malformed("value without digest method"))?;
        let value = match (child.namespace() == NS_HC, child.local(), fields.digest) {
            (true, "HashValue", Some(digest)) => StepValue::Hash(algorithm, digest),
            (true, "StepRef", None) if fields.transforms.is_none() => StepValue::Step(algorithm, uri(child)?),
            (true, "DataRef", Some(digest)) => {
                let transforms = fields.transforms;
                StepValue::Data(DataRef { uri: uri(child)?, algorithm, digest, transforms })
            }
            _ => return Err(unexpected(child)),
        };
        values.push(value);
    }
    Ok(Step { id, values })
}

/// The common content of values: method, transforms, digest, each at most once and in this order.
struct Fields {
    algorithm: Option<DigestAlgorithm>,
    transforms: Option<Vec<Method>>,
    digest: Option<Vec<u8>>,
}

impl Fields {
    fn read(element: Element<'_, '_>) -> Result<Self, HashChainError> {
        let mut fields = Self { algorithm: None, transforms: None, digest: None };
        for child in element.children() {
            let none_after = fields.digest.is_none();
            match (child.namespace() == NS_DS, child.local()) {
                (true, "DigestMethod")
                    if none_after && fields.algorithm.is_none() && fields.transforms.is_none() =>
                {
                    fields.algorithm = Some(algorithm(child)?);
                }
                (true, "Transforms") if none_after && fields.transforms.is_none() => {
                    fields.transforms = Some(child.children().map(transform).collect::<Result<_, _>>()?);
                }
                (true, "DigestValue") if none_after => {
                    fields.digest = Some(child.base64().ok_or_else(|| malformed("digest is not base64"))?);
                }
                _ => return Err(unexpected(child)),
            }
        }
        Ok(fields)
    }
}

fn transform(element: Element<'_, '_>) -> Result<Method, HashChainError> {
    let uri = element.attribute("Algorithm").unwrap_or_default();
    let known = Method::from_uri(uri).filter(|_| element.is(NS_DS, "Transform"));
    known.filter(|_| element.children().next().is_none()).ok_or_else(|| malformed("unknown transform"))
}

fn algorithm(element: Element<'_, '_>) -> Result<DigestAlgorithm, HashChainError> {
    let uri = element.attribute("Algorithm").unwrap_or_default();
    DigestAlgorithm::from_uri(uri).ok_or_else(|| malformed("digest algorithm is unknown or too weak"))
}

fn uri(element: Element<'_, '_>) -> Result<String, HashChainError> {
    match element.attribute("URI") {
        Some(uri) if uri.len() <= MAX_URI_BYTES => Ok(uri.to_owned()),
        _ => Err(malformed("reference without URI, or a very long one")),
    }
}

fn parse(bytes: &[u8]) -> Result<Document<'_>, HashChainError> {
    Document::parse(bytes, &XmlLimits::EVIDENCE).map_err(|error| malformed(&error.to_string()))
}

fn unexpected(element: Element<'_, '_>) -> HashChainError {
    let name: String = element.name().chars().take(64).collect();
    HashChainError::Malformed(format!("unexpected element {name}"))
}

fn malformed(what: &str) -> HashChainError {
    HashChainError::Malformed(what.to_owned())
}
