//! The three forms of every identifier, and what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use identifiers::{
    BaseId, ClientId, ExchangeHandle, GroupId, IdentifierError, LinkHandle, LocalGroupId, LocalId, MemberId,
    Part, PurposeId, ServerId, ServiceId,
};
use proptest::prelude::*;

fn member() -> MemberId {
    MemberId::new("EE", "GOV", "1").unwrap()
}

fn client() -> ClientId {
    ClientId::new(member(), Some("sub")).unwrap()
}

#[test]
fn short_and_path_forms() {
    let versioned = ServiceId::new(client(), "getRandom", Some("v1")).unwrap();
    let of_member = ServiceId::new(member().into(), "svc", None).unwrap();
    let versioned_of_member = ServiceId::new(member().into(), "svc", Some("v1")).unwrap();
    for (short, path, found_short, found_path) in [
        ("MEMBER:EE/GOV/1", "EE/GOV/1", member().to_string(), member().to_path()),
        (
            "MEMBER:EE/GOV/1",
            "EE/GOV/1",
            ClientId::from(member()).to_string(),
            ClientId::from(member()).to_path(),
        ),
        ("SUBSYSTEM:EE/GOV/1/sub", "EE/GOV/1/sub", client().to_string(), client().to_path()),
        (
            "SERVICE:EE/GOV/1/sub/getRandom/v1",
            "EE/GOV/1/sub/getRandom/v1",
            versioned.to_string(),
            versioned.to_path(),
        ),
        ("SERVICE:EE/GOV/1/svc", "EE/GOV/1//svc", of_member.to_string(), of_member.to_path()),
        (
            "SERVICE:EE/GOV/1/svc/v1",
            "EE/GOV/1//svc/v1",
            versioned_of_member.to_string(),
            versioned_of_member.to_path(),
        ),
    ] {
        assert_eq!((short, path), (found_short.as_str(), found_path.as_str()));
    }
    let server = ServerId::new(member(), "ss1").unwrap();
    assert_eq!((server.to_string(), server.to_path()), ("SERVER:EE/GOV/1/ss1".into(), "EE/GOV/1/ss1".into()));
    let group = GroupId::new("EE", "all members").unwrap();
    assert_eq!(
        (group.to_string(), group.to_path()),
        ("GLOBALGROUP:EE/all members".into(), "EE/all%20members".into())
    );
    assert_eq!(LocalGroupId::new("g").unwrap().to_string(), "LOCALGROUP:g");
    assert_eq!(format!("{:?}", client()), "SUBSYSTEM:EE/GOV/1/sub");
}

#[test]
fn paths_read_back() {
    for service in [
        ServiceId::new(client(), "getRandom", Some("v1")),
        ServiceId::new(client(), "get/Random %", None),
        ServiceId::new(member().into(), "svc", Some("v1")),
        ServiceId::new(member().into(), "svc", None),
    ] {
        let service = service.unwrap();
        assert_eq!(ServiceId::from_path(&service.to_path()), Ok(service));
    }
    let odd = MemberId::new("EE", "a:b;c\\d", "市/1").unwrap();
    assert_eq!(odd.to_path(), "EE/a:b;c%5Cd/%E5%B8%82%2F1");
    assert_eq!(MemberId::from_path(&odd.to_path()), Ok(odd));
}

#[test]
fn getters() {
    let service = ServiceId::from_path("EE/GOV/1/sub/svc").unwrap();
    assert_eq!(service.client(), &client());
    assert_eq!((service.code(), service.version()), ("svc", None));
    assert_eq!((client().instance(), client().subsystem()), ("EE", Some("sub")));
    assert_eq!((member().instance(), member().class(), member().code()), ("EE", "GOV", "1"));
    let server = ServerId::from_path("EE/GOV/1/ss1").unwrap();
    assert_eq!((server.member(), server.code()), (&member(), "ss1"));
    let group = GroupId::from_path("EE/g").unwrap();
    assert_eq!((group.instance(), group.code()), ("EE", "g"));
    assert_eq!(LocalGroupId::from_path("a%20b").unwrap().code(), "a b");
}

#[test]
fn equality_is_exact() {
    assert_ne!(MemberId::new("ee", "GOV", "1"), Ok(member()));
    assert_ne!(MemberId::new("EE", "GOV", "1 "), Ok(member()));
    assert_ne!(ClientId::from(member()), client());
    assert!(ClientId::from(member()) < client());
    assert_eq!(ClientId::subsystem_of("EE", "GOV", "1", "sub"), Ok(client()));
}

#[test]
fn refused_with_reason() {
    use IdentifierError as E;
    let long = "x".repeat(256);
    assert!(MemberId::new("EE", "GOV", &"市".repeat(255)).is_ok());
    for (result, reason) in [
        (MemberId::new("", "GOV", "1"), E::Empty(Part::Instance)),
        (MemberId::new("EE", "", "1"), E::Empty(Part::MemberClass)),
        (MemberId::new("EE", "GOV", ""), E::Empty(Part::MemberCode)),
        (MemberId::new("EE", "GOV", &long), E::TooLong(Part::MemberCode)),
        (MemberId::new("EE", "GOV", "1\n"), E::ControlCharacter(Part::MemberCode)),
        (MemberId::new("EE", "GOV", "1\u{7f}"), E::ControlCharacter(Part::MemberCode)),
        (MemberId::new("EE", "GOV", "1\u{9f}"), E::ControlCharacter(Part::MemberCode)),
        (MemberId::from_path("EE/GOV/%0A"), E::ControlCharacter(Part::MemberCode)),
        (MemberId::from_path("EE/GOV/"), E::Empty(Part::MemberCode)),
        (MemberId::from_path("EE/GOV/1 2"), E::IllegalCharacter(1)),
        (MemberId::from_path("EE/GOV"), E::Segments { kind: "member identifier", expected: "3", found: 2 }),
        (
            MemberId::from_path("a/b/c/d/e"),
            E::Segments { kind: "member identifier", expected: "3", found: 4 },
        ),
    ] {
        assert_eq!(result, Err(reason));
    }
    assert_eq!(ClientId::from_path("EE/GOV/1/"), Err(E::Empty(Part::SubsystemCode)));
    assert!(matches!(ClientId::from_path("EE/GOV/1/s/x"), Err(E::Segments { found: 5, .. })));
    assert!(matches!(ServerId::from_path("EE/GOV/1"), Err(E::Segments { found: 3, .. })));
    assert!(matches!(GroupId::from_path("EE"), Err(E::Segments { found: 1, .. })));
    for path in ["a/b/c/d", "a/b/c/d/e/f/g", ""] {
        assert!(matches!(ServiceId::from_path(path), Err(E::Segments { .. })), "{path}");
    }
    assert_eq!(ServiceId::from_path("a/b/c/d/e/"), Err(E::Empty(Part::ServiceVersion)));
}

#[test]
fn serde_uses_the_path_form() {
    let json = serde_json::to_string(&client()).unwrap();
    assert_eq!(json, "\"EE/GOV/1/sub\"");
    assert_eq!(serde_json::from_str::<ClientId>(&json).unwrap(), client());
    let refused = serde_json::from_str::<ServerId>("\"EE/GOV/1\"").unwrap_err();
    assert!(refused.to_string().starts_with("security server identifier has 3 path segments"), "{refused}");
    assert_eq!("EE/GOV/1".parse::<MemberId>(), Ok(member()));
}

#[test]
fn handles() {
    let handle = LinkHandle::from_bytes(*b"0123456789abcdef");
    assert_eq!(handle.to_string(), "30313233343536373839616263646566");
    assert_eq!(handle.to_string().parse(), Ok(handle));
    assert_eq!(format!("{handle:?}"), "LinkHandle(30313233343536373839616263646566)");
    for text in [
        "",
        "3031",
        "3031323334353637383961626364656G",
        "3031323334353637383961626364656F",
        "é0313233343536373839616263646566",
    ] {
        assert_eq!(text.parse::<ExchangeHandle>(), Err(IdentifierError::NotHex), "{text}");
    }
    let json = serde_json::to_string(&BaseId::from_bytes([7; 16])).unwrap();
    assert_eq!(serde_json::from_str::<BaseId>(&json).unwrap().as_bytes(), &[7; 16]);
}

#[test]
fn local_identifiers_stay_hidden() {
    let id = LocalId::new("R-0042").unwrap();
    assert_eq!(format!("{id:?}"), "LocalId(..)");
    assert_eq!(id.expose(), "R-0042");
    assert_eq!(LocalId::new("a\r\nb: c"), Err(IdentifierError::ControlCharacter(Part::LocalId)));
    assert_eq!(serde_json::from_str::<LocalId>("\"R-0042\"").unwrap(), id);
    let purpose: PurposeId = "child-support".parse().unwrap();
    assert_eq!((purpose.as_str(), purpose.to_string().as_str()), ("child-support", "child-support"));
    assert_eq!(PurposeId::new(""), Err(IdentifierError::Empty(Part::Purpose)));
    assert_eq!(serde_json::to_string(&purpose).unwrap(), "\"child-support\"");
}

proptest! {
    #[test]
    fn every_identifier_reads_back(codes in prop::collection::vec("[^\\p{Cc}]{1,20}", 6), handle in any::<[u8; 16]>()) {
        let client = ClientId::subsystem_of(&codes[0], &codes[1], &codes[2], &codes[3]).unwrap();
        prop_assert_eq!(ClientId::from_path(&client.to_path()), Ok(client.clone()));
        let server = ServerId::new(client.member().clone(), &codes[4]).unwrap();
        prop_assert_eq!(ServerId::from_path(&server.to_path()), Ok(server));
        let service = ServiceId::new(client, &codes[4], Some(&codes[5])).unwrap();
        prop_assert_eq!(ServiceId::from_path(&service.to_path()), Ok(service));
        let handle = ExchangeHandle::from_bytes(handle);
        prop_assert_eq!(handle.to_string().parse(), Ok(handle));
    }

    #[test]
    fn no_input_panics(text in ".*") {
        let _ = (MemberId::from_path(&text), ClientId::from_path(&text), ServiceId::from_path(&text));
        let _ = (ServerId::from_path(&text), GroupId::from_path(&text), text.parse::<LinkHandle>());
    }
}
