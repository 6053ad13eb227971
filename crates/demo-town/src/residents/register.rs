//! The register of residents: a thousand people that never lived, made the same way every time.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use time::{Date, Duration, macros::date};

/// How many residents the town has.
pub const POPULATION: u32 = 1_000;

/// The day on which the town was counted; ages are reckoned from it so that the demo never grows old.
pub const REFERENCE_DAY: Date = date!(2026 - 04 - 01);

/// A child counts for child-rearing support until the end of this age, in years.
const CHILD_UNTIL_AGE: i32 = 15;

/// Households above this income class (1 lowest, 10 highest) get no support.
const HIGHEST_SUPPORTED_INCOME_CLASS: u8 = 7;

const FAMILY_NAMES: [&str; 20] = [
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "林",
    "清水",
    "斎藤",
];
const GIVEN_NAMES: [&str; 20] = [
    "葵", "陽菜", "結衣", "凛", "咲良", "美咲", "陽子", "恵子", "裕子", "智子", "蓮", "湊", "大翔", "悠真",
    "翔太", "健一", "誠", "浩", "学", "直樹",
];
const DISTRICTS: [&str; 5] = ["関本町", "宿場町", "川端町", "城下町", "峠町"];

/// What the service answers about a resident: whether support is due, and nothing that identifies anybody.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Eligibility {
    /// Whether the resident's household gets child-rearing support.
    pub eligible: bool,
    /// Children in the household who count.
    pub children: u32,
    /// The day of the count.
    pub as_of: String,
}

/// The municipality's own database.
pub struct Register {
    connection: Connection,
}

impl Register {
    /// Opens the register, and fills it when it is new.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn open(file: &Path) -> rusqlite::Result<Self> {
        let mut connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA cache_size = -512;
             CREATE TABLE IF NOT EXISTS resident (
                 number TEXT PRIMARY KEY, household INTEGER NOT NULL, family_name TEXT NOT NULL, given_name TEXT NOT NULL,
                 born TEXT NOT NULL, district TEXT NOT NULL, income_class INTEGER NOT NULL) STRICT;
             CREATE INDEX IF NOT EXISTS resident_household ON resident (household);",
        )?;
        let known: u32 = connection.query_row("SELECT count(*) FROM resident", [], |row| row.get(0))?;
        if known == 0 {
            populate(&mut connection)?;
        }
        Ok(Self { connection })
    }

    /// The answer for one resident; none when the number is not in the register.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn eligibility(&self, number: &str) -> rusqlite::Result<Option<Eligibility>> {
        let born_after =
            (REFERENCE_DAY - Duration::days(i64::from(CHILD_UNTIL_AGE + 1) * 36_525 / 100)).to_string();
        self.connection
            .query_row(
                "SELECT r.income_class,
                        (SELECT count(*) FROM resident c WHERE c.household = r.household AND c.born > ?2 AND c.number <> r.number)
                 FROM resident r WHERE r.number = ?1",
                params![number, born_after],
                |row| {
                    let (income, children): (u8, u32) = (row.get(0)?, row.get(1)?);
                    let eligible = children > 0 && income <= HIGHEST_SUPPORTED_INCOME_CLASS;
                    Ok(Eligibility { eligible, children, as_of: REFERENCE_DAY.to_string() })
                },
            )
            .optional()
    }

    /// Residents of each district: figures about nobody in particular.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn districts(&self) -> rusqlite::Result<Vec<(String, u32)>> {
        let mut statement = self
            .connection
            .prepare("SELECT district, count(*) FROM resident GROUP BY district ORDER BY district")?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }
}

/// The number of the resident at this place of the list (0 to [`POPULATION`] - 1): ten digits, never a real one.
#[must_use]
pub fn resident_number(index: u32) -> String {
    format!("99{:08}", u64::from(index) * 7_919 % 100_000_000)
}

/// Households of two to five: the first two are the parents, the others their children.
fn populate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let (mut index, mut household) = (0_u32, 0_u32);
    while index < POPULATION {
        let size = (2 + (household + 1) % 4).min(POPULATION - index);
        for place in 0..size {
            let seed = index.wrapping_mul(2_654_435_761);
            let age_days = if place < 2 {
                365 * (28 + household % 25)
            } else {
                365 * ((household * 5 + place * 3) % 21)
            };
            let born = REFERENCE_DAY - Duration::days(i64::from(age_days + seed % 300 + 1));
            transaction.execute(
                "INSERT INTO resident VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    resident_number(index),
                    household,
                    pick(&FAMILY_NAMES, household),
                    pick(&GIVEN_NAMES, seed >> 7),
                    born.to_string(),
                    pick(&DISTRICTS, household / 3),
                    1 + household * 7 % 10,
                ],
            )?;
            index += 1;
        }
        household += 1;
    }
    transaction.commit()
}

fn pick<'a>(names: &[&'a str], seed: u32) -> &'a str {
    names[seed as usize % names.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_town_is_the_same_every_time_and_has_both_kinds_of_household() {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::open(&folder.path().join("residents.sqlite")).unwrap();
        let total: u32 = register.districts().unwrap().iter().map(|(_, residents)| residents).sum();
        assert_eq!(total, POPULATION);
        let answers: Vec<_> = (0..POPULATION)
            .map(|index| register.eligibility(&resident_number(index)).unwrap().unwrap().eligible)
            .collect();
        let eligible = answers.iter().filter(|answer| **answer).count();
        assert!(eligible > 200 && eligible < 800, "{eligible} of {POPULATION}");
        drop(register);
        let again = Register::open(&folder.path().join("residents.sqlite")).unwrap();
        let second: Vec<_> = (0..POPULATION)
            .map(|index| again.eligibility(&resident_number(index)).unwrap().unwrap().eligible)
            .collect();
        assert_eq!(answers, second);
    }

    #[test]
    fn a_number_that_is_not_in_the_register_has_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::open(&folder.path().join("residents.sqlite")).unwrap();
        assert_eq!(register.eligibility("0000000000").unwrap(), None);
    }
}
