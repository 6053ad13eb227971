//! Keys and certificates for the tests of this crate, made at run time.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use zeroize::Zeroizing;

use crate::tls::{Admission, TlsIdentity};

/// A self-signed certificate without names that TLS would look at, as X-Road's are.
pub(crate) fn self_signed(name: &str) -> TlsIdentity {
    let key = KeyPair::generate().unwrap();
    let certificate = parameters(name, &[]).self_signed(&key).unwrap();
    identity(vec![certificate.der().to_vec()], &key)
}

/// An authority (DER) and a certificate that it issued for these host names.
pub(crate) fn issued(name: &str, hosts: &[&str]) -> (Vec<u8>, TlsIdentity) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = parameters("authority", &[]);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let certificate = parameters(name, hosts).signed_by(&key, &issuer).unwrap();
    (authority_certificate.der().to_vec(), identity(vec![certificate.der().to_vec()], &key))
}

/// Lets in exactly this identity.
pub(crate) fn knows(identity: &TlsIdentity) -> Admission {
    let known = identity.certificates()[0].clone();
    std::sync::Arc::new(move |leaf| leaf == known)
}

fn parameters(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut parameters = CertificateParams::new(hosts).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters
}

fn identity(certificates: Vec<Vec<u8>>, key: &KeyPair) -> TlsIdentity {
    TlsIdentity::new(certificates, Zeroizing::new(key.serialize_der())).unwrap()
}
