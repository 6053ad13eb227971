//! One HTTP exchange with another security server, under way while the message is still being written.

use service_kit::http::{Request, Response};
use service_kit::http_client::{ClientError, Connection};
use tokio::task::JoinHandle;

use super::outflow::Opening;

/// An exchange under way. Dropping it breaks it off.
pub struct Exchanging {
    task: JoinHandle<Result<Response, ExchangeError>>,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The message was given up before anything of it left.
    #[error("the message was given up")]
    GivenUp,
    /// The connection or the other side failed.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl Exchanging {
    /// Sends `head` with the body that `opening` gives as soon as it may leave.
    #[must_use]
    pub fn start(connection: Connection, head: Request, opening: Opening) -> Self {
        let task = tokio::spawn(async move {
            let opened = opening.await.map_err(|_| ExchangeError::GivenUp)?;
            Ok(connection.send(head.body(opened.body)).await?)
        });
        Self { task }
    }

    /// Waits for the beginning of the response.
    ///
    /// # Errors
    /// See [`ExchangeError`].
    pub async fn response(mut self) -> Result<Response, ExchangeError> {
        (&mut self.task).await.unwrap_or(Err(ExchangeError::GivenUp))
    }
}

impl Drop for Exchanging {
    fn drop(&mut self) {
        self.task.abort();
    }
}
