use super::*;
use crate::vectors;

fn take(content: ContentIdentifier, file: &str) -> Result<Extensions, XmlError> {
    let mut extensions = Extensions::default();
    let bytes = vectors::read(&format!("x-road-7.8/globalconf-stored/{file}"));
    extensions.take(&content, &bytes).map(|()| extensions)
}

#[test]
fn monitoring_client() {
    use ContentIdentifier::Monitoring;
    let valid = take(Monitoring, "valid-monitoring-params.xml").unwrap();
    assert_eq!(valid.monitoring_client, Some(vectors::client("fdev/GOV/66655666")));
    assert_eq!(take(Monitoring, "empty-monitoring-params.xml").unwrap().monitoring_client, None);
    let broken = XmlError::UnexpectedElement { parent: "client identifier".into(), element: "broken".into() };
    assert_eq!(take(Monitoring, "invalid-monitoring-params.xml"), Err(broken));
}

#[test]
fn fetch_interval() {
    use ContentIdentifier::FetchInterval;
    assert_eq!(Extensions::default().ocsp_fetch_interval_seconds, 1200);
    assert_eq!(
        take(FetchInterval, "valid-fetchinterval-params.xml").unwrap().ocsp_fetch_interval_seconds,
        500
    );
    let missing = XmlError::Missing { parent: "conf", element: "ocspFetchInterval" };
    assert_eq!(take(FetchInterval, "empty-fetchinterval-params.xml"), Err(missing));
    let unexpected = XmlError::UnexpectedElement { parent: "conf".into(), element: "foobar".into() };
    assert_eq!(take(FetchInterval, "invalid-fetchinterval-params.xml"), Err(unexpected));
    let short = b"<c:conf xmlns:c=\"http://x-road.eu/xsd/xroad.xsd\"><ocspFetchInterval>5</ocspFetchInterval></c:conf>";
    let mut extensions = Extensions::default();
    extensions.take(&FetchInterval, short).unwrap();
    assert_eq!(extensions.ocsp_fetch_interval_seconds, 60);
}

#[test]
fn next_update() {
    use ContentIdentifier::NextUpdate;
    assert!(Extensions::default().verify_next_update);
    assert!(!take(NextUpdate, "valid-nextupdate-params.xml").unwrap().verify_next_update);
    let missing = XmlError::Missing { parent: "conf", element: "verifyNextUpdate" };
    assert_eq!(take(NextUpdate, "empty-nextupdate-params.xml"), Err(missing));
    let unexpected = XmlError::UnexpectedElement { parent: "conf".into(), element: "harazoo".into() };
    assert_eq!(take(NextUpdate, "invalid-nextupdate-params.xml"), Err(unexpected));
}
