//! Runs the stamping policy against clock, database and timestamping services.

use std::time::Duration as StdDuration;

use evidence::timestamp;
use protocol::Sha512;
use time::Duration;

use super::append::MessageLog;
use super::error::LogError;
use super::stamping::{Action, Outcome, Policy, Stamping};
use super::store::{Change, NewStamp, Patience, StampedBatch};

/// Interval while the global configuration is not known yet.
const FALLBACK_INTERVAL: Duration = Duration::seconds(60);
/// Longest sleep, so that a changed interval of the global configuration is seen.
const LONGEST_SLEEP: StdDuration = StdDuration::from_secs(5);

impl MessageLog {
    /// Stamps for ever; to be spawned, and aborted at shutdown.
    pub async fn run_stamper(&self) {
        let clock = &self.shared.clock;
        let mut stamping = Stamping::new(self.policy(), clock.now());
        loop {
            stamping.set_policy(self.policy(), clock.now());
            match stamping.action(clock.now()) {
                Action::WaitUntil(time) => {
                    let wait = StdDuration::try_from(time - clock.now()).unwrap_or_default();
                    tokio::time::sleep(wait.min(LONGEST_SLEEP).max(StdDuration::from_millis(10))).await;
                }
                Action::Stamp { limit } => {
                    let outcome = self.attempt(limit).await;
                    stamping.note(outcome, clock.now());
                    self.take_over(&stamping).await;
                }
            }
        }
    }

    fn policy(&self) -> Policy {
        let config = &self.shared.config.timestamp;
        let seconds = |value: u64| Duration::seconds(i64::try_from(value).unwrap_or(i64::MAX / 2));
        Policy {
            interval: config
                .interval_seconds
                .map(|value| seconds(value.max(1)))
                .or_else(|| self.shared.authority.interval())
                .unwrap_or(FALLBACK_INTERVAL),
            retry: seconds(config.retry_seconds),
            batch_limit: config.batch_limit,
            acceptable_failure: seconds(config.acceptable_failure_seconds),
        }
    }

    async fn attempt(&self, limit: usize) -> Outcome {
        match self.stamp_waiting(limit).await {
            Ok(Some(count)) => {
                if count > 0 {
                    tracing::debug!(count, "records timestamped");
                }
                Outcome::Stamped(count)
            }
            Ok(None) => Outcome::Elsewhere,
            Err(error) => {
                tracing::warn!(%error, "timestamping failed");
                Outcome::Failed
            }
        }
    }

    /// Makes the state of stamping effective for new messages.
    async fn take_over(&self, stamping: &Stamping) {
        let oldest = self.shared.store.oldest_waiting().await.unwrap_or_default();
        self.shared.set_acceptance(stamping.acceptance(oldest));
    }

    /// Stamps up to `limit` of the oldest waiting records; gives their number, or nothing when another server that
    /// shares the journal is stamping.
    pub(super) async fn stamp_waiting(&self, limit: usize) -> Result<Option<usize>, LogError> {
        let shared = &self.shared;
        let _alone = shared.stamping.lock().await;
        let Some(_turn) = shared.store.stamping_turn(Patience::None).await? else { return Ok(None) };
        let waiting = shared.store.waiting(limit).await?;
        let count = waiting.len();
        self.stamp(waiting).await?;
        Ok(Some(count))
    }

    /// Stamps these records, as far as they still wait.
    pub(super) async fn stamp_records(&self, records: Vec<i64>) -> Result<(), LogError> {
        let shared = &self.shared;
        let _alone = shared.stamping.lock().await;
        let turn = shared.store.stamping_turn(Patience::Some).await?;
        let _turn = turn.ok_or_else(|| LogError::Timestamping("another server is at it".to_owned()))?;
        self.stamp(shared.store.waiting_among(records).await?).await
    }

    async fn stamp(&self, waiting: Vec<(i64, Sha512)>) -> Result<(), LogError> {
        let (records, hashes): (Vec<i64>, Vec<Sha512>) = waiting.into_iter().unzip();
        let stamp = match records.as_slice() {
            [] => return Ok(()),
            [record] => match self.single(*record).await {
                // Its hash is known nevertheless; one bad row must not keep the others waiting.
                Err(LogError::Damaged(reason)) => {
                    tracing::error!(record, reason, "a record cannot be read, only its hash is timestamped");
                    self.batch(records, hashes).await?
                }
                other => other?,
            },
            _ => self.batch(records, hashes).await?,
        };
        self.write(Change::Stamp(stamp)).await
    }

    /// One record: the token covers its signature value, and export puts it into the signature.
    async fn single(&self, record: i64) -> Result<NewStamp, LogError> {
        let stored = self.shared.store.read(record).await?.ok_or(LogError::NotFound)?;
        let signature = &stored.parts.seal.signature;
        let data =
            timestamp::stamped_data(signature).map_err(|error| LogError::Damaged(error.to_string()))?;
        let token = self.token(&data).await?;
        Ok(NewStamp { time: self.shared.clock.now(), token, batch: None, records: vec![record] })
    }

    /// Several records: the token covers the top of a tree over their signature hashes.
    async fn batch(&self, records: Vec<i64>, hashes: Vec<Sha512>) -> Result<NewStamp, LogError> {
        let leaves = hashes.concat();
        let built = tokio::task::spawn_blocking(move || timestamp::batch_result(&hashes)).await;
        let built = built.map_err(|error| LogError::Timestamping(error.to_string()))?;
        let hash_chain_result = built.ok_or_else(|| LogError::Timestamping("an empty batch".to_owned()))?;
        let token = self.token(&hash_chain_result).await?;
        let batch = Some(StampedBatch { hash_chain_result, leaves });
        Ok(NewStamp { time: self.shared.clock.now(), token, batch, records })
    }

    async fn token(&self, data: &[u8]) -> Result<Vec<u8>, LogError> {
        let token = self.shared.authority.stamp(data).await;
        token.map_err(|failure| LogError::Timestamping(failure.to_string()))
    }
}
