//! Refusals on disk, so that the reason is still there after a restart, however the process ended.
//!
//! Two files of lines of JSON in one folder: when the newer is full, it takes the place of the older. A thread writes
//! them, nothing waits for it: when refusals come faster than the disk takes them, those too many are in memory and in
//! the log only. Nothing depends on these files: they are not synced, and what cannot be read is passed over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tokio::sync::oneshot;

use super::Refused;

const NEWER: &str = "latest.jsonl";
const OLDER: &str = "older.jsonl";

/// A file that would become larger is full. Bytes; several thousand refusals.
pub(super) const FULL: u64 = 4 * 1024 * 1024;

/// Refusals that may wait for the disk.
const QUEUE: usize = 1_024;

/// Refusals that are written at once; all together they fit into a file.
const GROUP: usize = 128;

/// The way to the thread that writes. The thread ends when this is dropped.
#[derive(Debug)]
pub(super) struct RefusalFiles(SyncSender<Order>);

enum Order {
    Write(Box<Refused>),
    /// Answer when everything before this is written.
    Tell(oneshot::Sender<()>),
}

impl RefusalFiles {
    /// Opens the folder and gives what is in its files, oldest first.
    ///
    /// # Errors
    /// The folder cannot be made or the files cannot be read, or no thread can be started.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Vec<Refused>)> {
        fs::create_dir_all(folder)?;
        let mut found = read(&folder.join(OLDER))?;
        found.extend(read(&folder.join(NEWER))?);
        let (sender, orders) = sync_channel(QUEUE);
        let writer = Writer { folder: folder.to_owned(), open: None, failing: false };
        std::thread::Builder::new().name("refusals".to_owned()).spawn(move || writer.run(&orders))?;
        Ok((Self(sender), found))
    }

    /// Has a refusal written.
    pub(super) fn write(&self, refused: &Refused) {
        // Full: see above.
        let _ = self.0.try_send(Order::Write(Box::new(refused.clone())));
    }

    /// Waits until everything so far is written, or cannot be.
    pub(super) async fn written(&self) {
        let (done, told) = oneshot::channel();
        let sender = self.0.clone();
        let sent = tokio::task::spawn_blocking(move || sender.send(Order::Tell(done)).is_ok());
        if sent.await.unwrap_or(false) {
            let _ = told.await;
        }
    }
}

/// The refusals in a file; none if there is no file. A line that a crash cut short, or of another version, is none.
fn read(path: &Path) -> io::Result<Vec<Refused>> {
    let mut content = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(FULL).read_to_end(&mut content)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(content.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// Runs in a thread of its own.
struct Writer {
    folder: PathBuf,
    /// The newer file and its length.
    open: Option<(File, u64)>,
    /// The last attempt failed, and the log knows.
    failing: bool,
}

impl Writer {
    fn run(mut self, orders: &Receiver<Order>) {
        while let Ok(first) = orders.recv() {
            let (mut lines, mut asked) = (Vec::new(), Vec::new());
            for order in std::iter::once(first).chain(orders.try_iter().take(GROUP - 1)) {
                match order {
                    Order::Write(refused) => {
                        // Texts and times cannot fail to become JSON.
                        lines.extend(serde_json::to_vec(&refused).unwrap_or_default());
                        lines.push(b'\n');
                    }
                    Order::Tell(done) => asked.push(done),
                }
            }
            self.append(&lines);
            for done in asked {
                // Whoever asked may have stopped waiting.
                let _ = done.send(());
            }
        }
    }

    fn append(&mut self, lines: &[u8]) {
        if lines.is_empty() {
            return;
        }
        match self.try_append(lines) {
            Ok(()) => self.failing = false,
            Err(error) => {
                self.open = None;
                if !std::mem::replace(&mut self.failing, true) {
                    let folder = self.folder.display();
                    tracing::warn!(%folder, %error, "refusals are kept in memory and in the log only");
                }
            }
        }
    }

    fn try_append(&mut self, lines: &[u8]) -> io::Result<()> {
        let (mut file, mut length) = match self.open.take() {
            Some(open) => open,
            None => self.open_newer()?,
        };
        if length > 0 && length + lines.len() as u64 > FULL {
            fs::rename(self.folder.join(NEWER), self.folder.join(OLDER))?;
            (file, length) = self.open_newer()?;
        }
        file.write_all(lines)?;
        self.open = Some((file, length + lines.len() as u64));
        Ok(())
    }

    /// The newer file; what a crash left at its end stays a line of its own.
    fn open_newer(&self) -> io::Result<(File, u64)> {
        let path = self.folder.join(NEWER);
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let mut length = file.metadata()?.len();
        if length > 0 {
            file.write_all(b"\n")?;
            length += 1;
        }
        Ok((file, length))
    }
}
