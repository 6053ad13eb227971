//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::place::Role;

/// Runs our security server in the place of a stock one and compares what it does with what a stock one did.
#[derive(Debug, Parser)]
#[command(name = "interop")]
pub struct Arguments {
    /// The server of the captured pair in whose place ours stands. Absent: each of the two in turn.
    #[arg(long = "as", value_enum, value_name = "SERVER")]
    pub role: Option<Role>,
    /// Folder of one captured pair (keys, configuration). Absent: `rsa` and `ec` of ../shared in turn.
    #[arg(long, value_name = "DIR")]
    pub material: Option<PathBuf>,
    /// Where the other server is, if not at the address of the captures: of its port for information systems
    /// when it is the consumer (ours is ss2), of its port for security servers when it is the provider.
    /// With this option the foreign peer is never started.
    #[arg(long, value_name = "ADDRESS[:PORT]", requires = "role")]
    pub partner: Option<String>,
    /// Only start our server and stay with it until it is stopped.
    #[arg(long, requires = "role", requires = "material")]
    pub hold: bool,
    /// Only the cases whose name begins with this.
    #[arg(long, value_name = "CASE")]
    pub only: Option<String>,
    /// A global configuration folder that is used in place and kept up to date by somebody else. Absent: a copy of
    /// the captured one.
    #[arg(long, value_name = "DIR")]
    pub global_conf: Option<PathBuf>,
    /// How long to wait for a partner that was given or found. Seconds.
    #[arg(long, default_value_t = 180)]
    pub patience: u64,
    /// Succeed at once when ../shared is not beside the checkout.
    #[arg(long)]
    pub if_present: bool,
    /// The checkout, for calls from elsewhere.
    #[arg(long, default_value = ".")]
    pub checkout: PathBuf,
}
