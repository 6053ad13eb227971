//! What the writer's thread writes: a group of records is one statement, and so one round trip and one flush.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use futures_util::future::{try_join, try_join_all, try_join3};
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Statement, Transaction};

use super::connection::{Connector, answered, answered_by};
use super::schema;
use crate::message_log::columns::{BodyForm, REMEMBERED, milliseconds, payload_column};
use crate::message_log::packing::{self, Dictionary};
use crate::message_log::store::{
    Change, NewStamp, Opening, Prepared, StoreError, StoreWriter, Work, Written,
};

/// Pieces of a long body that are on their way at once.
const CHUNKS_AT_ONCE: usize = 8;

/// Numbers first, so that each is known to belong to which record.
const RECORDS: &str = "
    WITH new AS MATERIALIZED (
        SELECT nextval('message_log.record_id') AS id, given.*
        FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int2[], $8::int2[],
                    $9::int2[], $10::int2[], $11::text[], $12::text[], $13::bytea[], $14::bytea[], $15::bytea[])
             WITH ORDINALITY AS given (time, local, peer, service, dictionary, body_length, side, direction,
                    payload, body_form, query_id, request_id, content, body, signature_hash, place)
    ), recorded AS (
        INSERT INTO message_log.record (id, time, local, peer, service, dictionary, body_length, side, direction,
                    payload, body_form, query_id, request_id, content, body)
        SELECT id, time, local, peer, service, dictionary, body_length, side, direction,
                    payload, body_form, query_id, request_id, content, body
        FROM new
    ), unstamped AS (
        INSERT INTO message_log.waiting (record, signature_hash) SELECT id, signature_hash FROM new
    )
    SELECT id FROM new ORDER BY place";

const CHUNK: &str = "INSERT INTO message_log.body_chunk (record, number, content) VALUES ($1, $2, $3)";

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

    /// The records of a group. When a value of one of them cannot be stored, it alone is left out.
    async fn append(&mut self, records: &mut [&mut Prepared]) -> Result<Vec<Written>, StoreError> {
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
        if records.is_empty() {
            return Ok(Vec::new());
        }
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

/// Inserts the rows of these records, without the pieces of long bodies, and gives their numbers.
async fn insert(
    client: &Client,
    statement: &Statement,
    names: &HashMap<String, i64>,
    records: &[&mut Prepared],
) -> Result<Vec<i64>, StoreError> {
    macro_rules! column {
        ($value:expr) => {
            &records.iter().map(|record| $value(&**record)).collect::<Vec<_>>()
        };
    }
    let name = |text: &str| names.get(text).copied();
    let values: [&(dyn ToSql + Sync); 15] = [
        column!(|record: &Prepared| milliseconds(record.time)),
        column!(|record: &Prepared| name(&record.local)),
        column!(|record: &Prepared| name(&record.peer)),
        column!(|record: &Prepared| name(&record.service)),
        column!(|record: &Prepared| record.packed.dictionary.id),
        column!(|record: &Prepared| record.body.columns().length),
        column!(|record: &Prepared| record.side as i16),
        column!(|record: &Prepared| record.direction as i16),
        column!(|record: &Prepared| payload_column(record.payload) as i16),
        column!(|record: &Prepared| record.body.columns().form as i16),
        column!(Prepared::query_id),
        column!(Prepared::request_id),
        column!(Prepared::content),
        column!(Prepared::inline_body),
        column!(Prepared::signature_hash),
    ];
    let rows = answered_by(client.query(statement, &values)).await?;
    if rows.len() != records.len() {
        return Err(StoreError::Damaged(format!("{} records got {} numbers", records.len(), rows.len())));
    }
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Columns that are lent, not copied.
impl Prepared {
    fn query_id(&self) -> &str {
        &self.query_id
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn content(&self) -> &[u8] {
        &self.packed.content
    }

    fn inline_body(&self) -> Option<&[u8]> {
        self.body.columns().inline
    }

    fn signature_hash(&self) -> &[u8] {
        &self.signature_hash
    }
}

async fn insert_chunks(
    transaction: &Transaction<'_>,
    statement: &Statement,
    record: i64,
    prepared: &mut Prepared,
) -> Result<(), StoreError> {
    let mut chunks = prepared.body.chunks();
    let mut numbered = 0_i64..;
    loop {
        let mut pieces = Vec::with_capacity(CHUNKS_AT_ONCE);
        while pieces.len() < CHUNKS_AT_ONCE
            && let Some(chunk) = chunks.next()?
        {
            pieces.push((numbered.next().unwrap_or_default(), Bytes::copy_from_slice(chunk)));
        }
        if pieces.is_empty() {
            return Ok(());
        }
        let sent = pieces.iter().map(|(number, piece)| async move {
            let values: [&(dyn ToSql + Sync); 3] = [&record, number, &&**piece];
            transaction.execute(statement, &values).await
        });
        answered_by(try_join_all(sent)).await?;
    }
}

/// Takes back what was written of a record whose body cannot be read.
async fn leave_out(transaction: &Transaction<'_>, record: i64) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM message_log.record WHERE id = $1",
        "DELETE FROM message_log.waiting WHERE record = $1",
        "DELETE FROM message_log.body_chunk WHERE record = $1",
    ] {
        answered_by(transaction.execute_typed(statement, &[(&record, Type::INT8)])).await?;
    }
    Ok(())
}

/// The row of a party or service.
async fn store_name(client: &Client, text: &str) -> Result<i64, StoreError> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let digest = digest.as_ref();
    let insert =
        "INSERT INTO message_log.name (digest, text) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    let select = "SELECT id FROM message_log.name WHERE digest = $1";
    let (_, rows) = answered_by(try_join(
        client.execute_typed(insert, &[(&digest, Type::BYTEA), (&text, Type::TEXT)]),
        client.query_typed(select, &[(&digest, Type::BYTEA)]),
    ))
    .await?;
    let row = rows.first().ok_or_else(|| StoreError::Damaged("a name has no row".to_owned()))?;
    Ok(row.get(0))
}

async fn store_dictionary(client: &Client, dictionary: &Dictionary) -> Result<(), StoreError> {
    let content = packing::squeeze_always(&dictionary.content)?;
    let insert =
        "INSERT INTO message_log.dictionary (id, content) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&dictionary.id, Type::INT8), (&content, Type::BYTEA)];
    answered_by(client.execute_typed(insert, &values)).await.map(drop)
}
