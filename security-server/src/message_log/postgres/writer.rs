//! What the writer's thread writes: a group of records is one statement, and so one round trip and one flush.

use std::collections::{HashMap, HashSet};

use futures_util::future::try_join3;
use tokio::task::JoinHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::connection::{Connector, answered, answered_by};
use super::rows::{CHUNK, RECORDS, insert, insert_chunks, leave_out, store_dictionary, store_name};
use super::schema;
use crate::message_log::columns::{BodyForm, REMEMBERED, milliseconds};
use crate::message_log::store::{
    Change, NewStamp, Opening, Prepared, StoreError, StoreWriter, Work, Written,
};

/// Bytes of records in one statement; a single record may have more.
const STATEMENT_BYTES: usize = 16 * 1024 * 1024;

const STAMP: &str = "
    WITH stamp AS (
        INSERT INTO message_log.stamp (time, token, hash_chain_result, leaves) VALUES ($1, $2, $3, $4) RETURNING id
    ), covered AS (
        DELETE FROM message_log.waiting WHERE record = ANY ($5::int8[])
    )
    INSERT INTO message_log.stamped (record, stamp, position)
    SELECT given.record, stamp.id, given.place - 1
    FROM stamp, unnest($5::int8[]) WITH ORDINALITY AS given (record, place)
    ORDER BY given.record
    ON CONFLICT (record) DO NOTHING";

/// The writing connection.
pub(super) struct PostgresWriter {
    client: Client,
    connection: JoinHandle<()>,
    records: Statement,
    chunk: Statement,
    stamp: Statement,
    /// Parties and services that have a row; it is committed before the first record that needs it.
    names: HashMap<String, i64>,
    /// Likewise.
    dictionaries: HashSet<i64>,
    #[cfg(test)]
    fault: std::sync::Arc<crate::message_log::fault::FaultPoint>,
}

impl PostgresWriter {
    pub(super) async fn open(connector: &Connector, opening: Opening) -> Result<Self, StoreError> {
        let (mut client, connection) = connector.connect().await?;
        schema::demand_durability(&client).await?;
        schema::prepare(&mut client, opening).await?;
        let statements = try_join3(client.prepare(RECORDS), client.prepare(CHUNK), client.prepare(STAMP));
        let (records, chunk, stamp) = answered_by(statements).await?;
        Ok(Self {
            client,
            connection,
            records,
            chunk,
            stamp,
            names: HashMap::new(),
            dictionaries: HashSet::new(),
            #[cfg(test)]
            fault: std::sync::Arc::default(),
        })
    }

    /// Fails at this point, to see what becomes of the records then.
    #[cfg(test)]
    pub(super) fn failing_at(mut self, fault: std::sync::Arc<crate::message_log::fault::FaultPoint>) -> Self {
        self.fault = fault;
        self
    }

    /// What the session of this connection has set.
    #[cfg(test)]
    pub(super) async fn setting(&self, name: &str) -> String {
        self.client.query_one("SELECT current_setting($1)", &[&name]).await.unwrap().get(0)
    }

    async fn write(&mut self, changes: &mut [Change]) -> Result<Vec<Written>, StoreError> {
        #[cfg(test)]
        self.fault.before_commit()?;
        let mut records: Vec<&mut Prepared> = changes.iter_mut().filter_map(Change::record).collect();
        let mut met_the_disk = !records.is_empty();
        let mut numbers = self.append(&mut records).await?.into_iter();
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            written.push(match change {
                Change::Append(_) => numbers.next().unwrap_or(Err(StoreError::Replaced)),
                Change::Stamp(stamp) => self.save_stamp(stamp).await.map(|()| Ok(0))?,
                Change::Probe if met_the_disk => Ok(0),
                Change::Probe => {
                    met_the_disk = true;
                    self.probe().await.map(|()| Ok(0))?
                }
            });
        }
        #[cfg(test)]
        self.fault.after_commit();
        Ok(written)
    }

    /// The records of a group, in as many statements as their length asks for: usually one.
    async fn append(&mut self, mut records: &mut [&mut Prepared]) -> Result<Vec<Written>, StoreError> {
        let mut written = Vec::with_capacity(records.len());
        while !records.is_empty() {
            let length = statement_length(records);
            let (batch, rest) = std::mem::take(&mut records).split_at_mut(length);
            written.extend(self.append_batch(batch).await?);
            records = rest;
        }
        Ok(written)
    }

    /// When a value of one of the records cannot be stored, it alone is left out.
    async fn append_batch(&mut self, records: &mut [&mut Prepared]) -> Result<Vec<Written>, StoreError> {
        match self.append_together(records).await {
            Err(error @ StoreError::Value(_)) if records.len() == 1 => Ok(vec![Err(error)]),
            Err(StoreError::Value(_)) => {
                let mut written = Vec::with_capacity(records.len());
                for record in records {
                    written.push(match self.append_together(std::slice::from_mut(record)).await {
                        Ok(mut one) => one.pop().unwrap_or(Err(StoreError::Replaced)),
                        Err(error @ StoreError::Value(_)) => Err(error),
                        Err(error) => return Err(error),
                    });
                }
                Ok(written)
            }
            other => other,
        }
    }

    async fn append_together(&mut self, records: &mut [&mut Prepared]) -> Result<Vec<Written>, StoreError> {
        self.know_names(records).await?;
        if !records.iter().any(|record| record.body.columns().form == BodyForm::Chunks) {
            // One statement is one transaction, and its answer comes after the commit.
            let numbers = insert(&self.client, &self.records, &self.names, records).await?;
            return Ok(numbers.into_iter().map(Ok).collect());
        }
        let transaction = answered_by(self.client.transaction()).await?;
        let numbers = insert(transaction.client(), &self.records, &self.names, records).await?;
        let mut written = Vec::with_capacity(records.len());
        for (record, number) in records.iter_mut().zip(numbers) {
            written.push(match insert_chunks(&transaction, &self.chunk, number, record).await {
                Ok(()) => Ok(number),
                Err(error @ StoreError::Io(_)) => {
                    leave_out(&transaction, number).await?;
                    Err(error)
                }
                Err(error) => return Err(error),
            });
        }
        answered_by(transaction.commit()).await?;
        Ok(written)
    }

    /// Rows that other rows refer to. They are committed one by one: no two writers ever wait for each other.
    async fn know_names(&mut self, records: &[&mut Prepared]) -> Result<(), StoreError> {
        if self.names.len() >= REMEMBERED {
            self.names.clear();
        }
        if self.dictionaries.len() >= REMEMBERED {
            self.dictionaries.clear();
        }
        for record in records {
            for name in [&record.local, &record.peer, &record.service] {
                if !self.names.contains_key(name) {
                    let id = store_name(&self.client, name).await?;
                    self.names.insert(name.clone(), id);
                }
            }
            let dictionary = &record.packed.dictionary;
            if !self.dictionaries.contains(&dictionary.id) {
                store_dictionary(&self.client, dictionary).await?;
                self.dictionaries.insert(dictionary.id);
            }
        }
        Ok(())
    }

    async fn save_stamp(&self, stamp: &NewStamp) -> Result<(), StoreError> {
        let batch = stamp.batch.as_ref();
        let time = milliseconds(stamp.time);
        let result = batch.map(|batch| &batch.hash_chain_result);
        let leaves = batch.map(|batch| &batch.leaves);
        let values: [&(dyn ToSql + Sync); 5] = [&time, &stamp.token, &result, &leaves, &stamp.records];
        answered_by(self.client.execute(&self.stamp, &values)).await.map(drop)
    }

    /// Writes into the write-ahead log only, so that the commit meets the disk and no row changes.
    async fn probe(&self) -> Result<(), StoreError> {
        let probe = "SELECT pg_logical_emit_message(true, 'security-server', '')";
        answered_by(self.client.query_typed(probe, &[])).await.map(drop)
    }
}

impl StoreWriter for PostgresWriter {
    fn commit<'a>(&'a mut self, changes: &'a mut [Change]) -> Work<'a, Vec<Written>> {
        Box::pin(self.write(changes))
    }

    fn is_broken(&self) -> bool {
        self.client.is_closed()
    }

    fn close(self: Box<Self>) -> Work<'static, ()> {
        Box::pin(async move {
            let Self { client, connection, .. } = *self;
            drop(client);
            answered(async { Ok(connection.await) }).await.map(drop)
        })
    }
}

impl Change {
    fn record(&mut self) -> Option<&mut Prepared> {
        match self {
            Self::Append(record) => Some(record),
            Self::Stamp(_) | Self::Probe => None,
        }
    }
}

/// How many of these records go into the next statement: at least one.
fn statement_length(records: &[&mut Prepared]) -> usize {
    let mut bytes = 0;
    let fits = |record: &&&mut Prepared| {
        bytes += record.packed.content.len() + record.body.columns().inline.map_or(0, <[u8]>::len);
        bytes <= STATEMENT_BYTES
    };
    records.iter().take_while(fits).count().max(1)
}
