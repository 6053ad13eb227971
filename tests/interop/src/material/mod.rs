//! What a stock server was, taken from its captured files and written as what our server reads.
//!
//! | captured | ours |
//! | --- | --- |
//! | `keyconf/<server>-softtoken/` | `token/`, a copy of the PKCS#12 files |
//! | `keyconf/<server>-keyconf.xml` | the certificates in it, imported by `security-server keys import` |
//! | `keyconf/<server>-serverconf.sql` | `subsystems.toml`, and the identity of the server |
//! | `globalconf/` | `globalconf/`, a copy; its expiry is moved only if it is over |
//!
//! In the place of the provider's server there is one service more, [`open_api`], because the captured pair has none
//! with such a description.

pub mod declarations;
pub mod global_conf;
pub mod open_api;
pub mod serverconf;
pub mod sql;
pub mod token;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::place::Role;

pub use global_conf::{copy as copy_global_conf, keep_valid};
pub use serverconf::ServerConf;

/// PIN of the captured tokens.
const PIN: &str = "1234";

/// What our server needs, in the folder of the run.
#[derive(Debug)]
pub struct Material {
    /// `instance/class/member/server`.
    pub server_id: String,
    /// The token.
    pub token: PathBuf,
    /// The file with its PIN.
    pub pin: PathBuf,
    /// The declarations.
    pub declarations: PathBuf,
}

impl Material {
    /// Writes it from the captured files in `captured` into `run`; `security_server` imports the certificates.
    ///
    /// # Errors
    /// A captured file is missing or is not what it should be.
    pub fn prepare(role: Role, captured: &Path, run: &Path, security_server: &Path) -> Result<Self> {
        let keyconf = |name: &str| captured.join("keyconf").join(format!("{}-{name}", role.name()));
        let sql = keyconf("serverconf.sql");
        let text = fs::read_to_string(&sql).with_context(|| sql.display().to_string())?;
        let mut conf = ServerConf::from_sql(&text).with_context(|| sql.display().to_string())?;
        if role == Role::Ss2 {
            open_api::add(&mut conf, run)?;
        }
        let declarations = run.join("subsystems.toml");
        fs::write(&declarations, declarations::toml(&conf)?)?;
        let pin = run.join("pin");
        token::write_pin(&pin, PIN)?;
        let token = run.join("token");
        token::take_over(&keyconf("softtoken"), &keyconf("keyconf.xml"), &token, &pin, security_server)?;
        Ok(Self { server_id: conf.server_id, token, pin, declarations })
    }
}
