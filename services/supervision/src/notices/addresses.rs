//! Who is reached by mail where: a file of the operators', no rule. By addressee, for one unit or for all.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::UnitId;
use lettre::Address;

use super::notice::is_addressee;
use crate::limits::{ADDRESSES_BYTES_MAX, ADDRESSES_OF_ONE_MAX};

/// The heading under which addresses hold for every unit that has none of its own.
const GENERAL: &str = "general";
/// The heading of units.
const UNITS: &str = "units";
/// Who gets what concerns a sealed ticket 密件, instead of any desk of the city's own.
pub(crate) const SEALED_DESK: &str = "sealed_desk";

/// Addresses by addressee.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    general: Book,
    units: BTreeMap<UnitId, Book>,
}

type Book = BTreeMap<String, Vec<Address>>;

/// Whether a text is a mail address.
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

/// One thing that is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, with dots; empty when it is the whole file.
    pub key: String,
    /// What, in Chinese.
    pub zh: String,
    /// What, in English.
    pub en: String,
}

impl Problem {
    fn new(key: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            zh: zh.into(),
            en: en.into(),
        }
    }
}

impl Addresses {
    /// Reads the file: `[general]` and `[units.CODE]`, each with lists of addresses by addressee; an empty list is "no
    /// mail on purpose". Answers every problem.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        if text.len() > ADDRESSES_BYTES_MAX {
            let (zh, en) = (
                format!("文件超过 {ADDRESSES_BYTES_MAX} 字节"),
                format!("more than {ADDRESSES_BYTES_MAX} bytes"),
            );
            return Err(vec![Problem::new("", zh, en)]);
        }
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // Its own words would show the line, and so an address.
            let at = error
                .span()
                .map_or(0, |span| text[..span.start].lines().count().max(1));
            vec![Problem::new(
                "",
                format!("不是 TOML:第 {at} 行"),
                format!("not TOML: line {at}"),
            )]
        })?;
        let (mut addresses, mut problems) = (Self::default(), Vec::new());
        for (name, value) in &table {
            match (name.as_str(), value.as_table()) {
                (GENERAL, Some(book)) => addresses.general = read(GENERAL, book, &mut problems),
                (UNITS, Some(units)) => addresses.units = read_units(units, &mut problems),
                _ => problems.push(Problem::new(
                    name,
                    "应为 [general] 或 [units.单位编码]",
                    "expected [general] or [units.CODE]",
                )),
            }
        }
        if problems.is_empty() {
            Ok(addresses)
        } else {
            Err(problems)
        }
    }

    /// Codes of the units it names.
    pub fn units(&self) -> impl Iterator<Item = &UnitId> {
        self.units.keys()
    }

    /// What a unit has for an addressee; none when it says nothing.
    pub(crate) fn of_unit(&self, unit: &UnitId, addressee: &str) -> Option<&[Address]> {
        self.units.get(unit)?.get(addressee).map(Vec::as_slice)
    }

    /// What holds for all; none when nothing is said.
    pub(crate) fn of_all(&self, addressee: &str) -> Option<&[Address]> {
        self.general.get(addressee).map(Vec::as_slice)
    }

    /// Every address of the units for which `is_out` holds, whatever they stand for there.
    pub(crate) fn of_units(&self, is_out: impl Fn(&UnitId) -> bool) -> BTreeSet<&Address> {
        let books = self.units.iter().filter(|(unit, _)| is_out(unit));
        books.flat_map(|(_, book)| book.values().flatten()).collect()
    }
}

fn read_units(units: &toml::Table, problems: &mut Vec<Problem>) -> BTreeMap<UnitId, Book> {
    let mut found = BTreeMap::new();
    for (code, value) in units {
        let key = format!("{UNITS}.{code}");
        match (UnitId::parse(code), value.as_table()) {
            (Ok(unit), Some(book)) => {
                found.insert(unit, read(&key, book, problems));
            }
            _ => problems.push(Problem::new(key, "不是单位编码", "not a unit's code")),
        }
    }
    found
}

fn read(above: &str, book: &toml::Table, problems: &mut Vec<Problem>) -> Book {
    let mut found = Book::new();
    for (addressee, value) in book {
        let key = format!("{above}.{addressee}");
        if !is_addressee(addressee) {
            problems.push(Problem::new(&key, "不是通知对象", "not an addressee's name"));
        }
        let Some(list) = value.as_array().filter(|list| list.len() <= ADDRESSES_OF_ONE_MAX) else {
            problems.push(Problem::new(
                key,
                format!("应为至多 {ADDRESSES_OF_ONE_MAX} 个邮箱的列表"),
                format!("expected a list of at most {ADDRESSES_OF_ONE_MAX} mail addresses"),
            ));
            continue;
        };
        let parsed = list
            .iter()
            .map(|one| one.as_str().and_then(|text| text.parse().ok()));
        match parsed.collect::<Option<Vec<Address>>>() {
            Some(addresses) => {
                found.insert(addressee.clone(), addresses);
            }
            None => problems.push(Problem::new(
                key,
                "有邮箱地址不正确",
                "a mail address is not valid",
            )),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_city::unit;

    fn text(addresses: Option<&[Address]>) -> Option<Vec<String>> {
        addresses.map(|list| list.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_file_reads_by_unit_and_for_all() {
        let addresses = Addresses::parse(
            "[general]\nclerk = [\"all@city.test\"]\nunit_head = []\n\
             [units.water]\nclerk = [\"a@water.test\", \"b@water.test\"]",
        )
        .unwrap();
        let of = |code: &str, addressee| text(addresses.of_unit(&unit(code), addressee));
        assert_eq!(of("water", "clerk").unwrap(), ["a@water.test", "b@water.test"]);
        assert_eq!(of("water", "unit_head"), None);
        assert_eq!(of("roads", "clerk"), None);
        assert_eq!(text(addresses.of_all("clerk")).unwrap(), ["all@city.test"]);
        assert_eq!(
            text(addresses.of_all("unit_head")),
            Some(Vec::new()),
            "no mail on purpose"
        );
        assert_eq!(text(addresses.of_all("arbiter")), None);
    }

    #[test]
    fn every_problem_is_told_and_no_address_is_shown() {
        let problems = Addresses::parse(
            "[general]\nClerk = []\nunit_head = \"one@city.test\"\narbiter = [\"nowhere\"]\n\
             [units.\"A b\"]\n[more]\n",
        )
        .err()
        .unwrap();
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "general.Clerk",
                "general.arbiter",
                "general.unit_head",
                "more",
                "units.A b"
            ]
        );
        assert!(problems.iter().all(|problem| !problem.en.contains("nowhere")));
        let broken = Addresses::parse("[general]\nclerk = [\"secret@city.test\"")
            .err()
            .unwrap();
        assert!(broken[0].en.starts_with("not TOML: line"), "{broken:?}");
    }
}
