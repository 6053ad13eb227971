//! The little SQL of the captured server configurations: rows of `insert into TABLE(columns) values(...),(...)`.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};

/// One row: column to value; NULL is absent.
pub type Row = HashMap<String, String>;

/// Rows by table.
#[derive(Debug, Default)]
pub struct Tables(HashMap<String, Vec<Row>>);

impl Tables {
    /// Reads all insert statements; other statements are passed over.
    ///
    /// # Errors
    /// An insert statement that cannot be read.
    pub fn read(text: &str) -> Result<Self> {
        let mut tables = Self::default();
        for line in text.lines().map(str::trim) {
            let Some(statement) = line.strip_prefix("insert into ") else { continue };
            let (table, rows) = insert(statement).with_context(|| line.to_owned())?;
            tables.0.entry(table).or_default().extend(rows);
        }
        Ok(tables)
    }

    /// The rows of a table, none if it was not mentioned.
    #[must_use]
    pub fn rows(&self, table: &str) -> &[Row] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    /// The row of a table with this value in a column.
    ///
    /// # Errors
    /// There is none.
    pub fn row(&self, table: &str, column: &str, value: &str) -> Result<&Row> {
        let found = self.rows(table).iter().find(|row| row.get(column).is_some_and(|found| found == value));
        found.with_context(|| format!("no {table} with {column} = {value}"))
    }
}

fn insert(statement: &str) -> Result<(String, Vec<Row>)> {
    let (table, rest) = statement.split_once('(').context("no columns")?;
    let (columns, rest) = rest.split_once(')').context("columns do not end")?;
    let columns: Vec<&str> = columns.split(',').map(str::trim).collect();
    let mut rest = rest.trim_start().strip_prefix("values").context("no values")?;
    let mut rows = Vec::new();
    while let Some(row) = rest.trim_start_matches([',', ' ']).strip_prefix('(') {
        let (values, end) = values(row)?;
        ensure!(values.len() == columns.len(), "{} columns, {} values", columns.len(), values.len());
        let named = columns.iter().map(|column| (*column).to_owned()).zip(values);
        rows.push(named.filter_map(|(column, value)| Some((column, value?))).collect());
        rest = end;
    }
    ensure!(rest.trim_end_matches(';').is_empty(), "unexpected {rest:?}");
    Ok((table.trim().to_owned(), rows))
}

/// The values up to the closing bracket, and what follows it.
fn values(text: &str) -> Result<(Vec<Option<String>>, &str)> {
    let (mut values, mut value) = (Vec::new(), String::new());
    let (mut quoted, mut depth, mut was_quoted) = (false, 0, false);
    for (at, character) in text.char_indices() {
        match character {
            '\'' => {
                quoted = !quoted;
                was_quoted = true;
            }
            _ if quoted => value.push(character),
            ')' if depth == 0 => {
                values.push(finished(value, was_quoted));
                return Ok((values, &text[at + 1..]));
            }
            ',' if depth == 0 => {
                values.push(finished(std::mem::take(&mut value), was_quoted));
                was_quoted = false;
            }
            _ => {
                depth += i32::from(character == '(') - i32::from(character == ')');
                value.push(character);
            }
        }
    }
    bail!("the values do not end")
}

fn finished(value: String, quoted: bool) -> Option<String> {
    (quoted || !value.eq_ignore_ascii_case("null")).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_written() {
        let text = "set x=1;\nbegin;\ninsert into a(id,name,at) values(1,'x, (y)',now()),(2,NULL,'null');\ncommit;\n";
        let tables = Tables::read(text).unwrap();
        let row = tables.row("a", "id", "1").unwrap();
        assert_eq!((row["name"].as_str(), row["at"].as_str()), ("x, (y)", "now()"));
        let row = tables.row("a", "id", "2").unwrap();
        assert_eq!((row.get("name"), row["at"].as_str()), (None, "null"));
        assert!(tables.rows("b").is_empty());
        for broken in ["insert into a", "insert into a(id) values(1", "insert into a(id) values(1,2)"] {
            assert!(Tables::read(broken).is_err(), "{broken}");
        }
    }
}
