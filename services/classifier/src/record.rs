//! One line of a file of messages: `subject`, `body`, or `tokens` where the raw text is missing; `label1`; `group`.

use serde::Deserialize;

use crate::features::{Features, Message};
use crate::limits::{LABEL_BYTES_MAX, RECORD_BYTES_MAX};

/// A message of a file.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Record {
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    tokens: Option<String>,
    #[serde(default)]
    label1: Option<String>,
    #[serde(default)]
    group: Option<serde_json::Value>,
}

/// Why a line is no message to learn from.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Longer than [`RECORD_BYTES_MAX`].
    #[error("the line has {0} bytes, at most {RECORD_BYTES_MAX} are read")]
    TooLong(usize),
    /// No JSON object, or a field of another kind.
    #[error("not a message as JSON")]
    Json(#[from] serde_json::Error),
    /// `label1` is missing, empty or too long.
    #[error("label1 is missing, empty or longer than {LABEL_BYTES_MAX} bytes")]
    Label,
    /// Neither `subject` nor `body` nor `tokens`.
    #[error("none of subject, body and tokens is given")]
    Text,
}

impl Record {
    /// Reads one line, as text or as bytes.
    ///
    /// # Errors
    /// When it is too long, no JSON, or has neither text nor tokens.
    pub fn parse(line: impl AsRef<[u8]>) -> Result<Self, RecordError> {
        let line = line.as_ref();
        if line.len() > RECORD_BYTES_MAX {
            return Err(RecordError::TooLong(line.len()));
        }
        let record: Self = serde_json::from_slice(line)?;
        if record.subject.is_none() && record.body.is_none() && record.tokens.is_none() {
            return Err(RecordError::Text);
        }
        Ok(record)
    }

    /// What the message is about, as a person said.
    ///
    /// # Errors
    /// When nobody did.
    pub fn label(&self) -> Result<&str, RecordError> {
        let label = self.label1.as_deref().map(str::trim).unwrap_or_default();
        if label.is_empty() || label.len() > LABEL_BYTES_MAX {
            return Err(RecordError::Label);
        }
        Ok(label)
    }

    /// The raw text, or the words where it is missing.
    pub fn message(&self) -> Message<'_> {
        match (&self.subject, &self.body, &self.tokens) {
            (None, None, Some(tokens)) => Message::Words(tokens),
            (subject, body, _) => Message::text(
                subject.as_deref().unwrap_or_default(),
                body.as_deref().unwrap_or_default(),
            ),
        }
    }

    /// What near-duplicates share, so that none is learned from and asked at once; none: it stands alone.
    pub fn group(&self) -> Option<u64> {
        self.group
            .as_ref()
            .filter(|group| !group.is_null())
            .map(|group| text::hash64(group.to_string().as_bytes()))
    }

    /// The message as an example to learn from.
    ///
    /// # Errors
    /// When it has no label.
    pub fn example(&self) -> Result<Example, RecordError> {
        Ok(Example {
            label: self.label()?.to_owned(),
            features: Features::of(&self.message()),
            group: self.group(),
        })
    }
}

/// A message whose label is known, as hashes only.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it is about.
    pub label: String,
    /// What it looks like.
    pub features: Features,
    /// What near-duplicates share.
    pub group: Option<u64>,
}
