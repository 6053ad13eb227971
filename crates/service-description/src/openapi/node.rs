//! The upper levels of a document as a tree: what an OpenAPI description says in its first levels, everything below only
//! counted and checked. So the cost of a document is bounded by its length, whatever its aliases refer to.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use super::{OpenApiError, json, yaml};
use crate::DescriptionLimits;

/// Levels that are kept. Descriptions are asked for `paths`, a path, a method; shared path items may be defined a few
/// levels down.
const KEPT_LEVELS: usize = 8;

/// A value of a document.
#[derive(Debug)]
pub(super) enum Node {
    Scalar(Scalar),
    Map(Vec<(String, Link)>),
    List(Vec<Link>),
    /// Below the levels that are kept.
    Omitted,
}

/// A scalar.
#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Quoted, or a plain text of YAML that is neither number, boolean nor null.
    pub(super) string: bool,
    /// Written over several lines with `|` or `>`.
    pub(super) block: bool,
}

/// A value in its place.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) node: Rc<Node>,
    /// Where the value, or the alias for it, stands.
    pub(super) span: Range<usize>,
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Link> {
        match self {
            Self::Map(entries) => entries.iter().find(|(known, _)| known == key).map(|(_, link)| link),
            _ => None,
        }
    }

    /// The text of a scalar that is no null, boolean or number; versions without quotes count too.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Scalar(scalar) if scalar.string => Some(&scalar.text),
            _ => None,
        }
    }
}

/// Reads a document as JSON if it is, otherwise as YAML.
pub(super) fn parse(text: &str, limits: &DescriptionLimits) -> Result<Rc<Node>, OpenApiError> {
    if text.trim_start().starts_with('{') {
        match json::parse(text, limits) {
            // A flow collection of YAML begins so too.
            Err(OpenApiError::Syntax(_)) => {}
            result => return result,
        }
    }
    yaml::parse(text, limits)
}

/// Builds the tree from the events of a parser.
pub(super) struct Builder {
    limits: (usize, usize),
    nodes: usize,
    open: Vec<Open>,
    root: Option<Link>,
}

struct Open {
    start: usize,
    list: bool,
    /// For maps, the key that waits for its value.
    key: Option<String>,
    keys: HashSet<String>,
    entries: Vec<(String, Link)>,
}

impl Builder {
    pub(super) fn new(limits: &DescriptionLimits) -> Self {
        Self { limits: (limits.depth, limits.nodes), nodes: 0, open: Vec::new(), root: None }
    }

    /// A map or list begins.
    pub(super) fn open(&mut self, start: usize, list: bool) -> Result<(), OpenApiError> {
        self.count()?;
        if self.open.len() >= self.limits.0 {
            return Err(OpenApiError::TooComplex);
        }
        self.open.push(Open { start, list, key: None, keys: HashSet::new(), entries: Vec::new() });
        Ok(())
    }

    /// The innermost map or list ends; it is given back for those who may refer to it.
    pub(super) fn close(&mut self, end: usize) -> Result<Rc<Node>, OpenApiError> {
        let Some(open) = self.open.pop() else { return Err(OpenApiError::NotOpenApi) };
        let kept = self.open.len() < KEPT_LEVELS;
        let node = match open.list {
            _ if !kept => Node::Omitted,
            true => Node::List(open.entries.into_iter().map(|(_, link)| link).collect()),
            false => Node::Map(open.entries),
        };
        let node = Rc::new(node);
        self.add(Link { node: node.clone(), span: open.start..end.max(open.start) })?;
        Ok(node)
    }

    /// A scalar, as a value or as a key.
    pub(super) fn scalar(&mut self, scalar: Scalar, span: Range<usize>) -> Result<Rc<Node>, OpenApiError> {
        self.count()?;
        let node = Rc::new(if self.open.len() > KEPT_LEVELS && !self.expects_key() {
            Node::Omitted
        } else {
            Node::Scalar(scalar)
        });
        self.add(Link { node: node.clone(), span })?;
        Ok(node)
    }

    /// A value that has been defined elsewhere.
    pub(super) fn alias(&mut self, node: Rc<Node>, span: Range<usize>) -> Result<(), OpenApiError> {
        self.count()?;
        self.add(Link { node, span })
    }

    /// The document.
    pub(super) fn finish(self) -> Result<Rc<Node>, OpenApiError> {
        let root = self.root.filter(|_| self.open.is_empty()).ok_or(OpenApiError::NotOpenApi)?;
        Ok(root.node)
    }

    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| !open.list && open.key.is_none())
    }

    fn count(&mut self) -> Result<(), OpenApiError> {
        self.nodes += 1;
        if self.nodes > self.limits.1 { Err(OpenApiError::TooComplex) } else { Ok(()) }
    }

    fn add(&mut self, link: Link) -> Result<(), OpenApiError> {
        let kept = self.open.len() <= KEPT_LEVELS;
        let Some(open) = self.open.last_mut() else {
            // A second document.
            return if self.root.replace(link).is_some() { Err(OpenApiError::NotOpenApi) } else { Ok(()) };
        };
        if open.list {
            if kept {
                open.entries.push((String::new(), link));
            }
            return Ok(());
        }
        match open.key.take() {
            Some(key) if kept => open.entries.push((key, link)),
            Some(_) => {}
            None => {
                // A key that is no scalar means nothing in OpenAPI.
                let Node::Scalar(key) = &*link.node else {
                    return Err(OpenApiError::Syntax("a key is not a text".to_owned()));
                };
                if !open.keys.insert(key.text.clone()) {
                    return Err(OpenApiError::DuplicateKey(key.text.chars().take(80).collect()));
                }
                open.key = Some(key.text.clone());
            }
        }
        Ok(())
    }
}
