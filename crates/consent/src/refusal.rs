//! Refusals: one fine reason for the operator's log, one coarse code for everybody else.

use std::time::Duration;

/// What the asking side is told. The texts depend on nothing but the code, so answers with the same code are the
/// same bytes (INV-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// There is no consent in force. Nobody learns whether the person is unknown, refused or was never asked.
    ConsentRequired,
    /// A consent that the consumer held has ended.
    ConsentEnded,
    /// This server cannot know at the moment; asking again later makes sense.
    ConsentStateStale,
    /// Several consents fit; the request must name the purpose.
    PurposeAmbiguous,
    /// The request does not say, or not clearly, whose data it is about.
    SubjectMissing,
    /// The service is not offered for the purpose that the request names.
    BasisNotAvailable,
}

impl RefusalCode {
    /// Every code.
    pub const ALL: [Self; 6] = [
        Self::ConsentRequired,
        Self::ConsentEnded,
        Self::ConsentStateStale,
        Self::PurposeAmbiguous,
        Self::SubjectMissing,
        Self::BasisNotAvailable,
    ];

    /// The last part of the fault code, e.g. `consent_required`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ConsentRequired => "consent_required",
            Self::ConsentEnded => "consent_ended",
            Self::ConsentStateStale => "consent_state_stale",
            Self::PurposeAmbiguous => "purpose_ambiguous",
            Self::SubjectMissing => "subject_missing",
            Self::BasisNotAvailable => "basis_not_available",
        }
    }

    /// The fault detail, e.g. `CONSENT_REQUIRED`.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::ConsentRequired => "CONSENT_REQUIRED",
            Self::ConsentEnded => "CONSENT_ENDED",
            Self::ConsentStateStale => "CONSENT_STATE_STALE",
            Self::PurposeAmbiguous => "PURPOSE_AMBIGUOUS",
            Self::SubjectMissing => "SUBJECT_MISSING",
            Self::BasisNotAvailable => "BASIS_NOT_AVAILABLE",
        }
    }

    /// The fault text.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::ConsentRequired => "The person's consent is required",
            Self::ConsentEnded => "The person's consent has ended",
            Self::ConsentStateStale => "The state of consents is not known at the moment, try again later",
            Self::PurposeAmbiguous => "Several consents fit, name the purpose in X-Road-Consent-Purpose",
            Self::SubjectMissing => "X-Road-Consent-Subject must name exactly one person",
            Self::BasisNotAvailable => "The service is not offered for this purpose",
        }
    }

    /// HTTP status of the answer to an information system.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            Self::ConsentRequired | Self::ConsentEnded | Self::BasisNotAvailable => 403,
            Self::ConsentStateStale => 503,
            Self::PurposeAmbiguous | Self::SubjectMissing => 400,
        }
    }
}

/// Why exactly. For this node's operator; never part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DenyReason {
    /// No subject header.
    #[error("the request names no person")]
    SubjectMissing,
    /// More than one subject header.
    #[error("the request names a person more than once")]
    SubjectAmbiguous,
    /// The subject header cannot be read.
    #[error("the request names a person in an unreadable way")]
    SubjectUnreadable,
    /// More than one purpose header.
    #[error("the request names a purpose more than once")]
    PurposeAmbiguous,
    /// The purpose header cannot be read.
    #[error("the request names a purpose in an unreadable way")]
    PurposeUnreadable,
    /// The purpose is not among those of the service.
    #[error("the service is not declared for this purpose")]
    PurposeNotDeclared,
    /// Several consents are in force and the request names no purpose.
    #[error("several consents are in force and the request names no purpose")]
    SeveralConsents,
    /// The other side's decision is there twice or unreadable.
    #[error("the consumer's decision is unreadable")]
    CheckUnreadable,
    /// The other side decided on another consent event: one of the two replicas is wrong.
    #[error("the consumer's server decided on another consent event than this one")]
    Disagreement,
    /// This server has no replica, or has not yet received one.
    #[error("no replica of the consents yet")]
    NeverSynchronised,
    /// The lease is over.
    #[error("the lease is over")]
    LeaseOver,
    /// The consumer's own number of the person is not linked.
    #[error("the person is not linked")]
    NotLinked,
    /// No row.
    #[error("no consent is known")]
    NoConsent,
    /// The person said no.
    #[error("refused by the person")]
    Refused,
    /// The person said no after an earlier consent had ended.
    #[error("refused by the person after an earlier consent")]
    RefusedAfterConsent,
    /// Granted for later.
    #[error("the consent is not yet valid")]
    NotYetValid,
    /// The validity is over.
    #[error("the consent has expired")]
    Expired,
    /// Withdrawn.
    #[error("withdrawn by the person")]
    Withdrawn,
    /// This server does not know the provider's number of the person, or cannot write it where it belongs.
    #[error("the provider's own number of the person is not available")]
    NoLocalId,
    /// The store of local ids failed.
    #[error("the store of links failed")]
    StoreFailed,
}

impl DenyReason {
    /// What the asking side is told.
    #[must_use]
    pub fn code(self) -> RefusalCode {
        match self {
            Self::SubjectMissing | Self::SubjectAmbiguous | Self::SubjectUnreadable => {
                RefusalCode::SubjectMissing
            }
            Self::PurposeAmbiguous | Self::PurposeUnreadable | Self::SeveralConsents => {
                RefusalCode::PurposeAmbiguous
            }
            Self::PurposeNotDeclared => RefusalCode::BasisNotAvailable,
            Self::Disagreement
            | Self::CheckUnreadable
            | Self::NeverSynchronised
            | Self::LeaseOver
            | Self::StoreFailed => RefusalCode::ConsentStateStale,
            Self::NotLinked | Self::NoConsent | Self::Refused | Self::NotYetValid | Self::NoLocalId => {
                RefusalCode::ConsentRequired
            }
            Self::RefusedAfterConsent | Self::Expired | Self::Withdrawn => RefusalCode::ConsentEnded,
        }
    }

    /// Whether an operator should look at it now: replicas that disagree, a store that fails, a link that is gone.
    #[must_use]
    pub fn is_alarm(self) -> bool {
        matches!(self, Self::Disagreement | Self::StoreFailed | Self::NoLocalId)
    }
}

/// A refusal for want of consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .reason.code().text())]
pub struct ConsentRefusal {
    reason: DenyReason,
}

impl ConsentRefusal {
    /// What the asking side is told.
    #[must_use]
    pub fn code(&self) -> RefusalCode {
        self.reason.code()
    }

    /// Why exactly, for this node's log only.
    #[must_use]
    pub fn reason(&self) -> DenyReason {
        self.reason
    }

    /// After how long asking again may help.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        (self.code() == RefusalCode::ConsentStateStale).then(|| Duration::from_secs(1))
    }
}

impl From<DenyReason> for ConsentRefusal {
    fn from(reason: DenyReason) -> Self {
        Self { reason }
    }
}
