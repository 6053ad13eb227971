//! The rows of one node, found by exchange handle and by consumer link, with the digest of the whole set.

use std::collections::HashMap;

use identifiers::{ExchangeHandle, LinkHandle};

use crate::canonical::CanonicalError;
use crate::row::{Row, RowKey, SetDigest};

/// Most rows one node holds: about 5 GB of memory, far above the size at which a node should be split.
pub const MAX_ROWS: usize = 10_000_000;

/// Most rows of one person for one pair of subsystems: purposes and services. Bounds the work of one decision.
pub const MAX_ROWS_PER_EXCHANGE: usize = 1_000;

/// Why a set cannot take a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowSetError {
    /// The row has neither side's link, so it is none of this node's business.
    #[error("a row has no link of this node's side")]
    Foreign,
    /// [`MAX_ROWS`] or [`MAX_ROWS_PER_EXCHANGE`].
    #[error("too many rows")]
    Full,
    /// There is no row with this key.
    #[error("a row to remove does not exist")]
    Absent,
    /// The row has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// See the module.
#[derive(Debug, Default, Clone)]
pub struct RowSet {
    by_exchange: HashMap<ExchangeHandle, Vec<Row>>,
    by_consumer_link: HashMap<LinkHandle, Vec<ExchangeHandle>>,
    len: usize,
    digest: SetDigest,
}

impl RowSet {
    /// Puts a row in the place of the one with the same key, if there is one.
    ///
    /// # Errors
    /// See [`RowSetError`]; the set is then unchanged.
    pub fn put(&mut self, row: Row) -> Result<(), RowSetError> {
        if row.provider_link.is_none() && row.consumer_link.is_none() {
            return Err(RowSetError::Foreign);
        }
        let added = row.digest()?;
        let exchange = row.key.exchange;
        let replaced = self.find(&row.key).map(Row::digest).transpose()?;
        let siblings = self.of_exchange(&exchange).len();
        if replaced.is_none() && (self.len >= MAX_ROWS || siblings >= MAX_ROWS_PER_EXCHANGE) {
            return Err(RowSetError::Full);
        }
        if let Some(replaced) = replaced {
            self.forget(&row.key);
            self.digest.remove(&replaced);
        }
        self.digest.add(&added);
        self.len += 1;
        if let Some(link) = row.consumer_link {
            let exchanges = self.by_consumer_link.entry(link).or_default();
            if !exchanges.contains(&exchange) {
                exchanges.push(exchange);
            }
        }
        self.by_exchange.entry(exchange).or_default().push(row);
        Ok(())
    }

    /// Takes the row with this key away.
    ///
    /// # Errors
    /// [`RowSetError::Absent`].
    pub fn remove(&mut self, key: &RowKey) -> Result<(), RowSetError> {
        let removed = self.find(key).ok_or(RowSetError::Absent)?.digest()?;
        self.forget(key);
        self.digest.remove(&removed);
        Ok(())
    }

    /// Takes the row out of both indexes.
    fn forget(&mut self, key: &RowKey) {
        let Some(rows) = self.by_exchange.get_mut(&key.exchange) else { return };
        let Some(position) = rows.iter().position(|row| row.key == *key) else { return };
        let row = rows.swap_remove(position);
        self.len -= 1;
        let link_still_used = rows.iter().any(|other| other.consumer_link == row.consumer_link);
        if rows.is_empty() {
            self.by_exchange.remove(&key.exchange);
        }
        let Some(link) = row.consumer_link.filter(|_| !link_still_used) else { return };
        if let Some(exchanges) = self.by_consumer_link.get_mut(&link) {
            exchanges.retain(|exchange| *exchange != key.exchange);
            if exchanges.is_empty() {
                self.by_consumer_link.remove(&link);
            }
        }
    }

    fn find(&self, key: &RowKey) -> Option<&Row> {
        self.of_exchange(&key.exchange).iter().find(|row| row.key == *key)
    }

    /// Rows of one exchange handle.
    #[must_use]
    pub fn of_exchange(&self, exchange: &ExchangeHandle) -> &[Row] {
        self.by_exchange.get(exchange).map_or(&[], Vec::as_slice)
    }

    /// Rows of one link handle at a consumer.
    pub fn of_consumer_link(&self, link: &LinkHandle) -> impl Iterator<Item = &Row> {
        let exchanges = self.by_consumer_link.get(link).map_or(&[][..], Vec::as_slice);
        let link = *link;
        exchanges
            .iter()
            .flat_map(|exchange| self.of_exchange(exchange))
            .filter(move |row| row.consumer_link == Some(link))
    }

    /// All rows, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.by_exchange.values().flatten()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Digest of the set.
    #[must_use]
    pub fn digest(&self) -> SetDigest {
        self.digest
    }
}

#[cfg(test)]
mod tests;
