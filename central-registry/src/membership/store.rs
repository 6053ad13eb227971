//! The membership in the database of the registry.

use globalconf::shared_params::{GlobalGroup, Maintenance, Member, MemberClass, Subsystem};
use identifiers::{ClientId, MemberId, ServerId};
use pki::Certificate;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Instance, Membership, Server};

/// A row that does not hold what this program writes.
#[derive(Debug, thiserror::Error)]
#[error("the registry's database holds {0}, which is not usable")]
pub struct Corrupt(pub String);

/// Why the membership cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A statement failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// See [`Corrupt`].
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

/// The membership; `None` before the first one is applied.
///
/// # Errors
/// [`ReadError`].
pub fn read(transaction: &Transaction<'_>) -> Result<Option<Membership>, ReadError> {
    let Some(instance) = read_instance(transaction)? else { return Ok(None) };
    let classes = rows(transaction, "SELECT code, description FROM member_class ORDER BY code", [], |row| {
        Ok(MemberClass { code: row.get(0)?, description: row.get(1)? })
    })?;
    let members = read_members(transaction, &instance.identifier, &classes)?;
    let servers = read_servers(transaction)?;
    let groups = read_groups(transaction)?;
    Ok(Some(Membership { instance, classes, members, servers, groups }))
}

/// Replaces the whole membership.
///
/// # Errors
/// A statement failed; nothing is changed then.
pub fn replace(transaction: &Transaction<'_>, membership: &Membership) -> Result<(), rusqlite::Error> {
    transaction.execute_batch(
        "DELETE FROM global_group_member; DELETE FROM global_group; DELETE FROM auth_certificate;
         DELETE FROM server_client; DELETE FROM server; DELETE FROM subsystem; DELETE FROM member;
         DELETE FROM member_class; DELETE FROM instance;",
    )?;
    let instance = &membership.instance;
    transaction.execute(
        "INSERT INTO instance VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            instance.identifier,
            instance.operator.to_path(),
            instance.management_address,
            instance.management_certificate,
            instance.ocsp_freshness_seconds,
            instance.timestamping_interval_seconds,
        ],
    )?;
    let mut class = transaction.prepare("INSERT INTO member_class VALUES (?1, ?2)")?;
    for row in &membership.classes {
        class.execute(params![row.code, row.description])?;
    }
    membership.members.iter().try_for_each(|member| write_member(transaction, member))?;
    membership.servers.iter().try_for_each(|server| write_server(transaction, server))?;
    let mut group = transaction.prepare("INSERT INTO global_group VALUES (?1, ?2)")?;
    let mut group_member = transaction.prepare("INSERT INTO global_group_member VALUES (?1, ?2)")?;
    for row in &membership.groups {
        group.execute(params![row.code, row.description])?;
        for member in &row.members {
            group_member.execute(params![row.code, member.to_path()])?;
        }
    }
    Ok(())
}

fn read_instance(transaction: &Transaction<'_>) -> Result<Option<Instance>, ReadError> {
    let sql = "SELECT identifier, operator, management_address, management_certificate,
                      ocsp_freshness_seconds, timestamping_interval_seconds FROM instance";
    let row = transaction.query_row(sql, [], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
    });
    let Some((identifier, operator, address, certificate, freshness, interval)) = row.optional()? else {
        return Ok(None);
    };
    Ok(Some(Instance {
        identifier,
        operator: client(&operator)?,
        management_address: address,
        management_certificate: certificate,
        ocsp_freshness_seconds: freshness,
        timestamping_interval_seconds: interval,
    }))
}

fn read_members(
    transaction: &Transaction<'_>,
    instance: &str,
    classes: &[MemberClass],
) -> Result<Vec<Member>, ReadError> {
    type Texts = (String, String, String);
    let found: Vec<Texts> =
        rows(transaction, "SELECT class, code, name FROM member ORDER BY class, code", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let mut members = Vec::with_capacity(found.len());
    for (class, code, name) in found {
        let id = MemberId::new(instance, &class, &code)
            .map_err(|error| Corrupt(format!("the member {class}/{code} ({error})")))?;
        let sql = "SELECT subsystem, name FROM subsystem WHERE class = ?1 AND code = ?2 ORDER BY subsystem";
        let subsystems = rows(transaction, sql, [&class, &code], |row| {
            Ok(Subsystem { code: row.get(0)?, name: row.get(1)? })
        })?;
        let description = classes.iter().find(|known| known.code == class);
        let class_description = description.map(|class| class.description.clone()).unwrap_or_default();
        members.push(Member { id, class_description, name, subsystems });
    }
    Ok(members)
}

fn read_servers(transaction: &Transaction<'_>) -> Result<Vec<Server>, ReadError> {
    type Texts = (String, Option<String>, bool, Option<String>);
    let sql = "SELECT path, address, in_maintenance, maintenance_message FROM server ORDER BY path";
    let found: Vec<Texts> =
        rows(transaction, sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut servers = Vec::with_capacity(found.len());
    for (path, address, in_maintenance, message) in found {
        let id =
            ServerId::from_path(&path).map_err(|error| Corrupt(format!("the server {path} ({error})")))?;
        let sql = "SELECT client FROM server_client WHERE server = ?1 ORDER BY client";
        let clients: Vec<String> = rows(transaction, sql, [&path], |row| row.get(0))?;
        let clients = clients.iter().map(|path| client(path)).collect::<Result<_, _>>()?;
        let sql = "SELECT certificate FROM auth_certificate WHERE server = ?1 ORDER BY sha256";
        let certificates: Vec<Vec<u8>> = rows(transaction, sql, [&path], |row| row.get(0))?;
        let certificate = |der: &Vec<u8>| {
            Certificate::from_der(der).map_err(|error| Corrupt(format!("a certificate of {path} ({error})")))
        };
        let auth_certificates = certificates.iter().map(certificate).collect::<Result<_, _>>()?;
        let maintenance = in_maintenance.then_some(Maintenance { message });
        servers.push(Server { id, address, clients, auth_certificates, maintenance });
    }
    // The order of paths is not the order of identifiers.
    servers.sort_by(|one, other| one.id.cmp(&other.id));
    servers.iter_mut().for_each(|server| server.clients.sort());
    Ok(servers)
}

fn read_groups(transaction: &Transaction<'_>) -> Result<Vec<GlobalGroup>, ReadError> {
    let found: Vec<(String, String)> =
        rows(transaction, "SELECT code, description FROM global_group ORDER BY code", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut groups = Vec::with_capacity(found.len());
    for (code, description) in found {
        let sql = "SELECT client FROM global_group_member WHERE code = ?1 ORDER BY client";
        let members: Vec<String> = rows(transaction, sql, [&code], |row| row.get(0))?;
        let mut members: Vec<ClientId> = members.iter().map(|path| client(path)).collect::<Result<_, _>>()?;
        members.sort();
        groups.push(GlobalGroup { code, description, members });
    }
    Ok(groups)
}

fn write_member(transaction: &Transaction<'_>, member: &Member) -> Result<(), rusqlite::Error> {
    let (class, code) = (member.id.class(), member.id.code());
    transaction.execute("INSERT INTO member VALUES (?1, ?2, ?3)", params![class, code, member.name])?;
    let mut insert = transaction.prepare_cached("INSERT INTO subsystem VALUES (?1, ?2, ?3, ?4)")?;
    for subsystem in &member.subsystems {
        insert.execute(params![class, code, subsystem.code, subsystem.name])?;
    }
    Ok(())
}

fn write_server(transaction: &Transaction<'_>, server: &Server) -> Result<(), rusqlite::Error> {
    let path = server.id.to_path();
    let message = server.maintenance.as_ref().and_then(|maintenance| maintenance.message.as_deref());
    transaction.execute(
        "INSERT INTO server VALUES (?1, ?2, ?3, ?4)",
        params![path, server.address, server.maintenance.is_some(), message],
    )?;
    let mut insert = transaction.prepare_cached("INSERT INTO server_client VALUES (?1, ?2)")?;
    for client in &server.clients {
        insert.execute(params![path, client.to_path()])?;
    }
    let mut insert = transaction.prepare_cached("INSERT INTO auth_certificate VALUES (?1, ?2, ?3)")?;
    for certificate in &server.auth_certificates {
        insert.execute(params![certificate.sha256(), path, certificate.der()])?;
    }
    Ok(())
}

fn client(path: &str) -> Result<ClientId, Corrupt> {
    ClientId::from_path(path).map_err(|error| Corrupt(format!("the client {path} ({error})")))
}

/// All rows of a query.
pub(crate) fn rows<T>(
    transaction: &Transaction<'_>,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Vec<T>, rusqlite::Error> {
    transaction.prepare_cached(sql)?.query_map(parameters, read)?.collect()
}
