//! What can be wrong with a configuration, and how it is told: all of it, each with its key.

use std::fmt;
use std::path::Path;

use super::{CityFiles, Config, Notices};
use crate::city::{PROFILE, Wrong, is_shipped, shipped};
use crate::exit::{Exit, Stop};
use crate::out::Lang;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, where it is one that the configuration names; empty for the configuration itself.
    pub file: String,
    /// The key, with dots; empty when it is the whole file.
    pub key: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

impl Problem {
    /// One line for the reader.
    pub fn line(&self, lang: Lang) -> String {
        let words = lang.say(&self.zh, &self.en);
        let places = [self.file.as_str(), self.key.as_str()];
        let places = places.into_iter().filter(|place| !place.is_empty());
        places.chain([words.as_str()]).collect::<Vec<_>>().join(": ")
    }
}

/// Everything that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(|problem| problem.line(Lang::En)).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

impl Problems {
    /// Notes one.
    pub fn add(&mut self, key: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(Problem {
            file: String::new(),
            key: key.to_owned(),
            zh: zh.into(),
            en: en.into(),
        });
    }

    /// What is wrong with the files of a city.
    pub(crate) fn add_wrong(&mut self, wrong: &Wrong) {
        let line = wrong.line.map(|line| format!(":{line}")).unwrap_or_default();
        self.0.push(Problem {
            file: format!("{}{line}", wrong.file),
            key: wrong.key.clone(),
            zh: wrong.zh.clone(),
            en: wrong.en.clone(),
        });
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The value, if there is no problem.
    pub fn none_or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// The end of a run: wrong usage, with every problem on a line of its own.
    pub fn into_stop(self, lang: Lang) -> anyhow::Error {
        let count = self.0.len();
        let head = lang.say(
            format_args!("配置有 {count} 处问题"),
            format_args!("problems in the configuration: {count}"),
        );
        let lines: Vec<String> = self
            .0
            .iter()
            .map(|problem| format!("  {}", problem.line(lang)))
            .collect();
        Stop::because(Exit::Usage, format!("{head}\n{}", lines.join("\n")))
    }

    /// A key that serde could not read, with the nearest known name where one was mistyped.
    pub(super) fn add_unread(&mut self, key: &str, what: &str) {
        let what = what.trim();
        let unknown = what
            .starts_with("unknown field")
            .then(|| nearest(key, KEYS.iter().copied()));
        match unknown {
            Some(Some(known)) => {
                self.add(
                    key,
                    format!("没有此项,是否为 {known}?"),
                    format!("no such key; did you mean {known}?"),
                );
            }
            Some(None) => self.add(key, "没有此项", "no such key"),
            None => self.add(
                key,
                format!("类型不对:{what}"),
                format!("not the right type: {what}"),
            ),
        }
    }

    /// Files that are named and not there.
    pub(super) fn add_missing_files(&mut self, config: &Config) {
        let tls = config.tls.as_ref();
        let rules = config.rules.as_ref();
        let of_notices = config.notices.iter().flat_map(Notices::files);
        for (key, path) in [
            ("tls.cert", tls.map(|tls| &tls.cert)),
            ("tls.key", tls.map(|tls| &tls.key)),
            ("tls.ca", config.tls_ca.as_ref()),
            ("role_secret_file", config.role_secret_file.as_ref()),
            ("rules", rules.and_then(|files| files.dir.as_ref())),
            (
                "profile",
                rules
                    .map(|files| &files.profile)
                    .filter(|profile| !is_shipped(profile)),
            ),
        ]
        .into_iter()
        .chain(of_notices.map(|(key, path)| (key, Some(path))))
        .chain([("triage.model", config.model.file())])
        {
            if let Some(path) = path.filter(|path| !path.exists()) {
                let (zh, en) = missing(path, rules.filter(|_| key == "profile"));
                self.add(key, format!("文件不存在:{zh}"), format!("no such file: {en}"));
            }
        }
    }
}

/// The path, where it was looked for if it is relative, and what to write where a folder of rules has no profile.
fn missing(path: &Path, rules: Option<&CityFiles>) -> (String, String) {
    let (mut zh, mut en) = (path.display().to_string(), path.display().to_string());
    if let Some(whole) = std::path::absolute(path).ok().filter(|_| path.is_relative()) {
        let whole = whole.display();
        zh.push_str(&format!(",即 {whole}(相对路径从当前工作目录算起)"));
        en.push_str(&format!(
            ", that is {whole}: relative paths begin at the working directory"
        ));
    }
    let of_the_folder = rules.filter(|rules| {
        let own = rules.dir.as_ref().filter(|dir| dir.is_dir());
        own.is_some_and(|dir| rules.profile == dir.join(PROFILE))
    });
    if of_the_folder.is_some() {
        let names = shipped().collect::<Vec<_>>().join(", ");
        zh.push_str(&format!(
            "。可写 profile = \"general\",采用随附的规则(现有 {names})"
        ));
        en.push_str(&format!(
            "; write profile = \"general\" to use one we ship ({names})"
        ));
    }
    (zh, en)
}

/// Every key there is, for "did you mean" and for the test that the commented file names each.
pub(super) const KEYS: [&str; 32] = [
    "data",
    "listen",
    "roles",
    "role_secret_file",
    "allow_plaintext",
    "reflection",
    "rules",
    "profile",
    "drain_seconds",
    "links",
    "tls.cert",
    "tls.key",
    "tls.ca",
    "log.level",
    "log.format",
    "telemetry.otlp_endpoint",
    "telemetry.sample_ratio",
    "telemetry.metrics_listen",
    "limits.concurrent_calls",
    "storage.segment_mib",
    "storage.cache_mib",
    "storage.queue_max",
    "audit.at",
    "triage.model",
    "notices.webhook",
    "notices.webhook_secret_file",
    "notices.smtp",
    "notices.smtp_tls",
    "notices.smtp_credentials_file",
    "notices.smtp_from",
    "notices.addresses_file",
    "notices.ca",
];

pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |one: &&str| strsim::damerau_levenshtein(word, one);
    known
        .min_by_key(distance)
        .filter(|one| distance(one) <= 3.min(word.chars().count() / 2))
}
