//! Keys and certificates of the town, made once, by the same commands that an administrator would give.

use std::path::Path;

use anyhow::{Context, Result};

use super::Town;

/// Written last: the keys and certificates are all there.
const COMPLETE: &str = "certificates-complete";

/// Whether an earlier start has made everything.
#[must_use]
pub fn are_complete(folder: &Path) -> bool {
    folder.join(COMPLETE).exists()
}

/// Makes the certification authority, the registry's keys, and the keys and certificates of both servers.
///
/// # Errors
/// When a command fails; the error shows what it said.
pub async fn make(town: &Town) -> Result<()> {
    town.command("trust-services", &["init", "--config", "trust-services.toml"]).await?;
    town.command(
        "trust-services",
        &["certificates", "--config", "trust-services.toml", "--out", "certificates"],
    )
    .await?;
    town.command("central-registry", &["init", "--config", "central-registry.toml"]).await?;
    for side in town.sides() {
        std::fs::write(town.folder.join(side.name).join("pin"), fresh_pin()?)?;
        let config = format!("{}/security-server.toml", side.name);
        town.command("security-server", &["keys", "init", "--config", &config]).await?;
        for usage in ["auth", "sign"] {
            certify(town, side.name, usage, usage).await?;
        }
    }
    std::fs::write(town.folder.join(COMPLETE), "")?;
    Ok(())
}

/// A key of the security server `name` for `usage` (`auth` or `sign`), a request for it, the certificate from the
/// authority, and its import. Request and certificate are `<name>/<stem>.csr.pem` and `<name>/<stem>.crt.pem`.
///
/// # Errors
/// There is no such server, or a command fails; the error shows what it said.
pub async fn certify(town: &Town, name: &str, usage: &str, stem: &str) -> Result<()> {
    let side = town.sides().into_iter().find(|side| side.name == name).context("no such security server")?;
    let config = &format!("{name}/security-server.toml");
    let generate = ["keys", "generate", "--config", config, "--usage", usage, "--type", town.key_type];
    let generated = town.command("security-server", &generate).await?;
    let key = generated.lines().next().context("the command names the key")?;
    let request = format!("{name}/{stem}.csr.pem");
    let certificate = format!("{name}/{stem}.crt.pem");
    #[rustfmt::skip]
    let csr = [
        "keys", "csr", "--config", config, key, "--server", side.server, "--member", side.member,
        "--organization", side.organization, "--dns", side.address, "--out", &request,
    ];
    town.command("security-server", &csr).await?;
    #[rustfmt::skip]
    let issue = [
        "issue", "--config", "trust-services.toml", "--profile", usage, "--csr", &request, "--out", &certificate,
    ];
    town.command("trust-services", &issue).await?;
    town.command("security-server", &["keys", "import", "--config", config, &certificate]).await?;
    Ok(())
}

fn fresh_pin() -> Result<String> {
    Ok(hex::encode(service_kit::random::bytes::<16>()?))
}
