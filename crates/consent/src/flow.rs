//! What a consent is about: one service of a provider, one consumer, one purpose.

use identifiers::{ClientId, PurposeId, ServiceId};
use serde::{Deserialize, Serialize};

/// Longest service code, as for every X-Road code (255 characters, four bytes each at most).
const MAX_SERVICE_BYTES: usize = 255 * 4;

/// A flow of data without the person: provider {member, subsystem, service}, consumer {member, subsystem} and
/// purpose. Together with the person it is the key of a consent (requirement PL-24).
///
/// The service's version is not part of it: a consent is given for what a service returns, and a new version that
/// returns more needs a new purpose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Who answers.
    pub provider: ClientId,
    /// The code of the provider's service.
    pub service: String,
    /// Who asks.
    pub consumer: ClientId,
    /// Why.
    pub purpose: PurposeId,
}

/// Why a flow is not acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// Provider or consumer is a whole member; consents are between subsystems.
    #[error("provider and consumer must be subsystems")]
    NotSubsystem,
    /// The service code is empty, too long or has control characters.
    #[error("the service code is empty, too long or has control characters")]
    Service,
    /// The purpose cannot be written into a header.
    #[error("the purpose must be visible ASCII characters")]
    Purpose,
    /// Provider and consumer are the same subsystem.
    #[error("provider and consumer are the same subsystem")]
    SameParty,
}

impl Flow {
    /// Whether the flow is one that can be consented to.
    ///
    /// # Errors
    /// See [`FlowError`].
    pub fn check(&self) -> Result<(), FlowError> {
        if self.provider.subsystem().is_none() || self.consumer.subsystem().is_none() {
            return Err(FlowError::NotSubsystem);
        }
        let service = &self.service;
        if service.is_empty() || service.len() > MAX_SERVICE_BYTES || service.chars().any(char::is_control) {
            return Err(FlowError::Service);
        }
        if !can_be_header(self.purpose.as_str()) {
            return Err(FlowError::Purpose);
        }
        if self.provider == self.consumer {
            return Err(FlowError::SameParty);
        }
        Ok(())
    }

    /// Whether the flow is the one from this service to this consumer, whatever the purpose.
    #[must_use]
    pub fn is_between(&self, service: &ServiceId, consumer: &ClientId) -> bool {
        self.provider == *service.client() && self.service == service.code() && self.consumer == *consumer
    }
}

/// Whether a text reaches the other side of a header unchanged: visible ASCII characters only.
#[must_use]
pub fn can_be_header(text: &str) -> bool {
    text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(provider: &str, service: &str, consumer: &str) -> Flow {
        Flow {
            provider: provider.parse().unwrap(),
            service: service.into(),
            consumer: consumer.parse().unwrap(),
            purpose: PurposeId::new("coupon").unwrap(),
        }
    }

    #[test]
    fn purposes_travel_in_headers() {
        for (purpose, expected) in
            [("child-support", Ok(())), ("子育て", Err(FlowError::Purpose)), ("a b", Err(FlowError::Purpose))]
        {
            let purpose = PurposeId::new(purpose).unwrap();
            let flow = Flow { purpose, ..flow("T/GOV/1/children", "residents", "T/COM/2/coupons") };
            assert_eq!(flow.check(), expected);
        }
    }

    #[test]
    fn flows_are_between_two_subsystems() {
        let cases = [
            (flow("T/GOV/1/children", "residents", "T/COM/2/coupons"), Ok(())),
            (flow("T/GOV/1", "residents", "T/COM/2/coupons"), Err(FlowError::NotSubsystem)),
            (flow("T/GOV/1/children", "residents", "T/COM/2"), Err(FlowError::NotSubsystem)),
            (flow("T/GOV/1/children", "", "T/COM/2/coupons"), Err(FlowError::Service)),
            (flow("T/GOV/1/children", "a\nb", "T/COM/2/coupons"), Err(FlowError::Service)),
            (flow("T/GOV/1/children", "residents", "T/GOV/1/children"), Err(FlowError::SameParty)),
        ];
        for (flow, expected) in cases {
            assert_eq!(flow.check(), expected, "{flow:?}");
        }
    }
}
