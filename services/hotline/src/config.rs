//! Configuration: read once, flags over environment over file over defaults, and every problem told at once.
//!
//! [`Raw`] is what people write, [`Config`] is what the program may rely on, [`resolve`] is the one function between.

mod check;
mod notices;
mod problem;
mod raw;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Time;

pub use notices::{Mail, Notices, Webhook};
pub use problem::{Problem, Problems};
pub use raw::{Overrides, Raw, RawAudit, RawTriage};

/// The roles that are built, in the order of the table.
pub const ROLES: [&str; 7] = [
    "tickets",
    "vault",
    "intake",
    "triage",
    "supervision",
    "feedback",
    "insight",
];

/// What the program may rely on.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The directory everything is kept in; a role owns `data/<role>`.
    pub data: PathBuf,
    /// Where to listen. Port 0 takes any free one.
    pub listen: SocketAddr,
    /// The roles that run here, in the order of [`ROLES`].
    pub roles: Vec<&'static str>,
    /// Where the roles are that run elsewhere: role → URL.
    pub links: BTreeMap<&'static str, String>,
    /// File with the secret the roles know each other by. There whenever not all roles run here.
    pub role_secret_file: Option<PathBuf>,
    /// Certificate and key to serve with.
    pub tls: Option<Tls>,
    /// The authority that signed the certificates of the links.
    pub tls_ca: Option<PathBuf>,
    /// Plain text is allowed beyond loopback.
    pub allow_plaintext: bool,
    /// Whether reflection is served.
    pub reflection: bool,
    /// The city's files; none: the built-in city under the general profile.
    pub rules: Option<CityFiles>,
    /// Logs.
    pub log: Log,
    /// Traces and metrics.
    pub telemetry: Telemetry,
    /// Mutating calls under way at once.
    pub concurrent_calls: usize,
    /// How the ledger is kept.
    pub storage: Storage,
    /// The classifier.
    pub model: ModelFrom,
    /// How notices go out; none: there is no outbox.
    pub notices: Option<Notices>,
    /// When the clocks are audited every night, local time; none: only when somebody asks for it.
    pub audit_at: Option<Time>,
    /// How long calls may go on after the signal to stop.
    pub drain: Duration,
}

/// Certificate and key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate chain.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// A city's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CityFiles {
    /// The folder with units, areas, categories, directory, lexicon and calendar; none: the built-in city.
    pub dir: Option<PathBuf>,
    /// The rule profile: a file, or the name of one we ship.
    pub profile: PathBuf,
}

/// Where the classifier comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelFrom {
    /// The shipped one for the built-in city; of a city's own rules the file in their folder, where there is one.
    Auto,
    /// The shipped one.
    Shipped,
    /// There is none: the words of the lexicon alone.
    None,
    /// A file.
    File(PathBuf),
}

impl ModelFrom {
    /// The file, where one is named.
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            ModelFrom::File(file) => Some(file),
            ModelFrom::Auto | ModelFrom::Shipped | ModelFrom::None => None,
        }
    }
}

/// Logs, to standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Directives such as `info` or `warn,tickets=debug`.
    pub level: String,
    /// JSON lines, or text for people.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Traces and metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Telemetry {
    /// An OTLP collector that speaks gRPC; none: no traces are sent.
    pub otlp_endpoint: Option<String>,
    /// The share of traces begun here that are kept, 0 to 1.
    pub sample_ratio: f64,
    /// Where metrics are told in Prometheus' text format, on loopback; none: nowhere.
    pub metrics_listen: Option<SocketAddr>,
}

/// How the ledger is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storage {
    /// Bytes of a journal segment.
    pub segment_bytes: u64,
    /// Bytes of the index's page cache.
    pub cache_bytes: u64,
    /// Commits that may wait for the writer.
    pub queue_max: usize,
}

/// Reads file, environment and flags, and checks everything, files named in it included.
pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Config, Problems> {
    let mut problems = Problems::default();
    let written = match file {
        Some(path) => raw::read(path, &mut problems),
        None => Raw::default(),
    };
    let raw = overrides
        .to_raw(&mut problems)
        .over(written)
        .over(Raw::defaults());
    let config = match resolve(raw) {
        Ok(config) => config,
        Err(found) => return Err(problems.and(found)),
    };
    problems.add_missing_files(&config);
    problems.none_or(config)
}

/// Checks what was written. Answers every problem, each with its key.
pub fn resolve(raw: Raw) -> Result<Config, Problems> {
    let mut problems = Problems::default();
    let listen = check::listen(raw.listen.as_deref(), &mut problems);
    let roles = check::roles(raw.roles.as_deref().unwrap_or_default(), &mut problems);
    let allow_plaintext = raw.allow_plaintext.unwrap_or(false);
    let is_loopback = listen.ip().is_loopback();
    let tls = check::tls(&raw.tls, is_loopback || allow_plaintext, &mut problems);
    let links = check::links(&raw, &roles, allow_plaintext, &mut problems);
    if roles.len() < ROLES.len() && raw.role_secret_file.is_none() {
        problems.add(
            "role_secret_file",
            "各进程须共用一个角色密钥文件(至少 16 个可见 ASCII 字符)",
            "the processes must share a file with a secret of at least 16 visible ASCII characters",
        );
    }
    let range = &mut problems;
    let config = Config {
        data: check::path("data", raw.data.as_deref(), range).unwrap_or_default(),
        listen,
        reflection: raw.reflection.unwrap_or(is_loopback),
        allow_plaintext,
        roles,
        links,
        tls,
        role_secret_file: check::path("role_secret_file", raw.role_secret_file.as_deref(), range),
        tls_ca: check::path("tls.ca", raw.tls.ca.as_deref(), range),
        rules: check::city_files(&raw, range),
        log: check::log(&raw.log, range),
        telemetry: check::telemetry(&raw.telemetry, range),
        concurrent_calls: check::within(
            "limits.concurrent_calls",
            raw.limits.concurrent_calls,
            1,
            65_536,
            range,
        ),
        storage: check::storage(raw.storage, range),
        model: check::model(raw.triage.model.as_deref(), range),
        notices: notices::notices(&raw.notices, allow_plaintext, range),
        audit_at: check::audit_at(raw.audit.at.as_deref(), range),
        drain: Duration::from_secs(check::within("drain_seconds", raw.drain_seconds, 0, 3_600, range)),
    };
    problems.none_or(config)
}

impl Config {
    /// The outcome as it could be written into a file; secrets in URLs are masked.
    pub fn to_raw(&self) -> Raw {
        let text = |path: &PathBuf| path.display().to_string();
        let mut raw = Raw {
            data: Some(text(&self.data)),
            listen: Some(self.listen.to_string()),
            roles: Some(self.roles.iter().map(|role| (*role).to_owned()).collect()),
            role_secret_file: self.role_secret_file.as_ref().map(text),
            allow_plaintext: Some(self.allow_plaintext),
            reflection: Some(self.reflection),
            rules: self.rules.as_ref().and_then(|files| files.dir.as_ref()).map(text),
            profile: self.rules.as_ref().map(|files| text(&files.profile)),
            drain_seconds: Some(self.drain.as_secs()),
            ..Raw::default()
        };
        raw.links = self
            .links
            .iter()
            .map(|(role, url)| ((*role).to_owned(), masked(url)))
            .collect();
        raw.tls.cert = self.tls.as_ref().map(|tls| text(&tls.cert));
        raw.tls.key = self.tls.as_ref().map(|tls| text(&tls.key));
        raw.tls.ca = self.tls_ca.as_ref().map(text);
        raw.log.level = Some(self.log.level.clone());
        raw.log.format = Some(match self.log.format {
            LogFormat::Json => "json".to_owned(),
            LogFormat::Text => "text".to_owned(),
        });
        raw.telemetry.otlp_endpoint = self.telemetry.otlp_endpoint.as_deref().map(masked);
        raw.telemetry.sample_ratio = Some(self.telemetry.sample_ratio);
        raw.telemetry.metrics_listen = self.telemetry.metrics_listen.map(|addr| addr.to_string());
        raw.limits.concurrent_calls = Some(self.concurrent_calls as u64);
        raw.storage.segment_mib = Some(self.storage.segment_bytes >> 20);
        raw.storage.cache_mib = Some(self.storage.cache_bytes >> 20);
        raw.storage.queue_max = Some(self.storage.queue_max as u64);
        raw.audit.at = Some(
            self.audit_at
                .map_or_else(String::new, |at| at.strftime("%H:%M").to_string()),
        );
        raw.triage.model = Some(match &self.model {
            ModelFrom::Auto => "auto".to_owned(),
            ModelFrom::Shipped => "shipped".to_owned(),
            ModelFrom::None => "none".to_owned(),
            ModelFrom::File(file) => text(file),
        });
        raw.notices = self.notices.as_ref().map(Notices::to_raw).unwrap_or_default();
        raw
    }
}

/// A URL without the password somebody put into it.
fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests;
