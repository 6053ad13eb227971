//! Settings of the journal and their defaults.

use std::path::PathBuf;

use serde::Deserialize;
use service_kit::secret::SecretSource;

use super::postgres::Address;

/// `[message_log]` of the server's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessageLogConfig {
    /// Folder of the journal; relative to the state folder of the server. Not used with `database`.
    pub folder: PathBuf,
    /// `postgres://role@host:port/database`: the journal is there. Absent: SQLite, in `folder`.
    pub database: Option<String>,
    /// Where the password of that role comes from, read at each connection. Absent: the database asks for none.
    pub database_password: Option<SecretSource>,
    /// Authorities, one of which has issued the database's TLS certificate. Absent: no TLS, and the database is on this
    /// machine.
    pub database_certificates: Option<PathBuf>,
    /// Bodies are kept.
    /// When off, the signature still proves their digest, but the evidence does not contain them.
    pub keep_bodies: bool,
    /// Larger bodies are kept by digest only, and marked so. Bytes.
    pub max_body_bytes: u64,
    /// Records that may wait for the disk at once; more senders wait in line.
    pub queue_length: usize,
    /// How long a sender waits for a place in the queue before its message is refused. Seconds.
    pub queue_wait_seconds: u64,
    /// Records that one commit may carry.
    pub group_limit: usize,
    /// Timestamping.
    pub timestamp: TimestampConfig,
}

impl Default for MessageLogConfig {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("message-log"),
            database: None,
            database_password: None,
            database_certificates: None,
            keep_bodies: true,
            max_body_bytes: 10 * 1024 * 1024,
            queue_length: 1_024,
            queue_wait_seconds: 10,
            group_limit: 256,
            timestamp: TimestampConfig::default(),
        }
    }
}

impl MessageLogConfig {
    /// Checks what can be checked without looking at other files.
    ///
    /// # Errors
    /// Two keys do not fit together, or a value is out of bounds, in words.
    pub fn check(&self) -> Result<(), String> {
        match (&self.database, &self.database_password) {
            (None, None) if self.database_certificates.is_none() => Ok(()),
            (None, _) => {
                Err("`message_log.database_password` and `database_certificates` need `database`".to_owned())
            }
            (Some(_), Some(SecretSource::Prompt)) => {
                Err("`message_log.database_password` is needed again and again: a file or a variable"
                    .to_owned())
            }
            (Some(url), _) => Address::parse(url, self.database_certificates.is_some())
                .map(drop)
                .map_err(|rule| format!("`message_log.database` {rule}")),
        }
    }

    /// Makes relative paths relative to the folder of the configuration file.
    pub fn resolve(&mut self, absolute: impl Fn(&mut PathBuf)) {
        if let Some(SecretSource::File(path)) = &mut self.database_password {
            absolute(path);
        }
        self.database_certificates.iter_mut().for_each(absolute);
    }
}

/// `[message_log.timestamp]`: when records are stamped and how long they may stay without.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimestampConfig {
    /// Seconds between batches. Absent: `timeStampingIntervalSeconds` of the global configuration, clamped to 60 to 86,400.
    pub interval_seconds: Option<u64>,
    /// Seconds until the next attempt after a failure (X-Road `timestamp-retry-delay`).
    pub retry_seconds: u64,
    /// Records that one timestamp may cover (X-Road `timestamp-records-limit`).
    pub batch_limit: usize,
    /// How long stamping may fail before messages are refused; 0 never refuses
    /// (X-Road `acceptable-timestamp-failure-period`). Seconds.
    pub acceptable_failure_seconds: u64,
    /// Time allowed for one answer of a timestamping service. Seconds.
    pub timeout_seconds: u64,
}

impl Default for TimestampConfig {
    fn default() -> Self {
        Self {
            interval_seconds: None,
            retry_seconds: 60,
            batch_limit: 10_000,
            acceptable_failure_seconds: 14_400,
            timeout_seconds: 60,
        }
    }
}
