//! What every process needs: clock, randomness, configuration, HTTP, TLS, spool, telemetry, shutdown.
