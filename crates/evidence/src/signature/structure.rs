//! Which elements may stand where, as the schemas of XML-DSig and XAdES 1.3.2 say.

use super::SealError;
use crate::xml::{Document, Element, NS_DS, NS_XADES};

/// An element and what may be directly inside. Names of XML-DSig have the prefix `ds:`.
type Rule = (&'static str, &'static [&'static str]);

const RULES: &[Rule] = &[
    ("ds:Signature", &["ds:SignedInfo", "ds:SignatureValue", "ds:KeyInfo", "ds:Object"]),
    ("ds:SignedInfo", &["ds:CanonicalizationMethod", "ds:SignatureMethod", "ds:Reference"]),
    ("ds:Reference", &["ds:Transforms", "ds:DigestMethod", "ds:DigestValue"]),
    ("ds:Transforms", &["ds:Transform"]),
    ("ds:SignatureValue", &[]),
    ("ds:DigestMethod", &[]),
    ("ds:DigestValue", &[]),
    ("ds:KeyInfo", &["ds:X509Data"]),
    ("ds:X509Data", &["ds:X509Certificate", "ds:X509IssuerSerial", "ds:X509SKI", "ds:X509SubjectName"]),
    ("ds:X509Certificate", &[]),
    ("ds:Object", &["QualifyingProperties", "ds:Manifest"]),
    ("QualifyingProperties", &["SignedProperties", "UnsignedProperties"]),
    ("SignedProperties", &["SignedSignatureProperties", "SignedDataObjectProperties"]),
    (
        "SignedSignatureProperties",
        &[
            "SigningTime",
            "SigningCertificate",
            "SignaturePolicyIdentifier",
            "SignatureProductionPlace",
            "SignerRole",
        ],
    ),
    ("SigningTime", &[]),
    ("SigningCertificate", &["Cert"]),
    ("Cert", &["CertDigest", "IssuerSerial"]),
    ("CertDigest", &["ds:DigestMethod", "ds:DigestValue"]),
    ("IssuerSerial", &["ds:X509IssuerName", "ds:X509SerialNumber"]),
    ("SignaturePolicyIdentifier", &["SignaturePolicyId", "SignaturePolicyImplied"]),
    ("SignaturePolicyId", &["SigPolicyId", "ds:Transforms", "SigPolicyHash", "SigPolicyQualifiers"]),
    ("SigPolicyId", &["Identifier", "Description", "DocumentationReferences"]),
    ("SigPolicyHash", &["ds:DigestMethod", "ds:DigestValue"]),
    ("SigPolicyQualifiers", &["SigPolicyQualifier"]),
    (
        "SignedDataObjectProperties",
        &[
            "DataObjectFormat",
            "CommitmentTypeIndication",
            "AllDataObjectsTimeStamp",
            "IndividualDataObjectsTimeStamp",
        ],
    ),
    ("DataObjectFormat", &["Description", "ObjectIdentifier", "MimeType", "Encoding"]),
    ("UnsignedProperties", &["UnsignedSignatureProperties", "UnsignedDataObjectProperties"]),
    (
        "UnsignedSignatureProperties",
        &[
            "CounterSignature",
            "SignatureTimeStamp",
            "CompleteCertificateRefs",
            "CompleteRevocationRefs",
            "AttributeCertificateRefs",
            "AttributeRevocationRefs",
            "SigAndRefsTimeStamp",
            "RefsOnlyTimeStamp",
            "CertificateValues",
            "RevocationValues",
            "AttrAuthoritiesCertValues",
            "AttributeRevocationValues",
            "ArchiveTimeStamp",
        ],
    ),
    ("CompleteCertificateRefs", &["CertRefs"]),
    ("CertRefs", &["Cert"]),
    ("CertificateValues", &["EncapsulatedX509Certificate", "OtherCertificate"]),
    ("EncapsulatedX509Certificate", &[]),
    ("RevocationValues", &["CRLValues", "OCSPValues", "OtherValues"]),
    ("OCSPValues", &["EncapsulatedOCSPValue"]),
    ("EncapsulatedOCSPValue", &[]),
];

/// Refuses elements where the schemas have none. Order and number of what is needed are checked
/// where it is read.
pub(super) fn check(document: &Document<'_>) -> Result<(), SealError> {
    for element in document.elements() {
        let Some(parent) = element.parent() else { continue };
        let allowed = rule(parent).map(|(_, children)| *children);
        if let Some(allowed) = allowed
            && !allowed.iter().any(|name| matches(element, name))
        {
            let name: String = element.name().chars().take(64).collect();
            return Err(SealError::Malformed(format!("{name} is not expected in {}", parent.local())));
        }
    }
    in_order(document)
}

/// The children of `ds:Signature` come in a fixed order.
fn in_order(document: &Document<'_>) -> Result<(), SealError> {
    let order = |name: &str| match name {
        "SignedInfo" => 0,
        "SignatureValue" => 1,
        "KeyInfo" => 2,
        _ => 3,
    };
    let signature = document.elements().find(|element| element.is(NS_DS, "Signature"));
    let positions: Vec<u8> =
        signature.into_iter().flat_map(Element::children).map(|child| order(child.local())).collect();
    if positions.is_sorted() {
        Ok(())
    } else {
        Err(SealError::Malformed("children of ds:Signature are out of order".to_owned()))
    }
}

fn rule(element: Element<'_, '_>) -> Option<&'static Rule> {
    RULES.iter().find(|(name, _)| matches(element, name))
}

fn matches(element: Element<'_, '_>, name: &str) -> bool {
    match name.strip_prefix("ds:") {
        Some(local) => element.is(NS_DS, local),
        None => element.is(NS_XADES, name),
    }
}
