//! What can be wrong with a configuration: one small reader per group of keys, each of which notes what it finds and
//! goes on, so that all problems are told at once.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use super::raw::{RawLog, RawStorage, RawTelemetry, RawTls};
use super::{CityFiles, Config, Log, LogFormat, ROLES, Raw, Storage, Telemetry, Tls};
use crate::exit::{Exit, Stop};
use crate::out::Lang;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
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
        if self.key.is_empty() { words } else { format!("{}: {words}", self.key) }
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
        self.0.push(Problem { key: key.to_owned(), zh: zh.into(), en: en.into() });
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
        let head = lang.say(format_args!("配置有 {count} 处问题"), format_args!("{count} problems in the configuration"));
        let lines: Vec<String> = self.0.iter().map(|problem| format!("  {}", problem.line(lang))).collect();
        Stop::because(Exit::Usage, format!("{head}\n{}", lines.join("\n")))
    }

    /// A key that serde could not read, with the nearest known name where one was mistyped.
    pub(super) fn add_unread(&mut self, key: &str, what: &str) {
        let what = what.trim();
        let unknown = what.starts_with("unknown field").then(|| nearest(key, KEYS.iter().copied()));
        match unknown {
            Some(Some(known)) => {
                self.add(key, format!("没有此项,是否为 {known}?"), format!("no such key; did you mean {known}?"));
            }
            Some(None) => self.add(key, "没有此项", "no such key"),
            None => self.add(key, format!("类型不对:{what}"), what.to_owned()),
        }
    }

    /// Files that are named and not there.
    pub(super) fn add_missing_files(&mut self, config: &Config) {
        let tls = config.tls.as_ref();
        let rules = config.rules.as_ref();
        for (key, path) in [
            ("tls.cert", tls.map(|tls| &tls.cert)),
            ("tls.key", tls.map(|tls| &tls.key)),
            ("tls.ca", config.tls_ca.as_ref()),
            ("role_secret_file", config.role_secret_file.as_ref()),
            ("rules", rules.map(|files| &files.dir)),
            ("profile", rules.map(|files| &files.profile)),
        ] {
            if let Some(path) = path.filter(|path| !path.exists()) {
                let path = path.display();
                self.add(key, format!("文件不存在:{path}"), format!("no such file: {path}"));
            }
        }
    }
}

/// Every key there is, for "did you mean" and for the test that the commented file names each.
pub(super) const KEYS: [&str; 21] = [
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
    "limits.concurrent_calls",
    "storage.segment_mib",
    "storage.cache_mib",
    "storage.queue_max",
];

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |one: &&str| strsim::damerau_levenshtein(word, one);
    known.min_by_key(distance).filter(|one| distance(one) <= 3.min(word.chars().count() / 2))
}

pub(super) fn listen(text: Option<&str>, problems: &mut Problems) -> SocketAddr {
    let text = text.unwrap_or_default();
    let numeric = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().unwrap_or_else(|_| {
        problems.add(
            "listen",
            format!("应为 IP:端口:{text}"),
            format!("expected IP:PORT such as 127.0.0.1:7345 or [::]:7345, not {text:?}"),
        );
        SocketAddr::from(([127, 0, 0, 1], 0))
    })
}

pub(super) fn roles(written: &[String], problems: &mut Problems) -> Vec<&'static str> {
    for role in written {
        if !ROLES.contains(&role.as_str()) {
            unknown_role("roles", role, problems);
        }
    }
    let roles: Vec<&str> = ROLES.into_iter().filter(|role| written.iter().any(|one| one == role)).collect();
    if written.is_empty() {
        problems.add("roles", "至少一个角色", "at least one role must run here");
    }
    roles
}

fn unknown_role(key: &str, role: &str, problems: &mut Problems) {
    let (zh, en) = match nearest(role, ROLES.into_iter()) {
        Some(known) => (format!(",是否为 {known}?"), format!("; did you mean {known}?")),
        None => (String::new(), format!("; there are {}", ROLES.join(", "))),
    };
    problems.add(key, format!("没有角色 {role}{zh}"), format!("no role {role:?}{en}"));
}

/// What a role cannot do without.
fn needs(role: &str) -> &'static [&'static str] {
    match role {
        "tickets" => &["vault"],
        "vault" => &["tickets"],
        // Whoever asks checks bearers with the vault and reads tickets.
        _ => &["tickets", "vault"],
    }
}

pub(super) fn links(
    raw: &Raw,
    roles: &[&'static str],
    allow_plaintext: bool,
    problems: &mut Problems,
) -> BTreeMap<&'static str, String> {
    let mut links = BTreeMap::new();
    for (name, addr) in &raw.links {
        let key = format!("links.{name}");
        let Some(role) = ROLES.into_iter().find(|role| role == name) else {
            unknown_role(&key, name, problems);
            continue;
        };
        if roles.contains(&role) {
            problems.add(&key, "该角色在本进程运行,不应另给地址", "this role runs here, so it has no address elsewhere");
        }
        if let Some(url) = link(&key, addr, raw, allow_plaintext, problems) {
            links.insert(role, url);
        }
    }
    for role in ROLES {
        let asked_by = |one: &&&str| needs(one).contains(&role);
        let is_known = roles.contains(&role) || raw.links.contains_key(role);
        if let Some(by) = roles.iter().find(asked_by).filter(|_| !is_known) {
            problems.add(
                &format!("links.{role}"),
                format!("角色 {by} 需要它:请给出地址或在本进程运行"),
                format!("{by} needs it: give its address, or run it here"),
            );
        }
    }
    links
}

fn link(key: &str, addr: &str, raw: &Raw, allow_plaintext: bool, problems: &mut Problems) -> Option<String> {
    let url = if addr.contains("://") { addr.to_owned() } else { format!("http://{addr}") };
    let uri: Option<http::Uri> = url.parse().ok();
    let Some((scheme, host)) = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.host()?))) else {
        problems.add(key, format!("不是地址:{addr}"), format!("expected HOST:PORT or a URL, not {addr:?}"));
        return None;
    };
    let host = host.trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match scheme {
        "https" if raw.tls.ca.is_none() => problems.add(key, "https 需要 tls.ca", "https needs tls.ca"),
        "http" if !is_loopback && !allow_plaintext => {
            problems.add(key, "本机之外须用 https(或 allow_plaintext)", "beyond loopback use https, or allow_plaintext");
        }
        "http" | "https" => {}
        _ => problems.add(key, "只支持 http 和 https", "expected http or https"),
    }
    Some(url)
}

pub(super) fn tls(raw: &RawTls, plaintext_is_fine: bool, problems: &mut Problems) -> Option<Tls> {
    match (&raw.cert, &raw.key) {
        (Some(cert), Some(key)) => Some(Tls { cert: PathBuf::from(cert), key: PathBuf::from(key) }),
        (Some(_), None) => {
            problems.add("tls.key", "有证书而无私钥", "a certificate needs its key");
            None
        }
        (None, Some(_)) => {
            problems.add("tls.cert", "有私钥而无证书", "a key needs its certificate");
            None
        }
        (None, None) => {
            if !plaintext_is_fine {
                problems.add(
                    "allow_plaintext",
                    "监听本机之外须配置 tls.cert 和 tls.key,或显式允许明文",
                    "listening beyond loopback needs tls.cert and tls.key, or plain text must be asked for",
                );
            }
            None
        }
    }
}

pub(super) fn path(key: &str, text: Option<&str>, problems: &mut Problems) -> Option<PathBuf> {
    let text = text?;
    if text.trim().is_empty() {
        problems.add(key, "不能为空", "must not be empty");
    }
    Some(PathBuf::from(text))
}

pub(super) fn city_files(raw: &Raw, problems: &mut Problems) -> Option<CityFiles> {
    let Some(dir) = path("rules", raw.rules.as_deref(), problems) else {
        if raw.profile.is_some() {
            problems.add("profile", "须同时给出 rules", "a profile goes with the rules of a city: give rules too");
        }
        return None;
    };
    let of_the_city = |dir: &Path| dir.join("profile.toml");
    let profile = path("profile", raw.profile.as_deref(), problems).unwrap_or_else(|| of_the_city(&dir));
    Some(CityFiles { dir, profile })
}

pub(super) fn log(raw: &RawLog, problems: &mut Problems) -> Log {
    let level = raw.level.clone().unwrap_or_default();
    if let Err(error) = tracing_subscriber::EnvFilter::builder().parse(&level) {
        problems.add("log.level", format!("不是日志级别:{error}"), format!("not a log level: {error}"));
    }
    let format = match raw.format.as_deref() {
        Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        other => {
            let other = other.unwrap_or_default();
            problems.add("log.format", "应为 json 或 text", format!("expected json or text, not {other:?}"));
            LogFormat::Json
        }
    };
    Log { level, format }
}

pub(super) fn telemetry(raw: &RawTelemetry, problems: &mut Problems) -> Telemetry {
    let sample_ratio = raw.sample_ratio.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&sample_ratio) {
        problems.add(
            "telemetry.sample_ratio",
            "应在 0 到 1 之间",
            format!("expected 0 to 1, not {sample_ratio}"),
        );
    }
    let otlp_endpoint = raw.otlp_endpoint.clone().filter(|endpoint| !endpoint.is_empty());
    let is_http = |text: &str| text.starts_with("http://") && text.parse::<http::Uri>().is_ok();
    if otlp_endpoint.as_deref().is_some_and(|endpoint| !is_http(endpoint)) {
        problems.add(
            "telemetry.otlp_endpoint",
            "应为 http://HOST:4317(经本机收集器转发 TLS)",
            "expected http://HOST:4317; let a collector on this machine speak TLS onwards",
        );
    }
    Telemetry { otlp_endpoint, sample_ratio }
}

pub(super) fn storage(raw: RawStorage, problems: &mut Problems) -> Storage {
    Storage {
        segment_bytes: within::<u64>("storage.segment_mib", raw.segment_mib, 1, 1_024, problems) << 20,
        cache_bytes: within::<u64>("storage.cache_mib", raw.cache_mib, 1, 65_536, problems) << 20,
        queue_max: within("storage.queue_max", raw.queue_max, 1, 65_536, problems),
    }
}

pub(super) fn within<T: TryFrom<u64> + Default>(
    key: &str,
    value: Option<u64>,
    min: u64,
    max: u64,
    problems: &mut Problems,
) -> T {
    let value = value.unwrap_or(min);
    if !(min..=max).contains(&value) {
        problems.add(
            key,
            format!("应在 {min} 到 {max} 之间"),
            format!("expected {min} to {max}, not {value}"),
        );
    }
    T::try_from(value).unwrap_or_default()
}
