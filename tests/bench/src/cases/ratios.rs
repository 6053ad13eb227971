//! What is divided by what, in the same run.

use super::{BASE, Subject};

/// Whose rate: of which case, carried by whom.
pub(crate) type Rate = (&'static str, Subject);

const fn pair(case: &'static str) -> Rate {
    (case, Subject::Pair)
}

const fn hop(case: &'static str) -> Rate {
    (case, Subject::Hop)
}

/// Name, dividend, divisor.
pub(crate) const RATIOS: [(&str, Rate, Rate); 18] = [
    ("rest_1k_rsa2048_vs_nginx", pair(BASE), hop(BASE)),
    ("rest_1k_p256_vs_nginx", pair("rest-1k-64-p256"), hop("rest-1k-64-p256")),
    ("rest_1k_rsa3072_vs_nginx", pair("rest-1k-64-rsa3072"), hop("rest-1k-64-rsa3072")),
    ("soap_1k_vs_nginx", pair("soap-1k-64"), hop("soap-1k-64")),
    ("mix_vs_nginx", pair("mix-64"), hop("mix-64")),
    ("rest_10m_vs_nginx", pair("rest-10m-4-digest"), hop("rest-10m-4-digest")),
    ("rest_100m_vs_nginx", pair("rest-100m-2-digest"), hop("rest-100m-2-digest")),
    ("rest_10m_full_vs_nginx", pair("rest-10m-4"), hop("rest-10m-4")),
    ("rest_100m_full_vs_nginx", pair("rest-100m-2"), hop("rest-100m-2")),
    ("rest_1k_rsa2048_vs_other", pair(BASE), (BASE, Subject::Other)),
    ("soap_vs_rest", pair("soap-1k-64"), pair(BASE)),
    ("soap_vs_rest_p256", pair("soap-1k-64-p256"), pair("rest-1k-64-p256")),
    ("consent_vs_without", pair("rest-1k-64-consent"), pair(BASE)),
    ("digest_vs_full", pair("rest-1k-64-digest"), pair(BASE)),
    ("clients_1000_vs_64", pair("rest-1k-1000"), pair(BASE)),
    ("clients_1000_vs_64_p256", pair("rest-1k-1000-p256"), pair("rest-1k-64-p256")),
    ("cbc_closing_vs_modern", pair("rest-1k-64-cbc-closing"), pair(BASE)),
    ("postgresql_vs_sqlite", pair("rest-1k-64-postgresql"), pair(BASE)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::CASES;

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
}
