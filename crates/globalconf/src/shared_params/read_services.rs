//! Reads the parts of `shared-params.xml` that name configuration sources and trust services.

use super::model::{
    AcmeServer, ApprovedCa, ApprovedTsa, CaInfo, ConfigurationSource, CostType, CsrFormat, OcspInfo,
};
use crate::xml::{Document, Element, XmlError, base64_bytes, boolean, required, set_once, wrong};

pub(super) fn source(document: &mut Document<'_>) -> Result<ConfigurationSource, XmlError> {
    const NAME: &str = "source";
    let mut address = None;
    let (mut internal, mut external) = (Vec::new(), Vec::new());
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "address" => set_once(&mut address, document.text(&child)?, NAME, "address")?,
            "internalVerificationCert" => internal.push(base64_bytes(document, &child)?),
            "externalVerificationCert" => external.push(base64_bytes(document, &child)?),
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    Ok(ConfigurationSource {
        address: required(address, NAME, "address")?,
        internal_verification_certs: internal,
        external_verification_certs: external,
    })
}

pub(super) fn approved_ca(document: &mut Document<'_>) -> Result<ApprovedCa, XmlError> {
    const NAME: &str = "approvedCA";
    let (mut name, mut authentication_only, mut top_ca, mut profile) = (None, None, None, None);
    let (mut csr_format, mut acme, mut intermediate_cas) = (None, None, Vec::new());
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "name" => set_once(&mut name, document.text(&child)?, NAME, "name")?,
            "authenticationOnly" => {
                set_once(&mut authentication_only, boolean(document, &child)?, NAME, "authenticationOnly")?;
            }
            "topCA" => set_once(&mut top_ca, ca_info(document, "topCA")?, NAME, "topCA")?,
            "intermediateCA" => intermediate_cas.push(ca_info(document, "intermediateCA")?),
            "certificateProfileInfo" => {
                set_once(&mut profile, document.text(&child)?, NAME, "certificateProfileInfo")?;
            }
            "defaultCsrFormat" => {
                set_once(&mut csr_format, self::csr_format(document, &child)?, NAME, "defaultCsrFormat")?;
            }
            "acmeServer" => set_once(&mut acme, acme_server(document)?, NAME, "acmeServer")?,
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    Ok(ApprovedCa {
        name: required(name, NAME, "name")?,
        authentication_only,
        top_ca: required(top_ca, NAME, "topCA")?,
        intermediate_cas,
        certificate_profile_info: required(profile, NAME, "certificateProfileInfo")?,
        default_csr_format: csr_format,
        acme_server: acme,
    })
}

fn ca_info(document: &mut Document<'_>, name: &'static str) -> Result<CaInfo, XmlError> {
    let (mut cert, mut ocsp) = (None, Vec::new());
    while let Some(child) = document.next_child(name)? {
        match child.name() {
            "cert" => set_once(&mut cert, base64_bytes(document, &child)?, name, "cert")?,
            "ocsp" => ocsp.push(ocsp_info(document)?),
            _ => return Err(child.unexpected_in(name)),
        }
    }
    Ok(CaInfo { cert: required(cert, name, "cert")?, ocsp })
}

fn ocsp_info(document: &mut Document<'_>) -> Result<OcspInfo, XmlError> {
    const NAME: &str = "ocsp";
    let (mut url, mut cert, mut cost) = (None, None, None);
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "url" => set_once(&mut url, document.text(&child)?, NAME, "url")?,
            "cert" => set_once(&mut cert, base64_bytes(document, &child)?, NAME, "cert")?,
            "costType" => set_once(&mut cost, cost_type(document, &child)?, NAME, "costType")?,
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    Ok(OcspInfo { url: required(url, NAME, "url")?, cert, cost_type: cost })
}

fn acme_server(document: &mut Document<'_>) -> Result<AcmeServer, XmlError> {
    const NAME: &str = "acmeServer";
    let (mut directory, mut address, mut authentication, mut signing) = (None, None, None, None);
    while let Some(child) = document.next_child(NAME)? {
        let (slot, name) = match child.name() {
            "directoryURL" => (&mut directory, "directoryURL"),
            "ipAddress" => (&mut address, "ipAddress"),
            "authenticationCertificateProfileId" => {
                (&mut authentication, "authenticationCertificateProfileId")
            }
            "signingCertificateProfileId" => (&mut signing, "signingCertificateProfileId"),
            _ => return Err(child.unexpected_in(NAME)),
        };
        set_once(slot, document.text(&child)?, NAME, name)?;
    }
    Ok(AcmeServer {
        directory_url: required(directory, NAME, "directoryURL")?,
        ip_address: address,
        authentication_profile_id: authentication,
        signing_profile_id: signing,
    })
}

pub(super) fn approved_tsa(document: &mut Document<'_>) -> Result<ApprovedTsa, XmlError> {
    const NAME: &str = "approvedTSA";
    let (mut name, mut url, mut cert, mut cost) = (None, None, None, None);
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "name" => set_once(&mut name, document.text(&child)?, NAME, "name")?,
            "url" => set_once(&mut url, document.text(&child)?, NAME, "url")?,
            "cert" => set_once(&mut cert, base64_bytes(document, &child)?, NAME, "cert")?,
            "costType" => set_once(&mut cost, cost_type(document, &child)?, NAME, "costType")?,
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    Ok(ApprovedTsa {
        name: required(name, NAME, "name")?,
        url: required(url, NAME, "url")?,
        cert: required(cert, NAME, "cert")?,
        cost_type: cost,
    })
}

fn cost_type(document: &mut Document<'_>, element: &Element) -> Result<CostType, XmlError> {
    match document.text(element)?.as_str() {
        "FREE" => Ok(CostType::Free),
        "PAID" => Ok(CostType::Paid),
        "UNDEFINED" => Ok(CostType::Undefined),
        _ => Err(wrong(element, "is not a cost type")),
    }
}

fn csr_format(document: &mut Document<'_>, element: &Element) -> Result<CsrFormat, XmlError> {
    match document.text(element)?.as_str() {
        "PEM" => Ok(CsrFormat::Pem),
        "DER" => Ok(CsrFormat::Der),
        _ => Err(wrong(element, "is neither PEM nor DER")),
    }
}
