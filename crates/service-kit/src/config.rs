//! Configuration files: TOML into types that refuse unknown keys.
//!
//! An error names the file, the line, the key and what to write instead, because a mistyped key that is
//! ignored is an outage or a hole. The types carry `#[serde(deny_unknown_fields)]`.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not readable.
    #[error("the configuration file {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The file is not what the program expects.
    #[error("{path}, line {line}{}: {problem}", .key.as_ref().map(|key| format!(", {key}")).unwrap_or_default())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with the names of its tables, where one is known: `database.path`.
        key: Option<String>,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// Reads a configuration file.
///
/// # Errors
/// [`ConfigError`].
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
    parse(&text, path)
}

/// Reads configuration from a text; `path` is only named in errors.
///
/// # Errors
/// [`ConfigError::Wrong`].
pub fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count();
        let (key, problem) = (key_at(text, line), with_advice(error.message()));
        ConfigError::Wrong { path: path.to_owned(), line: line + 1, key, problem }
    })
}

/// The key that stands in a line (from 0), with the table that it is in.
fn key_at(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let here = *lines.get(line)?;
    let table_of = |line: &str| {
        let name = line.split('#').next()?.trim().strip_prefix('[')?.strip_suffix(']')?;
        Some(name.trim_start_matches('[').trim_end_matches(']').trim().to_owned())
    };
    let above = || lines[..line].iter().rev().find_map(|line| table_of(line));
    if let Some(table) = table_of(here) {
        return Some(table);
    }
    let key = here.split_once('=')?.0.trim();
    Some(above().map_or_else(|| key.to_owned(), |table| format!("{table}.{key}")))
}

/// The problem as the parser states it, and the fix where it can be told.
fn with_advice(message: &str) -> String {
    let message = message.trim();
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match names.as_slice() {
        [missing] if message.starts_with("missing field") => format!("{message}: add the key {missing}"),
        [unknown, known @ ..] if message.starts_with("unknown") => {
            let nearest = known.iter().min_by_key(|name| distance(unknown, name));
            match nearest {
                Some(name) if distance(unknown, name) <= 1 + unknown.len() / 3 => {
                    format!("{message}; did you mean {name}?")
                }
                Some(_) | None => message.to_owned(),
            }
        }
        _ => message.to_owned(),
    }
}

/// Levenshtein distance: how many letters must change.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, known) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *known);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Sample {
        name: String,
        server: Option<Server>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Server {
        listen: String,
        max_connections: u16,
    }

    fn problem(text: &str) -> String {
        parse::<Sample>(text, Path::new("conf/sample.toml")).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_file_line_key_and_fix() {
        let table = [
            (
                "name = \"n\"\n\n[server]\nlisten = \"a\"\nmax_conections = 3\n",
                "conf/sample.toml, line 5, server.max_conections: unknown field `max_conections`, \
                 expected `listen` or `max_connections`; did you mean max_connections?",
            ),
            (
                "name = \"n\"\n[server] # here\nlisten = \"a\"\n",
                "conf/sample.toml, line 2, server: missing field `max_connections`: add the key max_connections",
            ),
            ("name = 3", "conf/sample.toml, line 1, name: invalid type: integer `3`, expected a string"),
            ("", "conf/sample.toml, line 1: missing field `name`: add the key name"),
        ];
        for (text, expected) in table {
            assert_eq!(problem(text), expected);
        }
        assert!(
            problem("name = \"n\"\nname = \"m\"").starts_with("conf/sample.toml, line 2, name: duplicate")
        );
        assert!(problem("completely = \"different\"\nname = \"\"").ends_with("expected `name` or `server`"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load::<Sample>(Path::new("/nowhere/sample.toml")).unwrap_err();
        assert!(error.to_string().starts_with("the configuration file /nowhere/sample.toml cannot be read"));
    }
}
