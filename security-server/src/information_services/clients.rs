//! `GET /listClients[?xRoadInstance=...]`: members and subsystems, from the global configuration.

use globalconf::SharedParams;
use identifiers::ClientId;
use protocol::fault::{Origin, Word};
use protocol::metadata::{
    CLIENT_LIST_JSON, ClientEntry, accepts_json, client_list_json, client_list_xml, query_parameter,
};
use service_kit::http::{Request, Response};

use crate::relay::Relay;
use crate::relay::stage::Refusal;

/// Content type of the XML form.
const CLIENT_LIST_XML: &str = "text/xml; charset=UTF-8";

/// Answers one request; refusals are SOAP faults, as in X-Road.
pub(super) fn answer(relay: &Relay, request: &Request) -> Response {
    list(relay, request).unwrap_or_else(|refusal| {
        refusal.audit();
        refusal.to_peer()
    })
}

fn list(relay: &Relay, request: &Request) -> Result<Response, Refusal> {
    let conf = relay.valid_global_conf(Origin::ClientProxy)?;
    let wanted = query_parameter(request.query().unwrap_or_default(), "xRoadInstance", false);
    let instance =
        wanted.filter(|wanted| !wanted.trim().is_empty()).unwrap_or_else(|| conf.instance().to_owned());
    let params = conf.shared_params(&instance).ok_or_else(|| {
        let name: String = instance.chars().filter(|c| !c.is_control()).take(80).collect();
        let text = format!("Could not find shared parameters for instance identifier {name}");
        Refusal::new(Origin::ClientProxy, &[Word::InternalError], text)
    })?;
    let clients = entries(params);
    Ok(if accepts_json(request.headers.get_all("accept")) {
        Response::with(200, CLIENT_LIST_JSON, client_list_json(&clients))
    } else {
        Response::with(200, CLIENT_LIST_XML, client_list_xml(&clients))
    })
}

/// Every member, followed by its subsystems. Codes that are no identifiers cannot be addressed and are left out.
fn entries(params: &SharedParams) -> Vec<ClientEntry> {
    let mut entries = Vec::new();
    for member in &params.members {
        let mut push = |subsystem: Option<&str>, subsystem_name: Option<&str>| {
            if let Ok(id) = ClientId::new(member.id.clone(), subsystem) {
                let (name, subsystem_name) = (member.name.clone(), subsystem_name.map(str::to_owned));
                entries.push(ClientEntry { id, name, subsystem_name });
            }
        };
        push(None, None);
        for subsystem in &member.subsystems {
            push(Some(&subsystem.code), subsystem.name.as_deref());
        }
    }
    entries
}
