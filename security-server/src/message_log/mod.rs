//! Durable evidence of every exchanged message.
