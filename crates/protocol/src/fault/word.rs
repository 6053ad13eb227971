//! The words of fault codes, and what each means for the one who reads it.

use std::fmt;

use super::Origin;

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
    /// Who of ours may say it. Nobody: it comes from others only, and is read, shown and explained like all others.
    pub origins: &'static [Origin],
    /// Where it is raised.
    pub stage: Stage,
    /// Whether to try again.
    pub retry: Retry,
    /// Who must act.
    pub actor: Actor,
    /// Status of the REST answer, where it is not X-Road's: see [`http_status`](super::http_status). SOAP tells every
    /// fault with 200.
    pub status: Option<u16>,
}

/// A status that a word has of its own.
const fn own_status(given: &[u16]) -> Option<u16> {
    match given {
        [status] => Some(*status),
        _ => None,
    }
}

/// Defines [`Word`] and its table together, so that neither can miss an entry of the other.
macro_rules! words {
    ($($(#[$doc:meta])*
        $word:ident $text:literal [$($origin:ident)*] $stage:ident $retry:ident $actor:ident $($status:literal)?;)*) => {
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
                        origins: &[$(Origin::$origin,)*],
                        stage: Stage::$stage,
                        retry: Retry::$retry,
                        actor: Actor::$actor,
                        status: own_status(&[$($status)?]),
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
    AccessDenied "access_denied" [ServerProxy] Authorise AfterFix Provider;
    /// No signing certificate with a good OCSP status, or the signer failed.
    CannotCreateSignature "cannot_create_signature" [ClientProxy ServerProxy] Seal AfterFix OwnOperator;
    /// A certificate chain cannot be built up to an approved certification authority.
    CannotCreateCertPath "cannot_create_cert_path" [ClientProxy ServerProxy] Verify AfterFix PeerOperator;
    /// A certificate of a chain is revoked, unknown, or has no OCSP response.
    CertValidation "cert_validation" [ClientProxy ServerProxy] Verify AfterFix PeerOperator;
    /// An OCSP response is too old, for another certificate, or badly signed.
    IncorrectValidationInfo "incorrect_validation_info" [ClientProxy ServerProxy] Verify Later PeerOperator;
    /// A certificate chain is not valid.
    InvalidCertPath "invalid_cert_path" [ClientProxy ServerProxy] Verify AfterFix PeerOperator;
    /// The signer named in the certificate is not the sender of the message, or no member can be read from it.
    IncorrectCertificate "incorrect_certificate" [ClientProxy ServerProxy] Verify AfterFix PeerOperator;
    /// The provider demands a newer version of the consumer's security server.
    ClientProxyVersionNotSupported "client_proxy_version_not_supported" [ServerProxy] Receive AfterFix PeerOperator;
    /// The journal's database server failed.
    DatabaseError "database_error" [ClientProxy ServerProxy] Any Later OwnOperator;
    /// A SOAP header field occurs twice.
    DuplicateHeaderField "duplicate_header_field" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// The global configuration has expired.
    GlobalConfOutdated "global_conf_outdated" [ClientProxy ServerProxy] Any AfterFix OwnOperator;
    /// A hash chain does not refer to every part of the message.
    HashchainUnusedInputs "hashchain_unused_inputs" [ClientProxy ServerProxy] Verify Never PeerOperator;
    /// A hash chain does not lead to its result.
    InvalidHashChain "invalid_hash_chain" [ClientProxy ServerProxy] Verify Never PeerOperator;
    /// A digest written in a hash chain is not that of the part.
    InvalidHashChainRef "invalid_hash_chain_ref" [ClientProxy ServerProxy] Verify Never PeerOperator;
    /// A hash chain or its result is not well formed.
    MalformedHashChain "malformed_hash_chain" [ClientProxy ServerProxy] Verify Never PeerOperator;
    /// A hardware token does not work (a stock server's health check).
    HsmNonOperational "hsm_non_operational" [] Keys AfterFix OwnOperator;
    /// The other side answered with an HTTP status that the protocol does not know.
    HttpError "http_error" [ClientProxy ServerProxy] Transmit Later PeerOperator;
    /// The SOAP body does not belong to the service named in the header.
    InconsistentHeaders "inconsistent_headers" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// The response does not belong to the request.
    InconsistentResponse "inconsistent_response" [ClientProxy] Correlate Later PeerOperator;
    /// Anything unexpected; also a malformed REST URL or X-Road header, and a missing transport header.
    InternalError "internal_error" [Client ClientProxy ServerProxy] Any AfterFix OwnOperator;
    /// The SOAP body has not exactly one child.
    InvalidBody "invalid_body" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// The SOAP body is missing.
    MissingBody "missing_body" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// The SOAP header is missing.
    MissingHeader "missing_header" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// A mandatory SOAP header field is missing.
    MissingHeaderField "missing_header_field" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// Not a SOAP 1.1 message.
    InvalidSoap "invalid_soap" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// XML that breaks the message schema.
    InvalidXml "invalid_xml" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// The message protocol version is not ours.
    InvalidProtocolVersion "invalid_protocol_version" [Client ClientProxy ServerProxy] Accept Never ConsumerSystem;
    /// The REST request names no client.
    InvalidClientIdentifier "invalid_client_identifier" [ClientProxy] Accept Never ConsumerSystem;
    /// A content type that does not fit its place.
    InvalidContentType "invalid_content_type" [Client ClientProxy ServerProxy] Receive Never ConsumerSystem;
    /// Another HTTP method than POST.
    InvalidHttpMethod "invalid_http_method" [Client ServerProxy] Accept Never ConsumerSystem;
    /// Parts that are too many, too large or not what they must be.
    InvalidMessage "invalid_message" [ClientProxy ServerProxy] Receive Never PeerOperator;
    /// The signature refers to something that the message does not contain, or does not cover all of it.
    InvalidReference "invalid_reference" [ClientProxy ServerProxy] Verify Never PeerOperator;
    /// Bad parameters of a metadata service.
    InvalidRequest "invalid_request" [ServerProxy] Accept Never ConsumerSystem;
    /// The security server named by the consumer does not exist or does not serve the provider.
    InvalidSecurityServer "invalid_security_server" [ClientProxy ServerProxy] Route AfterFix ConsumerSystem;
    /// The value of the signature is wrong.
    InvalidSignatureValue "invalid_signature_value" [ClientProxy ServerProxy] Verify Never PeerOperator;
    /// The signature document is not of the expected form.
    MalformedSignature "malformed_signature" [ClientProxy ServerProxy] Verify Never PeerOperator;
    /// A malformed SOAPAction.
    InvalidSoapAction "invalid_soap_action" [Client ServerProxy] Accept Never ConsumerSystem;
    /// A stream ended early or could not be read.
    IoError "io_error" [ClientProxy ServerProxy] Any Later Nobody;
    /// The message could not be written to the journal.
    LoggingFailed "logging_failed" [ClientProxy ServerProxy] Record AfterFix OwnOperator;
    /// Records have been without timestamp for longer than allowed.
    TimestampingFailed "timestamping_failed" [ClientProxy ServerProxy] Record AfterFix OwnOperator;
    /// The provider's security server announces maintenance.
    MaintenanceMode "maintenance_mode" [ClientProxy] Route Later Nobody;
    /// The server's own configuration cannot be read. Ours is checked before it is applied.
    MalformedServerConf "malformed_server_conf" [] Any AfterFix OwnOperator;
    /// The global configuration cannot be read. Ours is checked before it is put in force.
    MalformedGlobalConf "malformed_global_conf" [] Any AfterFix Registry;
    /// An optional part of the global configuration cannot be read. As the whole.
    MalformedOptionalPartsConf "malformed_optional_parts_conf" [] Any AfterFix Registry;
    /// A multipart cannot be read.
    MimeParsingFailed "mime_parsing_failed" [Client ClientProxy ServerProxy] Receive Never ConsumerSystem;
    /// A message between security servers without REST part.
    MissingRest "missing_rest" [ClientProxy ServerProxy] Receive Never PeerOperator;
    /// A message between security servers without signature.
    MissingSignature "missing_signature" [ClientProxy ServerProxy] Receive Never PeerOperator;
    /// A message without SOAP part.
    MissingSoap "missing_soap" [Client ClientProxy ServerProxy] Receive Never PeerOperator;
    /// No connection to the other side.
    NetworkError "network_error" [ClientProxy ServerProxy] Transmit Later PeerOperator;
    /// The host name of the service cannot be resolved.
    UnknownHost "unknown_host" [ServerProxy] Deliver AfterFix Provider;
    /// The provider has disabled the service.
    ServiceDisabled "service_disabled" [ServerProxy] Authorise AfterFix Provider;
    /// Prefix: processing of a message failed.
    ServiceFailed "service_failed" [ClientProxy ServerProxy] Any AfterFix Provider;
    /// The address of the service is malformed.
    ServiceMalformedUrl "service_malformed_url" [ServerProxy] Deliver AfterFix Provider;
    /// The service has no address. Ours are not taken over without one.
    ServiceMissingUrl "service_missing_url" [] Deliver AfterFix Provider;
    /// A SOAP call to a REST service or the reverse.
    ServiceType "service_type" [ServerProxy] Authorise Never ConsumerSystem;
    /// Prefix: the signature was not accepted.
    SignatureVerification "signature_verification" [ClientProxy ServerProxy] Verify Never PeerOperator;
    /// The identity of a TLS peer was not accepted.
    SslAuthenticationFailed "ssl_authentication_failed" [ClientProxy ServerProxy] AuthenticatePeer AfterFix PeerOperator;
    /// A client or provider that is not registered.
    UnknownMember "unknown_member" [ClientProxy ServerProxy] Route AfterFix ConsumerSystem;
    /// A service that does not exist.
    UnknownService "unknown_service" [ServerProxy] Authorise AfterFix ConsumerSystem;

    // Of a stock server's signer; ours refuses with `cannot_create_signature`, and its command says the reason in words.
    /// The signer has no such key.
    KeyNotFound "key_not_found" [] Keys AfterFix OwnOperator;
    /// The signer has no such certificate.
    CertNotFound "cert_not_found" [] Keys AfterFix OwnOperator;
    /// The signer has no such certificate request.
    CsrNotFound "csr_not_found" [] Keys AfterFix OwnOperator;
    /// The signer has no such token.
    TokenNotFound "token_not_found" [] Keys AfterFix OwnOperator;
    /// Nobody has logged in to the token.
    TokenNotActive "token_not_active" [] Keys AfterFix OwnOperator;
    /// The token has no PIN yet.
    TokenNotInitialized "token_not_initialized" [] Keys AfterFix OwnOperator;
    /// The token is not connected.
    TokenNotAvailable "token_not_available" [] Keys AfterFix OwnOperator;
    /// The token cannot be changed.
    TokenReadonly "token_readonly" [] Keys AfterFix OwnOperator;
    /// The token refused to sign.
    CannotSign "cannot_sign" [] Keys AfterFix OwnOperator;
    /// The key cannot sign with this algorithm.
    UnsupportedSignAlgorithm "unsupported_sign_algorithm" [] Keys AfterFix OwnOperator;
    /// A key could not be made.
    FailedToGeneratePrivateKey "failed_to_generate_private_key" [] Keys AfterFix OwnOperator;
    /// The certificate is already there.
    CertExists "cert_exists" [] Keys Never OwnOperator;
    /// The certificate is for another use than its key.
    WrongCertUsage "wrong_cert_usage" [] Keys AfterFix OwnOperator;
    /// Logging in to the token failed.
    LoginFailed "login_failed" [] Keys AfterFix OwnOperator;
    /// Logging out of the token failed.
    LogoutFailed "logout_failed" [] Keys Later OwnOperator;
    /// Wrong PIN.
    PinIncorrect "pin_incorrect" [] Keys AfterFix OwnOperator;
    /// The certificate could not be imported.
    CertImportFailed "cert_import_failed" [] Keys AfterFix OwnOperator;
    /// The PIN breaks the policy.
    TokenPinPolicyFailure "token_pin_policy_failure" [] Keys AfterFix OwnOperator;

    /// Personal-LINK: the person has not consented. The answer is the same for refused, unknown and never asked.
    ConsentRequired "consent_required" [ClientProxy ServerProxy] Authorise AfterFix Person 403;
    /// Personal-LINK: a consent that the consumer held has ended.
    ConsentEnded "consent_ended" [ClientProxy ServerProxy] Authorise AfterFix Person 403;
    /// Personal-LINK: the state of consents is not known well enough at the moment.
    ConsentStateStale "consent_state_stale" [ClientProxy ServerProxy] Authorise Later OwnOperator 503;
    /// Personal-LINK: several purposes fit the request and it names none.
    PurposeAmbiguous "purpose_ambiguous" [ClientProxy ServerProxy] Authorise Never ConsumerSystem 400;
    /// Personal-LINK: the request does not say whom it is about.
    SubjectMissing "subject_missing" [ClientProxy ServerProxy] Authorise Never ConsumerSystem 400;
    /// Personal-LINK: the request asks for more than the consent covers. Reserved: no rule says it yet.
    ScopeExceeded "scope_exceeded" [] Authorise Never ConsumerSystem 403;
    /// Personal-LINK: the legal basis named does not apply.
    BasisNotAvailable "basis_not_available" [ServerProxy] Authorise AfterFix Provider 403;
}

impl Word {
    /// Reads a word as any release writes it: `access_denied` since 7.8, `AccessDenied` before.
    #[must_use]
    pub fn understand(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| match text {
            "OutdatedGlobalConf" => Some(Self::GlobalConfOutdated),
            "HashChainUnusedInputs" => Some(Self::HashchainUnusedInputs),
            text if text.starts_with(|first: char| first.is_ascii_uppercase()) => {
                Self::parse(&snake_case(text))
            }
            _ => None,
        })
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().text)
    }
}

/// `IOError` as `io_error`: a word begins where an upper-case letter follows a lower-case one, or precedes one.
fn snake_case(camel: &str) -> String {
    let letters: Vec<char> = camel.chars().collect();
    let mut snake = String::with_capacity(camel.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let lower =
            |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_lowercase);
        let begins = letter.is_ascii_uppercase() && (lower(at.checked_sub(1)) || lower(Some(at + 1)));
        if begins && at > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
