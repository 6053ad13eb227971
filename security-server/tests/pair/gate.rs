//! A way to a server on which connections can be counted, held and cut.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They go on.
    Open,
    /// They wait.
    Held,
    /// They are closed at once.
    Shut,
    /// They are cut when so many bytes have gone to the server; the last of them do not get there.
    CutTo(usize),
    /// They are cut when so many bytes have come from the server.
    CutFrom(usize),
}

/// The way.
pub(crate) struct Gate {
    /// Where it begins.
    pub(crate) at: SocketAddr,
    mode: watch::Sender<Mode>,
    target: watch::Sender<Option<SocketAddr>>,
    connections: Arc<Mutex<usize>>,
}

impl Gate {
    /// A gate that leads nowhere yet; until it does, connections wait.
    pub(crate) async fn new(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (mode, modes) = watch::channel(mode);
        let (target, targets) = watch::channel(None);
        let connections = Arc::<Mutex<usize>>::default();
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *counted.lock().unwrap() += 1;
                tokio::spawn(pass(stream, modes.clone(), targets.clone()));
            }
        });
        Self { at, mode, target, connections }
    }

    /// From now on it leads to this server.
    pub(crate) fn lead_to(&self, server: SocketAddr) {
        self.target.send(Some(server)).unwrap();
    }

    /// What happens to connections from now on, and to those that wait.
    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send(mode).unwrap();
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn pass(
    mut client: TcpStream,
    mut modes: watch::Receiver<Mode>,
    mut targets: watch::Receiver<Option<SocketAddr>>,
) {
    let Ok(target) = targets.wait_for(Option::is_some).await.map(|target| *target) else { return };
    let Ok(mode) = modes.wait_for(|mode| *mode != Mode::Held).await.map(|mode| *mode) else { return };
    let (to, from) = match mode {
        Mode::Open | Mode::Held => (usize::MAX, usize::MAX),
        Mode::Shut => return,
        Mode::CutTo(bytes) => (bytes, usize::MAX),
        Mode::CutFrom(bytes) => (usize::MAX, bytes),
    };
    let mut server = TcpStream::connect(target.unwrap()).await.unwrap();
    let (mut client_read, mut client_write) = client.split();
    let (mut server_read, mut server_write) = server.split();
    // Whichever ends first ends both: that is the cut.
    tokio::select! {
        () = forward(&mut client_read, &mut server_write, to) => {}
        () = forward(&mut server_read, &mut client_write, from) => {}
    }
}

/// Until the end, or so many bytes.
async fn forward(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut left: usize,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
        let Some(rest) = left.checked_sub(length) else { return };
        left = rest;
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
