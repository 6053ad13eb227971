//! A PostgreSQL server for tests: a real one of Debian's package, started as anybody would, by `scripts/dev-db`. It ends
//! with the process that started it, however that ends.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use tokio_postgres::{Client, NoTls};

/// What `scripts/dev-db` exits with where PostgreSQL is not installed.
const NOT_INSTALLED: i32 = 3;

/// A running server, with the database `journal` in it.
pub struct Server {
    /// Where it keeps everything.
    pub folder: PathBuf,
    /// It ends when its input does.
    program: Child,
}

/// A database, and as whom we come.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its address, with the role.
    pub url: String,
    /// Where the role's password is.
    pub password_file: PathBuf,
}

impl Server {
    /// Starts one; `None`, with a printed line, where PostgreSQL is not installed.
    ///
    /// # Errors
    /// It is installed, but does not start.
    pub fn start() -> Result<Option<Self>> {
        let mut command = Command::new(script());
        let mut program = command.arg("run").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(program.stdout.take().context("it has an output")?).lines();
        let Some(first) = lines.next() else {
            return match program.wait()?.code() {
                Some(NOT_INSTALLED) => {
                    println!("skipped: PostgreSQL is not installed");
                    Ok(None)
                }
                _ => bail!("scripts/dev-db does not start a server"),
            };
        };
        let folder = first?.strip_prefix("# folder: ").map(PathBuf::from).context("a folder")?;
        Ok(Some(Self { folder, program }))
    }

    /// Makes an empty database of this name.
    ///
    /// # Errors
    /// The server does not answer, or there is one already.
    pub fn database(&self, name: &str) -> Result<Database> {
        let lines = order(&["database".as_ref(), self.folder.as_ref(), name.as_ref()])?;
        let url = lines.lines().find_map(|line| line.strip_prefix("database = ")).context("an address")?;
        let url = url.trim_matches('"').to_owned();
        Ok(Database { url, password_file: self.folder.join("password") })
    }

    /// The server's own database, as the role that may do everything.
    ///
    /// # Errors
    /// The folder is damaged.
    pub fn administration(&self) -> Result<Database> {
        let url = format!("postgres://administrator@127.0.0.1:{}/postgres", self.port()?);
        Ok(Database { url, password_file: self.folder.join("administrator") })
    }

    /// Its port.
    ///
    /// # Errors
    /// The folder is damaged.
    pub fn port(&self) -> Result<u16> {
        Ok(std::fs::read_to_string(self.folder.join("port"))?.trim().parse()?)
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    /// It cannot be ended.
    pub fn kill(&self) -> Result<()> {
        order(&["kill".as_ref(), self.folder.as_ref()]).map(drop)
    }

    /// Starts it again, and returns when it answers.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_again(&self) -> Result<()> {
        order(&["start".as_ref(), self.folder.as_ref()]).map(drop)
    }
}

impl Drop for Server {
    /// Waits until it is gone, with its folder.
    fn drop(&mut self) {
        drop(self.program.stdin.take());
        let _ = self.program.wait();
    }
}

impl Database {
    /// The lines of `[message_log]` for a journal in it.
    #[must_use]
    pub fn lines(&self) -> String {
        let Self { url, password_file } = self;
        format!("database = \"{url}\"\ndatabase_password = {{ file = \"{}\" }}\n", password_file.display())
    }

    /// A connection beside those of the program under test.
    ///
    /// # Errors
    /// There is none.
    pub async fn connect(&self) -> Result<Client> {
        let mut config: tokio_postgres::Config = self.url.parse()?;
        config.password(std::fs::read_to_string(&self.password_file)?);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

fn order(arguments: &[&OsStr]) -> Result<String> {
    let output = Command::new(script()).args(arguments).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "scripts/dev-db {arguments:?} failed");
    Ok(String::from_utf8(output.stdout)?)
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/dev-db")
}
