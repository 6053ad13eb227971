//! What is registered and the rules that it obeys. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use globalconf::shared_params::{GlobalGroup, Maintenance, Member, MemberClass};
use identifiers::{ClientId, ServerId};
use pki::Certificate;

/// Longest text that is published, in characters: the width of X-Road's database columns.
const MAX_TEXT_CHARS: usize = 255;

/// Who takes part in the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The instance itself.
    pub instance: Instance,
    /// Classes of members.
    pub classes: Vec<MemberClass>,
    /// Members with their subsystems.
    pub members: Vec<Member>,
    /// Security servers.
    pub servers: Vec<Server>,
    /// Global groups.
    pub groups: Vec<GlobalGroup>,
}

/// The instance and what holds for all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Identifier; never changes.
    pub identifier: String,
    /// Who serves management requests: a member or subsystem.
    pub operator: ClientId,
    /// Address of the service that registers authentication certificates; derived from the registry's
    /// own address without it.
    pub management_address: Option<String>,
    /// TLS certificate of that service, DER.
    pub management_certificate: Option<Vec<u8>>,
    /// How old an OCSP response may be.
    pub ocsp_freshness_seconds: u32,
    /// Interval between batch timestamps.
    pub timestamping_interval_seconds: u32,
}

/// A security server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Owner and code.
    pub id: ServerId,
    /// Host under which other servers reach it.
    pub address: Option<String>,
    /// Members and subsystems registered at it; the owner need not be listed.
    pub clients: Vec<ClientId>,
    /// Registered authentication certificates.
    pub auth_certificates: Vec<Certificate>,
    /// Maintenance mode.
    pub maintenance: Option<Maintenance>,
}

impl Membership {
    /// Everything that is wrong, in words; empty when the membership may be published.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.check_instance(&mut problems);
        let clients = self.check_members(&mut problems);
        self.check_servers(&clients, &mut problems);
        self.check_groups(&clients, &mut problems);
        problems
    }

    /// Puts everything into the order of its names, so that equal memberships are equal.
    pub fn sort(&mut self) {
        self.classes.sort_by(|one, other| one.code.cmp(&other.code));
        self.members.sort_by(|one, other| one.id.cmp(&other.id));
        self.members.iter_mut().for_each(|member| {
            member.subsystems.sort_by(|one, other| one.code.cmp(&other.code));
        });
        self.servers.sort_by(|one, other| one.id.cmp(&other.id));
        for server in &mut self.servers {
            server.clients.sort();
            server.auth_certificates.sort_by(|one, other| one.sha256().cmp(other.sha256()));
        }
        self.groups.sort_by(|one, other| one.code.cmp(&other.code));
        self.groups.iter_mut().for_each(|group| group.members.sort());
    }

    /// The server with this identifier.
    pub fn server_mut(&mut self, id: &ServerId) -> Option<&mut Server> {
        self.servers.iter_mut().find(|server| server.id == *id)
    }

    fn check_instance(&self, problems: &mut Vec<String>) {
        let Instance { identifier, operator, ocsp_freshness_seconds, timestamping_interval_seconds, .. } =
            &self.instance;
        check_text("the instance", identifier, problems);
        if *ocsp_freshness_seconds == 0 {
            problems
                .push("ocsp_freshness_seconds must not be 0: every OCSP response would be too old".into());
        }
        if !(60..=86_400).contains(timestamping_interval_seconds) {
            problems.push("timestamping_interval_seconds must be between 60 and 86400".into());
        }
        let known = self.members.iter().any(|member| member.id == *operator.member());
        if !known {
            problems.push(format!("the operator {operator} is not a member"));
        }
    }

    /// Checks classes and members; gives all members and subsystems.
    fn check_members(&self, problems: &mut Vec<String>) -> BTreeSet<ClientId> {
        let mut classes = BTreeSet::new();
        for class in &self.classes {
            check_text(&format!("member class {}", class.code), &class.code, problems);
            if !classes.insert(class.code.as_str()) {
                problems.push(format!("member class {} is declared twice", class.code));
            }
        }
        let mut clients = BTreeSet::new();
        for member in &self.members {
            let what = format!("member {}", member.id.to_path());
            check_text(&what, &member.name, problems);
            if member.id.instance() != self.instance.identifier {
                problems.push(format!("{what} is not of the instance {}", self.instance.identifier));
            }
            if !classes.contains(member.id.class()) {
                problems.push(format!("{what} has the class {}, which is not declared", member.id.class()));
            }
            if !clients.insert(ClientId::from(member.id.clone())) {
                problems.push(format!("{what} is declared twice"));
            }
            for subsystem in &member.subsystems {
                match ClientId::new(member.id.clone(), Some(&subsystem.code)) {
                    Err(error) => problems.push(format!("{what}: {error}")),
                    Ok(client) if !clients.contains(&client) => {
                        clients.insert(client);
                    }
                    Ok(client) => problems.push(format!("subsystem {} is declared twice", client.to_path())),
                }
            }
        }
        clients
    }

    fn check_servers(&self, clients: &BTreeSet<ClientId>, problems: &mut Vec<String>) {
        let mut ids = BTreeSet::new();
        let mut certificates: BTreeMap<[u8; 32], &ServerId> = BTreeMap::new();
        for server in &self.servers {
            let what = format!("server {}", server.id.to_path());
            if !ids.insert(&server.id) {
                problems.push(format!("{what} is declared twice"));
            }
            if !clients.contains(&ClientId::from(server.id.member().clone())) {
                problems.push(format!("{what} has an owner that is not a member"));
            }
            if let Some(address) = &server.address
                && (address.is_empty() || address.contains(['/', ' ']))
            {
                problems.push(format!("{what}: the address {address:?} is not a host (without https://)"));
            }
            let mut hosted = BTreeSet::new();
            for client in &server.clients {
                if !clients.contains(client) {
                    problems.push(format!("{what} hosts {}, which is not declared", client.to_path()));
                }
                if !hosted.insert(client) {
                    problems.push(format!("{what} hosts {} twice", client.to_path()));
                }
            }
            for certificate in &server.auth_certificates {
                if !certificate.is_auth_cert() {
                    problems.push(format!(
                        "{what}: {} is not an authentication certificate",
                        certificate.subject()
                    ));
                }
                if let Some(other) = certificates.insert(*certificate.sha256(), &server.id) {
                    let subject = certificate.subject();
                    problems.push(format!("{what}: the certificate {subject} is registered for {other} too"));
                }
            }
        }
    }

    fn check_groups(&self, clients: &BTreeSet<ClientId>, problems: &mut Vec<String>) {
        let mut codes = BTreeSet::new();
        for group in &self.groups {
            let what = format!("global group {}", group.code);
            check_text(&what, &group.code, problems);
            if !codes.insert(group.code.as_str()) {
                problems.push(format!("{what} is declared twice"));
            }
            let mut members = BTreeSet::new();
            for member in &group.members {
                let ours = member.instance() == self.instance.identifier;
                if ours && !clients.contains(member) {
                    problems.push(format!("{what} has {}, which is not declared", member.to_path()));
                }
                if !members.insert(member) {
                    problems.push(format!("{what} has {} twice", member.to_path()));
                }
            }
        }
    }
}

/// A text that is published must be there, be short and hold no control characters.
fn check_text(what: &str, text: &str, problems: &mut Vec<String>) {
    if text.trim().is_empty() {
        problems.push(format!("{what} has an empty name"));
    }
    if text.chars().count() > MAX_TEXT_CHARS || text.chars().any(char::is_control) {
        problems.push(format!("{what} has a name that is too long or holds a control character"));
    }
}
