//! Names of things: ticket numbers, units, areas, categories, legs, key slots, versions.
//!
//! Each has one constructor, `parse`, and no setter: who holds one checks nothing.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Why a text is not the name of anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The check digit does not fit: one digit was mistyped or two were swapped.
    #[error("the check digit does not fit: a digit is mistyped or two are swapped")]
    CheckDigit,
    /// The shape is wrong.
    #[error("expected {expected}")]
    Shape {
        /// What would have been right.
        expected: &'static str,
    },
}

/// The number a resident is given, 工单编号: `YYYYMMDD-NNNNNNC`, local date of registration, sequence of at least
/// six digits within the day, and a check digit over both (Damm's algorithm: it finds every single wrong digit and
/// every swap of neighbours). Orders by time of registration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketNumber {
    date: Date,
    sequence: u32,
}

/// The highest sequence of a day: eight digits are more than a country needs.
pub const SEQUENCE_MAX: u32 = 99_999_999;

impl TicketNumber {
    /// The number of the `sequence`-th ticket of `date`.
    ///
    /// # Errors
    /// `Shape`: no sequence of 1 to [`SEQUENCE_MAX`], or a year before 2000.
    pub fn new(date: Date, sequence: u32) -> Result<Self, IdError> {
        if sequence == 0 || sequence > SEQUENCE_MAX || !(2000..=9999).contains(&date.year()) {
            return Err(IdError::Shape {
                expected: "a sequence between 1 and 99999999 and a year from 2000",
            });
        }
        Ok(Self { date, sequence })
    }

    /// Reads a number as people type it: the dash and blanks may be missing.
    ///
    /// # Errors
    /// `CheckDigit` for a mistyped digit or two swapped ones, `Shape` for what is no number at all.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        const SHAPE: IdError = IdError::Shape {
            expected: "a ticket number such as 20261121-0000015",
        };
        let mut digits = [0u8; 17];
        let mut count = 0;
        for c in text.chars() {
            match c {
                '0'..='9' if count < digits.len() => {
                    digits[count] = c as u8 - b'0';
                    count += 1;
                }
                '-' | ' ' => {}
                _ => return Err(SHAPE),
            }
        }
        if count < 15 {
            return Err(SHAPE);
        }
        let (body, check) = digits[..count].split_at(count - 1);
        let number = |part: &[u8]| part.iter().fold(0u32, |n, d| n * 10 + u32::from(*d));
        if damm(body) != check[0] {
            return Err(IdError::CheckDigit);
        }
        let year = i16::try_from(number(&body[..4])).map_err(|_| SHAPE)?;
        let month = i8::try_from(number(&body[4..6])).map_err(|_| SHAPE)?;
        let day = i8::try_from(number(&body[6..8])).map_err(|_| SHAPE)?;
        let date = Date::new(year, month, day).map_err(|_| SHAPE)?;
        Self::new(date, number(&body[8..]))
    }

    /// The local date of registration.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The sequence within the day, from 1.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    fn digits(&self) -> String {
        format!(
            "{:04}{:02}{:02}{:06}",
            self.date.year(),
            self.date.month(),
            self.date.day(),
            self.sequence
        )
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let values: Vec<u8> = digits.bytes().map(|b| b - b'0').collect();
        write!(f, "{}-{}{}", &digits[..8], &digits[8..], damm(&values))
    }
}

impl fmt::Debug for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TicketNumber {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl Serialize for TicketNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TicketNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Damm's check digit: the totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004).
fn damm(digits: &[u8]) -> u8 {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits
        .iter()
        .fold(0, |row, digit| TABLE[usize::from(row)][usize::from(*digit)])
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $max:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads a code: lower-case letters, digits, `-`, `_`, `.`, not empty, bounded.
            ///
            /// # Errors
            /// `Shape`: anything else.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let fits = !text.is_empty()
                    && text.len() <= $max
                    && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
                fits.then(|| Self(text.into())).ok_or(IdError::Shape { expected: $expected })
            }

            /// The code itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> String {
                code.0.into()
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
    };
}

code!(
    /// A handling unit, 承办单位: a department, district, street or utility. A code of the city's own.
    UnitId, 40, "a unit code of lower-case letters, digits, '-', '_' or '.', at most 40"
);
code!(
    /// A place in the tree of divisions: the statistics bureau's code (`440507`) or a code of the city's own below it.
    AreaId, 40, "an area code of lower-case letters, digits, '-', '_' or '.', at most 40"
);
code!(
    /// A subject, up to three levels parted by dots: `urban.noise.construction`.
    CategoryId, 80, "a category code such as urban.noise.construction, at most 80"
);
code!(
    /// An entry of the dispatch directory 派单目录.
    EntryId, 80, "a directory entry code, at most 80"
);
code!(
    /// A rule of the lexicon.
    RuleId, 80, "a rule's code of lower-case letters, digits, '-', '_' or '.', at most 80"
);
code!(
    /// Where a matter goes that is not ours, 分流途径.
    ReferralId, 80, "a referral's code of lower-case letters, digits, '-', '_' or '.', at most 80"
);
code!(
    /// Who acted: the id of a token's holder, never a person's name.
    HolderId, 80, "a holder code of lower-case letters, digits, '-', '_' or '.', at most 80"
);

impl CategoryId {
    /// The category one level up, or none at the top.
    pub fn parent(&self) -> Option<CategoryId> {
        self.0
            .rsplit_once('.')
            .map(|(parent, _)| CategoryId(parent.into()))
    }

    /// Whether `self` is `other` or lies below it.
    pub fn is_within(&self, other: &CategoryId) -> bool {
        self == other
            || self
                .0
                .strip_prefix(&*other.0)
                .is_some_and(|rest| rest.starts_with('.'))
    }
}

/// One unit's piece of a ticket, 承办段: counted from 1 within the ticket, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LegId(pub u16);

/// The slot of the key file whose key closes some words or one contact's identity. Destroying it erases them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeySlot(pub u64);

/// A rules bundle's content hash, SHA-256 in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RulesVersion(pub String);

/// The caller's own name for one mutation (AIP-155), scoped to the actor: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId(Box<str>);

impl RequestId {
    /// Reads a request id.
    ///
    /// # Errors
    /// `Shape`: empty, too long, or not visible ASCII.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into())).ok_or(IdError::Shape {
            expected: "1 to 128 visible ASCII characters",
        })
    }

    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RequestId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<RequestId> for String {
    fn from(id: RequestId) -> String {
        id.0.into()
    }
}

/// A caller known again: the keyed hash of a telephone number, 16 bytes in hex. Only the vault can make one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallerHash(Box<str>);

impl CallerHash {
    /// Reads a hash in lower-case hex.
    ///
    /// # Errors
    /// `Shape`: not 32 lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let fits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.into())).ok_or(IdError::Shape {
            expected: "32 lower-case hex digits",
        })
    }

    /// The hash in hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CallerHash {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<CallerHash> for String {
    fn from(hash: CallerHash) -> String {
        hash.0.into()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_reads_back_as_it_was_given() {
        let number = TicketNumber::new(date(2026, 11, 21), 1).unwrap();
        assert_eq!(number.to_string().len(), "20261121-0000015".len());
        assert_eq!(TicketNumber::parse(&number.to_string()), Ok(number));
        assert_eq!(
            TicketNumber::parse(&number.to_string().replace('-', " ")),
            Ok(number)
        );
    }

    #[test]
    fn what_is_no_number_is_told_from_a_mistyped_one() {
        let shape = |text: &str| {
            assert!(
                matches!(TicketNumber::parse(text), Err(IdError::Shape { .. })),
                "{text}"
            )
        };
        for text in [
            "",
            "20261121",
            "20261121-00000x5",
            "20261121-00000000000000015",
            "number",
        ] {
            shape(text);
        }
        assert_eq!(TicketNumber::parse("20261121-0000016"), Err(IdError::CheckDigit));
        assert!(TicketNumber::new(date(2026, 11, 21), 0).is_err());
        assert!(TicketNumber::new(date(2026, 11, 21), SEQUENCE_MAX + 1).is_err());
        assert!(TicketNumber::new(date(1999, 11, 21), 1).is_err());
    }

    #[test]
    fn codes_are_bounded_and_lower_case() {
        assert_eq!(UnitId::parse("street-1.a_b").unwrap().as_str(), "street-1.a_b");
        for wrong in ["", "Street", "街道", "a b", &"a".repeat(41)] {
            assert!(UnitId::parse(wrong).is_err(), "{wrong}");
        }
        assert!(RequestId::parse("a/b:c").is_ok() && RequestId::parse("a b").is_err());
        assert!(CallerHash::parse(&"0f".repeat(16)).is_ok() && CallerHash::parse("0F").is_err());
    }

    #[test]
    fn a_category_lies_within_itself_and_those_above() {
        let category = |text| CategoryId::parse(text).unwrap();
        assert!(category("urban.noise").is_within(&category("urban")));
        assert!(category("urban").is_within(&category("urban")));
        assert!(!category("urbanity").is_within(&category("urban")));
        assert_eq!(
            category("urban.noise.music").parent(),
            Some(category("urban.noise"))
        );
        assert_eq!(category("urban").parent(), None);
    }

    #[test]
    fn numbers_order_by_day_and_sequence() {
        let early = TicketNumber::new(date(2026, 11, 21), 999_999).unwrap();
        let late = TicketNumber::new(date(2026, 11, 21), 1_000_000).unwrap();
        let next_day = TicketNumber::new(date(2026, 11, 22), 1).unwrap();
        assert!(early < late && late < next_day);
    }

    proptest! {
        #[test]
        fn every_mistyped_digit_is_recognised(sequence in 1u32..2_000_000, at in 0usize..15, by in 1u8..10) {
            let number = TicketNumber::new(date(2026, 3, 4), sequence).unwrap();
            let mut digits: Vec<u8> = number.to_string().bytes().filter(u8::is_ascii_digit).collect();
            let at = at % digits.len();
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            let wrong = String::from_utf8(digits).unwrap();
            prop_assert_eq!(TicketNumber::parse(&wrong), Err(IdError::CheckDigit));
        }

        #[test]
        fn swapped_neighbours_are_recognised(sequence in 1u32..2_000_000, at in 0usize..14) {
            let number = TicketNumber::new(date(2026, 3, 4), sequence).unwrap();
            let mut digits: Vec<u8> = number.to_string().bytes().filter(u8::is_ascii_digit).collect();
            let at = at % (digits.len() - 1);
            prop_assume!(digits[at] != digits[at + 1]);
            digits.swap(at, at + 1);
            let wrong = String::from_utf8(digits).unwrap();
            prop_assert_eq!(TicketNumber::parse(&wrong), Err(IdError::CheckDigit));
        }
    }
}
