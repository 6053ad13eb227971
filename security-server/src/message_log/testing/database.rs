//! PostgreSQL for the tests: a real server, started as anybody would (`scripts/dev-db`). It ends with the process that
//! started it, however that ends.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use service_kit::secret::SecretSource;

use crate::message_log::MessageLogConfig;

/// What `scripts/dev-db` exits with where PostgreSQL is not installed.
const NOT_INSTALLED: i32 = 3;

/// The one of all tests that leave it alone.
static SHARED: LazyLock<Option<Server>> = LazyLock::new(Server::start);

/// A running server.
pub(in crate::message_log) struct Server {
    pub(in crate::message_log) folder: PathBuf,
    /// Its input stays open as long as this lives.
    child: Child,
}

/// A database of its own.
#[derive(Clone)]
pub(in crate::message_log) struct Database {
    pub(in crate::message_log) url: String,
    pub(in crate::message_log) password: PathBuf,
}

impl Server {
    /// Starts one for a test that ends it itself; `None`, with a printed line, where PostgreSQL is not installed.
    pub(in crate::message_log) fn start() -> Option<Self> {
        let mut command = Command::new(script());
        let mut child = command.arg("run").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let Some(first) = lines.next() else {
            let status = child.wait().unwrap();
            assert_eq!(status.code(), Some(NOT_INSTALLED), "scripts/dev-db failed");
            println!("skipped: PostgreSQL is not installed");
            return None;
        };
        let folder = PathBuf::from(first.unwrap().strip_prefix("# folder: ").unwrap());
        // Only now everything is in its place.
        assert_eq!(lines.take(2).filter(Result::is_ok).count(), 2);
        Some(Self { folder, child })
    }

    /// The one of all tests.
    pub(in crate::message_log) fn shared() -> Option<&'static Self> {
        SHARED.as_ref()
    }

    /// Makes an empty database.
    pub(in crate::message_log) fn database(&self) -> Database {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("journal_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let output = order(&["database".as_ref(), self.folder.as_ref(), name.as_ref()]);
        let url = output.lines().find_map(|line| line.strip_prefix("database = ")).unwrap();
        Database { url: url.trim_matches('"').to_owned(), password: self.folder.join("password") }
    }

    /// Ends the server as a power cut would.
    pub(in crate::message_log) fn kill(&self) {
        order(&["kill".as_ref(), self.folder.as_ref()]);
    }

    /// Starts it again.
    pub(in crate::message_log) fn start_again(&self) {
        order(&["start".as_ref(), self.folder.as_ref()]);
    }

    /// As the role of this name, whose password is in the folder, for what the journal's role may not do.
    pub(in crate::message_log) async fn administrator(&self) -> tokio_postgres::Client {
        let port: u16 = std::fs::read_to_string(self.folder.join("port")).unwrap().trim().parse().unwrap();
        let url = format!("postgres://administrator@127.0.0.1:{port}/postgres");
        Database { url, password: self.folder.join("administrator") }.connect().await
    }
}

impl Drop for Server {
    /// Closes the input and waits until it is removed.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Database {
    /// The settings of a journal in it.
    pub(in crate::message_log) fn configure(&self, config: &mut MessageLogConfig) {
        config.database = Some(self.url.clone());
        config.database_password = Some(SecretSource::File(self.password.clone()));
    }

    /// A connection beside the journal's.
    pub(in crate::message_log) async fn connect(&self) -> tokio_postgres::Client {
        let mut config: tokio_postgres::Config = self.url.parse().unwrap();
        config.password(std::fs::read_to_string(&self.password).unwrap());
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/dev-db")
}

fn order(arguments: &[&std::ffi::OsStr]) -> String {
    let output = Command::new(script()).args(arguments).output().unwrap();
    assert!(output.status.success(), "dev-db {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
