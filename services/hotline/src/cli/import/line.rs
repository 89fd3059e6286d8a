//! One line of the file as a form.

use domain::words::Field;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};

use crate::cli::common::local_time;

/// The longest name of a source matter the contract takes, in bytes.
const SOURCE_BYTES_MAX: usize = 200;
/// The longest request id the contract takes.
const REQUEST_ID_MAX: usize = 128;

#[derive(Deserialize)]
struct Raw {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    time: Option<String>,
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(serde_json::Number),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

/// A message, fit for the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// Its name in the source.
    pub(super) id: String,
    /// At most as long as a subject may be.
    pub(super) subject: String,
    /// Never empty.
    pub(super) body: String,
    /// When it was written.
    pub(super) written_at: Option<Timestamp>,
    /// The subject was too long; it stands whole in the body.
    pub(super) subject_cut: bool,
    /// The body was empty and is now the subject.
    pub(super) body_filled: bool,
}

/// Reads a line. Keys that are not known are other platforms' business.
pub(super) fn parse(line: &str) -> Result<Message, String> {
    let raw: Raw = serde_json::from_str(line).map_err(|error| format!("is not such an object: {error}"))?;
    let id = raw.id.trim().to_owned();
    if id.is_empty() {
        return Err("id: is empty".to_owned());
    }
    let time = raw.time.as_deref().map(str::trim).filter(|time| !time.is_empty());
    let written_at = time
        .map(local_time)
        .transpose()
        .map_err(|what| format!("time: {what}"))?;
    let subject = raw.subject.trim();
    let body = raw.body.trim();
    if subject.is_empty() && body.is_empty() {
        return Err("subject and body: both are empty".to_owned());
    }

    let chars_max = Field::Subject.chars_max();
    let subject_cut = subject.chars().count() > chars_max;
    let body_filled = body.is_empty();
    let body = match (body_filled, subject_cut) {
        (true, _) => subject.to_owned(),
        (false, true) => format!("{subject}\n{body}"),
        (false, false) => body.to_owned(),
    };
    let subject = if subject_cut {
        subject.chars().take(chars_max - 1).chain(['…']).collect()
    } else {
        subject.to_owned()
    };
    Ok(Message {
        id,
        subject,
        body,
        written_at,
        subject_cut,
        body_filled,
    })
}

/// The name of the matter in its source, and of the request that brings it in: the same for the same source and id,
/// in every run.
pub(super) fn names(source: &str, id: &str) -> (String, String) {
    let whole = if source.is_empty() {
        id.to_owned()
    } else {
        format!("{source}:{id}")
    };
    let hash = || {
        format!(
            "sha256:{}",
            data_encoding::HEXLOWER.encode(&Sha256::digest(whole.as_bytes()))
        )
    };
    let source_id = if whole.len() <= SOURCE_BYTES_MAX {
        whole.clone()
    } else {
        hash()
    };
    let plain = format!("import:{whole}");
    let fits = plain.len() <= REQUEST_ID_MAX && plain.bytes().all(|byte| byte.is_ascii_graphic());
    let request_id = if fits { plain } else { format!("import:{}", hash()) };
    (source_id, request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_a_message_at_the_citys_time() {
        let line = r#"{"id":"1","user":"U1","subject":"投诉A市A1区","time":"2019-12-30T17:06:14","body":"尊敬的领导"}"#;
        let message = parse(line).unwrap();
        assert_eq!(
            (message.subject.as_str(), message.body.as_str()),
            ("投诉A市A1区", "尊敬的领导")
        );
        assert_eq!(message.written_at, Some("2019-12-30T09:06:14Z".parse().unwrap()));
        assert!(!message.subject_cut && !message.body_filled);
    }

    #[test]
    fn a_number_is_as_good_an_id_as_a_text() {
        assert_eq!(parse(r#"{"id":42,"subject":"a","body":"b"}"#).unwrap().id, "42");
    }

    #[test]
    fn a_subject_that_is_too_long_stands_whole_in_the_body() {
        let subject = "长".repeat(401);
        let message = parse(&format!(r#"{{"id":"1","subject":"{subject}","body":"正文"}}"#)).unwrap();
        assert_eq!(message.subject.chars().count(), 400);
        assert!(message.subject.ends_with('…') && message.subject_cut);
        assert_eq!(message.body, format!("{subject}\n正文"));
    }

    #[test]
    fn an_empty_body_is_filled_from_the_subject() {
        let message = parse(r#"{"id":"1","subject":"路灯不亮","body":"  "}"#).unwrap();
        assert_eq!((message.body.as_str(), message.body_filled), ("路灯不亮", true));
    }

    #[test]
    fn what_is_no_message_is_told_with_its_field() {
        assert!(parse("not json").unwrap_err().contains("object"));
        assert!(parse(r#"{"subject":"a"}"#).unwrap_err().contains("id"));
        assert!(
            parse(r#"{"id":" ","subject":"a"}"#)
                .unwrap_err()
                .starts_with("id")
        );
        assert!(
            parse(r#"{"id":"1"}"#)
                .unwrap_err()
                .starts_with("subject and body")
        );
        assert!(
            parse(r#"{"id":"1","subject":"a","time":"yesterday"}"#)
                .unwrap_err()
                .starts_with("time")
        );
    }

    #[test]
    fn the_same_id_gives_the_same_request_and_any_id_gives_a_lawful_one() {
        assert_eq!(names("", "17"), ("17".to_owned(), "import:17".to_owned()));
        assert_eq!(names("mayor", "17").1, "import:mayor:17");
        for id in ["市长信箱-17", &"x".repeat(500), "a b"] {
            let (source_id, request_id) = names("", id);
            assert!(source_id.len() <= 200);
            assert!(domain::id::RequestId::parse(&request_id).is_ok(), "{request_id}");
            assert_eq!(names("", id), (source_id, request_id));
        }
    }
}
