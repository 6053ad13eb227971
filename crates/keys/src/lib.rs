//! Where private keys live: software tokens and the signing operation.
