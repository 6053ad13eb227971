//! Requests without pause.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use demo_town::coupons::Answer as CouponAnswer;
use demo_town::residents::register::resident_number;
use demo_town::story::Citizen;
use demo_town::town::names::STATISTICS;
use sekisho_tests::answer::Answer;
use sekisho_tests::patience::until;
use sekisho_tests::world::World;
use service_kit::http::Request;
use service_kit::http_client::{ClientSettings, Destination, HttpClient};
use service_kit::random;
use tokio::task::JoinHandle;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A service about nobody, straight at the consumer's security server.
    Plain,
    /// A service about a person who has consented, by the coupon application.
    Personal,
}

/// Tasks for each kind.
const TASKS: [(Kind, usize); 2] = [(Kind::Plain, 3), (Kind::Personal, 2)];

/// Pause after a request that failed, so that a program that is down is not stormed.
const PAUSE: Duration = Duration::from_millis(20);

/// Residents that had their turn; each run has a person of its own.
static NEXT_RESIDENT: AtomicUsize = AtomicUsize::new(0);

/// Ids of exchanges whose answers arrived, in their order.
#[derive(Default)]
pub(crate) struct Acknowledged(BTreeMap<Kind, Vec<String>>);

impl Acknowledged {
    /// All of them.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.values().flatten()
    }

    /// The last of a kind.
    pub(crate) fn last(&self, kind: Kind) -> &str {
        self.0[&kind].last().expect("there was one")
    }
}

#[derive(Default)]
struct State {
    acknowledged: Mutex<Acknowledged>,
    tried: AtomicUsize,
    over: AtomicBool,
}

/// Running traffic.
pub(crate) struct Traffic {
    state: Arc<State>,
    tasks: Vec<JoinHandle<()>>,
}

/// How one request of a task is sent; gives the id of the exchange if it was answered.
#[derive(Clone)]
struct Sender {
    client: HttpClient,
    port: u16,
    kind: Kind,
    customer: String,
}

impl Traffic {
    /// Starts it, with a citizen who has consented.
    pub(crate) async fn start(world: &World) -> Self {
        let customer = consenting_citizen(world).await;
        let settings = ClientSettings { keep_idle: Duration::ZERO, ..ClientSettings::default() };
        let (client, ports) = (HttpClient::new(settings), world.town.ports);
        let state = Arc::<State>::default();
        let mut tasks = Vec::new();
        for (kind, count) in TASKS {
            let port = match kind {
                Kind::Plain => ports.support_centre().information_systems,
                Kind::Personal => ports.coupons(),
            };
            let sender = Sender { client: client.clone(), port, kind, customer: customer.clone() };
            tasks.extend((0..count).map(|_| tokio::spawn(run(sender.clone(), Arc::clone(&state)))));
        }
        Self { state, tasks }
    }

    /// Waits for so many more acknowledgements of each kind.
    pub(crate) async fn until_acknowledged(&self, more: usize) {
        for (kind, _) in TASKS {
            let count = || self.state.acknowledged.lock().unwrap().0.get(&kind).map_or(0, Vec::len);
            let before = count();
            let enough = async || match count() {
                now if now >= before + more => Ok(()),
                now => Err(format!("{} of {more} {kind:?}", now - before)),
            };
            until("acknowledgements", enough).await;
        }
    }

    /// Waits for so many more requests, whatever became of them.
    pub(crate) async fn until_tried(&self, more: usize) {
        let before = self.state.tried.load(Ordering::SeqCst);
        let enough = async || match self.state.tried.load(Ordering::SeqCst) {
            now if now >= before + more => Ok(()),
            now => Err(format!("{} of {more}", now - before)),
        };
        until("requests", enough).await;
    }

    /// Ends it.
    pub(crate) async fn stop(self) -> Acknowledged {
        self.state.over.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await.unwrap();
        }
        std::mem::take(&mut *self.state.acknowledged.lock().unwrap())
    }
}

async fn consenting_citizen(world: &World) -> String {
    let next = NEXT_RESIDENT.fetch_add(1, Ordering::SeqCst);
    let number = resident_number(u32::try_from(next).unwrap());
    let mut citizen = Citizen::enrol(&world.town, number).await.unwrap();
    citizen.link_municipality(&world.town).await.unwrap();
    citizen.link_support_centre(&world.town, "crane").await.unwrap();
    citizen.grant().await.unwrap();
    citizen.customer
}

async fn run(sender: Sender, state: Arc<State>) {
    while !state.over.load(Ordering::SeqCst) {
        let answered = sender.send().await;
        state.tried.fetch_add(1, Ordering::SeqCst);
        match answered {
            Some(id) => state.acknowledged.lock().unwrap().0.entry(sender.kind).or_default().push(id),
            None => tokio::time::sleep(PAUSE).await,
        }
    }
}

impl Sender {
    async fn send(&self) -> Option<String> {
        let (id, destination) = (random::uuid(), Destination::plain("127.0.0.1", self.port));
        let request = match self.kind {
            Kind::Plain => World::request("GET", &format!("{STATISTICS}/districts")).header("X-Road-Id", &id),
            Kind::Personal => Request::get(format!("/customers/{}/eligibility", self.customer)),
        };
        let answer = Answer::read(self.client.send(&destination, request).await.ok()?).await.ok()?;
        if answer.status != 200 || answer.error.is_some() {
            return None;
        }
        match self.kind {
            Kind::Plain => Some(id),
            Kind::Personal => {
                let answer: CouponAnswer = serde_json::from_slice(&answer.body).ok()?;
                answer.eligibility.and(answer.message_id)
            }
        }
    }
}
