//! The signature document as constant text with five gaps: digest of the data, digest of the signed
//! properties, signature value, and the signing time (which stands in the document and in what is
//! digested). The layout is X-Road's, so that any XML-DSig verifier finds what was signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pki::{Certificate, DigestAlgorithm};
use time::{OffsetDateTime, UtcOffset};

use super::SigningMaterial;
use super::verify::{HASH_CHAIN_RESULT, MESSAGE};

const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
/// The namespaces of the root, all of which canonical form repeats on what is signed.
const NAMESPACES: &str = "xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" \
    xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
    xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
/// X-Road's signature policy.
const POLICY: &str = "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>\
    <xades:Identifier Qualifier=\"OIDAsURN\">urn:oid:1.3.6.1.4.1.3516.16.2</xades:Identifier>\
    <xades:Description>Profile for High Performance Digital Signatures (version 1.2)</xades:Description>\
    </xades:SigPolicyId><xades:SigPolicyHash>\
    <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"/>\
    <ds:DigestValue>BuO0EDNfkxSVlUbxCzmQPzX1AUF1/xx9ytWHk3/6SAOePxQiniEfDYk+90QeYb3lWpV3Izhuz9fKaYyE+lTcXw==\
    </ds:DigestValue></xades:SigPolicyHash><xades:SigPolicyQualifiers><xades:SigPolicyQualifier>\
    <xades:SPURI>https://repo.cyber.ee/dsig-profile-1.2.pdf</xades:SPURI></xades:SigPolicyQualifier>\
    </xades:SigPolicyQualifiers></xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>";

/// What the signature refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataReference {
    Message,
    HashChainResult,
}

/// A signature document with gaps.
pub(super) struct Template {
    /// Canonical `SignedInfo`: before the data digest, before the properties digest, after it.
    signed_info: [String; 3],
    /// The document: before the data digest, the properties digest, the value, the time, and the rest.
    document: [String; 5],
    /// Canonical `SignedProperties` around the signing time.
    properties: [String; 2],
}

/// A signature document that lacks only its value.
pub(super) struct Draft<'t> {
    template: &'t Template,
    signed_info: String,
    data_digest: String,
    properties_digest: String,
    time: String,
}

impl Template {
    pub(super) fn new(material: &SigningMaterial<'_>, reference: DataReference) -> Self {
        let certificate = STANDARD.encode(material.certificate.der());
        let after_time = after_time(material.certificate, reference);
        let unsigned = unsigned_properties(material);
        let signed_info = signed_info(material.algorithm.uri(), reference);
        let [before_data, before_properties, after_properties] = signed_info.each_ref().map(|s| shorten(s));
        Self {
            signed_info,
            document: [
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\
                     <asic:XAdESSignatures {NAMESPACES}><ds:Signature Id=\"signature\">\n{before_data}"
                ),
                before_properties,
                format!("{after_properties}\n<ds:SignatureValue Id=\"signature-value\">\n"),
                format!(
                    "\n</ds:SignatureValue>\n<ds:KeyInfo>\n<ds:X509Data>\n<ds:X509Certificate>\n\
                     {certificate}\n</ds:X509Certificate>\n</ds:X509Data>\n</ds:KeyInfo>\n<ds:Object>\
                     <xades:QualifyingProperties Target=\"#signature\"><xades:SignedProperties \
                     Id=\"signed-properties\"><xades:SignedSignatureProperties><xades:SigningTime>"
                ),
                format!(
                    "{after_time}{unsigned}</xades:QualifyingProperties></ds:Object>\n\
                     </ds:Signature></asic:XAdESSignatures>"
                ),
            ],
            properties: [
                format!(
                    "<xades:SignedProperties {NAMESPACES} Id=\"signed-properties\">\
                     <xades:SignedSignatureProperties><xades:SigningTime>"
                ),
                expand_empty(&after_time),
            ],
        }
    }

    /// Fills in what is known before the key has signed.
    pub(super) fn draft(&self, data_digest: &[u8], signing_time: OffsetDateTime) -> Draft<'_> {
        let time = date_time(signing_time);
        let [before_time, after_time] = &self.properties;
        let mut properties = String::with_capacity(before_time.len() + time.len() + after_time.len());
        properties.extend([before_time.as_str(), &time, after_time]);
        let data_digest = STANDARD.encode(data_digest);
        let properties_digest = STANDARD.encode(DigestAlgorithm::Sha512.digest(properties.as_bytes()));
        let [before_data, before_properties, after_properties] = &self.signed_info;
        let signed_info =
            [before_data, &data_digest, before_properties, &properties_digest, after_properties]
                .map(String::as_str);
        Draft { template: self, signed_info: signed_info.concat(), data_digest, properties_digest, time }
    }
}

impl Draft<'_> {
    /// The bytes that the key signs.
    pub(super) fn to_be_signed(&self) -> &[u8] {
        self.signed_info.as_bytes()
    }

    /// The document with its value.
    pub(super) fn finish(self, value: &[u8]) -> Vec<u8> {
        let value = STANDARD.encode(value);
        let gaps = [&self.data_digest, &self.properties_digest, &value, &self.time];
        let length: usize = self.template.document.iter().chain(gaps).map(String::len).sum();
        let mut out = Vec::with_capacity(length);
        let mut gaps = gaps.into_iter();
        for piece in &self.template.document {
            out.extend_from_slice(piece.as_bytes());
            if let Some(gap) = gaps.next() {
                out.extend_from_slice(gap.as_bytes());
            }
        }
        out
    }
}

/// Canonical `SignedInfo` around its two digests.
fn signed_info(algorithm: &str, reference: DataReference) -> [String; 3] {
    let uri = match reference {
        DataReference::Message => MESSAGE,
        DataReference::HashChainResult => HASH_CHAIN_RESULT,
    };
    let method = format!("<ds:DigestMethod Algorithm=\"{SHA512}\"></ds:DigestMethod>\n<ds:DigestValue>");
    [
        format!(
            "<ds:SignedInfo {NAMESPACES}>\n\
             <ds:CanonicalizationMethod Algorithm=\"{C14N}\"></ds:CanonicalizationMethod>\n\
             <ds:SignatureMethod Algorithm=\"{algorithm}\"></ds:SignatureMethod>\n\
             <ds:Reference Id=\"signature-reference-0\" URI=\"{uri}\">\n{method}"
        ),
        format!(
            "</ds:DigestValue>\n</ds:Reference>\n\
             <ds:Reference Id=\"signature-reference-1\" Type=\"http://uri.etsi.org/01903#SignedProperties\" \
             URI=\"#signed-properties\">\n{method}"
        ),
        "</ds:DigestValue>\n</ds:Reference>\n</ds:SignedInfo>".to_owned(),
    ]
}

/// `SignedProperties` from after the signing time to its end.
fn after_time(certificate: &Certificate, reference: DataReference) -> String {
    let cert = cert_id(certificate);
    let mime = match reference {
        DataReference::Message => "text/xml",
        DataReference::HashChainResult => "application/hash-chain-result",
    };
    format!(
        "</xades:SigningTime><xades:SigningCertificate><xades:Cert>{cert}</xades:Cert>\
         </xades:SigningCertificate>{POLICY}</xades:SignedSignatureProperties>\
         <xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference=\"#signature-reference-0\">\
         <xades:MimeType>{mime}</xades:MimeType></xades:DataObjectFormat>\
         </xades:SignedDataObjectProperties></xades:SignedProperties>"
    )
}

/// Digest, issuer and serial number of a certificate.
fn cert_id(certificate: &Certificate) -> String {
    let digest = STANDARD.encode(DigestAlgorithm::Sha512.digest(certificate.der()));
    let issuer = escape(&certificate.issuer_rfc2253());
    let serial = certificate.serial_decimal();
    format!(
        "<xades:CertDigest><ds:DigestMethod Algorithm=\"{SHA512}\"/><ds:DigestValue>{digest}</ds:DigestValue>\
         </xades:CertDigest><xades:IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>\
         <ds:X509SerialNumber>{serial}</ds:X509SerialNumber></xades:IssuerSerial>"
    )
}

fn unsigned_properties(material: &SigningMaterial<'_>) -> String {
    let mut out = String::from("<xades:UnsignedProperties><xades:UnsignedSignatureProperties>");
    if !material.intermediates.is_empty() {
        out.push_str("<xades:CompleteCertificateRefs Id=\"complete-certificate-refs\"><xades:CertRefs>");
        for (certificate, number) in material.intermediates.iter().zip(1..) {
            let cert = cert_id(certificate);
            out.push_str(&format!("<xades:Cert URI=\"#encapsulated-cert-{number}\">{cert}</xades:Cert>"));
        }
        out.push_str("</xades:CertRefs></xades:CompleteCertificateRefs><xades:CertificateValues>");
        for (certificate, number) in material.intermediates.iter().zip(1..) {
            out.push_str(&format!("<xades:EncapsulatedX509Certificate Id=\"encapsulated-cert-{number}\">"));
            STANDARD.encode_string(certificate.der(), &mut out);
            out.push_str("</xades:EncapsulatedX509Certificate>");
        }
        out.push_str("</xades:CertificateValues>");
    }
    out.push_str("<xades:RevocationValues><xades:OCSPValues>");
    for (response, number) in material.ocsp_responses.iter().zip(1..) {
        out.push_str(&format!("<xades:EncapsulatedOCSPValue Id=\"ocsp-response-{number}\">"));
        STANDARD.encode_string(response, &mut out);
        out.push_str("</xades:EncapsulatedOCSPValue>");
    }
    out.push_str(
        "</xades:OCSPValues></xades:RevocationValues></xades:UnsignedSignatureProperties>\
         </xades:UnsignedProperties>",
    );
    out
}

/// Canonical `SignedInfo` as it stands in the document: namespaces are those of the root, empty
/// elements are short.
fn shorten(canonical: &str) -> String {
    let mut out = canonical.replace(&format!(" {NAMESPACES}"), "");
    for name in ["CanonicalizationMethod", "SignatureMethod", "DigestMethod"] {
        out = out.replace(&format!("></ds:{name}>"), "/>");
    }
    out
}

/// `<ds:DigestMethod .../>`, the only empty element here, as canonical form writes it.
fn expand_empty(text: &str) -> String {
    text.replace("\"/>", "\"></ds:DigestMethod>")
}

/// Text content as canonical form escapes it, which every reader takes too.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}

/// UTC with milliseconds, as `xsd:dateTime`.
fn date_time(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}
