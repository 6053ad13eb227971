//! The tree over many messages, and the way from each message to its top.

use std::borrow::Cow;

use pki::DigestAlgorithm;
use protocol::digest::PartDigest;

use super::{step, write};

/// What one chain covers: the names and digests of its data objects, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) data: Vec<(Cow<'static, str>, Vec<u8>)>,
}

impl Leaf {
    /// A message with its parts.
    pub(crate) fn of_parts(parts: &[PartDigest]) -> Self {
        let named = |part: &PartDigest| (Cow::Owned(part.name.to_string()), part.sha512.to_vec());
        Self { data: parts.iter().map(named).collect() }
    }

    /// One data object.
    pub(crate) fn single(uri: &'static str, digest: Vec<u8>) -> Self {
        Self { data: vec![(Cow::Borrowed(uri), digest)] }
    }
}

/// A value of a step on the way to a leaf.
pub(super) enum Entry<'t> {
    Sibling(&'t [u8]),
    NextStep,
    Data(&'t str, &'t [u8]),
}

/// A complete binary tree, filled from the left. A node without right half has the value of its left
/// half, unhashed.
pub(crate) struct Tree {
    algorithm: DigestAlgorithm,
    leaves: Vec<Leaf>,
    /// Heap order: node k has the halves 2k and 2k+1; the top is 1; the leaves are the last half.
    nodes: Vec<Option<Vec<u8>>>,
}

impl Tree {
    /// `None` without leaves, or if a leaf has no data.
    pub(crate) fn new(algorithm: DigestAlgorithm, leaves: Vec<Leaf>) -> Option<Self> {
        if leaves.is_empty() || leaves.iter().any(|leaf| leaf.data.is_empty()) {
            return None;
        }
        let alone = leaves.len() == 1;
        let width = leaves.len().checked_next_power_of_two()?;
        let mut nodes: Vec<Option<Vec<u8>>> = vec![None; width.checked_mul(2)?];
        for (slot, leaf) in nodes.iter_mut().skip(width).zip(&leaves) {
            *slot = Some(leaf_value(algorithm, leaf, alone));
        }
        for index in (1..width).rev() {
            let value = match (nodes.get(2 * index), nodes.get(2 * index + 1)) {
                (Some(Some(left)), Some(Some(right))) => {
                    let halves = [left, right].map(|digest| (algorithm, digest.as_slice()));
                    Some(step::digest(algorithm, halves))
                }
                (Some(left), _) => left.clone(),
                _ => None,
            };
            if let Some(slot) = nodes.get_mut(index) {
                *slot = value;
            }
        }
        Some(Self { algorithm, leaves, nodes })
    }

    /// The digest at the top.
    pub(crate) fn top(&self) -> &[u8] {
        self.node(1).unwrap_or_default()
    }

    /// The result document, pointing into the chain document of this name.
    pub(crate) fn result_xml(&self, chain_name: &str) -> Vec<u8> {
        write::result(self.algorithm, chain_name, self.top())
    }

    /// The chain documents of all leaves, in their order.
    pub(crate) fn chain_documents(&self) -> Vec<Vec<u8>> {
        (0..self.leaves.len()).filter_map(|leaf| self.chain_document(leaf)).collect()
    }

    /// The chain document of one leaf.
    pub(crate) fn chain_document(&self, leaf: usize) -> Option<Vec<u8>> {
        self.leaves.get(leaf)?;
        Some(write::chain(self.algorithm, &self.steps(leaf)))
    }

    /// The steps from the top to a leaf.
    fn steps(&self, leaf: usize) -> Vec<Vec<Entry<'_>>> {
        let data: Vec<Entry<'_>> = match self.leaves.get(leaf) {
            Some(leaf) => leaf.data.iter().map(|(uri, digest)| Entry::Data(uri, digest)).collect(),
            None => Vec::new(),
        };
        let forks = self.forks(leaf);
        if forks.is_empty() {
            return vec![data];
        }
        let direct = data.len() == 1;
        let mut data = Some(data);
        let last = forks.len() - 1;
        let mut steps: Vec<Vec<Entry<'_>>> = Vec::with_capacity(forks.len() + 1);
        for (depth, (own_first, sibling)) in forks.into_iter().enumerate() {
            let own = match (depth == last && direct).then(|| data.take()).flatten() {
                Some(mut single) => single.pop().unwrap_or(Entry::NextStep),
                None => Entry::NextStep,
            };
            let sibling = Entry::Sibling(sibling);
            steps.push(if own_first { vec![own, sibling] } else { vec![sibling, own] });
        }
        steps.extend(data);
        steps
    }

    /// The nodes with two halves between the top and a leaf: whether the leaf is in the first half,
    /// and the digest of the other half.
    fn forks(&self, leaf: usize) -> Vec<(bool, &[u8])> {
        let width = self.nodes.len() / 2;
        let mut forks = Vec::new();
        let mut index = width + leaf;
        while index > 1 {
            let own_first = index.is_multiple_of(2);
            if let Some(sibling) = self.node(index ^ 1) {
                forks.push((own_first, sibling));
            }
            index /= 2;
        }
        forks.reverse();
        forks
    }

    fn node(&self, index: usize) -> Option<&[u8]> {
        self.nodes.get(index).and_then(Option::as_deref)
    }
}

/// A single digest stands for itself; several, or the only message of a tree, form a step.
fn leaf_value(algorithm: DigestAlgorithm, leaf: &Leaf, alone: bool) -> Vec<u8> {
    match leaf.data.as_slice() {
        [(_, digest)] if !alone => digest.clone(),
        parts => step::digest(algorithm, parts.iter().map(|(_, digest)| (algorithm, digest.as_slice()))),
    }
}
