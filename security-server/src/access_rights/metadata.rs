//! Metadata services: what everybody may ask of a provider, answered by this server itself
//! ([`crate::metadata_services`]). No access right is needed, and none can forbid it.

use identifiers::ServiceId;
use protocol::soap;

use super::Operation;

/// A metadata service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataService {
    /// `listMethods`: all services of the protocol of the request.
    ListMethods,
    /// `allowedMethods`: those among them that the client may call.
    AllowedMethods,
    /// `getOpenAPI` (REST): the description of one service.
    GetOpenApi,
    /// `getWsdl` (SOAP): the description of one service.
    GetWsdl,
}

impl MetadataService {
    /// The metadata service that a request is for, if it is one. REST knows them only as `GET`; anything else is an
    /// ordinary call, usually of a service that is unknown.
    #[must_use]
    pub fn of(service: &ServiceId, operation: Operation<'_>) -> Option<Self> {
        match operation {
            Operation::Rest { method: "GET", .. } => match service.code() {
                "listMethods" => Some(Self::ListMethods),
                "allowedMethods" => Some(Self::AllowedMethods),
                "getOpenAPI" => Some(Self::GetOpenApi),
                _ => None,
            },
            Operation::Rest { .. } => None,
            Operation::Soap => soap::MetadataService::of(service).map(|asked| match asked {
                soap::MetadataService::ListMethods => Self::ListMethods,
                soap::MetadataService::AllowedMethods => Self::AllowedMethods,
                soap::MetadataService::GetWsdl => Self::GetWsdl,
            }),
        }
    }
}
