use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;
use crate::anchor::AnchorSource;
use crate::vectors;

#[test]
fn real_files_are_read_and_written_back_equal() {
    for (version, part) in [
        (FormatVersion::V3, "V3/20240408142911166434000"),
        (FormatVersion::V5, "V5/20250303143911136407000"),
        (FormatVersion::V6, "V6/20251110170000548026000"),
    ] {
        let bytes = vectors::read(&format!("x-road-7.8/globalconf-signed/{part}/private-params.xml"));
        let params = PrivateParams::parse(&bytes, version).unwrap();
        assert_eq!(params.instance, if version == FormatVersion::V3 { "CS" } else { "DEV" });
        assert_eq!(params.timestamping_interval_seconds, 60);
        let written = params.write().unwrap();
        assert_eq!(PrivateParams::parse(&written, version).unwrap(), params);
        vectors::assert_valid(&written, "globalconf/v3/private-parameters.xsd");
    }
}

#[test]
fn federation_anchors_are_read() {
    let bytes = vectors::read("x-road-7.8/globalconf-stored/globalconf_good_v2/EE/private-params.xml");
    let params = PrivateParams::parse(&bytes, FormatVersion::V2).unwrap();
    assert_eq!(params.federation_anchors.len(), 1);
    assert_eq!(params.federation_anchors[0].instance, "bar");
    assert_eq!(params.management_service.service_provider, vectors::client("EE/BUSINESS/servicemember2"));
    assert_eq!(params.timestamping_interval_seconds, 123);
}

#[test]
fn an_unknown_tail_is_passed_over_from_v3_on() {
    let bytes = vectors::read("x-road-7.8/globalconf-signed/V6/20251110170000548026000/private-params.xml");
    let text = String::from_utf8(bytes).unwrap();
    let longer = text.replace("</ns3:conf>", "<future a=\"1\"><x>y</x></future></ns3:conf>");
    let read = |version| PrivateParams::parse(longer.as_bytes(), version);
    assert_eq!(read(FormatVersion::V6), PrivateParams::parse(text.as_bytes(), FormatVersion::V6));
    let refused = XmlError::UnexpectedElement { parent: "conf".into(), element: "future".into() };
    assert_eq!(read(FormatVersion::V2), Err(refused));
}

prop_compose! {
    fn any_params()(
        instance in "[A-Za-z0-9 &<>äõü-]{1,12}",
        address in "https://[a-z.]{1,20}:4001/[a-z&<]{0,20}",
        cert in prop::option::of(prop::collection::vec(any::<u8>(), 1..60)),
        subsystem in any::<bool>(),
        interval in any::<u32>(),
        anchors in 0usize..3,
    ) -> PrivateParams {
        let path = if subsystem { "EE/GOV/1/management" } else { "EE/GOV/1" };
        let source = AnchorSource { download_url: "http://cs/externalconf".into(), verification_certs: vec![vec![1, 2, 3]] };
        let anchor = Anchor { generated_at: None, instance: "XX".into(), sources: vec![source] };
        PrivateParams {
            instance,
            federation_anchors: vec![anchor; anchors],
            management_service: ManagementService {
                auth_cert_reg_service_address: address,
                auth_cert_reg_service_cert: cert,
                service_provider: vectors::client(path),
            },
            timestamping_interval_seconds: interval,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_read_back(params in any_params()) {
        let written = params.write().unwrap();
        for version in FormatVersion::ALL {
            prop_assert_eq!(&PrivateParams::parse(&written, version).unwrap(), &params);
        }
    }
}

#[test]
fn what_is_written_obeys_both_schemas() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..5 {
        let params = any_params().new_tree(&mut runner).unwrap().current();
        let written = params.write().unwrap();
        vectors::assert_valid(&written, "globalconf/v2/private-parameters.xsd");
        vectors::assert_valid(&written, "globalconf/v3/private-parameters.xsd");
    }
}
