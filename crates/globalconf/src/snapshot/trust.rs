//! The snapshot as the source of trust in certificates.

use pki::Certificate;
use pki::trust::{Issuer, OcspPolicy, Trust};

use super::{GlobalConf, ValidGlobalConf};

impl Trust for GlobalConf {
    fn issuer_of(&self, cert: &Certificate, instance: &str) -> Option<&Issuer> {
        let index = *self.inner.by_instance.get(instance)?;
        if !self.is_visible(index) {
            return None;
        }
        let candidates = self.inner.issuers.get(index)?.get(cert.issuer().canonical())?;
        // A certification authority that changed its key is listed with both, under one name.
        let signer = || candidates.iter().find(|issuer| cert.verify_issued_by(&issuer.certificate).is_ok());
        let several = candidates.len() > 1;
        if several { signer() } else { None }.or_else(|| candidates.first())
    }

    fn ocsp_policy(&self) -> OcspPolicy {
        let verify_next_update = self.inner.instances[self.inner.own].extensions.verify_next_update;
        OcspPolicy { freshness: self.ocsp_freshness(), verify_next_update }
    }

    fn tsa_certificates(&self) -> &[Certificate] {
        self.hidden.as_ref().map_or(&self.inner.tsa_certificates, |hidden| &hidden.tsa_certificates)
    }
}

impl Trust for ValidGlobalConf {
    fn issuer_of(&self, cert: &Certificate, instance: &str) -> Option<&Issuer> {
        self.conf.issuer_of(cert, instance)
    }

    fn ocsp_policy(&self) -> OcspPolicy {
        self.conf.ocsp_policy()
    }

    fn tsa_certificates(&self) -> &[Certificate] {
        self.conf.tsa_certificates()
    }
}
