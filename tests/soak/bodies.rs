//! One large body each way, and one large attachment.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sekisho_tests::world::World;
use service_kit::http::{Body, Request, Response};
use service_kit::http_client::{ClientSettings, Destination, HttpClient};

use crate::attachments;
use crate::service::pattern;

/// The service receives it all and says how much it was.
pub(crate) async fn upload(world: &World, bytes: u64) -> Result<()> {
    let began = Instant::now();
    let response = send(world, World::request("POST", "soak/take").body(pattern(bytes))).await?;
    let taken = response.body.read_all(100).await?;
    ensure!(taken == bytes.to_string().as_bytes(), "the service took {}", String::from_utf8_lossy(&taken));
    tell(bytes, began);
    Ok(())
}

/// The service gives as much as it was asked for.
pub(crate) async fn download(world: &World, bytes: u64) -> Result<()> {
    let began = Instant::now();
    let mut body = send(world, World::request("GET", &format!("soak/give/{bytes}"))).await?.body;
    let mut given = 0;
    while let Some(piece) = body.piece().await {
        given += piece?.len() as u64;
    }
    ensure!(given == bytes, "the service gave {given}");
    tell(bytes, began);
    Ok(())
}

/// The service receives the attachment, compares it and says how large it was.
pub(crate) async fn upload_attachment(world: &World, bytes: u64) -> Result<()> {
    let began = Instant::now();
    let message = attachments::message(&attachments::request(0), bytes);
    let response = send(world, soap(attachments::CONTENT_TYPE, message)).await?;
    let answer = String::from_utf8(response.body.read_all(64 * 1024).await?.to_vec())?;
    let taken = attachments::number_in(&answer, "taken")?;
    ensure!(taken == bytes, "the service took {taken}");
    tell(bytes, began);
    Ok(())
}

/// The service gives an attachment as large as it was asked for; it is compared here.
pub(crate) async fn download_attachment(world: &World, bytes: u64) -> Result<()> {
    let began = Instant::now();
    let request = soap("text/xml; charset=UTF-8", attachments::request(bytes));
    let (_, given) = attachments::read(send(world, request).await?.body).await?;
    ensure!(given == bytes, "the service gave {given}");
    tell(bytes, began);
    Ok(())
}

fn soap(content_type: &str, body: impl Into<Body>) -> Request {
    Request::post("/", content_type, body).header("SOAPAction", "\"\"")
}

async fn send(world: &World, request: Request) -> Result<Response> {
    // The answer begins when both servers have received, verified and recorded the whole message.
    let patience = Some(Duration::from_secs(1_200));
    let client = HttpClient::new(ClientSettings { response_timeout: patience, ..ClientSettings::default() });
    let port = world.town.ports.support_centre().information_systems;
    let response = client.send(&Destination::plain("127.0.0.1", port), request).await?;
    let error = response.headers.get("x-road-error").unwrap_or_default();
    ensure!(response.status == 200 && error.is_empty(), "{} {error}", response.status);
    Ok(response)
}

#[expect(clippy::cast_precision_loss, reason = "shown without digits after the point")]
fn tell(bytes: u64, began: Instant) {
    let (mib, seconds) = (bytes as f64 / 1_048_576.0, began.elapsed().as_secs_f64());
    println!("{mib:.0} MiB in {seconds:.1} s, {:.0} MiB each second", mib / seconds);
}
