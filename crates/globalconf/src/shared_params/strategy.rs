//! Arbitrary shared parameters, for property tests.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::model::*;
use crate::vectors;

/// A name as people write them, with everything that XML must escape.
fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9äõü市&<>\"'.-][A-Za-z0-9 äõü町&<>\"'.-]{0,12}"
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 1..50)
}

fn cost() -> impl Strategy<Value = Option<CostType>> {
    option::of(prop_oneof![Just(CostType::Free), Just(CostType::Paid), Just(CostType::Undefined)])
}

prop_compose! {
    fn source()(address in name(), internal in vec(bytes(), 0..3), external in vec(bytes(), 0..3)) -> ConfigurationSource {
        ConfigurationSource { address, internal_verification_certs: internal, external_verification_certs: external }
    }
}

prop_compose! {
    fn ca_info()(cert in bytes(), ocsp in vec((name(), option::of(bytes()), cost()), 0..3)) -> CaInfo {
        let ocsp = ocsp.into_iter().map(|(url, cert, cost_type)| OcspInfo { url, cert, cost_type });
        CaInfo { cert, ocsp: ocsp.collect() }
    }
}

prop_compose! {
    fn acme()(directory_url in name(), ip_address in option::of(name()), one in option::of(name()), two in option::of(name())) -> AcmeServer {
        AcmeServer { directory_url, ip_address, authentication_profile_id: one, signing_profile_id: two }
    }
}

prop_compose! {
    fn ca()(
        name in name(),
        authentication_only in option::of(any::<bool>()),
        top_ca in ca_info(),
        intermediate_cas in vec(ca_info(), 0..2),
        profile in name(),
        format in option::of(prop_oneof![Just(CsrFormat::Pem), Just(CsrFormat::Der)]),
        acme_server in option::of(acme()),
    ) -> ApprovedCa {
        ApprovedCa {
            name, authentication_only, top_ca, intermediate_cas,
            certificate_profile_info: profile, default_csr_format: format, acme_server,
        }
    }
}

prop_compose! {
    fn tsa()(name in name(), url in name(), cert in bytes(), cost_type in cost()) -> ApprovedTsa {
        ApprovedTsa { name, url, cert, cost_type }
    }
}

prop_compose! {
    /// Members with different codes.
    fn members()(members in vec((name(), name(), vec(option::of(name()), 0..3)), 1..4)) -> Vec<Member> {
        let member = |(number, (class_description, name, names)): (usize, (String, String, Vec<Option<String>>))| Member {
            id: vectors::member(&format!("EE/GOV/{number}")),
            class_description,
            name,
            subsystems: names.into_iter().enumerate().map(|(number, name)| Subsystem { code: format!("s&{number}"), name }).collect(),
        };
        members.into_iter().enumerate().map(member).collect()
    }
}

fn clients_of(members: &[Member]) -> Vec<identifiers::ClientId> {
    let of = |member: &Member| {
        let subsystems = member.subsystems.iter();
        let subsystems =
            subsystems.map(|sub| identifiers::ClientId::new(member.id.clone(), Some(&sub.code)).unwrap());
        std::iter::once(member.id.clone().into()).chain(subsystems).collect::<Vec<_>>()
    };
    members.iter().flat_map(of).collect()
}

prop_compose! {
    fn server(members: Vec<Member>)(
        owner in prop::sample::select(members.clone()),
        code in name(),
        address in option::of(name()),
        hashes in vec((any::<[u8; 20]>(), any::<[u8; 32]>()), 0..3),
        clients in prop::sample::subsequence(clients_of(&members), 0..=clients_of(&members).len()),
        maintenance in option::of(option::of(name())),
    ) -> SecurityServer {
        let hash = |(sha1, sha256)| AuthCertHash { sha1: Some(sha1), sha256: Some(sha256) };
        SecurityServer {
            id: identifiers::ServerId::new(owner.id.clone(), &code).unwrap(),
            address,
            auth_certs: hashes.into_iter().map(hash).collect(),
            clients,
            maintenance: maintenance.map(|message| Maintenance { message }),
        }
    }
}

/// Shared parameters of the instance EE as a registry would hold them.
pub(crate) fn shared_params() -> impl Strategy<Value = SharedParams> {
    members().prop_flat_map(|members| {
        let clients = clients_of(&members);
        let group = (name(), name(), prop::sample::subsequence(clients.clone(), 0..=clients.len()));
        (
            (vec(source(), 1..3), vec(ca(), 0..3), vec(tsa(), 0..3)),
            vec(server(members.clone()), 0..3),
            vec(group, 0..3),
            (vec((name(), name()), 0..3), any::<u32>()),
            Just(members),
        )
            .prop_map(
                |((sources, approved_cas, approved_tsas), servers, groups, (classes, freshness), members)| {
                    let group = |(code, description, members)| GlobalGroup { code, description, members };
                    let class = |(code, description)| MemberClass { code, description };
                    SharedParams {
                        instance: "EE".into(),
                        sources,
                        approved_cas,
                        approved_tsas,
                        members,
                        servers,
                        global_groups: groups.into_iter().map(group).collect(),
                        member_classes: classes.into_iter().map(class).collect(),
                        ocsp_freshness_seconds: freshness,
                    }
                },
            )
    })
}
