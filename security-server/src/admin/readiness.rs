//! Can this server do its work, and if not, why? And what of it can it not do?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use globalconf::ValidGlobalConf;
use identifiers::MemberId;
use protocol::fault::Origin;
use service_kit::readiness::Readiness;

use crate::consent_replica::{self, ConsentGate};
use crate::relay::Relay;

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Looks at the conditions of readiness again and again.
pub struct ReadinessWatch {
    /// Where the conditions are kept.
    pub readiness: Readiness,
    /// The relay.
    pub relay: Arc<Relay>,
    /// Consents.
    pub consent: ConsentGate,
}

impl ReadinessWatch {
    /// Looks for ever; to be dropped at shutdown.
    pub async fn run(self) {
        loop {
            self.look().await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn look(&self) {
        let conf = match self.relay.valid_global_conf(Origin::ClientProxy) {
            Ok(conf) => conf,
            Err(refusal) => {
                self.readiness.unmet("global configuration", refusal.text());
                return;
            }
        };
        self.readiness.met("global configuration");
        self.set("authentication certificate", self.relay.own_auth_ocsp(&self.relay.peers().shown()).err());
        self.look_at_signing(&conf);
        let journal = self.relay.journal().health().await;
        self.set("message log", journal.write_error);
        self.look_at_consent();
    }

    /// Not ready until the consents have been known once; if they are lost afterwards, everything that is not about
    /// persons goes on.
    fn look_at_consent(&self) {
        const CONDITION: &str = "consent replica";
        let stale = "the lease is over: requests about persons are refused";
        match consent_replica::admin::status(&self.consent) {
            Ok(status) if status.fresh || !status.registry => {
                self.readiness.met_but_for(CONDITION, BTreeMap::new());
            }
            Ok(_) if self.readiness.is_met(CONDITION) => {
                let limits = BTreeMap::from([("persons".to_owned(), stale.to_owned())]);
                self.readiness.met_but_for(CONDITION, limits);
            }
            Ok(_) => self.readiness.unmet(CONDITION, stale),
            Err(_) => self.readiness.unmet(CONDITION, "the store of links failed"),
        }
    }

    /// A member that cannot sign keeps the others from nothing: the server is ready as long as one can.
    fn look_at_signing(&self, conf: &ValidGlobalConf) {
        let members = self.relay.declarations().members();
        let cannot = |member: &MemberId| {
            let error = self.relay.sealer().can_seal(member, conf).err()?;
            Some((member.to_string(), error.to_string()))
        };
        let without: BTreeMap<_, _> = members.iter().filter_map(cannot).collect();
        match without.first_key_value() {
            Some((_, reason)) if without.len() == members.len() => {
                self.readiness.unmet("signing", reason.clone());
            }
            _ => self.readiness.met_but_for("signing", without),
        }
    }

    fn set(&self, condition: &'static str, problem: Option<impl std::fmt::Display>) {
        match problem {
            Some(problem) => self.readiness.unmet(condition, problem.to_string()),
            None => self.readiness.met(condition),
        }
    }
}
