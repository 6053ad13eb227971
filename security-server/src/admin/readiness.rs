//! Can this server do its work, and if not, why?

use std::sync::Arc;
use std::time::Duration;

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
        self.set("authentication certificate", self.relay.own_auth_ocsp().err());
        let mut members = self.relay.declarations().members().into_iter();
        let cannot = members.find_map(|member| self.relay.sealer().can_seal(&member, &conf).err());
        self.set("signing", cannot);
        let journal = self.relay.journal().health().await;
        self.set("message log", journal.write_error);
        match consent_replica::admin::status(&self.consent) {
            Ok(status) if status.registry && !status.fresh => {
                self.readiness
                    .unmet("consent replica", "the lease is over: requests about persons are refused");
            }
            Ok(_) => self.readiness.met("consent replica"),
            Err(_) => self.readiness.unmet("consent replica", "the store of links failed"),
        }
    }

    fn set(&self, condition: &'static str, problem: Option<impl std::fmt::Display>) {
        match problem {
            Some(problem) => self.readiness.unmet(condition, problem.to_string()),
            None => self.readiness.met(condition),
        }
    }
}
