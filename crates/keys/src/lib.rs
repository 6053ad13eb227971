//! Where private keys live: software tokens and the signing operation.
//!
//! Private keys are zeroized when dropped and have no `Debug` or `Display`; the same goes for PINs.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`signing_key`] | a private key that signs |
//! | [`pin`] | the secret that opens a token |
//! | [`identity`] | a key with its certificate and chain |
//! | [`token`] | a folder of PKCS#12 files, also one of X-Road's |

pub mod identity;
mod pem;
pub mod pin;
mod pkcs12;
pub mod signing_key;
pub mod token;

pub use identity::{Identity, IdentityMismatch};
pub use pin::{Pin, PinError};
pub use signing_key::{KeyError, KeyType, SigningKey};
pub use token::{KeyEntry, KeyId, SoftwareToken, TokenError};
