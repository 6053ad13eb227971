//! The step in which the evidence of the answered exchange leaves both servers and is verified without them.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use service_kit::http::Request;
use tokio::process::Command;

use super::Report;
use crate::town::{Town, names};

/// Takes the containers of request and response from both servers and verifies each with `evidence-verify`.
pub(super) async fn export_and_verify(town: &Town, report: &mut Report, message_id: &str) -> Result<()> {
    let folder = town.folder.join("evidence");
    std::fs::create_dir_all(&folder)?;
    let sides = [
        ("consumer", town.ports.support_centre().admin, names::CONSUMER),
        ("provider", town.ports.municipality().admin, names::PROVIDER),
    ];
    for (side, port, subsystem) in sides {
        for direction in ["request", "response"] {
            let began = Instant::now();
            let container = export(town, port, subsystem, message_id, direction).await?;
            let file = folder.join(format!("{side}-{direction}.asice"));
            std::fs::write(&file, &container)?;
            let verdict = verify(town, &file).await?;
            let name = format!("evidence of the {side}'s {direction}, verified offline");
            report.note(&name, began.elapsed(), verdict.lines().next().unwrap_or_default(), true);
        }
    }
    Ok(())
}

/// The download of the administration port; `force` time-stamps what is not yet time-stamped.
async fn export(
    town: &Town,
    port: u16,
    subsystem: &str,
    message_id: &str,
    direction: &str,
) -> Result<Vec<u8>> {
    let mut parts = subsystem.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let (instance, class, code, subsystem) = (next(), next(), next(), next());
    let target = format!(
        "/asic?queryId={message_id}&xRoadInstance={instance}&memberClass={class}&memberCode={code}\
         &subsystemCode={subsystem}&{direction}Only&force"
    );
    town.loopback.bytes(port, Request::get(target)).await.context("export of the evidence")
}

async fn verify(town: &Town, container: &std::path::Path) -> Result<String> {
    let output = Command::new(town.binary("evidence-verify"))
        .arg(container)
        .arg("--global-conf")
        .arg(town.stored_global_configuration())
        .stdin(Stdio::null())
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("evidence-verify: {text}{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(text)
}
