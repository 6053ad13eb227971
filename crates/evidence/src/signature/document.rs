//! A signature document, taken apart once.

use pki::{DigestAlgorithm, SignatureAlgorithm};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::SealError;
use crate::c14n::Method;
use crate::xml::{Document, Element, NS_DS, NS_XADES};

/// References of one signature; a stock signature has two.
const MAX_REFERENCES: usize = 30;
/// OCSP responses, and certificates of intermediate CAs.
const MAX_CERTIFICATES: usize = 16;

/// The parts of a signature that verification looks at.
pub(crate) struct SignatureDocument<'d, 'a> {
    pub(crate) document: &'d Document<'a>,
    pub(crate) signature: Element<'d, 'a>,
    pub(crate) signed_info: Element<'d, 'a>,
    pub(crate) canonicalization: Method,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) references: Vec<Reference<'d>>,
    /// The decoded signature value.
    pub(crate) value: Vec<u8>,
    /// Base64 element of the signing certificate.
    pub(crate) certificate: Element<'d, 'a>,
    pub(crate) signed_properties: Element<'d, 'a>,
    /// Base64 elements of intermediate certificates, each with the digest that refers to it.
    pub(crate) intermediates: Vec<(Element<'d, 'a>, CertDigest)>,
    /// Base64 elements of OCSP responses, at least one.
    pub(crate) ocsp_responses: Vec<Element<'d, 'a>>,
}

/// A reference of `SignedInfo`.
pub(crate) struct Reference<'d> {
    pub(crate) uri: &'d str,
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) digest: Vec<u8>,
    pub(crate) transforms: Vec<Method>,
}

/// Digest of a certificate.
pub(crate) struct CertDigest {
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) digest: Vec<u8>,
}

impl CertDigest {
    pub(crate) fn is_of(&self, certificate: &[u8]) -> bool {
        self.algorithm.digest(certificate) == self.digest
    }
}

impl<'d, 'a> SignatureDocument<'d, 'a> {
    /// Finds everything that a signature must have, once and in its place.
    pub(crate) fn read(document: &'d Document<'a>) -> Result<Self, SealError> {
        let signature = the_signature(document)?;
        let signed_info = only(signature, NS_DS, "SignedInfo")?;
        let canonicalization = algorithm_of(only(signed_info, NS_DS, "CanonicalizationMethod")?);
        let properties = qualifying_properties(document, signature)?;
        let found = Self {
            document,
            signature,
            signed_info,
            canonicalization: canonicalization.ok_or_else(|| malformed("unknown canonicalization method"))?,
            algorithm: signature_algorithm(only(signed_info, NS_DS, "SignatureMethod")?)?,
            references: references(signed_info)?,
            value: decoded(only(signature, NS_DS, "SignatureValue")?)?,
            certificate: signing_certificate(signature)?,
            signed_properties: only(properties, NS_XADES, "SignedProperties")?,
            intermediates: intermediates(document, properties)?,
            ocsp_responses: ocsp_responses(properties)?,
        };
        Ok(found)
    }

    /// Whether `SignedInfo` has a reference with this URI.
    pub(crate) fn refers_to(&self, uri: &str) -> bool {
        self.references.iter().any(|reference| reference.uri == uri)
    }

    /// Whether a reference is the one to `SignedProperties`.
    pub(crate) fn is_to_signed_properties(&self, reference: &Reference<'_>) -> bool {
        let id = reference.uri.strip_prefix('#').filter(|id| !id.is_empty());
        id.is_some_and(|id| self.document.element_by_id(id) == Some(self.signed_properties))
    }

    /// The time that the signer claims.
    pub(crate) fn signing_time(&self) -> Option<OffsetDateTime> {
        let signed = self.signed_properties.child(NS_XADES, "SignedSignatureProperties")?;
        let text = signed.child(NS_XADES, "SigningTime")?.text()?;
        OffsetDateTime::parse(text.trim(), &Rfc3339).ok()
    }

    /// The digests of the signing certificate that are part of what is signed; empty if none are.
    pub(crate) fn signed_certificate_digests(&self) -> Result<Vec<CertDigest>, SealError> {
        let Some(signed) = self.signed_properties.child(NS_XADES, "SignedSignatureProperties") else {
            return Ok(Vec::new());
        };
        let lists = ["SigningCertificate", "SigningCertificateV2"];
        let certs = lists.iter().filter_map(|name| signed.child(NS_XADES, name)).flat_map(Element::children);
        certs.take(MAX_CERTIFICATES).map(cert_digest).collect()
    }

    /// The DER timestamp token inside, if there is one. Old containers have it one level higher.
    pub(crate) fn timestamp_token(&self) -> Option<Vec<u8>> {
        let mut stamps = self.signature.descendants(NS_XADES, "SignatureTimeStamp");
        let stamp = stamps.next().filter(|_| stamps.next().is_none())?;
        stamp.child(NS_XADES, "EncapsulatedTimeStamp").unwrap_or(stamp).base64()
    }
}

/// The only signature of the document: the root, or directly below it.
fn the_signature<'d, 'a>(document: &'d Document<'a>) -> Result<Element<'d, 'a>, SealError> {
    let mut signatures = document.elements().filter(|element| element.is(NS_DS, "Signature"));
    let signature = signatures.next().ok_or_else(|| malformed("no ds:Signature"))?;
    if signatures.next().is_some() {
        return Err(malformed("more than one ds:Signature"));
    }
    let root = document.root();
    if signature == root || signature.parent() == Some(root) {
        Ok(signature)
    } else {
        Err(malformed("ds:Signature is not where it belongs"))
    }
}

/// The only `QualifyingProperties`, in the first object.
fn qualifying_properties<'d, 'a>(
    document: &'d Document<'a>,
    signature: Element<'d, 'a>,
) -> Result<Element<'d, 'a>, SealError> {
    let object = signature.child(NS_DS, "Object").ok_or_else(|| malformed("no ds:Object"))?;
    let properties = only(object, NS_XADES, "QualifyingProperties")?;
    let all = document.elements().filter(|element| element.is(NS_XADES, "QualifyingProperties"));
    if all.count() == 1 { Ok(properties) } else { Err(malformed("more than one xades:QualifyingProperties")) }
}

fn references<'d>(signed_info: Element<'d, '_>) -> Result<Vec<Reference<'d>>, SealError> {
    let elements = signed_info.children().filter(|element| element.is(NS_DS, "Reference"));
    let references: Vec<_> = elements.take(MAX_REFERENCES + 1).map(reference).collect::<Result<_, _>>()?;
    if references.is_empty() || references.len() > MAX_REFERENCES {
        return Err(malformed("no references, or too many"));
    }
    Ok(references)
}

fn reference<'d>(element: Element<'d, '_>) -> Result<Reference<'d>, SealError> {
    let transforms = match element.child(NS_DS, "Transforms") {
        None => Vec::new(),
        Some(list) => {
            let methods: Option<Vec<Method>> = list.children().map(algorithm_of).collect();
            methods.ok_or_else(|| malformed("transform of a reference is not accepted"))?
        }
    };
    Ok(Reference {
        uri: element.attribute("URI").ok_or_else(|| malformed("reference without URI"))?,
        algorithm: digest_algorithm(only(element, NS_DS, "DigestMethod")?)?,
        digest: decoded(only(element, NS_DS, "DigestValue")?)?,
        transforms,
    })
}

/// The canonicalization that a method or transform element names.
fn algorithm_of(element: Element<'_, '_>) -> Option<Method> {
    let method = Method::from_uri(element.attribute("Algorithm")?)?;
    match element.children().next() {
        None => Some(method),
        Some(list) if list.is("http://www.w3.org/2001/10/xml-exc-c14n#", "InclusiveNamespaces") => {
            Some(method.with_prefix_list(list.attribute("PrefixList").unwrap_or_default()))
        }
        Some(_) => None,
    }
}

fn signature_algorithm(method: Element<'_, '_>) -> Result<SignatureAlgorithm, SealError> {
    let uri = method.attribute("Algorithm").unwrap_or_default();
    SignatureAlgorithm::from_uri(uri).map_err(|error| SealError::Malformed(error.to_string()))
}

fn digest_algorithm(method: Element<'_, '_>) -> Result<DigestAlgorithm, SealError> {
    let uri = method.attribute("Algorithm").unwrap_or_default();
    DigestAlgorithm::from_uri(uri).ok_or_else(|| malformed("digest algorithm is unknown or too weak"))
}

fn signing_certificate<'d, 'a>(signature: Element<'d, 'a>) -> Result<Element<'d, 'a>, SealError> {
    let key_info = only(signature, NS_DS, "KeyInfo")?;
    let mut certificates = key_info.descendants(NS_DS, "X509Certificate");
    match (certificates.next(), certificates.next()) {
        (Some(certificate), None) => Ok(certificate),
        (None, _) => Err(malformed("signature does not contain the signing certificate")),
        (Some(_), Some(_)) => Err(malformed("more than one certificate in ds:KeyInfo")),
    }
}

/// Certificates that `CompleteCertificateRefs` refers to; values without reference are ignored.
fn intermediates<'d, 'a>(
    document: &'d Document<'a>,
    properties: Element<'d, 'a>,
) -> Result<Vec<(Element<'d, 'a>, CertDigest)>, SealError> {
    let Some(list) = unsigned(properties).and_then(|e| e.child(NS_XADES, "CompleteCertificateRefs")) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for cert in list.descendants(NS_XADES, "Cert") {
        let uri = cert.attribute("URI").and_then(|uri| uri.strip_prefix('#'));
        let target = uri.and_then(|id| document.element_by_id(id));
        let target = target.filter(|element| element.is(NS_XADES, "EncapsulatedX509Certificate"));
        let target = target.ok_or_else(|| malformed("certificate reference leads nowhere"))?;
        if found.len() >= MAX_CERTIFICATES {
            return Err(malformed("too many certificates"));
        }
        found.push((target, cert_digest(cert)?));
    }
    Ok(found)
}

fn cert_digest(cert: Element<'_, '_>) -> Result<CertDigest, SealError> {
    let digest = only(cert, NS_XADES, "CertDigest")?;
    Ok(CertDigest {
        algorithm: digest_algorithm(only(digest, NS_DS, "DigestMethod")?)?,
        digest: decoded(only(digest, NS_DS, "DigestValue")?)?,
    })
}

fn ocsp_responses<'d, 'a>(properties: Element<'d, 'a>) -> Result<Vec<Element<'d, 'a>>, SealError> {
    let values = unsigned(properties).and_then(|list| list.child(NS_XADES, "RevocationValues"));
    let values = values.and_then(|list| list.child(NS_XADES, "OCSPValues"));
    let responses: Vec<_> =
        values.into_iter().flat_map(Element::children).take(MAX_CERTIFICATES + 1).collect();
    if responses.is_empty() || responses.len() > MAX_CERTIFICATES {
        return Err(malformed("no OCSP responses, or too many"));
    }
    Ok(responses)
}

/// `UnsignedSignatureProperties`.
pub(crate) fn unsigned<'d, 'a>(properties: Element<'d, 'a>) -> Option<Element<'d, 'a>> {
    properties.child(NS_XADES, "UnsignedProperties")?.child(NS_XADES, "UnsignedSignatureProperties")
}

/// The only child with this name.
fn only<'d, 'a>(parent: Element<'d, 'a>, ns: &str, local: &str) -> Result<Element<'d, 'a>, SealError> {
    let mut found = parent.children().filter(|child| child.is(ns, local));
    match (found.next(), found.next()) {
        (Some(child), None) => Ok(child),
        (None, _) => Err(SealError::Malformed(format!("{} is missing", local))),
        (Some(_), Some(_)) => Err(SealError::Malformed(format!("more than one {}", local))),
    }
}

fn decoded(element: Element<'_, '_>) -> Result<Vec<u8>, SealError> {
    element.base64().ok_or_else(|| SealError::Malformed(format!("{} is not base64", element.local())))
}

fn malformed(what: &str) -> SealError {
    SealError::Malformed(what.to_owned())
}
