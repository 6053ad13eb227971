//! The server side.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslMethod};
use openssl::stack::Stack;
use openssl::x509::{X509Name, X509VerifyResult};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_openssl::SslStream;

use crate::context::{Identity, builder, diffie_hellman, judge_leaf};
use crate::session::SESSION_LIFETIME;
use crate::stream::EndIsError;
use crate::{LegacyTlsError, Peer, Stream};

/// Decides by the DER bytes of the leaf certificate whether a peer may go on.
pub type Admission = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// Sessions are resumed only where they were made for the same purpose (required by OpenSSL as soon as client
/// certificates are asked for).
const SESSION_ID_CONTEXT: &[u8] = b"sekisho-5500";

/// Accepts connections of stock peers.
pub struct Acceptor {
    /// Makes a context, and with it a new key for session tickets.
    make_context: Box<dyn Fn() -> Result<SslContext, ErrorStack> + Send + Sync>,
    current: Mutex<Current>,
    admit: Admission,
}

struct Current {
    context: SslContext,
    since: Instant,
}

impl Acceptor {
    /// An acceptor that presents `identity`, names `authorities` (DER subject names) as acceptable, and lets in
    /// whom `admit` knows.
    ///
    /// # Errors
    /// [`LegacyTlsError::Setup`].
    pub fn new(
        identity: Identity<'_>,
        authorities: &[Vec<u8>],
        admit: Admission,
    ) -> Result<Self, LegacyTlsError> {
        let certificates = identity.certificates.to_vec();
        let private_key = openssl::pkey::PKey::private_key_from_der(identity.private_key)?;
        let authorities = authorities.to_vec();
        let asked = Arc::clone(&admit);
        let make_context = Box::new(move || {
            let private_key = private_key.private_key_to_pkcs8()?;
            let identity = Identity { certificates: &certificates, private_key: &private_key };
            server_context(identity, &authorities, Arc::clone(&asked))
        });
        let current = Mutex::new(Current { context: make_context()?, since: Instant::now() });
        Ok(Self { make_context, current, admit })
    }

    /// Does the handshake.
    ///
    /// # Errors
    /// [`LegacyTlsError::NotAdmitted`] for a certificate that is not known (now: a resumed session is asked about
    /// again), else [`LegacyTlsError::Handshake`].
    pub async fn accept<S>(&self, stream: S) -> Result<(Stream<S>, Peer), LegacyTlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let context = self.context()?;
        let ssl = Ssl::new(&context)?;
        let mut stream = SslStream::new(ssl, EndIsError { stream })?;
        if let Err(error) = Pin::new(&mut stream).accept().await {
            let refused = stream.ssl().verify_result() == X509VerifyResult::APPLICATION_VERIFICATION;
            return Err(if refused {
                LegacyTlsError::NotAdmitted
            } else {
                LegacyTlsError::Handshake(error.to_string())
            });
        }
        let peer = Peer::of(stream.ssl())?;
        if !(self.admit)(&peer.certificates[0]) {
            return Err(LegacyTlsError::NotAdmitted);
        }
        Ok((Stream::new(stream), peer))
    }

    /// The context of now. It is renewed when it is as old as a session may be, because the crate `openssl` cannot
    /// limit the life of tickets otherwise: their key goes with the context.
    fn context(&self) -> Result<SslContext, ErrorStack> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.since.elapsed() >= SESSION_LIFETIME {
            *current = Current { context: (self.make_context)()?, since: Instant::now() };
        }
        Ok(current.context.clone())
    }
}

fn server_context(
    identity: Identity<'_>,
    authorities: &[Vec<u8>],
    admit: Admission,
) -> Result<SslContext, ErrorStack> {
    let mut context = builder(SslMethod::tls_server(), identity)?;
    context.set_tmp_dh(&*diffie_hellman()?)?;
    context.set_session_id_context(SESSION_ID_CONTEXT)?;
    if !authorities.is_empty() {
        let mut names = Stack::new()?;
        for name in authorities {
            names.push(X509Name::from_der(name)?)?;
        }
        context.set_client_ca_list(names);
    }
    judge_leaf(&mut context, move |chain| {
        let leaf = chain.current_cert().and_then(|certificate| certificate.to_der().ok());
        let admitted = leaf.is_some_and(|leaf| admit(&leaf));
        if !admitted {
            chain.set_error(X509VerifyResult::APPLICATION_VERIFICATION);
        }
        admitted
    });
    Ok(context.build())
}
