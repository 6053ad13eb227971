//! Writes `shared-params.xml` in each format version.

use std::collections::HashMap;

use identifiers::ClientId;

use super::ROOT;
use super::model::{
    AcmeServer, ApprovedCa, ApprovedTsa, AuthCertHash, CaInfo, ConfigurationSource, CostType, CsrFormat,
    GlobalGroup, Member, MemberClass, SecurityServer, SharedParams,
};
use crate::version::FormatVersion;
use crate::xml::{WriteError, Writer, write_client_id};

/// The `id` attribute of each member and subsystem.
type Ids = HashMap<ClientId, String>;

impl SharedParams {
    /// Writes the file in this format version. What the version cannot express is left out, see
    /// [`SharedParams::as_version`].
    ///
    /// # Errors
    /// A text that XML cannot carry, a client that is not listed, a hash that is not known, or no
    /// source where the version demands one.
    pub fn write(&self, version: FormatVersion) -> Result<Vec<u8>, WriteError> {
        let params = self.as_version(version);
        if version >= FormatVersion::V3 && params.sources.is_empty() {
            return Err(WriteError::MissingValue { element: "source", problem: "at least one is needed" });
        }
        let mut writer = Writer::document(ROOT);
        writer.leaf("instanceIdentifier", &params.instance)?;
        params.sources.iter().try_for_each(|source| write_source(&mut writer, source))?;
        params.approved_cas.iter().try_for_each(|ca| write_ca(&mut writer, ca))?;
        params.approved_tsas.iter().try_for_each(|tsa| write_tsa(&mut writer, tsa))?;
        let mut ids = Ids::new();
        params.members.iter().try_for_each(|member| write_member(&mut writer, member, &mut ids))?;
        params.servers.iter().try_for_each(|server| write_server(&mut writer, server, &ids, version))?;
        params.global_groups.iter().try_for_each(|group| write_group(&mut writer, group))?;
        writer.open("globalSettings", &[])?;
        params.member_classes.iter().try_for_each(|class| write_class(&mut writer, class))?;
        writer.leaf("ocspFreshnessSeconds", &params.ocsp_freshness_seconds.to_string())?;
        writer.close("globalSettings");
        Ok(writer.finish(ROOT))
    }
}

fn write_source(writer: &mut Writer, source: &ConfigurationSource) -> Result<(), WriteError> {
    writer.open("source", &[])?;
    writer.leaf("address", &source.address)?;
    for cert in &source.internal_verification_certs {
        writer.base64_leaf("internalVerificationCert", cert)?;
    }
    for cert in &source.external_verification_certs {
        writer.base64_leaf("externalVerificationCert", cert)?;
    }
    writer.close("source");
    Ok(())
}

fn write_ca(writer: &mut Writer, ca: &ApprovedCa) -> Result<(), WriteError> {
    writer.open("approvedCA", &[])?;
    writer.leaf("name", &ca.name)?;
    writer.optional_leaf(
        "authenticationOnly",
        ca.authentication_only.map(|only| if only { "true" } else { "false" }),
    )?;
    write_ca_info(writer, "topCA", &ca.top_ca)?;
    ca.intermediate_cas.iter().try_for_each(|info| write_ca_info(writer, "intermediateCA", info))?;
    writer.leaf("certificateProfileInfo", &ca.certificate_profile_info)?;
    let format = ca.default_csr_format.map(|format| match format {
        CsrFormat::Pem => "PEM",
        CsrFormat::Der => "DER",
    });
    writer.optional_leaf("defaultCsrFormat", format)?;
    if let Some(acme) = &ca.acme_server {
        write_acme(writer, acme)?;
    }
    writer.close("approvedCA");
    Ok(())
}

fn write_ca_info(writer: &mut Writer, name: &'static str, info: &CaInfo) -> Result<(), WriteError> {
    writer.open(name, &[])?;
    writer.base64_leaf("cert", &info.cert)?;
    for ocsp in &info.ocsp {
        writer.open("ocsp", &[])?;
        writer.leaf("url", &ocsp.url)?;
        if let Some(cert) = &ocsp.cert {
            writer.base64_leaf("cert", cert)?;
        }
        writer.optional_leaf("costType", ocsp.cost_type.map(cost_type))?;
        writer.close("ocsp");
    }
    writer.close(name);
    Ok(())
}

fn write_acme(writer: &mut Writer, acme: &AcmeServer) -> Result<(), WriteError> {
    writer.open("acmeServer", &[])?;
    writer.leaf("directoryURL", &acme.directory_url)?;
    writer.optional_leaf("ipAddress", acme.ip_address.as_deref())?;
    writer.optional_leaf("authenticationCertificateProfileId", acme.authentication_profile_id.as_deref())?;
    writer.optional_leaf("signingCertificateProfileId", acme.signing_profile_id.as_deref())?;
    writer.close("acmeServer");
    Ok(())
}

fn write_tsa(writer: &mut Writer, tsa: &ApprovedTsa) -> Result<(), WriteError> {
    writer.open("approvedTSA", &[])?;
    writer.leaf("name", &tsa.name)?;
    writer.leaf("url", &tsa.url)?;
    writer.base64_leaf("cert", &tsa.cert)?;
    writer.optional_leaf("costType", tsa.cost_type.map(cost_type))?;
    writer.close("approvedTSA");
    Ok(())
}

fn write_member(writer: &mut Writer, member: &Member, ids: &mut Ids) -> Result<(), WriteError> {
    let client = ClientId::from(member.id.clone());
    writer.open("member", &[("id", &new_id(ids, client)?)])?;
    let class =
        MemberClass { code: member.id.class().to_owned(), description: member.class_description.clone() };
    write_class(writer, &class)?;
    writer.leaf("memberCode", member.id.code())?;
    writer.leaf("name", &member.name)?;
    for subsystem in &member.subsystems {
        let client = ClientId::new(member.id.clone(), Some(&subsystem.code));
        let client = client.map_err(|_| WriteError::MissingValue {
            element: "subsystemCode",
            problem: "the code is not one that can stand in an identifier",
        })?;
        writer.open("subsystem", &[("id", &new_id(ids, client)?)])?;
        writer.leaf("subsystemCode", &subsystem.code)?;
        writer.optional_leaf("subsystemName", subsystem.name.as_deref())?;
        writer.close("subsystem");
    }
    writer.close("member");
    Ok(())
}

/// X-Road numbers members and subsystems in the order of the document.
fn new_id(ids: &mut Ids, client: ClientId) -> Result<String, WriteError> {
    let id = format!("id{}", ids.len());
    if ids.contains_key(&client) {
        return Err(WriteError::RepeatedClient { client: client.to_string() });
    }
    ids.insert(client, id.clone());
    Ok(id)
}

fn write_class(writer: &mut Writer, class: &MemberClass) -> Result<(), WriteError> {
    writer.open("memberClass", &[])?;
    writer.leaf("code", &class.code)?;
    writer.leaf("description", &class.description)?;
    writer.close("memberClass");
    Ok(())
}

fn write_server(
    writer: &mut Writer,
    server: &SecurityServer,
    ids: &Ids,
    version: FormatVersion,
) -> Result<(), WriteError> {
    writer.open("securityServer", &[])?;
    writer.leaf("owner", reference(ids, &ClientId::from(server.id.member().clone()))?)?;
    writer.leaf("serverCode", server.id.code())?;
    writer.optional_leaf("address", server.address.as_deref())?;
    for hash in &server.auth_certs {
        writer.base64_leaf("authCertHash", published_hash(hash, version)?)?;
    }
    for client in &server.clients {
        writer.leaf("client", reference(ids, client)?)?;
    }
    if let Some(maintenance) = &server.maintenance {
        writer.open("inMaintenanceMode", &[])?;
        writer.optional_leaf("message", maintenance.message.as_deref())?;
        writer.close("inMaintenanceMode");
    }
    writer.close("securityServer");
    Ok(())
}

fn reference<'a>(ids: &'a Ids, client: &ClientId) -> Result<&'a str, WriteError> {
    let id = ids.get(client).map(String::as_str);
    id.ok_or_else(|| WriteError::UnknownClient { client: client.to_string() })
}

fn published_hash(hash: &AuthCertHash, version: FormatVersion) -> Result<&[u8], WriteError> {
    let bytes = if version.lists_sha1() {
        hash.sha1.as_ref().map(<[u8; 20]>::as_slice)
    } else {
        hash.sha256.as_ref().map(<[u8; 32]>::as_slice)
    };
    let problem = "the hash of this format version is not known";
    bytes.ok_or(WriteError::MissingValue { element: "authCertHash", problem })
}

fn write_group(writer: &mut Writer, group: &GlobalGroup) -> Result<(), WriteError> {
    writer.open("globalGroup", &[])?;
    writer.leaf("groupCode", &group.code)?;
    writer.leaf("description", &group.description)?;
    group.members.iter().try_for_each(|member| write_client_id(writer, "groupMember", member))?;
    writer.close("globalGroup");
    Ok(())
}

const fn cost_type(cost: CostType) -> &'static str {
    match cost {
        CostType::Free => "FREE",
        CostType::Paid => "PAID",
        CostType::Undefined => "UNDEFINED",
    }
}
