//! Proofs of a decision. Only [`crate::decide`] makes them; the next steps of the relay demand them.

use identifiers::{ExchangeHandle, LinkHandle, LocalId, PurposeId};

use crate::decision::{DecisionHeader, DecisionRecord};
use crate::declaration::SubjectPlacement;
use crate::headers::{self, Headers};
use crate::refusal::{ConsentRefusal, DenyReason};

/// Proof that the consumer's side has looked: a request may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentCheck {
    checked: Option<Checked>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Checked {
    exchange: ExchangeHandle,
    purpose: PurposeId,
    header: DecisionHeader,
}

impl ConsentCheck {
    /// The request names no person; the provider decides whether that is enough.
    #[must_use]
    pub fn names_no_person() -> Self {
        Self { checked: None }
    }

    pub(crate) fn checked(exchange: ExchangeHandle, purpose: PurposeId, header: DecisionHeader) -> Self {
        Self { checked: Some(Checked { exchange, purpose, header }) }
    }

    /// The person as the wire may know them; `None` when the request names nobody.
    #[must_use]
    pub fn exchange(&self) -> Option<ExchangeHandle> {
        self.checked.as_ref().map(|checked| checked.exchange)
    }

    /// Makes an application's headers fit for the wire: its own number of the person is replaced by the exchange
    /// handle, purpose and decision are written, and what only security servers may write is taken out.
    pub fn rewrite_request(&self, headers: &mut Headers) {
        for name in [headers::SUBJECT, headers::CHECK, headers::DECISION, headers::SCOPE] {
            headers::remove(headers, name);
        }
        let Some(checked) = &self.checked else { return };
        headers::replace(headers, headers::SUBJECT, checked.exchange.to_string());
        headers::replace(headers, headers::PURPOSE, checked.purpose.as_str().to_owned());
        headers::replace(headers, headers::CHECK, checked.header.encode());
    }
}

/// Proof that the provider's side has decided: the service may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentPermit {
    granted: Option<GrantedPermit>,
}

/// What a permit by consent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrantedPermit {
    pub(crate) link: LinkHandle,
    pub(crate) placement: SubjectPlacement,
    pub(crate) record: DecisionRecord,
}

impl ConsentPermit {
    pub(crate) fn not_required() -> Self {
        Self { granted: None }
    }

    pub(crate) fn granted(granted: GrantedPermit) -> Self {
        Self { granted: Some(granted) }
    }

    pub(crate) fn as_granted(&self) -> Option<&GrantedPermit> {
        self.granted.as_ref()
    }

    /// Whether the permit rests on a consent (`false`: the service asks for none).
    #[must_use]
    pub fn rests_on_consent(&self) -> bool {
        self.granted.is_some()
    }

    /// Under which link the provider's own number of the person is stored; `None` when the service asks for no
    /// consent.
    #[must_use]
    pub fn provider_link(&self) -> Option<LinkHandle> {
        self.granted.as_ref().map(|granted| granted.link)
    }

    /// The decision, for the audit line.
    #[must_use]
    pub fn record(&self) -> Option<&DecisionRecord> {
        self.granted.as_ref().map(|granted| &granted.record)
    }

    /// Writes the provider's own number of the person into the request to the service, at the place that the service
    /// declares. Without a demand for consent nothing changes.
    ///
    /// # Errors
    /// When the service needs the number and there is none, or it cannot be written there.
    pub fn place_subject(
        &self,
        subject: Option<&LocalId>,
        url: &mut String,
        headers: &mut Headers,
    ) -> Result<(), ConsentRefusal> {
        let Some(granted) = &self.granted else { return Ok(()) };
        let subject = subject.ok_or(DenyReason::NoLocalId)?;
        granted.placement.place(subject, url, headers).map_err(|_| DenyReason::NoLocalId.into())
    }
}

/// Proof that the provider's side has decided once more: the answer may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePermit {
    header: Option<DecisionHeader>,
}

impl ReleasePermit {
    pub(crate) fn not_required() -> Self {
        Self { header: None }
    }

    pub(crate) fn granted(header: DecisionHeader) -> Self {
        Self { header: Some(header) }
    }

    /// The decision; `None` when the service asks for no consent.
    #[must_use]
    pub fn decision(&self) -> Option<&DecisionHeader> {
        self.header.as_ref()
    }

    /// Makes a service's response headers fit for the wire: what only security servers may write is taken out, and
    /// the decision is written.
    pub fn rewrite_response(&self, headers: &mut Headers) {
        headers::remove(headers, headers::DECISION);
        headers::remove(headers, headers::SCOPE);
        if let Some(header) = &self.header {
            headers::replace(headers, headers::DECISION, header.encode());
        }
    }
}
