//! The OpenAPI service that our provider's server has besides the captured ones.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::serverconf::{ServerConf, Service};
use crate::place::DESCRIBED;

/// Service code.
const CODE: &str = "api";
/// Its description, beside the declarations.
const FILE: &str = "api.json";

/// Adds the service and writes its description. Nobody may call it; whoever asks may read what it is.
///
/// # Errors
/// The configuration has no such subsystem, or the file cannot be written.
pub fn add(conf: &mut ServerConf, run: &Path) -> Result<()> {
    fs::write(run.join(FILE), description("http://127.0.0.20:8090/rest").to_string())?;
    let client = conf.clients.iter_mut().find(|client| DESCRIBED.ends_with(&client.id));
    client.context("the subsystem of the described service")?.services.push(Service {
        code: CODE.to_owned(),
        version: None,
        kind: "OPENAPI3".to_owned(),
        url: "http://127.0.0.20:8090/rest".to_owned(),
        description: Some(FILE.to_owned()),
        timeout_seconds: 60,
        verify_tls: false,
        disabled: false,
        rights: Vec::new(),
    });
    Ok(())
}

/// The description, with this address of the service.
#[must_use]
pub fn description(address: &str) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Pets", "version": "1" },
        "servers": [{ "url": address }],
        "paths": { "/pets/{id}": { "get": {
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "responses": { "200": { "description": "A pet" } }
        } } }
    })
}
