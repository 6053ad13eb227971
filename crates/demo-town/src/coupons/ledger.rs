//! The support centre's own database: its customers and the coupons they got.

use std::path::Path;

use rusqlite::{Connection, params};

/// Customers and coupons.
pub struct Ledger {
    connection: Connection,
}

impl Ledger {
    /// Opens the ledger, new or old.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn open(file: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA cache_size = -512;
             CREATE TABLE IF NOT EXISTS customer (id TEXT PRIMARY KEY, nickname TEXT NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS coupon (
                 customer TEXT PRIMARY KEY REFERENCES customer (id), serial TEXT NOT NULL UNIQUE) STRICT;",
        )?;
        Ok(Self { connection })
    }

    /// Adds a customer; the id is the centre's own and means nothing elsewhere.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_customer(&self, nickname: &str) -> rusqlite::Result<String> {
        let next: u32 =
            self.connection.query_row("SELECT count(*) + 1 FROM customer", [], |row| row.get(0))?;
        let id = format!("c-{next:05}");
        self.connection.execute("INSERT INTO customer VALUES (?1, ?2)", params![id, nickname])?;
        Ok(id)
    }

    /// The ids of all customers, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn customers(&self) -> rusqlite::Result<Vec<String>> {
        self.connection
            .prepare("SELECT id FROM customer ORDER BY id")?
            .query_map([], |row| row.get(0))?
            .collect()
    }

    /// Gives the customer a coupon, once; returns its serial number.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn issue(&self, customer: &str) -> rusqlite::Result<String> {
        let serial = format!("CHILD-2026-{}", customer.trim_start_matches("c-"));
        self.connection.execute("INSERT OR IGNORE INTO coupon VALUES (?1, ?2)", params![customer, serial])?;
        Ok(serial)
    }

    /// The customers that hold a coupon, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn coupon_holders(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare("SELECT customer FROM coupon ORDER BY customer")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_gets_one_coupon_however_often_it_is_issued() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("coupons.sqlite")).unwrap();
        let first = ledger.add_customer("tulip").unwrap();
        let second = ledger.add_customer("crane").unwrap();
        assert_eq!(ledger.customers().unwrap(), [first.clone(), second]);
        assert_eq!(ledger.issue(&first).unwrap(), ledger.issue(&first).unwrap());
        assert_eq!(ledger.coupon_holders().unwrap(), [first]);
    }
}
