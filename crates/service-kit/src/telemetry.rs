//! Log lines on standard output, readable or JSON.

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// The form of log lines. Setting `log_format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// The driver of PostgreSQL prints every value that it sends when it is asked for more than this: whole messages.
const WITHOUT_VALUES: [&str; 2] = ["tokio_postgres=info", "tokio_postgres::query=info"];

/// Starts logging. `RUST_LOG` decides what is shown; without it `info` and above. A second call has no effect.
pub fn init(format: LogFormat) {
    let filter = filter(&std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(true);
    let outcome = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if outcome.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// What the text asks for, as far as it may be shown; `info` and above when it asks for nothing that is understood.
fn filter(text: &str) -> EnvFilter {
    let asked = match text {
        "" => EnvFilter::new("info"),
        text => EnvFilter::try_new(text).unwrap_or_else(|_| EnvFilter::new("info")),
    };
    WITHOUT_VALUES
        .into_iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(asked, EnvFilter::add_directive)
}

#[cfg(test)]
mod tests {
    use tracing::{Level, enabled};

    use super::*;

    #[test]
    fn values_of_the_database_are_never_shown() {
        for text in ["", "info", "debug", "trace", "tokio_postgres::query=debug", "not=a=filter"] {
            let subscriber = tracing_subscriber::fmt().with_env_filter(filter(text)).finish();
            tracing::subscriber::with_default(subscriber, || {
                assert!(!enabled!(target: "tokio_postgres::query", Level::DEBUG), "{text}");
                assert!(enabled!(target: "tokio_postgres", Level::INFO), "{text}");
                let more = matches!(text, "debug" | "trace");
                assert_eq!(enabled!(target: "security_server::relay", Level::DEBUG), more, "{text}");
            });
        }
    }
}
