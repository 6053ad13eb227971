use std::collections::HashSet;

use super::*;

/// The words of X-Road 7.8 on the message path, of its signer, and of Personal-LINK, copied from their tables.
const TABLE: &str = "access_denied cannot_create_signature cannot_create_cert_path cert_validation \
    incorrect_validation_info invalid_cert_path incorrect_certificate client_proxy_version_not_supported \
    database_error duplicate_header_field global_conf_outdated hashchain_unused_inputs invalid_hash_chain \
    invalid_hash_chain_ref malformed_hash_chain hsm_non_operational http_error inconsistent_headers \
    inconsistent_response internal_error invalid_body missing_body missing_header missing_header_field invalid_soap \
    invalid_xml invalid_protocol_version invalid_client_identifier invalid_content_type invalid_http_method \
    invalid_message invalid_reference invalid_request invalid_security_server invalid_signature_value \
    malformed_signature invalid_soap_action io_error logging_failed timestamping_failed maintenance_mode \
    malformed_server_conf malformed_global_conf malformed_optional_parts_conf mime_parsing_failed missing_rest \
    missing_signature missing_soap network_error unknown_host service_disabled service_failed service_malformed_url \
    service_missing_url service_type signature_verification ssl_authentication_failed unknown_member unknown_service \
    key_not_found cert_not_found csr_not_found token_not_found token_not_active token_not_initialized \
    token_not_available token_readonly cannot_sign unsupported_sign_algorithm failed_to_generate_private_key \
    cert_exists wrong_cert_usage login_failed logout_failed pin_incorrect cert_import_failed \
    token_pin_policy_failure \
    consent_required consent_ended consent_state_stale purpose_ambiguous subject_missing scope_exceeded \
    basis_not_available";

#[test]
fn every_word_is_in_the_table_and_reads_back() {
    let table: Vec<&str> = TABLE.split_whitespace().collect();
    let words: Vec<String> = Word::ALL.iter().map(Word::to_string).collect();
    assert_eq!(words, table);
    assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
    for word in Word::ALL {
        assert_eq!(Word::parse(word.facts().text), Some(*word));
    }
    assert_eq!(Word::parse("AccessDenied"), None);
}

/// X-Road's own table of names before 7.8.
#[test]
fn words_of_older_releases_are_understood() {
    for (older, word) in [
        ("AccessDenied", Word::AccessDenied),
        ("OutdatedGlobalConf", Word::GlobalConfOutdated),
        ("HashChainUnusedInputs", Word::HashchainUnusedInputs),
        ("InvalidHashChainRef", Word::InvalidHashChainRef),
        ("HSMNonOperational", Word::HsmNonOperational),
        ("HttpError", Word::HttpError),
        ("IOError", Word::IoError),
        ("InvalidSoapAction", Word::InvalidSoapAction),
        ("LoggingFailed.InternalError", Word::InternalError),
        ("MimeParsingFailed", Word::MimeParsingFailed),
        ("ServiceMalformedUrl", Word::ServiceMalformedUrl),
        ("ServiceType", Word::ServiceType),
        ("SslAuthenticationFailed", Word::SslAuthenticationFailed),
        ("ClientProxyVersionNotSupported", Word::ClientProxyVersionNotSupported),
    ] {
        let last = older.rsplit('.').next().unwrap();
        assert_eq!(Word::understand(last), Some(word), "{older}");
    }
    for word in Word::ALL {
        assert_eq!(Word::understand(word.facts().text), Some(*word));
    }
    for other in ["", "accessDenied", "Access_Denied", "Server", "ACCESSDENIED", "SOAP-ENV:Server"] {
        assert_eq!(Word::understand(other), None, "{other}");
    }
}

#[test]
fn codes() {
    let code =
        FaultCode::new(Origin::ServerProxy, &[Word::SignatureVerification, Word::InvalidSignatureValue]);
    assert_eq!(code.to_string(), "server.serverproxy.signature_verification.invalid_signature_value");
    assert_eq!(code.last_word(), Some(Word::InvalidSignatureValue));
    assert_eq!(FaultCode::new(Origin::Client, &[Word::MissingSoap]).to_string(), "client.missing_soap");
    assert_eq!(
        FaultCode::new(Origin::ClientProxy, &[Word::NetworkError]).to_string(),
        "server.clientproxy.network_error"
    );
    let fault = Fault::new(Origin::Client, &[Word::InvalidSoap], "why").with_detail("u");
    assert_eq!((fault.to_string().as_str(), fault.detail.as_str()), ("client.invalid_soap: why", "u"));
}

#[test]
fn statuses() {
    for (code, status) in [
        ("server.serverproxy.access_denied", 500),
        ("server.clientproxy.network_error", 500),
        ("client.invalid_soap", 400),
        ("Server.ServerProxy.AccessDenied", 400),
        ("SOAP-ENV:Server", 400),
        ("", 400),
        ("server.serverproxy.consent_required", 403),
        ("server.clientproxy.consent_ended", 403),
        ("server.serverproxy.scope_exceeded", 403),
        ("server.serverproxy.basis_not_available", 403),
        ("server.clientproxy.subject_missing", 400),
        ("server.clientproxy.purpose_ambiguous", 400),
        ("server.serverproxy.consent_state_stale", 503),
    ] {
        assert_eq!(http_status(code), status, "{code}");
    }
}

#[test]
fn advice() {
    for (word, retry, actor) in [
        (Word::ConsentRequired, Retry::AfterFix, Actor::Person),
        (Word::ConsentStateStale, Retry::Later, Actor::OwnOperator),
        (Word::AccessDenied, Retry::AfterFix, Actor::Provider),
        (Word::NetworkError, Retry::Later, Actor::PeerOperator),
        (Word::InvalidSignatureValue, Retry::Never, Actor::PeerOperator),
    ] {
        let facts = word.facts();
        assert_eq!((facts.retry, facts.actor), (retry, actor), "{word}");
    }
}
