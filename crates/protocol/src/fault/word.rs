//! The words of fault codes, and what each means for the one who reads it.

use std::fmt;

/// The stage of the exchange a word belongs to; the names are those of the four legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// More than one stage can raise it.
    Any,
    /// Taking the request of the information system.
    Accept,
    /// Knowing the information system.
    AuthenticateClient,
    /// Finding the provider's security server.
    Route,
    /// Signing.
    Seal,
    /// Writing to the journal.
    Record,
    /// Talking to the provider's security server.
    Transmit,
    /// Reading a message of the other security server.
    Receive,
    /// Knowing the other security server.
    AuthenticatePeer,
    /// Checking the signature and what it covers.
    Verify,
    /// Deciding about access rights and consent.
    Authorise,
    /// Calling the service.
    Deliver,
    /// Matching the response with the request.
    Correlate,
    /// Managing keys and certificates; reaches the message path only as the reason of another fault.
    Keys,
}

/// Whether sending the same request again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// The same request will fail again.
    Never,
    /// The same request may succeed later, without anybody acting.
    Later,
    /// The same request may succeed after somebody has acted.
    AfterFix,
}

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The developer or operator of the consumer's information system.
    ConsumerSystem,
    /// The operator of the security server that raised the fault.
    OwnOperator,
    /// The operator of the other security server.
    PeerOperator,
    /// The operator of the service, or of the provider's security server, who grants access and keeps addresses.
    Provider,
    /// The operator of the registry (central server).
    Registry,
    /// The person whose data it is.
    Person,
    /// Nobody: it passes.
    Nobody,
}

/// What is known about a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordFacts {
    /// As it is written in codes.
    pub text: &'static str,
    /// Where it is raised.
    pub stage: Stage,
    /// Whether to try again.
    pub retry: Retry,
    /// Who must act.
    pub actor: Actor,
}

/// Defines [`Word`] and its table together, so that neither can miss an entry of the other.
macro_rules! words {
    ($($(#[$doc:meta])* $word:ident $text:literal $stage:ident $retry:ident $actor:ident;)*) => {
        /// A word of a fault code. The list is closed: we raise nothing else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Word {
            $($(#[$doc])* $word,)*
        }

        impl Word {
            /// Every word, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$word,)*];

            /// What is known about the word.
            #[must_use]
            pub const fn facts(self) -> WordFacts {
                match self {
                    $(Self::$word => WordFacts {
                        text: $text,
                        stage: Stage::$stage,
                        retry: Retry::$retry,
                        actor: Actor::$actor,
                    },)*
                }
            }

            /// Reads a word as 7.8 writes it.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$word),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// The client has no right to call the service.
    AccessDenied "access_denied" Authorise AfterFix Provider;
    /// No signing certificate with a good OCSP status, or the signer failed.
    CannotCreateSignature "cannot_create_signature" Seal AfterFix OwnOperator;
    /// A certificate chain cannot be built up to an approved certification authority.
    CannotCreateCertPath "cannot_create_cert_path" Verify AfterFix PeerOperator;
    /// A certificate of a chain is revoked, unknown, or has no OCSP response.
    CertValidation "cert_validation" Verify AfterFix PeerOperator;
    /// An OCSP response is too old, for another certificate, or badly signed.
    IncorrectValidationInfo "incorrect_validation_info" Verify Later PeerOperator;
    /// A certificate chain is not valid.
    InvalidCertPath "invalid_cert_path" Verify AfterFix PeerOperator;
    /// The signer named in the certificate is not the sender of the message, or no member can be read from it.
    IncorrectCertificate "incorrect_certificate" Verify AfterFix PeerOperator;
    /// The provider demands a newer version of the consumer's security server.
    ClientProxyVersionNotSupported "client_proxy_version_not_supported" Receive AfterFix PeerOperator;
    /// The configuration or journal database failed.
    DatabaseError "database_error" Any Later OwnOperator;
    /// A SOAP header field occurs twice.
    DuplicateHeaderField "duplicate_header_field" Accept Never ConsumerSystem;
    /// The global configuration has expired.
    GlobalConfOutdated "global_conf_outdated" Any AfterFix OwnOperator;
    /// A hash chain does not refer to every part of the message.
    HashchainUnusedInputs "hashchain_unused_inputs" Verify Never PeerOperator;
    /// A hash chain does not lead to its result.
    InvalidHashChain "invalid_hash_chain" Verify Never PeerOperator;
    /// A reference inside a hash chain cannot be resolved.
    InvalidHashChainRef "invalid_hash_chain_ref" Verify Never PeerOperator;
    /// A hash chain or its result is not well formed.
    MalformedHashChain "malformed_hash_chain" Verify Never PeerOperator;
    /// A hardware token does not work (health check).
    HsmNonOperational "hsm_non_operational" Keys AfterFix OwnOperator;
    /// The other side answered with an HTTP status that the protocol does not know.
    HttpError "http_error" Transmit Later PeerOperator;
    /// The SOAP body does not belong to the service named in the header.
    InconsistentHeaders "inconsistent_headers" Accept Never ConsumerSystem;
    /// The response does not belong to the request.
    InconsistentResponse "inconsistent_response" Correlate Later PeerOperator;
    /// Anything unexpected; also a malformed REST URL or X-Road header, and a missing transport header.
    InternalError "internal_error" Any AfterFix OwnOperator;
    /// The SOAP body has not exactly one child.
    InvalidBody "invalid_body" Accept Never ConsumerSystem;
    /// The SOAP body is missing.
    MissingBody "missing_body" Accept Never ConsumerSystem;
    /// The SOAP header is missing.
    MissingHeader "missing_header" Accept Never ConsumerSystem;
    /// A mandatory SOAP header field is missing.
    MissingHeaderField "missing_header_field" Accept Never ConsumerSystem;
    /// Not a SOAP 1.1 message.
    InvalidSoap "invalid_soap" Accept Never ConsumerSystem;
    /// XML that breaks the message schema.
    InvalidXml "invalid_xml" Accept Never ConsumerSystem;
    /// The message protocol version is not ours.
    InvalidProtocolVersion "invalid_protocol_version" Accept Never ConsumerSystem;
    /// The REST request names no client.
    InvalidClientIdentifier "invalid_client_identifier" Accept Never ConsumerSystem;
    /// A content type that does not fit its place.
    InvalidContentType "invalid_content_type" Receive Never ConsumerSystem;
    /// Another HTTP method than POST.
    InvalidHttpMethod "invalid_http_method" Accept Never ConsumerSystem;
    /// Parts that are too many, too large or not what they must be.
    InvalidMessage "invalid_message" Receive Never PeerOperator;
    /// The signature refers to something that the message does not contain, or does not cover all of it.
    InvalidReference "invalid_reference" Verify Never PeerOperator;
    /// Bad parameters of a metadata service.
    InvalidRequest "invalid_request" Accept Never ConsumerSystem;
    /// The security server named by the consumer does not exist or does not serve the provider.
    InvalidSecurityServer "invalid_security_server" Route AfterFix ConsumerSystem;
    /// The value of the signature is wrong.
    InvalidSignatureValue "invalid_signature_value" Verify Never PeerOperator;
    /// The signature document is not of the expected form.
    MalformedSignature "malformed_signature" Verify Never PeerOperator;
    /// A malformed SOAPAction.
    InvalidSoapAction "invalid_soap_action" Accept Never ConsumerSystem;
    /// A stream ended early or could not be read.
    IoError "io_error" Any Later Nobody;
    /// The message could not be written to the journal.
    LoggingFailed "logging_failed" Record AfterFix OwnOperator;
    /// Records have been without timestamp for longer than allowed.
    TimestampingFailed "timestamping_failed" Record AfterFix OwnOperator;
    /// The provider's security server announces maintenance.
    MaintenanceMode "maintenance_mode" Route Later Nobody;
    /// The server's own configuration cannot be read.
    MalformedServerConf "malformed_server_conf" Any AfterFix OwnOperator;
    /// The global configuration cannot be read.
    MalformedGlobalConf "malformed_global_conf" Any AfterFix Registry;
    /// An optional part of the global configuration cannot be read.
    MalformedOptionalPartsConf "malformed_optional_parts_conf" Any AfterFix Registry;
    /// A multipart cannot be read.
    MimeParsingFailed "mime_parsing_failed" Receive Never ConsumerSystem;
    /// A message between security servers without REST part.
    MissingRest "missing_rest" Receive Never PeerOperator;
    /// A message between security servers without signature.
    MissingSignature "missing_signature" Receive Never PeerOperator;
    /// A message without SOAP part.
    MissingSoap "missing_soap" Receive Never PeerOperator;
    /// No connection to the other side.
    NetworkError "network_error" Transmit Later PeerOperator;
    /// The host name of the service cannot be resolved.
    UnknownHost "unknown_host" Deliver AfterFix Provider;
    /// The provider has disabled the service.
    ServiceDisabled "service_disabled" Authorise AfterFix Provider;
    /// Prefix: processing of a message failed.
    ServiceFailed "service_failed" Any AfterFix Provider;
    /// The address of the service is malformed.
    ServiceMalformedUrl "service_malformed_url" Deliver AfterFix Provider;
    /// The service has no address.
    ServiceMissingUrl "service_missing_url" Deliver AfterFix Provider;
    /// A SOAP call to a REST service or the reverse.
    ServiceType "service_type" Authorise Never ConsumerSystem;
    /// Prefix: the signature was not accepted.
    SignatureVerification "signature_verification" Verify Never PeerOperator;
    /// The identity of a TLS peer was not accepted.
    SslAuthenticationFailed "ssl_authentication_failed" AuthenticatePeer AfterFix PeerOperator;
    /// A client or provider that is not registered.
    UnknownMember "unknown_member" Route AfterFix ConsumerSystem;
    /// A service that does not exist.
    UnknownService "unknown_service" Authorise AfterFix ConsumerSystem;

    /// The signer has no such key.
    KeyNotFound "key_not_found" Keys AfterFix OwnOperator;
    /// The signer has no such certificate.
    CertNotFound "cert_not_found" Keys AfterFix OwnOperator;
    /// The signer has no such certificate request.
    CsrNotFound "csr_not_found" Keys AfterFix OwnOperator;
    /// The signer has no such token.
    TokenNotFound "token_not_found" Keys AfterFix OwnOperator;
    /// Nobody has logged in to the token.
    TokenNotActive "token_not_active" Keys AfterFix OwnOperator;
    /// The token has no PIN yet.
    TokenNotInitialized "token_not_initialized" Keys AfterFix OwnOperator;
    /// The token is not connected.
    TokenNotAvailable "token_not_available" Keys AfterFix OwnOperator;
    /// The token cannot be changed.
    TokenReadonly "token_readonly" Keys AfterFix OwnOperator;
    /// The token refused to sign.
    CannotSign "cannot_sign" Keys AfterFix OwnOperator;
    /// The key cannot sign with this algorithm.
    UnsupportedSignAlgorithm "unsupported_sign_algorithm" Keys AfterFix OwnOperator;
    /// A key could not be made.
    FailedToGeneratePrivateKey "failed_to_generate_private_key" Keys AfterFix OwnOperator;
    /// The certificate is already there.
    CertExists "cert_exists" Keys Never OwnOperator;
    /// The certificate is for another use than its key.
    WrongCertUsage "wrong_cert_usage" Keys AfterFix OwnOperator;
    /// Logging in to the token failed.
    LoginFailed "login_failed" Keys AfterFix OwnOperator;
    /// Logging out of the token failed.
    LogoutFailed "logout_failed" Keys Later OwnOperator;
    /// Wrong PIN.
    PinIncorrect "pin_incorrect" Keys AfterFix OwnOperator;
    /// The certificate could not be imported.
    CertImportFailed "cert_import_failed" Keys AfterFix OwnOperator;
    /// The PIN breaks the policy.
    TokenPinPolicyFailure "token_pin_policy_failure" Keys AfterFix OwnOperator;

    /// Personal-LINK: the person has not consented. The answer is the same for refused, unknown and never asked.
    ConsentRequired "consent_required" Authorise AfterFix Person;
    /// Personal-LINK: a consent that the consumer held has ended.
    ConsentEnded "consent_ended" Authorise AfterFix Person;
    /// Personal-LINK: the state of consents is not known well enough at the moment.
    ConsentStateStale "consent_state_stale" Authorise Later OwnOperator;
    /// Personal-LINK: several purposes fit the request and it names none.
    PurposeAmbiguous "purpose_ambiguous" Authorise Never ConsumerSystem;
    /// Personal-LINK: the request does not say whom it is about.
    SubjectMissing "subject_missing" Authorise Never ConsumerSystem;
    /// Personal-LINK: the request asks for more than the consent covers.
    ScopeExceeded "scope_exceeded" Authorise Never ConsumerSystem;
    /// Personal-LINK: the legal basis named does not apply.
    BasisNotAvailable "basis_not_available" Authorise AfterFix Provider;
}

impl Word {
    /// HTTP status of the REST answer for the consent words, `None` for the words of X-Road.
    #[must_use]
    pub const fn consent_status(self) -> Option<u16> {
        match self {
            Self::ConsentRequired | Self::ConsentEnded | Self::ScopeExceeded | Self::BasisNotAvailable => {
                Some(403)
            }
            Self::PurposeAmbiguous | Self::SubjectMissing => Some(400),
            Self::ConsentStateStale => Some(503),
            _ => None,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().text)
    }
}
