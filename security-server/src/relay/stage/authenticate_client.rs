//! Does the information system belong to the client that its request names?

use identifiers::ClientId;
use pki::Certificate;
use protocol::fault::{Origin, Word};

use crate::access_rights::{Connection, Subsystem};
use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::state::{Accepted, Identified};

/// The client must be hosted here, and its information system must connect as the client demands.
///
/// # Errors
/// `server.clientproxy.unknown_member`, `server.clientproxy.ssl_authentication_failed`.
pub fn authenticate_client(relay: &Relay, accepted: Accepted) -> Result<Identified, Refusal> {
    let consumer = &accepted.message.exchange.consumer;
    check_information_system(relay, consumer, accepted.encrypted, accepted.certificate.as_deref())?;
    let Accepted { message, enclosure, .. } = accepted;
    Ok(Identified { message, enclosure })
}

/// As [`authenticate_client`], for whoever asks for something else on behalf of a client.
///
/// # Errors
/// As [`authenticate_client`].
pub fn check_information_system(
    relay: &Relay,
    client: &ClientId,
    encrypted: bool,
    certificate: Option<&[u8]>,
) -> Result<(), Refusal> {
    let declarations = relay.declarations();
    let subsystem = declarations.subsystem(client).ok_or_else(|| {
        let text = format!("Client '{client}' not found");
        Refusal::new(Origin::ClientProxy, &[Word::UnknownMember], text)
    })?;
    check_connection(relay, subsystem, encrypted, certificate).map_err(|text| {
        Refusal::new(Origin::ClientProxy, &[Word::SslAuthenticationFailed], text)
            .because(format_args!("connection type {:?} of {client}", subsystem.connection))
    })
}

fn check_connection(
    relay: &Relay,
    subsystem: &Subsystem,
    encrypted: bool,
    certificate: Option<&[u8]>,
) -> Result<(), &'static str> {
    match subsystem.connection {
        Connection::NoSsl => return Ok(()),
        Connection::SslNoAuth | Connection::SslAuth if !encrypted => {
            return Err("Client subsystem requires HTTPS, but the information system connected by HTTP");
        }
        Connection::SslNoAuth => return Ok(()),
        Connection::SslAuth => {}
    }
    let certificate = certificate.ok_or("Client subsystem requires HTTPS with a client certificate")?;
    if relay.is_own_internal_certificate(certificate) {
        return Ok(());
    }
    let known = subsystem.certificates.iter().find(|known| known.der() == certificate);
    let known = known.ok_or("The client certificate is not registered for the client subsystem")?;
    check_validity(relay, known)
}

/// X-Road only warns about the validity period unless it is told otherwise.
fn check_validity(relay: &Relay, certificate: &Certificate) -> Result<(), &'static str> {
    if certificate.valid_at(relay.now()) {
        return Ok(());
    }
    if relay.enforces_client_certificate_validity() {
        return Err("The client certificate has expired or is not valid yet");
    }
    tracing::warn!(
        serial = certificate.serial_decimal(),
        "certificate of an information system is out of its validity"
    );
    Ok(())
}
