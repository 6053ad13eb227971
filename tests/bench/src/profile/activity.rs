//! What a process is doing, by its thread and its stack.

use serde::{Deserialize, Serialize};

/// What the time goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Activity {
    /// Records and handshakes.
    Tls,
    /// HTTP heads, bodies and buffers.
    Http,
    /// Containers, REST and SOAP messages, XML, certificates: taken apart or written.
    Parse,
    /// SHA-2 of message parts.
    Hash,
    /// Everything on the signing thread: hash chain, signature document, private key.
    Sign,
    /// The peer's signature, certificates, OCSP responses.
    Verify,
    /// Records, their thread, and the disk.
    Journal,
    /// The kernel: mostly sockets.
    System,
    /// The scheduler of tasks.
    Runtime,
    /// The information system behind the pair.
    Service,
    /// The clients.
    Load,
    /// What none of the above claims.
    Rest,
}

impl Activity {
    /// In a table.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Http => "HTTP",
            Self::Parse => "parse",
            Self::Hash => "hash",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Journal => "journal",
            Self::System => "system",
            Self::Runtime => "runtime",
            Self::Service => "service",
            Self::Load => "load",
            Self::Rest => "rest",
        }
    }

    /// All, in the order of a table.
    pub(crate) const ALL: [Self; 12] = [
        Self::Tls,
        Self::Http,
        Self::Parse,
        Self::Hash,
        Self::Sign,
        Self::Verify,
        Self::Journal,
        Self::System,
        Self::Runtime,
        Self::Service,
        Self::Load,
        Self::Rest,
    ];
}

/// Parts of a function's name that tell what it is for. The first match counts, from the innermost function outwards.
const NAMES: [(Activity, &[&str]); 7] = [
    (
        Activity::Tls,
        &["rustls", "legacy_tls", "openssl", "SSL_", "ssl3_", "tls1_", "tls13_", "aes_gcm", "aesni_"],
    ),
    (Activity::Hash, &["sha256", "sha512", "SHA256", "SHA512", "protocol::digest"]),
    (
        Activity::Verify,
        &[
            "RSA_verify",
            "rsa_verify",
            "ECDSA_verify",
            "ecdsa_verify",
            "EVP_DigestVerify",
            "evidence::signature",
            "evidence::hash_chain",
            "trust::",
            "pki::ocsp",
            "pki::path",
        ],
    ),
    (Activity::Journal, &["message_log", "journal_copy", "sqlite", "rusqlite", "tokio_postgres"]),
    (
        Activity::Parse,
        &[
            "protocol::",
            "quick_xml",
            "evidence::xml",
            "evidence::c14n",
            "pki::",
            "x509_cert",
            "der::",
            "consent::",
        ],
    ),
    (
        Activity::Http,
        &[
            "service_kit::http",
            "service_kit::transport",
            "service_kit::spool",
            "relay::inflow",
            "relay::outflow",
            "hyper",
            "httparse",
        ],
    ),
    (
        Activity::Runtime,
        &["tokio::runtime", "tokio::sync", "tokio::time", "mio::", "parking_lot", "epoll_wait"],
    ),
];

/// Addresses of the kernel.
const KERNEL: u64 = 0xffff_8000_0000_0000;

/// A function on the stack.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) address: u64,
    pub(crate) name: String,
}

/// The activity of a process that does one thing only.
pub(crate) fn of_process(process: &str) -> Option<Activity> {
    match process {
        "service" => Some(Activity::Service),
        "load" => Some(Activity::Load),
        "database" => Some(Activity::Journal),
        _ => None,
    }
}

/// The activity of a thread that does one thing only.
pub(crate) fn of_thread(thread: &str) -> Option<Activity> {
    match thread {
        "sealing" => Some(Activity::Sign),
        "message-log" => Some(Activity::Journal),
        _ => None,
    }
}

/// The activity of a thread with this stack, innermost function first.
pub(crate) fn of_stack(thread: &str, stack: &[Frame]) -> Activity {
    if let Some(activity) = of_thread(thread) {
        return activity;
    }
    if stack.first().is_some_and(|frame| frame.address >= KERNEL) {
        return Activity::System;
    }
    let of = |frame: &Frame| {
        let told = |words: &[&str]| words.iter().any(|word| frame.name.contains(word));
        NAMES.iter().find(|(_, words)| told(words)).map(|(activity, _)| *activity)
    };
    stack.iter().find_map(of).unwrap_or(Activity::Rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(names: &[&str]) -> Vec<Frame> {
        names.iter().map(|name| Frame { address: 0x5000, name: (*name).to_owned() }).collect()
    }

    #[test]
    fn the_innermost_function_that_is_known_tells() {
        let table: [(&str, &[&str], Activity); 6] = [
            ("tokio-rt-worker", &["memcpy", "rustls::conn::x", "service_kit::http::y"], Activity::Tls),
            (
                "tokio-rt-worker",
                &["sha512_block_data_order", "security_server::relay::stage"],
                Activity::Hash,
            ),
            ("tokio-rt-worker", &["bn_mul_mont", "aws_lc_0_47_0_RSA_verify", "pki::x"], Activity::Verify),
            ("tokio-rt-worker", &["malloc", "tokio::runtime::task"], Activity::Runtime),
            ("sealing", &["sha512_block_data_order"], Activity::Sign),
            ("tokio-rt-worker", &["who_knows"], Activity::Rest),
        ];
        for (thread, names, activity) in table {
            assert_eq!(of_stack(thread, &stack(names)), activity, "{names:?}");
        }
    }

    #[test]
    fn the_kernel_is_known_by_its_addresses() {
        let mut stack = stack(&["[unknown]", "rustls::x"]);
        stack[0].address = 0xffff_ffff_8100_0000;
        assert_eq!(of_stack("tokio-rt-worker", &stack), Activity::System);
        assert_eq!(of_stack("message-log", &stack), Activity::Journal);
    }

    #[test]
    fn the_table_has_every_activity_once() {
        let mut all = Activity::ALL.to_vec();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), Activity::ALL.len());
    }
}
