//! Private parameters: management service, federation anchors, timestamping interval.
//!
//! V2 has a schema of its own, which differs from that of V3 to V6 only by the closed tail; what is
//! written here is valid in all of them.

use identifiers::ClientId;

use crate::anchor::Anchor;
use crate::version::FormatVersion;
use crate::xml::{
    Document, WriteError, Writer, XmlError, base64_bytes, client_id, number, required, set_once,
    write_client_id,
};

/// Root element of the file.
const ROOT: &str = "conf";

/// What one instance tells its own members only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateParams {
    /// Identifier of the instance.
    pub instance: String,
    /// Anchors of federated instances.
    pub federation_anchors: Vec<Anchor>,
    /// Where authentication certificates are registered.
    pub management_service: ManagementService,
    /// Wanted interval between batch timestamps, in seconds, as published.
    pub timestamping_interval_seconds: u32,
}

/// How servers reach the services of the instance's operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagementService {
    /// Address of the service that registers authentication certificates.
    pub auth_cert_reg_service_address: String,
    /// TLS certificate of that service, DER.
    pub auth_cert_reg_service_cert: Option<Vec<u8>>,
    /// Client that serves the other management requests.
    pub service_provider: ClientId,
}

impl PrivateParams {
    /// Reads the file. From V3 on unknown elements at its end are passed over.
    ///
    /// # Errors
    /// See [`XmlError`].
    pub fn parse(bytes: &[u8], version: FormatVersion) -> Result<Self, XmlError> {
        let mut document = Document::open(bytes, ROOT)?;
        let (mut instance, mut anchors, mut service, mut interval) = (None, Vec::new(), None, None);
        while let Some(child) = document.next_child(ROOT)? {
            match child.name() {
                "instanceIdentifier" => {
                    set_once(&mut instance, document.text(&child)?, ROOT, "instanceIdentifier")?;
                }
                "configurationAnchor" => anchors.push(Anchor::read(&mut document)?),
                "managementService" => {
                    set_once(
                        &mut service,
                        ManagementService::read(&mut document)?,
                        ROOT,
                        "managementService",
                    )?;
                }
                "timeStampingIntervalSeconds" => {
                    set_once(
                        &mut interval,
                        number(&mut document, &child)?,
                        ROOT,
                        "timeStampingIntervalSeconds",
                    )?;
                }
                _ if version >= FormatVersion::V3 => document.skip()?,
                _ => return Err(child.unexpected_in(ROOT)),
            }
        }
        document.finish()?;
        Ok(Self {
            instance: required(instance, ROOT, "instanceIdentifier")?,
            federation_anchors: anchors,
            management_service: required(service, ROOT, "managementService")?,
            timestamping_interval_seconds: required(interval, ROOT, "timeStampingIntervalSeconds")?,
        })
    }

    /// Writes the file; it is the same in all format versions.
    ///
    /// # Errors
    /// A text that XML cannot carry.
    pub fn write(&self) -> Result<Vec<u8>, WriteError> {
        let mut writer = Writer::document(ROOT);
        writer.leaf("instanceIdentifier", &self.instance)?;
        for anchor in &self.federation_anchors {
            writer.open("configurationAnchor", &[])?;
            anchor.write_content(&mut writer)?;
            writer.close("configurationAnchor");
        }
        self.management_service.write(&mut writer)?;
        writer.leaf("timeStampingIntervalSeconds", &self.timestamping_interval_seconds.to_string())?;
        Ok(writer.finish(ROOT))
    }
}

impl ManagementService {
    fn read(document: &mut Document<'_>) -> Result<Self, XmlError> {
        const NAME: &str = "managementService";
        let (mut address, mut cert, mut provider) = (None, None, None);
        while let Some(child) = document.next_child(NAME)? {
            match child.name() {
                "authCertRegServiceAddress" => {
                    set_once(&mut address, document.text(&child)?, NAME, "authCertRegServiceAddress")?;
                }
                "authCertRegServiceCert" => {
                    set_once(&mut cert, base64_bytes(document, &child)?, NAME, "authCertRegServiceCert")?;
                }
                "managementRequestServiceProviderId" => {
                    let id = client_id(document, &child)?;
                    set_once(&mut provider, id, NAME, "managementRequestServiceProviderId")?;
                }
                _ => return Err(child.unexpected_in(NAME)),
            }
        }
        Ok(Self {
            auth_cert_reg_service_address: required(address, NAME, "authCertRegServiceAddress")?,
            auth_cert_reg_service_cert: cert,
            service_provider: required(provider, NAME, "managementRequestServiceProviderId")?,
        })
    }

    fn write(&self, writer: &mut Writer) -> Result<(), WriteError> {
        writer.open("managementService", &[])?;
        writer.leaf("authCertRegServiceAddress", &self.auth_cert_reg_service_address)?;
        if let Some(cert) = &self.auth_cert_reg_service_cert {
            writer.base64_leaf("authCertRegServiceCert", cert)?;
        }
        write_client_id(writer, "managementRequestServiceProviderId", &self.service_provider)?;
        writer.close("managementService");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
