//! X-Road's own TLS 1.2 CBC stack through OpenSSL, for stock peers only.
