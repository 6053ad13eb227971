//! All cases.

use super::{Bodies, Case, Form, Journal, Keys, Link, Loop, Sampling, Setting};

/// The case that rates and most ratios refer to.
pub(crate) const BASE: &str = "rest-1k-64";

const MB: u64 = 1_000_000;

/// All cases, those of one pair of servers together.
pub(crate) const CASES: [Case; 43] = [
    Case { beside: true, ..Case::rest(BASE, 1_000, 64).hop().quick().sampled(Sampling::Always) },
    Case { beside: true, ..Case::rest("rest-1k-1", 1_000, 1).hop().quick() },
    Case { beside: true, ..Case::rest("rest-1k-8", 1_000, 8).hop() },
    Case::rest("rest-1k-256", 1_000, 256),
    Case::rest("rest-1k-1000", 1_000, 1_000).hop().quick(),
    Case::rest("rest-1k-64-open-20", 1_000, 64).open(20),
    Case::rest("rest-1k-64-open-40", 1_000, 64).open(40),
    Case::rest("rest-1k-64-open-60", 1_000, 64).open(60),
    Case::rest("rest-1k-64-open-80", 1_000, 64).open(80).quick(),
    Case::rest("rest-1k-64-open-90", 1_000, 64).open(90),
    Case { seconds: Some(600), ..Case::rest("rest-1k-64-ten-minutes", 1_000, 64).open(80) },
    Case::rest("rest-1k-64-consent", 1_000, 64).consent().quick().sampled(Sampling::Full),
    Case::rest("soap-1k-64", 1_000, 64).form(Form::Soap).hop().quick().sampled(Sampling::Full),
    Case::rest("soap-1k-1", 1_000, 1).form(Form::Soap),
    Case::rest("soap-10k-64", 10_000, 64).form(Form::Soap),
    Case::rest("mix-64", 0, 64).form(Form::Mix).hop(),
    Case::rest("rest-100b-64", 100, 64).hop(),
    Case::rest("rest-10k-64", 10_000, 64).hop(),
    Case::rest("rest-100k-64", 100_000, 64).hop(),
    Case::rest("rest-1m-8", MB, 8).hop(),
    Case::rest("rest-10m-4", 10 * MB, 4).download().hop().quick().sampled(Sampling::Full),
    Case::rest("rest-10m-4-upload", 10 * MB, 4).upload().hop(),
    Case::rest("rest-100m-2", 100 * MB, 2).download().hop().quick(),
    Case::rest("rest-1k-64-p256", 1_000, 64).keys(Keys::P256).hop().quick().sampled(Sampling::Full),
    Case::rest("rest-1k-1-p256", 1_000, 1).keys(Keys::P256),
    Case::rest("rest-1k-1000-p256", 1_000, 1_000).keys(Keys::P256),
    Case::rest("soap-1k-64-p256", 1_000, 64).keys(Keys::P256).form(Form::Soap),
    Case::rest("rest-10m-4-digest", 10 * MB, 4).digest().download().hop().quick().sampled(Sampling::Always),
    Case::rest("rest-10m-4-digest-upload", 10 * MB, 4).digest().upload().hop(),
    Case::rest("rest-100m-2-digest", 100 * MB, 2).digest().download().hop().quick(),
    Case::rest("rest-100m-2-digest-upload", 100 * MB, 2).digest().upload().hop(),
    Case::rest("rest-1k-64-digest", 1_000, 64).digest(),
    Case::rest("rest-1k-64-closing", 1_000, 64).link(Link::ModernClosing).sampled(Sampling::Full),
    Case::rest("rest-1k-64-cbc-closing", 1_000, 64).link(Link::CbcClosing).quick().sampled(Sampling::Always),
    Case::rest("soap-1k-64-cbc-closing", 1_000, 64).link(Link::CbcClosing).form(Form::Soap),
    Case::rest("rest-10m-4-cbc-closing", 10 * MB, 4).link(Link::CbcClosing).download(),
    Case::rest("rest-1k-64-cbc-kept", 1_000, 64).link(Link::CbcKept),
    Case::rest("rest-1k-64-postgresql", 1_000, 64)
        .journal(Journal::Postgresql)
        .quick()
        .sampled(Sampling::Full),
    Case::rest("rest-1k-1-postgresql", 1_000, 1).journal(Journal::Postgresql),
    Case::rest("rest-10m-4-postgresql", 10 * MB, 4).journal(Journal::Postgresql).download(),
    Case::rest("rest-1k-1-rsa3072", 1_000, 1).keys(Keys::Rsa3072),
    Case::rest("rest-1k-64-rsa3072", 1_000, 64).keys(Keys::Rsa3072).hop().sampled(Sampling::Full),
    Case::rest("rest-1k-64-p256-cbc-closing", 1_000, 64).keys(Keys::P256).link(Link::CbcClosing),
];

impl Case {
    /// A REST exchange in a closed loop, of full runs only, nothing beside it.
    const fn rest(name: &'static str, bytes: u64, clients: usize) -> Self {
        let setting = Setting {
            keys: Keys::Rsa2048,
            bodies: Bodies::Full,
            journal: Journal::Sqlite,
            link: Link::Modern,
        };
        Self {
            name,
            setting,
            form: Form::Rest,
            request_bytes: bytes,
            answer_bytes: bytes,
            clients,
            pace: Loop::Closed,
            consent: false,
            seconds: None,
            hop: false,
            beside: false,
            quick: false,
            sampling: Sampling::Never,
        }
    }

    const fn quick(self) -> Self {
        Self { quick: true, ..self }
    }

    const fn hop(self) -> Self {
        Self { hop: true, ..self }
    }

    const fn sampled(self, sampling: Sampling) -> Self {
        Self { sampling, ..self }
    }

    const fn open(self, percent: u8) -> Self {
        Self { pace: Loop::Open(percent), ..self }
    }

    const fn consent(self) -> Self {
        Self { consent: true, ..self }
    }

    const fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    const fn digest(self) -> Self {
        Self { setting: Setting { bodies: Bodies::Digest, ..self.setting }, ..self }
    }

    const fn keys(self, keys: Keys) -> Self {
        Self { setting: Setting { keys, ..self.setting }, ..self }
    }

    const fn link(self, link: Link) -> Self {
        Self { setting: Setting { link, ..self.setting }, ..self }
    }

    const fn journal(self, journal: Journal) -> Self {
        Self { setting: Setting { journal, ..self.setting }, ..self }
    }

    const fn download(self) -> Self {
        Self { request_bytes: 0, ..self }
    }

    const fn upload(self) -> Self {
        Self { answer_bytes: 100, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (number, case) in CASES.iter().enumerate() {
            assert!(CASES[..number].iter().all(|other| other.name != case.name), "{}", case.name);
        }
    }

    #[test]
    fn the_rate_that_others_refer_to_is_measured_first() {
        assert_eq!(CASES[0].name, BASE);
        assert!(CASES[0].quick);
    }

    /// A pair is started once for each setting, so cases of one setting are neighbours.
    #[test]
    fn cases_of_one_pair_are_together() {
        let mut seen = Vec::new();
        for case in CASES {
            if seen.last() != Some(&case.setting) {
                assert!(!seen.contains(&case.setting), "{} is not beside its like", case.name);
                seen.push(case.setting);
            }
        }
    }
}
