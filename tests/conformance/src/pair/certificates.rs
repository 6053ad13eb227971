//! Keys and certificates of the network, made by the same commands that an administrator would give.

use anyhow::{Context, Result};

use super::Pair;
use crate::material::ISSUED;
use crate::network::{SERVERS, Stands};

/// Makes the certification authority, the registry's keys, the keys and certificates of both servers and of the mock
/// one, and publishes the membership.
///
/// # Errors
/// When a command fails; the error shows what it said.
pub async fn make(pair: &Pair) -> Result<()> {
    let authority = ["--config", "trust-services.toml"];
    pair.command("trust-services", &[&["init"][..], &authority].concat()).await?;
    pair.command("trust-services", &[&["certificates"][..], &authority, &["--out", "certificates"]].concat())
        .await?;
    pair.command("central-registry", &["init", "--config", "central-registry.toml"]).await?;
    for (name, what, member) in
        [("consumer", Stands::Consumer, "consumer"), ("provider", Stands::Provider, "producer")]
    {
        let server = SERVERS.iter().find(|server| server.what == what).context("a server")?;
        std::fs::write(pair.folder.join(name).join("pin"), service_kit::random::uuid())?;
        let config = format!("{name}/security-server.toml");
        pair.command("security-server", &["keys", "init", "--config", &config]).await?;
        for usage in ["auth", "sign"] {
            let key = pair
                .command("security-server", &["keys", "generate", "--config", &config, "--usage", usage])
                .await?;
            let key = key.lines().next().context("the command names the key")?.to_owned();
            let files = [format!("{name}/{usage}.csr.pem"), format!("{name}/{usage}.crt.pem")];
            #[rustfmt::skip]
            let request = [
                "keys", "csr", "--config", &config, &key, "--server", server.id, "--organization", member,
                "--dns", server.address, "--out", &files[0],
            ];
            pair.command("security-server", &request).await?;
            issue(pair, usage, &files[0], &files[1]).await?;
            pair.command("security-server", &["keys", "import", "--config", &config, &files[1]]).await?;
        }
    }
    for (name, usage, ..) in ISSUED {
        let profile = if usage == pki::csr::CertificateUse::Signing { "sign" } else { "auth" };
        issue(pair, profile, &format!("material/{name}.csr.pem"), &format!("material/{name}.crt.pem"))
            .await?;
    }
    pair.command("central-registry", &["apply", "--config", "central-registry.toml", "membership.toml"])
        .await?;
    #[rustfmt::skip]
    let anchor = ["anchor", "export", "--config", "central-registry.toml", "--out", "configuration-anchor.xml"];
    pair.command("central-registry", &anchor).await?;
    Ok(())
}

async fn issue(pair: &Pair, profile: &str, request: &str, certificate: &str) -> Result<()> {
    #[rustfmt::skip]
    let arguments = [
        "issue", "--config", "trust-services.toml", "--profile", profile, "--csr", request, "--out", certificate,
    ];
    pair.command("trust-services", &arguments).await.map(drop)
}
