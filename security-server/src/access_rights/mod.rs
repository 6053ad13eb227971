//! Access rights: what the subsystems of this server offer, and who may call it.
//!
//! * [`declarations`]: the file `subsystems.toml`, checked and resolved ([`file`] is its raw form);
//! * [`path_pattern`]: which paths a right covers;
//! * [`decide`]: the decision, whose proof is a [`Permit`];
//! * [`description`]: descriptions of services, in files or at the provider's;
//! * [`metadata`]: what everybody may ask: which services there are.

pub mod declarations;
pub mod description;
pub mod file;
pub mod metadata;
pub mod path_pattern;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use consent::ConsentDeclaration;
use globalconf::GlobalConf;
use identifiers::{ClientId, ServiceId};
use protocol::fault::Word;

pub use declarations::{
    AccessRight, Connection, Declarations, DeclarationsError, Service, ServiceKind, Subject, Subsystem,
};
pub use description::Description;
pub use metadata::MetadataService;
use path_pattern::{MatchablePath, leaves_the_service};

/// What a request wants of a service.
#[derive(Debug, Clone, Copy)]
pub enum Operation<'a> {
    /// A REST call.
    Rest {
        /// HTTP method.
        method: &'a str,
        /// Raw path below the service.
        path: &'a str,
    },
    /// A SOAP call: only rights to everything count.
    Soap,
}

/// Proof that the client may call the service. Only [`decide`] makes one.
#[derive(Debug)]
pub struct Permit {
    target: Target,
    client: ClientId,
    rule: String,
}

/// What may be called.
#[derive(Debug, Clone)]
pub enum Target {
    /// A service of an information system.
    Service(Arc<Service>),
    /// A metadata service, which this server answers itself.
    Metadata(MetadataService),
}

impl Permit {
    /// What may be called.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What the service demands of consent.
    #[must_use]
    pub fn consent(&self) -> Option<&ConsentDeclaration> {
        match &self.target {
            Target::Service(service) => service.consent.as_ref(),
            Target::Metadata(_) => None,
        }
    }

    /// Who may call it.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The right that decided, for the audit line.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

/// Why there is no permit; in the order in which it is found out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefusal {
    /// The provider is not hosted here.
    #[error("Client '{0}' not found")]
    UnknownProvider(ClientId),
    /// No such service, or not in this version.
    #[error("Unknown service: {0}")]
    UnknownService(ServiceId),
    /// A SOAP service was called with REST, or the other way round.
    #[error("Service is of another type: {0}")]
    ServiceType(ServiceId),
    /// No right covers the request.
    #[error("Request is not allowed: {0}")]
    Denied(ServiceId),
    /// The service is switched off; said only to those who may call it.
    #[error("Service {service} is disabled: {notice}")]
    Disabled {
        /// The service.
        service: ServiceId,
        /// The operator's notice.
        notice: String,
    },
}

impl AccessRefusal {
    /// The fault word that the caller sees.
    #[must_use]
    pub fn word(&self) -> Word {
        match self {
            Self::UnknownProvider(_) => Word::UnknownMember,
            Self::UnknownService(_) => Word::UnknownService,
            Self::ServiceType(_) => Word::ServiceType,
            Self::Denied(_) => Word::AccessDenied,
            Self::Disabled { .. } => Word::ServiceDisabled,
        }
    }
}

/// Decides whether `client` may perform `operation` on `service`.
///
/// # Errors
/// See [`AccessRefusal`].
pub fn decide(
    declarations: &Declarations,
    conf: &GlobalConf,
    client: &ClientId,
    service_id: &ServiceId,
    operation: Operation<'_>,
) -> Result<Permit, AccessRefusal> {
    let provider = declarations
        .subsystem(service_id.client())
        .ok_or_else(|| AccessRefusal::UnknownProvider(service_id.client().clone()))?;
    if let Some(asked) = MetadataService::of(service_id, operation) {
        let target = Target::Metadata(asked);
        return Ok(Permit { target, client: client.clone(), rule: "metadata".to_owned() });
    }
    let service = provider
        .services
        .iter()
        .find(|service| service.id == *service_id)
        .ok_or_else(|| AccessRefusal::UnknownService(service_id.clone()))?;
    if (service.kind == ServiceKind::Wsdl) != matches!(operation, Operation::Soap) {
        return Err(AccessRefusal::ServiceType(service_id.clone()));
    }
    let path = match operation {
        Operation::Rest { path, .. } if leaves_the_service(path) => {
            return Err(AccessRefusal::Denied(service_id.clone()));
        }
        Operation::Rest { path, .. } => MatchablePath::new(path),
        Operation::Soap => None,
    };
    let right = rights_to(provider, service_id)
        .filter(|right| covers(right, operation, path.as_ref()))
        .find(|right| is_given_to(&right.subject, client, provider, conf))
        .ok_or_else(|| AccessRefusal::Denied(service_id.clone()))?;
    if let Some(notice) = &service.disabled {
        return Err(AccessRefusal::Disabled { service: service_id.clone(), notice: notice.clone() });
    }
    let rule = format!("{:?} {} {}", right.subject, right.method.as_deref().unwrap_or("*"), right.path);
    Ok(Permit { target: Target::Service(Arc::clone(service)), client: client.clone(), rule })
}

/// The rights to a service. They belong to its code: all versions of a service share them.
pub(crate) fn rights_to<'a>(
    provider: &'a Subsystem,
    service: &'a ServiceId,
) -> impl Iterator<Item = &'a AccessRight> {
    provider.services.iter().filter(|known| known.id.code() == service.code()).flat_map(|known| &known.allow)
}

fn covers(right: &AccessRight, operation: Operation<'_>, path: Option<&MatchablePath>) -> bool {
    let method_covered = match (&right.method, operation) {
        (None, _) => true,
        (Some(allowed), Operation::Rest { method, .. }) => allowed.eq_ignore_ascii_case(method),
        (Some(_), Operation::Soap) => false,
    };
    method_covered && (right.path.is_everything() || path.is_some_and(|path| right.path.matches(path)))
}

/// Whether `client` is the subject of a right, or among its members.
pub(crate) fn is_given_to(
    subject: &Subject,
    client: &ClientId,
    provider: &Subsystem,
    conf: &GlobalConf,
) -> bool {
    match subject {
        Subject::Client(id) => id == client,
        Subject::LocalGroup(group) => {
            provider.groups.get(group).is_some_and(|members| members.contains(client))
        }
        Subject::GlobalGroup(group) => conf.is_in_global_group(client, group),
    }
}
