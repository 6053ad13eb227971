//! Descriptions of the provider's services, for servers that learn services from descriptions. The provider's
//! information system serves them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::network::{At, SERVICES, Service};

/// Where the mock information system is, as the provider's server sees it.
#[derive(Debug, Clone, Copy)]
pub struct Backend {
    /// HTTP.
    pub http: SocketAddr,
    /// HTTPS.
    pub https: SocketAddr,
    /// A port on which nobody listens.
    pub nobody: SocketAddr,
}

impl Backend {
    /// Address of a service.
    #[must_use]
    pub fn url(self, at: At) -> String {
        match at {
            At::Http(path) => format!("http://{}{path}", self.http),
            At::Https(path) => format!("https://{}{path}", self.https),
            At::NoHost => "http://no-such-host.invalid/".to_owned(),
            At::Nobody => format!("http://{}/", self.nobody),
        }
    }

    /// Path of the description that a service is in; services without one have none.
    #[must_use]
    pub fn path(service: &Service) -> Option<String> {
        match service.kind {
            "WSDL" => {
                let disabled = if service.disabled.is_some() { "-disabled" } else { "" };
                let provider = service.provider.trim_start_matches("EE/BUSINESS/").replace('/', "-");
                Some(format!("/description/{provider}{disabled}.wsdl"))
            }
            "OPENAPI3" => Some(format!("/description/{}.yaml", service.code)),
            _ => None,
        }
    }

    /// Every description by its path.
    #[must_use]
    pub fn all(self) -> BTreeMap<String, String> {
        let mut services: BTreeMap<String, Vec<&Service>> = BTreeMap::new();
        for service in &SERVICES {
            if let Some(path) = Self::path(service) {
                services.entry(path).or_default().push(service);
            }
        }
        let written = services.into_iter().map(|(path, services)| {
            let text =
                if path.ends_with(".wsdl") { self.wsdl(&services) } else { self.open_api(services[0]) };
            (path, text)
        });
        written.collect()
    }

    /// Every service is a binding with one operation, because the same operation stands in several versions.
    fn wsdl(self, services: &[&Service]) -> String {
        let mut messages = String::new();
        let mut bindings = String::new();
        let mut ports = String::new();
        for (number, service) in services.iter().enumerate() {
            let code = service.code;
            let version = service.version.unwrap_or_default();
            let version = match version {
                "" => String::new(),
                version => format!("<xroad:version>{version}</xroad:version>"),
            };
            messages.push_str(&format!(
                "<wsdl:portType name=\"type{number}\"><wsdl:operation name=\"{code}\">\
                 <wsdl:input message=\"tns:anything\"/><wsdl:output message=\"tns:anything\"/>\
                 </wsdl:operation></wsdl:portType>\n"
            ));
            bindings.push_str(&format!(
                "<wsdl:binding name=\"binding{number}\" type=\"tns:type{number}\">\
                 <soap:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\
                 <wsdl:operation name=\"{code}\"><soap:operation soapAction=\"\" style=\"document\"/>{version}\
                 <wsdl:input><soap:body use=\"literal\"/></wsdl:input>\
                 <wsdl:output><soap:body use=\"literal\"/></wsdl:output></wsdl:operation></wsdl:binding>\n"
            ));
            ports.push_str(&format!(
                "<wsdl:port name=\"port{number}\" binding=\"tns:binding{number}\">\
                 <soap:address location=\"{}\"/></wsdl:port>\n",
                self.url(service.at)
            ));
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <wsdl:definitions name=\"conformance\" targetNamespace=\"http://conformance.example.org\" \
             xmlns:tns=\"http://conformance.example.org\" xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" \
             xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:xroad=\"http://x-road.eu/xsd/xroad.xsd\">\n\
             <wsdl:types><xs:schema targetNamespace=\"http://conformance.example.org\">\
             <xs:element name=\"anything\"/></xs:schema></wsdl:types>\n\
             <wsdl:message name=\"anything\"><wsdl:part name=\"body\" element=\"tns:anything\"/></wsdl:message>\n\
             {messages}{bindings}<wsdl:service name=\"conformance\">\n{ports}</wsdl:service>\n</wsdl:definitions>\n"
        )
    }

    fn open_api(self, service: &Service) -> String {
        format!(
            "openapi: 3.0.0\ninfo: {{ title: conformance, version: '1' }}\nservers: [{{ url: '{}' }}]\n\
             paths:\n  /hello:\n    get:\n      responses: {{ '200': {{ description: an echo }} }}\n",
            self.url(service.at)
        )
    }
}

#[cfg(test)]
mod tests {
    use service_description::{DescriptionLimits, OpenApi, Wsdl};

    use super::*;
    use crate::pair::ports::at;

    #[test]
    fn descriptions_say_what_the_network_does() {
        let backend = Backend { http: at(1), https: at(2), nobody: at(3) };
        let limits = DescriptionLimits::default();
        let mut described = 0;
        for (path, text) in backend.all() {
            if path.ends_with(".yaml") {
                described += 1;
                assert_eq!(
                    OpenApi::read(text.as_bytes(), &limits).unwrap().base_url(""),
                    "http://127.0.0.1:1/rest"
                );
                continue;
            }
            let wsdl = Wsdl::read(text.as_bytes(), None, &limits).unwrap();
            assert!(wsdl.warnings.is_empty(), "{path}: {:?}", wsdl.warnings);
            for found in wsdl.services {
                let same = |service: &&Service| {
                    service.code == found.code
                        && service.version == found.version.as_deref()
                        && Backend::path(service).as_ref() == Some(&path)
                };
                let service = SERVICES.iter().find(same).unwrap();
                assert_eq!(found.url, backend.url(service.at));
                described += 1;
            }
        }
        assert_eq!(described, SERVICES.iter().filter(|service| service.kind != "REST").count());
    }
}
