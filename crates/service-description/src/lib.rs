//! Service descriptions: what WSDL 1.1 and OpenAPI 3.0 and 3.1 documents offer, and how they are shown to consumers.
//!
//! Pure: documents come as bytes, nothing is fetched, and imports are not followed. Everything is read within
//! [`DescriptionLimits`].
//!
//! * [`Wsdl`]: the SOAP services of a WSDL, for importing it; [`publish_wsdl`]: the document as consumers may see it,
//!   without the addresses of the provider's systems and with copies of the schemas that it imports from `x-road.eu`.
//! * [`OpenApi`]: base address and endpoints of an OpenAPI description, in JSON or YAML; [`publish_openapi`]: the
//!   document without the addresses of the provider's systems.
//! * [`check_code`]: which service codes and versions can be addressed everywhere.

mod code;
mod edit;
mod limits;
mod openapi;
mod wsdl;

pub use code::{CodeError, check_code};
pub use limits::DescriptionLimits;
pub use openapi::{Endpoint, OpenApi, OpenApiError, publish as publish_openapi};
pub use wsdl::{ENDPOINT, Wsdl, WsdlError, WsdlService, publish as publish_wsdl};
