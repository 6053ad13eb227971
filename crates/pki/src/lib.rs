//! Certificates, profiles, paths, OCSP, CSR, RFC 3161: what a certificate proves at a given time.
