//! Copies of the schemas that WSDLs of X-Road services import from the Internet.

/// A schema that we can put into a WSDL.
pub(super) struct Schema {
    pub(super) namespace: &'static str,
    pub(super) text: &'static str,
    /// The namespaces it refers to.
    pub(super) needs: &'static [&'static str],
}

const XROAD: &str = "http://x-road.eu/xsd/xroad.xsd";
const IDENTIFIERS: &str = "http://x-road.eu/xsd/identifiers";
const REPRESENTATION: &str = "http://x-road.eu/xsd/representation.xsd";
const SECURITY_TOKEN: &str = "http://x-road.eu/xsd/security-token.xsd";
const SWA_REFERENCE: &str = "http://ws-i.org/profiles/basic/1.1/xsd";
const XML_MIME: &str = "http://www.w3.org/2005/05/xmlmime";

/// Every schema, in the order in which they are put in: those that others need first.
pub(super) const SCHEMAS: [Schema; 6] = [
    Schema { namespace: IDENTIFIERS, text: include_str!("../../schemas/identifiers.xsd"), needs: &[] },
    Schema { namespace: XROAD, text: include_str!("../../schemas/xroad.xsd"), needs: &[IDENTIFIERS] },
    Schema { namespace: REPRESENTATION, text: include_str!("../../schemas/representation.xsd"), needs: &[] },
    Schema { namespace: SECURITY_TOKEN, text: include_str!("../../schemas/security-token.xsd"), needs: &[] },
    Schema { namespace: SWA_REFERENCE, text: include_str!("../../schemas/swaref.xsd"), needs: &[] },
    Schema { namespace: XML_MIME, text: include_str!("../../schemas/xmlmime.xsd"), needs: &[] },
];

pub(super) fn is_known(namespace: &str) -> bool {
    SCHEMAS.iter().any(|schema| schema.namespace == namespace)
}
