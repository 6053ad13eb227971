//! The approved services in the database of the registry.

use globalconf::shared_params::{AcmeServer, ApprovedCa, ApprovedTsa, CaInfo, CostType, CsrFormat, OcspInfo};
use rusqlite::{Row, Transaction, params};

use super::TrustServices;

/// The approved services.
///
/// # Errors
/// A statement failed.
pub fn read(transaction: &Transaction<'_>) -> Result<TrustServices, rusqlite::Error> {
    let sql =
        "SELECT name, authentication_only, profile, default_csr_format, acme_directory, acme_ip_address,
                      acme_authentication_profile, acme_signing_profile
               FROM certification_service ORDER BY position";
    let services: Vec<ApprovedCa> =
        transaction.prepare(sql)?.query_map([], read_service)?.collect::<Result<_, _>>()?;
    let mut certification = Vec::with_capacity(services.len());
    for mut service in services {
        let mut authorities = read_authorities(transaction, &service.name)?.into_iter();
        service.top_ca = authorities.next().unwrap_or_default();
        service.intermediate_cas = authorities.collect();
        certification.push(service);
    }
    let sql = "SELECT name, url, certificate, cost_type FROM timestamping_service ORDER BY position";
    let timestamping = transaction
        .prepare(sql)?
        .query_map([], |row| {
            let cost_type = row.get::<_, Option<String>>(3)?.as_deref().map(cost_type);
            Ok(ApprovedTsa { name: row.get(0)?, url: row.get(1)?, cert: row.get(2)?, cost_type })
        })?
        .collect::<Result<_, _>>()?;
    Ok(TrustServices { certification, timestamping })
}

/// Replaces all approved services.
///
/// # Errors
/// A statement failed; nothing is changed then.
pub fn replace(transaction: &Transaction<'_>, services: &TrustServices) -> Result<(), rusqlite::Error> {
    transaction.execute_batch(
        "DELETE FROM ocsp_responder; DELETE FROM certification_authority; DELETE FROM certification_service;
         DELETE FROM timestamping_service;",
    )?;
    for (position, service) in services.certification.iter().enumerate() {
        write_service(transaction, position, service)?;
        for (authority, info) in std::iter::once(&service.top_ca).chain(&service.intermediate_cas).enumerate()
        {
            write_authority(transaction, &service.name, authority, info)?;
        }
    }
    let mut insert = transaction.prepare("INSERT INTO timestamping_service VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (position, service) in services.timestamping.iter().enumerate() {
        let cost = service.cost_type.map(cost_text);
        insert.execute(params![service.name, number(position), service.url, service.cert, cost])?;
    }
    Ok(())
}

fn read_service(row: &Row<'_>) -> Result<ApprovedCa, rusqlite::Error> {
    let directory: Option<String> = row.get(4)?;
    let acme_server = match directory {
        None => None,
        Some(directory_url) => Some(AcmeServer {
            directory_url,
            ip_address: row.get(5)?,
            authentication_profile_id: row.get(6)?,
            signing_profile_id: row.get(7)?,
        }),
    };
    let format: Option<String> = row.get(3)?;
    Ok(ApprovedCa {
        name: row.get(0)?,
        authentication_only: row.get(1)?,
        top_ca: CaInfo::default(),
        intermediate_cas: Vec::new(),
        certificate_profile_info: row.get(2)?,
        default_csr_format: format.map(|text| if text == "DER" { CsrFormat::Der } else { CsrFormat::Pem }),
        acme_server,
    })
}

fn read_authorities(transaction: &Transaction<'_>, service: &str) -> Result<Vec<CaInfo>, rusqlite::Error> {
    let mut certificates = transaction.prepare_cached(
        "SELECT position, certificate FROM certification_authority WHERE service = ?1 ORDER BY position",
    )?;
    let mut responders = transaction.prepare_cached(
        "SELECT url, certificate, cost_type FROM ocsp_responder
         WHERE service = ?1 AND authority = ?2 ORDER BY position",
    )?;
    let found: Vec<(i64, Vec<u8>)> =
        certificates.query_map([service], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut authorities = Vec::with_capacity(found.len());
    for (position, cert) in found {
        let ocsp = responders.query_map(params![service, position], |row| {
            let cost_type = row.get::<_, Option<String>>(2)?.as_deref().map(cost_type);
            Ok(OcspInfo { url: row.get(0)?, cert: row.get(1)?, cost_type })
        })?;
        authorities.push(CaInfo { cert, ocsp: ocsp.collect::<Result<_, _>>()? });
    }
    Ok(authorities)
}

fn write_service(
    transaction: &Transaction<'_>,
    position: usize,
    service: &ApprovedCa,
) -> Result<(), rusqlite::Error> {
    let acme = service.acme_server.as_ref();
    let format = service.default_csr_format.map(|format| match format {
        CsrFormat::Pem => "PEM",
        CsrFormat::Der => "DER",
    });
    transaction.execute(
        "INSERT INTO certification_service VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            service.name,
            number(position),
            service.authentication_only,
            service.certificate_profile_info,
            format,
            acme.map(|acme| &acme.directory_url),
            acme.and_then(|acme| acme.ip_address.as_ref()),
            acme.and_then(|acme| acme.authentication_profile_id.as_ref()),
            acme.and_then(|acme| acme.signing_profile_id.as_ref()),
        ],
    )?;
    Ok(())
}

fn write_authority(
    transaction: &Transaction<'_>,
    service: &str,
    authority: usize,
    info: &CaInfo,
) -> Result<(), rusqlite::Error> {
    transaction.execute(
        "INSERT INTO certification_authority VALUES (?1, ?2, ?3)",
        params![service, number(authority), info.cert],
    )?;
    let mut insert =
        transaction.prepare_cached("INSERT INTO ocsp_responder VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for (position, ocsp) in info.ocsp.iter().enumerate() {
        let cost = ocsp.cost_type.map(cost_text);
        insert.execute(params![service, number(authority), number(position), ocsp.url, ocsp.cert, cost])?;
    }
    Ok(())
}

/// Positions are small; SQLite counts with signed numbers.
fn number(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

fn cost_type(text: &str) -> CostType {
    match text {
        "FREE" => CostType::Free,
        "PAID" => CostType::Paid,
        _ => CostType::Undefined,
    }
}

const fn cost_text(cost: CostType) -> &'static str {
    match cost {
        CostType::Free => "FREE",
        CostType::Paid => "PAID",
        CostType::Undefined => "UNDEFINED",
    }
}
