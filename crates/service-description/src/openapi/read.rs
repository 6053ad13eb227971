//! What a description offers.

use std::collections::HashSet;

use super::node::Node;
use super::{Endpoint, OpenApi, OpenApiError};
use crate::DescriptionLimits;

/// The methods of a path item (OpenAPI 3.1.1, section 4.8.9).
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

pub(super) fn read(document: &Node, limits: &DescriptionLimits) -> Result<OpenApi, OpenApiError> {
    check_version(document)?;
    let title = document.get("info").and_then(|info| info.node.get("title"));
    let mut api = OpenApi {
        title: title.and_then(|title| title.node.as_str()).map(str::to_owned),
        server_url: server_url(document),
        endpoints: Vec::new(),
        warnings: Vec::new(),
    };
    if api.server_url.contains('{') {
        api.warnings.push("the address of the server has variables; it must be set by hand".to_owned());
    }
    match document.get("paths").map(|paths| &*paths.node) {
        Some(Node::Map(paths)) => {
            let mut seen = HashSet::new();
            for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
                add_path(&mut api, &mut seen, path, &item.node);
                if api.endpoints.len() > limits.services {
                    return Err(OpenApiError::TooManyEndpoints(limits.services));
                }
            }
        }
        _ => api.warnings.push("the description has no paths".to_owned()),
    }
    Ok(api)
}

/// Any patch version of 3.0 and 3.1.
pub(super) fn check_version(document: &Node) -> Result<(), OpenApiError> {
    let Node::Map(_) = document else { return Err(OpenApiError::NotOpenApi) };
    let version = match document.get("openapi").map(|version| &*version.node) {
        Some(Node::Scalar(scalar)) => scalar.text.as_str(),
        _ => "",
    };
    let minor = version.get(..3).filter(|minor| matches!(*minor, "3.0" | "3.1"));
    let patch = minor.and_then(|_| version.get(3..)).unwrap_or("x");
    let digits = patch
        .strip_prefix('.')
        .is_some_and(|patch| !patch.is_empty() && patch.chars().next().is_some_and(|c| c.is_ascii_digit()));
    if patch.is_empty() || digits {
        Ok(())
    } else {
        Err(OpenApiError::Version(version.chars().take(40).collect()))
    }
}

fn server_url(document: &Node) -> String {
    let first = match document.get("servers").map(|servers| &*servers.node) {
        Some(Node::List(servers)) => servers.first(),
        _ => None,
    };
    let url = first.and_then(|server| server.node.get("url"));
    url.and_then(|url| url.node.as_str()).unwrap_or_default().to_owned()
}

fn add_path(api: &mut OpenApi, seen: &mut HashSet<Endpoint>, path: &str, item: &Node) {
    let Node::Map(entries) = item else {
        api.warnings.push(format!("path '{path}' has no operations"));
        return;
    };
    if !path.starts_with('/') {
        api.warnings.push(format!("path '{path}' does not begin with '/' and is passed over"));
        return;
    }
    if item.get("$ref").is_some() {
        api.warnings.push(format!("path '{path}' refers to another place, which is not looked at"));
    }
    for (method, _) in entries.iter().filter(|(key, _)| METHODS.contains(&key.as_str())) {
        let endpoint = Endpoint { method: method.to_uppercase(), path: with_wildcards(path) };
        if seen.insert(endpoint.clone()) {
            api.endpoints.push(endpoint);
        }
    }
}

/// Replaces parameters by `*`: in each segment, from the first `{` to the last `}`.
fn with_wildcards(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        let open = segment.find('{');
        let close = segment.rfind('}');
        match (open, close) {
            (Some(open), Some(close)) if open < close => {
                format!(
                    "{}*{}",
                    segment.get(..open).unwrap_or_default(),
                    segment.get(close + 1..).unwrap_or_default()
                )
            }
            _ => segment.to_owned(),
        }
    });
    segments.collect::<Vec<_>>().join("/")
}
