//! Where private keys live: software tokens and the signing operation.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`signing_key`] | a private key that signs |
//! | [`pin`] | the secret that opens a token |
//! | [`identity`] | a key with its certificate and chain |
//! | [`token`] | a folder of PKCS#12 files |
#![allow(clippy::todo, missing_docs)]

pub mod identity;
pub mod pin;
pub mod signing_key;
pub mod token;

pub use identity::Identity;
pub use pin::{Pin, PinError};
pub use signing_key::{KeyError, KeyType, SigningKey};
pub use token::{KeyId, SoftwareToken, TokenError};
