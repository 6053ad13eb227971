//! What the tests of the journal share: where it lies, records, and an authority that stamps or fails as told.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use identifiers::{ClientId, ServiceId};
use protocol::Payload;
use service_kit::clock::Clock;
use service_kit::secret::SecretSource;
use testkit::database::{Database, Server};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::authority::Stamping;
use super::packing::Packer;
use super::store::{Change, Prepared, PreparedBody};
use super::*;

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);

/// A minimal document that can be timestamped.
pub(super) fn signature(number: usize) -> String {
    let value = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("value {number}"));
    format!(
        "<asic:XAdESSignatures xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\">\
         <ds:Signature><ds:SignatureValue>{value}</ds:SignatureValue><ds:Object><xades:UnsignedSignatureProperties>\
         <xades:RevocationValues/></xades:UnsignedSignatureProperties></ds:Object></ds:Signature>\
         </asic:XAdESSignatures>"
    )
}

pub(super) fn client(path: &str) -> ClientId {
    ClientId::from_path(path).unwrap()
}

/// A consumer's request without body.
pub(super) fn record(number: usize) -> Record {
    Record {
        side: Side::Consumer,
        direction: Direction::Request,
        payload: Payload::Rest,
        query_id: format!("query-{number}"),
        request_id: format!("request-{number}"),
        local: client("INST/GOV/1111/SUB1"),
        peer: client("INST/GOV/2222/SUB2"),
        service: ServiceId::from_path("INST/GOV/2222/SUB2/svc").unwrap(),
        time: NOW + Duration::seconds(i64::try_from(number).unwrap()),
        message: Bytes::from(format!(
            "GET\r\n/r1/INST/GOV/2222/SUB2/svc/{number}\r\nX-Road-Id:query-{number}\r\n"
        )),
        body: Body::Absent,
        seal: Seal { signature: signature(number).into(), hash_chain_result: None, hash_chain: None },
    }
}

/// A record with this body as the writer gets it.
pub(super) fn change(record: Record, body: Vec<u8>) -> Change {
    let packed = Packer::default().pack(&record.local, &record.message, &record.seal).unwrap();
    Change::Append(Box::new(Prepared {
        time: record.time,
        side: record.side,
        direction: record.direction,
        payload: record.payload,
        query_id: record.query_id,
        request_id: record.request_id,
        local: record.local.to_path(),
        peer: record.peer.to_path(),
        service: record.service.to_path(),
        packed,
        body: PreparedBody::Memory(body.into()),
        signature_hash: [0; 64],
    }))
}

/// Gives `token of <length of data>` unless told to fail.
#[derive(Default)]
pub(super) struct TestAuthority {
    pub(super) failing: AtomicBool,
    pub(super) calls: AtomicUsize,
}

impl TimestampAuthority for TestAuthority {
    fn interval(&self) -> Option<Duration> {
        Some(Duration::seconds(60))
    }

    fn stamp<'a>(&'a self, data: &'a [u8]) -> Stamping<'a> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::Relaxed);
            if self.failing.load(Ordering::Relaxed) {
                return Err(TimestampFailure("the test says no".to_owned()));
            }
            Ok(format!("token of {}", data.len()).into_bytes())
        })
    }
}

/// Where the journal of a test lies.
pub(super) struct Ground {
    /// Where the journal is on SQLite; on PostgreSQL nothing is in it.
    folder: Folder,
    database: Option<Database>,
}

enum Folder {
    Own(tempfile::TempDir),
    OfParent(PathBuf),
}

/// Writers wait as long as it lives.
pub(super) enum Blocker {
    Sqlite { _connection: rusqlite::Connection },
    Postgres { _connection: tokio_postgres::Client },
}

/// Folder, database and its password, for a child process of a test.
const FOLDER: &str = "MESSAGE_LOG_TEST_FOLDER";
const DATABASE: &str = "MESSAGE_LOG_TEST_DATABASE";
const PASSWORD: &str = "MESSAGE_LOG_TEST_PASSWORD";

/// A journal that was opened there.
pub(super) struct Opened {
    pub(super) log: MessageLog,
    pub(super) authority: Arc<TestAuthority>,
    pub(super) clock: Clock,
}

impl Ground {
    pub(super) fn sqlite() -> Self {
        Self { folder: Folder::Own(tempfile::tempdir().unwrap()), database: None }
    }

    /// An empty database; `None`, with a printed line, where PostgreSQL is not installed.
    pub(super) fn postgres() -> Option<Self> {
        database().map(Self::on)
    }

    /// In this database.
    pub(super) fn on(database: Database) -> Self {
        Self { database: Some(database), ..Self::sqlite() }
    }

    /// In a child process: the one of the test that started it.
    pub(super) fn of_parent() -> Option<Self> {
        let folder = Folder::OfParent(std::env::var_os(FOLDER)?.into());
        let database = std::env::var(DATABASE).ok();
        let password = || std::env::var_os(PASSWORD).unwrap_or_default().into();
        Some(Self { folder, database: database.map(|url| Database { url, password_file: password() }) })
    }

    /// What the environment of a child process must say for that.
    pub(super) fn for_child(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![(FOLDER, self.folder().into())];
        if let Some(database) = &self.database {
            variables.push((DATABASE, database.url.clone().into()));
            variables.push((PASSWORD, database.password_file.clone().into()));
        }
        variables
    }

    pub(super) fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Own(folder) => folder.path(),
            Folder::OfParent(folder) => folder,
        }
    }

    /// Lets the writer of every journal here wait.
    pub(super) async fn block_writers(&self) -> Blocker {
        match &self.database {
            None => {
                let file = self.folder().join(super::sqlite::DATABASE);
                let connection = rusqlite::Connection::open(file).unwrap();
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                Blocker::Sqlite { _connection: connection }
            }
            Some(database) => {
                let connection = database.connect().await.unwrap();
                let lock = "BEGIN; LOCK TABLE message_log.record IN EXCLUSIVE MODE";
                connection.batch_execute(lock).await.unwrap();
                Blocker::Postgres { _connection: connection }
            }
        }
    }

    /// The settings that lead here.
    pub(super) fn config(&self) -> MessageLogConfig {
        let mut config = MessageLogConfig::default();
        self.database.iter().for_each(|database| configure(&mut config, database));
        config
    }

    /// Opens the journal, as a start of the server does.
    pub(super) async fn open(&self) -> Opened {
        self.open_with(|_| ()).await
    }

    /// With other settings.
    pub(super) async fn open_with(&self, change: impl FnOnce(&mut MessageLogConfig)) -> Opened {
        let mut config = self.config();
        change(&mut config);
        open(self.folder(), &config).await
    }
}

/// The database server of all tests of this process that leave it alone.
pub(super) fn database_server() -> Option<&'static Server> {
    static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| Server::start().unwrap());
    SERVER.as_ref()
}

/// An empty database there; `None`, with a printed line, where PostgreSQL is not installed.
pub(super) fn database() -> Option<Database> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("journal_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    database_server().map(|server| server.database(&name).unwrap())
}

/// Chooses this database.
pub(super) fn configure(config: &mut MessageLogConfig, database: &Database) {
    config.database = Some(database.url.clone());
    config.database_password = Some(SecretSource::File(database.password_file.clone()));
}

pub(super) async fn open(folder: &Path, config: &MessageLogConfig) -> Opened {
    let authority = Arc::new(TestAuthority::default());
    let clock = Clock::manual(NOW);
    let log = MessageLog::open(folder, config, Arc::clone(&authority) as _, clock.clone()).await.unwrap();
    Opened { log, authority, clock }
}

impl MessageLog {
    /// A record as it is stored.
    pub(super) async fn stored(&self, record: i64) -> Option<super::store::Stored> {
        self.shared.store.read(record).await.unwrap()
    }

    /// Records without timestamp.
    pub(super) async fn waiting(&self) -> usize {
        self.shared.store.waiting(usize::MAX).await.unwrap().len()
    }
}

/// All records of this query id.
pub(super) fn query(number: usize) -> ExportQuery {
    ExportQuery { query_id: format!("query-{number}"), local: None, direction: None, force: false }
}

/// The same tests on each database.
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::message_log::testing::Ground::sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(ground) = crate::message_log::testing::Ground::postgres() {
                    super::$test(ground).await;
                }
            })+
        }
    };
}
pub(super) use on_each_database;
