//! Development CA, OCSP responder and TSA.
