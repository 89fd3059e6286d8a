//! Free text: what people said and wrote. It is parsed and bounded at the edge, and outside the vault it exists
//! only as [`Sealed`] bytes (invariant A-6). Decisions never look into words.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::KeySlot;

/// What a piece of text is. The closed list bounds what a record can carry and names it for readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 标题, what it is about in a line.
    Subject,
    /// 正文, the matter in the resident's words.
    Body,
    /// 事发地点, the place of the matter (not identity).
    Place,
    /// 查明情况, what the unit found.
    Found,
    /// 办理情况, what the unit did.
    Done,
    /// 处理结果, what was decided.
    Decided,
    /// 法律依据, on what legal basis.
    LegalBasis,
    /// 证据, what shows it.
    Evidence,
    /// 理由, why.
    Reason,
    /// 备注, a note.
    Note,
    /// 答复, an answer given directly.
    Answer,
    /// 姓名. Identity: only ever under a contact's key.
    Name,
    /// 电话. Identity.
    Phone,
    /// 证件号码. Identity.
    IdNumber,
    /// 住址. Identity.
    HomeAddress,
}

impl Field {
    /// The longest text in characters (Unicode scalar values).
    pub fn chars_max(self) -> usize {
        match self {
            Field::Body => 20_000,
            Field::Found | Field::Done | Field::Decided | Field::Answer => 8_000,
            Field::LegalBasis | Field::Evidence | Field::Reason | Field::Note => 2_000,
            Field::Subject | Field::Place | Field::HomeAddress => 400,
            Field::Name => 100,
            Field::Phone | Field::IdNumber => 40,
        }
    }

    /// The name used in requests, lower-case snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Subject => "subject",
            Field::Body => "body",
            Field::Place => "place",
            Field::Found => "found",
            Field::Done => "done",
            Field::Decided => "decided",
            Field::LegalBasis => "legal_basis",
            Field::Evidence => "evidence",
            Field::Reason => "reason",
            Field::Note => "note",
            Field::Answer => "answer",
            Field::Name => "name",
            Field::Phone => "phone",
            Field::IdNumber => "id_number",
            Field::HomeAddress => "home_address",
        }
    }
}

/// Why a text cannot be taken. Says where and how much, never the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Required and empty, or blanks only.
    #[error("{} is required", .0.as_str())]
    Missing(Field),
    /// Longer than [`Field::chars_max`].
    #[error("{} has {count} characters, at most {} are taken", .field.as_str(), .field.chars_max())]
    TooLong {
        /// Which text.
        field: Field,
        /// Its length in characters.
        count: usize,
    },
    /// Holds a control character other than line feed, carriage return or tab.
    #[error("{} holds a control character", .0.as_str())]
    Control(Field),
}

/// Texts in the clear, by field. Lives only between the edge and the vault, and in answers to those who may read.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(BTreeMap<Field, String>);

impl Words {
    /// No text at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text that must be there.
    ///
    /// # Errors
    /// `Missing` when it is blank, and whatever [`Words::allow`] refuses.
    pub fn require(&mut self, field: Field, text: &str) -> Result<(), WordsError> {
        if text.trim().is_empty() {
            return Err(WordsError::Missing(field));
        }
        self.allow(field, text)
    }

    /// Adds a text that may be empty; an empty one is left out. Blanks around it are dropped.
    ///
    /// # Errors
    /// `TooLong` beyond [`Field::chars_max`]; `Control` for control characters other than line feed, carriage return
    /// and tab.
    pub fn allow(&mut self, field: Field, text: &str) -> Result<(), WordsError> {
        let text = text.trim();
        let count = text.chars().count();
        if count > field.chars_max() {
            return Err(WordsError::TooLong { field, count });
        }
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            return Err(WordsError::Control(field));
        }
        if !text.is_empty() {
            self.0.insert(field, text.to_owned());
        }
        Ok(())
    }

    /// The text of a field, empty when there is none.
    pub fn get(&self, field: Field) -> &str {
        self.0.get(&field).map_or("", String::as_str)
    }

    /// Whether there is nothing to seal.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({} fields)", self.0.len())
    }
}

/// Words as everybody but the vault holds them: the slot of the key that opens them and the ciphertext, base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Whose key opens it.
    pub slot: KeySlot,
    /// Nonce and ciphertext, base64 (RFC 4648, no padding).
    pub text: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_bounded_and_free_of_control_characters() {
        let mut words = Words::new();
        words.require(Field::Body, "  水管爆裂\n请来人 ").unwrap();
        words.allow(Field::Place, "   ").unwrap();
        assert_eq!(words.get(Field::Body), "水管爆裂\n请来人");
        assert_eq!(words.get(Field::Place), "");
        assert_eq!(
            words.require(Field::Subject, " "),
            Err(WordsError::Missing(Field::Subject))
        );
        assert_eq!(
            words.allow(Field::Note, "a\u{0}b"),
            Err(WordsError::Control(Field::Note))
        );
        let long = "水".repeat(Field::Subject.chars_max() + 1);
        let count = Field::Subject.chars_max() + 1;
        assert_eq!(
            words.allow(Field::Subject, &long),
            Err(WordsError::TooLong {
                field: Field::Subject,
                count
            })
        );
        words.allow(Field::Subject, &long[3..]).unwrap();
    }

    #[test]
    fn neither_words_nor_their_faults_show_the_text() {
        let mut words = Words::new();
        words.require(Field::Name, "张三").unwrap();
        assert_eq!(format!("{words:?}"), "Words(1 fields)");
        let fault = words.allow(Field::Phone, &"1".repeat(41)).unwrap_err();
        assert_eq!(fault.to_string(), "phone has 41 characters, at most 40 are taken");
    }
}
