//! What is wrong with a city's files: each with its file, the line where it is known, and its key, in Chinese and English.

use std::fmt;
use std::io;

use domain::rules::Problem;
use places::boundaries;
use serde::de::DeserializeOwned;

use super::{file_of, words};
use crate::out::Lang;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The file, as it is called in its folder.
    pub(crate) file: String,
    /// The line, where it is known.
    pub(crate) line: Option<usize>,
    /// The key; empty where it is the whole file.
    pub(crate) key: String,
    /// What, in Chinese.
    pub(crate) zh: String,
    /// What, in English.
    pub(crate) en: String,
}

impl Wrong {
    /// `lexicon.toml:12: rules[mine].pattern: …`
    pub(crate) fn said(&self, lang: Lang) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let key = match self.key.as_str() {
            "" => String::new(),
            key => format!("{key}: "),
        };
        format!("{}{line}: {key}{}", self.file, lang.say(&self.zh, &self.en))
    }
}

/// Everything that is wrong, told at once.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) found: Vec<Wrong>,
    pub(super) lines: words::Lines,
}

impl Problems {
    pub(super) fn parse<T: DeserializeOwned>(
        &mut self,
        file: &str,
        text: anyhow::Result<String>,
    ) -> Option<T> {
        self.note(
            file,
            text.and_then(|text| toml::from_str(&text).map_err(Into::into)),
        )
    }

    pub(super) fn note<T>(&mut self, file: &str, read: anyhow::Result<T>) -> Option<T> {
        read.map_err(|error| self.found.extend(unread(file, &error))).ok()
    }

    pub(super) fn add_found(&mut self, found: &[Problem], profile_name: &str) {
        self.found.extend(found.iter().map(|problem| Wrong {
            file: file_of(&problem.at, profile_name).to_owned(),
            line: self.lines.of(problem),
            key: problem.at.clone(),
            zh: problem.zh.clone(),
            en: problem.en.clone(),
        }));
    }

    pub(super) fn add_features(&mut self, file: &str, found: Vec<boundaries::Problem>) {
        self.found.extend(found.into_iter().map(|one| {
            Wrong {
                file: file.to_owned(),
                line: None,
                key: one
                    .feature
                    .map(|nth| format!("features[{nth}]"))
                    .unwrap_or_default(),
                zh: one.zh,
                en: one.en,
            }
        }));
    }

    pub(super) fn none(self) -> anyhow::Result<()> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(self.into_error())
        }
    }

    pub(super) fn into_error(self) -> anyhow::Error {
        self.into()
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.found.len();
        write!(f, "规则有 {count} 处问题 · the rules have {count} problem(s)")?;
        self.found
            .iter()
            .try_for_each(|wrong| write!(f, "\n  {}", wrong.said(Lang::Both).trim_end()))
    }
}

/// A file that cannot be read or understood: one thing that is wrong, or several where each has a line of its own.
fn unread(file: &str, error: &anyhow::Error) -> Vec<Wrong> {
    let wrong = |line, key: String, zh: String, en: String| Wrong {
        file: file.to_owned(),
        line,
        key,
        zh,
        en,
    };
    if let Some(error) = error
        .chain()
        .find_map(|one| one.downcast_ref::<toml::de::Error>())
    {
        let (key, zh) = in_chinese(error.message());
        return vec![wrong(line_of(error), key, zh, error.message().to_owned())];
    }
    if let Some(io) = error.chain().find_map(|one| one.downcast_ref::<io::Error>()) {
        return vec![wrong(None, String::new(), unreadable(io), format!("{error:#}"))];
    }
    let text = format!("{error:#}");
    let both = |line: &str| match line.split_once(" · ") {
        Some((zh, en)) => (zh.to_owned(), en.to_owned()),
        None => (format!("格式不对：{line}"), line.to_owned()),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(both)
        .map(|(zh, en)| wrong(None, String::new(), zh, en))
        .collect()
}

/// Why a file cannot be read.
pub(crate) fn unreadable(error: &io::Error) -> String {
    let known = [
        (io::ErrorKind::NotFound, "文件不存在"),
        (io::ErrorKind::PermissionDenied, "没有读取权限"),
        (io::ErrorKind::InvalidData, "不是 UTF-8 文本"),
    ];
    let known = known.iter().find(|(kind, _)| *kind == error.kind());
    known.map_or_else(|| format!("无法读取：{error}"), |(_, zh)| (*zh).to_owned())
}

/// Toml tells the place in its first line: `TOML parse error at line 3, column 5`.
fn line_of(error: &toml::de::Error) -> Option<usize> {
    let text = error.to_string();
    let (_, place) = text.lines().next()?.split_once("at line ")?;
    place.split_once(',')?.0.parse().ok()
}

/// What toml says, and the key it speaks of.
fn in_chinese(message: &str) -> (String, String) {
    let key = message.split('`').nth(1).unwrap_or_default().to_owned();
    let first = message.lines().next().unwrap_or_default();
    if message.starts_with("unknown field") {
        return (key, "没有此项，请核对拼写".to_owned());
    }
    if message.starts_with("missing field") {
        return (key, "缺少此项".to_owned());
    }
    let zh = if message.starts_with("unknown variant") {
        format!("没有 {key} 这个值")
    } else if message.starts_with("invalid type") {
        format!("类型不对：{first}")
    } else {
        format!("格式不对：{first}")
    };
    (String::new(), zh)
}
