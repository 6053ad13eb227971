//! Requests of 1 KB.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use sekisho_tests::world::World;
use service_kit::http_client::{ClientSettings, Destination, HttpClient};

/// Bytes of a request and of its answer.
const SIZE: usize = 1_024;

/// Sends them, as an information system that keeps its connections.
#[derive(Clone)]
pub(crate) struct Sender {
    client: HttpClient,
    destination: Destination,
}

/// How long they took.
pub(crate) struct Times {
    whole: Duration,
    each: Vec<Duration>,
}

impl Sender {
    /// To the consumer's security server.
    pub(crate) fn new(world: &World) -> Self {
        let settings = ClientSettings { max_idle: 64, ..ClientSettings::default() };
        let port = world.town.ports.support_centre().information_systems;
        Self { client: HttpClient::new(settings), destination: Destination::plain("127.0.0.1", port) }
    }

    /// Sends so many, so many at once.
    ///
    /// # Errors
    /// The first that is not answered as it must be.
    pub(crate) async fn run(&self, count: u32, at_once: u32) -> Result<Times> {
        let left = Arc::new(AtomicU32::new(count));
        let began = Instant::now();
        let tasks: Vec<_> = (0..at_once)
            .map(|_| {
                let (sender, left) = (self.clone(), Arc::clone(&left));
                tokio::spawn(async move {
                    let mut each = Vec::new();
                    while let Ok(number) = take(&left) {
                        each.push(
                            sender
                                .one(number)
                                .await
                                .with_context(|| format!("request {number} from the end"))?,
                        );
                    }
                    anyhow::Ok(each)
                })
            })
            .collect();
        let mut each = Vec::new();
        for task in tasks {
            each.extend(task.await??);
        }
        each.sort_unstable();
        ensure!(each.len() == count as usize, "{} of {count} requests were answered", each.len());
        Ok(Times { whole: began.elapsed(), each })
    }

    async fn one(&self, number: u32) -> Result<Duration> {
        let body = format!("{number:>SIZE$}");
        let request =
            World::request("POST", "soak/echo").header("Content-Type", "text/plain").body(body.clone());
        let began = Instant::now();
        let response = self.client.send(&self.destination, request).await?;
        let (status, error) = (response.status, response.headers.get("x-road-error").map(str::to_owned));
        let answer = response.body.read_all(64 * 1024).await?;
        if status != 200 || error.is_some() {
            bail!("{status} {}: {}", error.unwrap_or_default(), String::from_utf8_lossy(&answer));
        }
        ensure!(answer == body.as_bytes(), "another answer than the request");
        Ok(began.elapsed())
    }
}

fn take(left: &AtomicU32) -> Result<u32, u32> {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
}

impl Times {
    /// Prints them.
    pub(crate) fn tell(&self) {
        let at = |share: f64| self.share(share).as_secs_f64() * 1_000.0;
        #[expect(clippy::cast_precision_loss, reason = "shown without digits after the point")]
        let rate = self.each.len() as f64 / self.whole.as_secs_f64();
        println!(
            "  {} answered in {:.1} s, {rate:.0} each second; median {:.1} ms, 99 % below {:.1} ms, longest {:.1} ms",
            self.each.len(),
            self.whole.as_secs_f64(),
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list of some thousands"
    )]
    fn share(&self, share: f64) -> Duration {
        let last = self.each.len().saturating_sub(1);
        self.each.get((last as f64 * share) as usize).copied().unwrap_or_default()
    }
}
