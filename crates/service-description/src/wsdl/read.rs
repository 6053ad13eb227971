//! Reading: bindings, port types and ports in one pass, then put together.

use std::collections::{HashMap, HashSet};

use protocol::xml::{Name, Namespace, Scanner, Token};

use super::{HTTP_TRANSPORT, SOAP_11, SOAP_12, WSDL, Wsdl, WsdlError, WsdlService, xml_limits};
use crate::{DescriptionLimits, check_code};

const KNOWN: &[&str] = &[WSDL, SOAP_11, SOAP_12];

pub(super) fn read(text: &str, limits: &DescriptionLimits) -> Result<Wsdl, WsdlError> {
    let mut collector = Collector { limit: limits.services, ..Collector::default() };
    let mut scanner = Scanner::new(text, KNOWN, &xml_limits())?;
    while let Some(token) = scanner.next_token()? {
        match token {
            Token::Start(name) => collector.start(&name, &scanner)?,
            Token::End => collector.end(scanner.depth()),
            Token::Text(text) => collector.text(&text),
            Token::Other => {}
        }
    }
    collector.finish()
}

#[derive(Default)]
struct Binding {
    port_type: String,
    soap: Option<Soap>,
    operations: Vec<Operation>,
}

struct Operation {
    name: String,
    version: Option<String>,
}

/// SOAP version of a binding; the smaller is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Soap {
    V11,
    V12,
}

struct Port {
    name: String,
    binding: String,
    address: Option<String>,
}

/// What the child of `definitions` that is open is.
#[derive(Clone, PartialEq, Eq, Default)]
enum Section {
    #[default]
    Other,
    Binding(String),
    PortType(String),
    Service,
}

#[derive(Default)]
struct Collector {
    limit: usize,
    section: Section,
    bindings: HashMap<String, Binding>,
    /// Titles by port type and operation.
    titles: HashMap<(String, String), String>,
    ports: Vec<Port>,
    imports: bool,
    operations: usize,
    /// The operation of a port type that is open.
    operation: Option<String>,
    in_documentation: bool,
    /// Text that is being collected, and at what depth its element is.
    capture: Option<(usize, String)>,
}

impl Collector {
    fn start(&mut self, name: &Name<'_>, scanner: &Scanner<'_>) -> Result<(), WsdlError> {
        let attribute = |local: &str| scanner.attribute(None, local).unwrap_or_default().to_owned();
        match (scanner.depth(), self.section.clone()) {
            (1, _) if !name.is(WSDL, "definitions") => return Err(WsdlError::NotWsdl),
            (2, _) => self.section_start(name, &attribute),
            (3, Section::Binding(binding)) => self.in_binding(name, &binding, &attribute)?,
            (4, Section::Binding(_)) if name.local == "version" && !name.is(WSDL, "version") => {
                self.capture = Some((4, String::new()));
            }
            (3, Section::PortType(_)) => {
                self.operation = name.is(WSDL, "operation").then(|| attribute("name"));
            }
            (4, Section::PortType(_)) => self.in_documentation = name.is(WSDL, "documentation"),
            (5, Section::PortType(_)) if self.in_documentation && name.local == "title" => {
                self.capture = Some((5, String::new()));
            }
            (3, Section::Service) if name.is(WSDL, "port") => {
                let port =
                    Port { name: attribute("name"), binding: local(&attribute("binding")), address: None };
                self.ports.push(port);
            }
            (4, Section::Service) if name.is(SOAP_11, "address") || name.is(SOAP_12, "address") => {
                if let Some(port) = self.ports.last_mut() {
                    port.address.get_or_insert(attribute("location"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn section_start(&mut self, name: &Name<'_>, attribute: &dyn Fn(&str) -> String) {
        self.section = match name.local {
            _ if name.namespace != Namespace::Known(WSDL) => Section::Other,
            "binding" => {
                let binding = Binding { port_type: local(&attribute("type")), ..Binding::default() };
                self.bindings.insert(attribute("name"), binding);
                Section::Binding(attribute("name"))
            }
            "portType" => Section::PortType(attribute("name")),
            "service" => Section::Service,
            "import" => {
                self.imports = true;
                Section::Other
            }
            _ => Section::Other,
        };
    }

    fn in_binding(
        &mut self,
        name: &Name<'_>,
        binding: &str,
        attribute: &dyn Fn(&str) -> String,
    ) -> Result<(), WsdlError> {
        let Some(binding) = self.bindings.get_mut(binding) else { return Ok(()) };
        let soap = [(SOAP_11, Soap::V11), (SOAP_12, Soap::V12)];
        if let Some((_, version)) = soap.into_iter().find(|(namespace, _)| name.is(namespace, "binding")) {
            binding.soap = (attribute("transport") == HTTP_TRANSPORT).then_some(version);
        } else if name.is(WSDL, "operation") {
            self.operations += 1;
            if self.operations > self.limit {
                return Err(WsdlError::TooManyServices(self.limit));
            }
            binding.operations.push(Operation { name: attribute("name"), version: None });
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some((_, captured)) = &mut self.capture {
            captured.push_str(text);
        }
    }

    fn end(&mut self, depth: usize) {
        let Some((_, captured)) = self.capture.take_if(|(at, _)| *at == depth + 1) else { return };
        let value = Some(captured.trim().to_owned()).filter(|value| !value.is_empty());
        match &self.section {
            Section::Binding(binding) => {
                let operation =
                    self.bindings.get_mut(binding).and_then(|binding| binding.operations.last_mut());
                if let Some(operation) = operation {
                    operation.version = value;
                }
            }
            Section::PortType(port_type) => {
                if let (Some(operation), Some(title)) = (self.operation.clone(), value) {
                    // Titles in several languages: the first counts.
                    self.titles.entry((port_type.clone(), operation)).or_insert(title);
                }
            }
            Section::Service | Section::Other => {}
        }
    }

    fn finish(self) -> Result<Wsdl, WsdlError> {
        let mut wsdl = Wsdl::default();
        if self.imports {
            wsdl.warnings.push("documents imported by this WSDL are not looked at".to_owned());
        }
        let mut places: HashMap<(String, Option<String>), (usize, Soap)> = HashMap::new();
        for port in &self.ports {
            let Some(binding) = self.bindings.get(&port.binding) else {
                let text =
                    format!("port '{}' has the binding '{}', which is not here", port.name, port.binding);
                wsdl.warnings.push(text);
                continue;
            };
            let Some(soap) = binding.soap else { continue };
            let url = checked_address(port)?;
            let mut seen = HashSet::new();
            for operation in &binding.operations {
                check_operation(operation)?;
                let key = (operation.name.clone(), operation.version.clone());
                if !seen.insert(key.clone()) {
                    return Err(WsdlError::DuplicateOperation(operation.name.clone()));
                }
                let title = self.titles.get(&(binding.port_type.clone(), operation.name.clone())).cloned();
                let (code, version) = key.clone();
                let service = WsdlService { code, version, title, url: url.clone() };
                add(&mut wsdl, &mut places, (key, soap), service);
            }
        }
        if wsdl.services.len() > self.limit {
            return Err(WsdlError::TooManyServices(self.limit));
        }
        Ok(wsdl)
    }
}

/// Adds a service, unless it is there already; of two, the one with SOAP 1.1 stays, or the first.
fn add(
    wsdl: &mut Wsdl,
    places: &mut HashMap<(String, Option<String>), (usize, Soap)>,
    (key, soap): ((String, Option<String>), Soap),
    service: WsdlService,
) {
    let Some((place, known)) = places.get(&key).copied() else {
        places.insert(key, (wsdl.services.len(), soap));
        wsdl.services.push(service);
        return;
    };
    let Some(there) = wsdl.services.get_mut(place) else { return };
    if soap < known {
        *there = service;
        places.insert(key, (place, soap));
    } else if soap == known && there.url != service.url {
        let text =
            format!("operation '{}' is at {} and at {}; the first is taken", key.0, there.url, service.url);
        wsdl.warnings.push(text);
    }
}

fn check_operation(operation: &Operation) -> Result<(), WsdlError> {
    let wrong = |what, code: &str, reason| WsdlError::Code {
        operation: operation.name.clone(),
        what,
        code: code.to_owned(),
        reason,
    };
    check_code(&operation.name).map_err(|reason| wrong("service code", &operation.name, reason))?;
    let Some(version) = &operation.version else { return Ok(()) };
    check_code(version).map_err(|reason| wrong("service version", version, reason))
}

fn checked_address(port: &Port) -> Result<String, WsdlError> {
    let address = port.address.clone().unwrap_or_default();
    let host = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
    let plain = address.chars().all(|c| !c.is_whitespace() && !c.is_control());
    let good = plain && host.is_some_and(|host| !host.is_empty() && !host.starts_with(['/', ':', '?', '#']));
    if good { Ok(address) } else { Err(WsdlError::Address { port: port.name.clone(), address }) }
}

/// The local part of a qualified name. Whose namespace it is need not be asked: all that is named is in this document.
fn local(name: &str) -> String {
    name.split_once(':').map_or(name, |(_, local)| local).to_owned()
}
