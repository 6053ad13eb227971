//! Service descriptions (`service_description`): WSDL, and OpenAPI in JSON and YAML. Input: the document.
//!
//! Holds: limits are kept; what is published is read again with the same services and shows no address of the
//! provider.

#![no_main]

use sekisho_fuzz::{Target, fuzz};
use service_description::{
    DescriptionLimits, ENDPOINT, OpenApi, Wsdl, check_code, publish_openapi, publish_wsdl,
};

fuzz!(Target {
    name: "service_description",
    max_len: 8 * 1024,
    memory: 512 * 1024,
    memory_per_byte: 256,
    dictionary: Some("xml.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let wsdl = r#"<?xml version="1.0"?>
<definitions name="n" targetNamespace="urn:t" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="urn:t"
 xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xroad="http://x-road.eu/xsd/xroad.xsd">
<types><schema xmlns="http://www.w3.org/2001/XMLSchema"><import namespace="http://x-road.eu/xsd/xroad.xsd"
 schemaLocation="http://x-road.eu/xsd/xroad.xsd"/></schema></types>
<portType name="p"><operation name="getState"><documentation><xroad:title>t</xroad:title></documentation>
<input message="tns:m"/></operation></portType>
<binding name="b" type="tns:p"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="getState"><soap:operation soapAction=""/><xroad:version>v1</xroad:version></operation></binding>
<service name="s"><port binding="tns:b" name="x"><soap:address location="http://10.0.0.1/secret"/></port></service>
</definitions>"#;
    let yaml = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers:\n- url: https://10.0.0.1/{v}\n  variables:\n    v: {default: a}\npaths:\n  /a/{b}:\n    get: &g {responses: {}}\n    post: *g\n";
    let json = r#"{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"http://h/x"}],"paths":{"/a":{"get":{}},"/b/{c}":{"$ref":"x","delete":{}}}}"#;
    [wsdl, yaml, json].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Low enough for inputs to reach them.
const LIMITS: DescriptionLimits = DescriptionLimits { bytes: 6 * 1024, depth: 16, nodes: 1_000, services: 8 };

fn check(data: &[u8]) {
    wsdl(data);
    openapi(data);
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = check_code(text);
    }
}

fn wsdl(data: &[u8]) {
    let read = Wsdl::read(data, None, &LIMITS);
    if let Ok(wsdl) = &read {
        assert!(data.len() <= LIMITS.bytes && wsdl.services.len() <= LIMITS.services);
    }
    let Ok(published) = publish_wsdl(data, None, ENDPOINT, &LIMITS) else { return };
    let roomy = DescriptionLimits { bytes: 1 << 20, ..LIMITS };
    if let Ok(before) = read {
        let after = Wsdl::read(published.as_bytes(), None, &roomy).expect("what we publish");
        assert_eq!(after.services.len(), before.services.len());
        for (after, before) in after.services.iter().zip(&before.services) {
            assert_eq!((&after.code, &after.version), (&before.code, &before.version));
            assert_eq!(after.url, ENDPOINT);
        }
    }
}

fn openapi(data: &[u8]) {
    let Ok(before) = OpenApi::read(data, &LIMITS) else { return };
    assert!(data.len() <= LIMITS.bytes && before.endpoints.len() <= LIMITS.services);
    let _ = before.base_url("https://h/openapi.yaml");
    let Ok(published) = publish_openapi(data, &LIMITS) else { return };
    let roomy = DescriptionLimits { bytes: 1 << 20, ..LIMITS };
    let after = OpenApi::read(published.as_bytes(), &roomy).expect("what we publish");
    assert_eq!(after.endpoints, before.endpoints);
}
