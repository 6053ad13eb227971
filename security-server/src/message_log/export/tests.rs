use time::macros::datetime;

use super::*;

fn summary(query_id: &str, id: i64, direction: Direction) -> Summary {
    Summary {
        id,
        time: datetime!(2026-11-21 15:10 UTC),
        side: Side::Provider,
        direction,
        payload: Payload::Rest,
        query_id: query_id.to_owned(),
        request_id: String::new(),
        local: String::new(),
        peer: String::new(),
        service: String::new(),
        stamped: true,
    }
}

#[test]
fn files_are_named_as_x_road_names_them() {
    let long = "ä".repeat(100);
    let table = [
        ("INST-rsa-get1", 53_138, Direction::Request, "INST-rsa-get1-request-1jsi.asice"),
        ("a b/c*", 1, Direction::Response, "a+b%2Fc*-response-1.asice"),
        ("x", 32, Direction::Response, "x-response-10.asice"),
    ];
    for (query_id, id, direction, expected) in table {
        assert_eq!(file_name(&summary(query_id, id, direction)), expected);
    }
    let name = file_name(&summary(&long, 7, Direction::Request));
    assert_eq!(name.len(), NAME_LIMIT + "-request-7.asice".len());
}

#[test]
fn numbers_are_unsigned_in_base_32() {
    for (number, expected) in
        [(0, "0"), (31, "v"), (32, "10"), (1 << 40, "100000000"), (u64::MAX, "fvvvvvvvvvvvv")]
    {
        assert_eq!(base32(number), expected);
    }
}

/// The captured containers, their parts appended to a journal of ours, stamped by a service of the test
/// and exported again: the same bytes, and evidence that verifies.
mod evidence_of_captures {
    use evidence::asic::AsicLimits;
    use identifiers::ServiceId;
    use protocol::Payload;
    use service_kit::clock::Clock;

    use super::super::*;
    use crate::message_log::{Body, MessageLogConfig, Record, Seal};
    use crate::trust::testing::{CAPTURED, World, captured_conf, captured_file};
    use crate::trust::tsa::tests::Tsa;
    use crate::trust::{GlobalConfStore, TsaClient};

    const NAMES: [&str; 2] = ["ss2-batch2-requestOnly-batchts", "ss1-get2-responseOnly-batchts"];

    fn captured(variant: &str, name: &str) -> Container {
        asic::read(&captured_file(variant, &format!("asic/{name}.asice")), &AsicLimits::default()).unwrap()
    }

    fn record(container: &Container, number: usize) -> Record {
        let client = |path: &str| ClientId::from_path(path).unwrap();
        Record {
            side: Side::Consumer,
            direction: if number == 0 { Direction::Request } else { Direction::Response },
            payload: Payload::Rest,
            query_id: format!("query/{number}"),
            request_id: "request".to_owned(),
            local: client("INST/GOV/1111/SUB1"),
            peer: client("INST/GOV/2222/SUB2"),
            service: ServiceId::from_path("INST/GOV/2222/SUB2/svc").unwrap(),
            time: CAPTURED,
            message: container.message.clone().into(),
            body: match container.attachments.first() {
                Some((_, body)) => Body::Memory(body.clone().into()),
                None => Body::Absent,
            },
            seal: Seal {
                signature: container.signature.clone().into(),
                hash_chain_result: container.hash_chain_result.clone().map(Into::into),
                hash_chain: container.hash_chain.clone().map(Into::into),
            },
        }
    }

    /// The captured configuration with the test's timestamping service in it.
    fn configuration(variant: &str, world: &mut World, tsa: &Tsa) -> globalconf::GlobalConf {
        world.shared = captured_conf(variant).shared_params("INST").unwrap().clone();
        world.shared.approved_tsas[0].cert = world.tsa.der().to_vec();
        world.shared.approved_tsas[0].url = tsa.url.clone();
        world.conf()
    }

    #[tokio::test]
    async fn verifies_stamped_alone_and_in_a_batch() {
        for (variant, force) in [("rsa", false), ("rsa", true), ("ec", false), ("ec", true)] {
            let mut world = World::new();
            let tsa = Tsa::start(&world).await;
            let conf = configuration(variant, &mut world, &tsa);
            let authority =
                TsaClient::new(GlobalConfStore::fixed(conf.clone()), std::time::Duration::from_secs(5));
            let folder = tempfile::tempdir().unwrap();
            let config = MessageLogConfig::default();
            let log =
                MessageLog::open(folder.path(), &config, authority, Clock::manual(CAPTURED)).await.unwrap();
            let originals: Vec<Container> = NAMES.iter().map(|name| captured(variant, name)).collect();
            for (number, original) in originals.iter().enumerate() {
                log.append(record(original, number)).await.unwrap();
            }
            if !force {
                assert_eq!(log.stamp_waiting(10).await, Ok(Some(2)));
            }
            for (number, original) in originals.iter().enumerate() {
                let query =
                    ExportQuery { query_id: format!("query/{number}"), local: None, direction: None, force };
                let exported = log.export(&query).await.unwrap();
                let found = asic::read(&exported[0].bytes, &AsicLimits::default()).unwrap();
                let report = evidence::verify_container(&found, &conf, None).unwrap();
                assert_eq!((report.timestamp, report.tsa), (CAPTURED, world.tsa.clone()));
                assert_eq!(found.message, original.message);
                assert_eq!(found.hash_chain, original.hash_chain);
                assert_eq!(found.hash_chain_result, original.hash_chain_result);
                assert_eq!(found.attachments, original.attachments);
                assert_eq!(
                    found.batch_timestamp.is_some(),
                    !force,
                    "forced stamps cover one record each here"
                );
                if !force {
                    assert_eq!(found.signature, original.signature);
                }
                // Export again: the same bytes.
                assert_eq!(log.export(&query).await.unwrap(), exported);
            }
        }
    }

    #[tokio::test]
    async fn without_its_body_it_still_verifies_and_says_so() {
        let mut world = World::new();
        let tsa = Tsa::start(&world).await;
        let conf = configuration("rsa", &mut world, &tsa);
        let authority =
            TsaClient::new(GlobalConfStore::fixed(conf.clone()), std::time::Duration::from_secs(5));
        let folder = tempfile::tempdir().unwrap();
        let config = MessageLogConfig { keep_bodies: false, ..MessageLogConfig::default() };
        let log = MessageLog::open(folder.path(), &config, authority, Clock::manual(CAPTURED)).await.unwrap();
        let original = captured("rsa", NAMES[0]);
        assert!(!original.attachments.is_empty());
        log.append(record(&original, 0)).await.unwrap();
        let query = ExportQuery {
            query_id: "query/0".to_owned(),
            local: None,
            direction: Some(Direction::Request),
            force: true,
        };
        let exported = log.export(&query).await.unwrap();
        assert!(exported[0].body_missing);
        let found = asic::read(&exported[0].bytes, &AsicLimits::default()).unwrap();
        assert_eq!(found.attachments, []);
        assert!(evidence::verify_container(&found, &conf, None).is_ok());
    }
}
