//! Settings of the journal and their defaults.

use std::path::PathBuf;

use serde::Deserialize;

/// `[message_log]` of the server's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessageLogConfig {
    /// Folder of the journal; relative to the state folder of the server.
    pub folder: PathBuf,
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
            keep_bodies: true,
            max_body_bytes: 10 * 1024 * 1024,
            queue_length: 1_024,
            queue_wait_seconds: 10,
            group_limit: 256,
            timestamp: TimestampConfig::default(),
        }
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
