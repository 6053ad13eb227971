//! The cases, as data.

use serde::Serialize;

/// Keys of both security servers, for TLS and for signatures; as `security-server keys generate --type` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Keys {
    Rsa2048,
    Rsa3072,
    P256,
}

impl Keys {
    /// The word of the command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::P256 => "p256",
        }
    }
}

/// What the journal keeps of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Bodies {
    /// All of it.
    Full,
    /// Its digest.
    Digest,
}

/// Which of the two protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    Rest,
    Soap,
}

/// When the next message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Loop {
    /// When the answer to the one before has come (closed loop).
    Closed,
    /// At its time, whether or not others have been answered (open loop), at 80 % of what the case [`OPEN_RATE_OF`]
    /// has reached. Latencies count from that time.
    Open,
}

/// See [`Loop::Open`].
pub(crate) const OPEN_RATE_OF: &str = "rest-1k-64";

/// One case.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) keys: Keys,
    pub(crate) bodies: Bodies,
    pub(crate) form: Form,
    pub(crate) request_bytes: u64,
    pub(crate) answer_bytes: u64,
    pub(crate) clients: usize,
    #[serde(rename = "loop")]
    pub(crate) pace: Loop,
    pub(crate) consent: bool,
    /// Also sent through the plain hop.
    pub(crate) hop: bool,
    /// Also sent to another security server, if there is one.
    pub(crate) beside: bool,
    /// Part of `--quick`.
    pub(crate) quick: bool,
}

impl Case {
    /// A REST exchange in a closed loop, of all runs, nothing beside it.
    const fn rest(name: &'static str, bytes: u64, clients: usize) -> Self {
        Self {
            name,
            keys: Keys::Rsa2048,
            bodies: Bodies::Full,
            form: Form::Rest,
            request_bytes: bytes,
            answer_bytes: bytes,
            clients,
            pace: Loop::Closed,
            consent: false,
            hop: false,
            beside: false,
            quick: false,
        }
    }

    const fn quick(self) -> Self {
        Self { quick: true, ..self }
    }

    const fn hop(self) -> Self {
        Self { hop: true, ..self }
    }

    const fn digest(self) -> Self {
        Self { bodies: Bodies::Digest, ..self }
    }

    const fn keys(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }

    const fn download(self) -> Self {
        Self { request_bytes: 0, ..self }
    }

    const fn upload(self) -> Self {
        Self { answer_bytes: 100, ..self }
    }
}

const MB: u64 = 1_000_000;

/// All cases, those of one pair of servers together.
pub(crate) const CASES: [Case; 23] = [
    Case { beside: true, ..Case::rest(OPEN_RATE_OF, 1_000, 64).hop().quick() },
    Case { pace: Loop::Open, ..Case::rest("rest-1k-64-open", 1_000, 64).quick() },
    Case::rest("rest-1k-1", 1_000, 1).hop().quick(),
    Case::rest("rest-1k-8", 1_000, 8).hop(),
    Case::rest("rest-1k-256", 1_000, 256),
    Case::rest("rest-1k-1000", 1_000, 1_000).quick(),
    Case { consent: true, ..Case::rest("rest-1k-64-consent", 1_000, 64).quick() },
    Case { form: Form::Soap, ..Case::rest("soap-1k-64", 1_000, 64).quick() },
    Case::rest("rest-100b-64", 100, 64),
    Case::rest("rest-10k-64", 10_000, 64),
    Case::rest("rest-100k-64", 100_000, 64),
    Case::rest("rest-1m-8", MB, 8).hop(),
    Case::rest("rest-10m-4", 10 * MB, 4).download().hop(),
    Case::rest("rest-1k-64-digest", 1_000, 64).digest(),
    Case::rest("rest-10m-4-digest", 10 * MB, 4).download().digest().hop().quick(),
    Case::rest("rest-100m-2-digest", 100 * MB, 2).download().digest().hop().quick(),
    Case::rest("rest-100m-2-upload", 100 * MB, 2).upload().digest().hop(),
    Case::rest("rest-1k-1-rsa3072", 1_000, 1).keys(Keys::Rsa3072),
    Case::rest("rest-1k-64-rsa3072", 1_000, 64).keys(Keys::Rsa3072).hop(),
    Case::rest("rest-1k-64-p256", 1_000, 64).keys(Keys::P256).hop().quick(),
    Case::rest("rest-1k-1-p256", 1_000, 1).keys(Keys::P256),
    Case::rest("rest-1k-1000-p256", 1_000, 1_000).keys(Keys::P256),
    Case { form: Form::Soap, ..Case::rest("soap-1k-64-p256", 1_000, 64).keys(Keys::P256) },
];

/// Whose rate: of which case, carried by whom.
type Rate = (&'static str, Subject);

/// What is divided by what, in the same run.
pub(crate) const RATIOS: [(&str, Rate, Rate); 9] = [
    ("rest_1k_rsa2048_vs_nginx", (OPEN_RATE_OF, Subject::Pair), (OPEN_RATE_OF, Subject::Hop)),
    ("rest_1k_p256_vs_nginx", ("rest-1k-64-p256", Subject::Pair), ("rest-1k-64-p256", Subject::Hop)),
    ("rest_10m_vs_nginx", ("rest-10m-4-digest", Subject::Pair), ("rest-10m-4-digest", Subject::Hop)),
    ("rest_10m_full_vs_nginx", ("rest-10m-4", Subject::Pair), ("rest-10m-4", Subject::Hop)),
    ("rest_100m_vs_nginx", ("rest-100m-2-digest", Subject::Pair), ("rest-100m-2-digest", Subject::Hop)),
    ("rest_1k_rsa2048_vs_other", (OPEN_RATE_OF, Subject::Pair), (OPEN_RATE_OF, Subject::Other)),
    ("soap_1k_vs_rest", ("soap-1k-64", Subject::Pair), (OPEN_RATE_OF, Subject::Pair)),
    ("consent_1k_vs_without", ("rest-1k-64-consent", Subject::Pair), (OPEN_RATE_OF, Subject::Pair)),
    ("clients_1000_vs_64", ("rest-1k-1000", Subject::Pair), (OPEN_RATE_OF, Subject::Pair)),
];

/// Who carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Subject {
    /// Our two security servers.
    Pair,
    /// The plain double mTLS hop.
    Hop,
    /// What `--beside` names.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_name_cases_that_measure_both_sides() {
        for (ratio, above, below) in RATIOS {
            for (name, subject) in [above, below] {
                let case = CASES.iter().find(|case| case.name == name);
                let case = case.unwrap_or_else(|| panic!("{ratio}: no case {name}"));
                let measured = match subject {
                    Subject::Pair => true,
                    Subject::Hop => case.hop,
                    Subject::Other => case.beside,
                };
                assert!(measured, "{ratio}: {name} {subject:?}");
            }
        }
    }

    #[test]
    fn the_rate_of_the_open_loop_is_measured_before_it_is_needed() {
        let place = |wanted: fn(&Case) -> bool| CASES.iter().position(wanted);
        assert!(place(|case| case.name == OPEN_RATE_OF) < place(|case| case.pace == Loop::Open));
    }
}
