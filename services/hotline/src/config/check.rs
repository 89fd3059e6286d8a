//! One small reader per group of keys, each of which notes what is wrong and goes on, so that all problems are told at
//! once.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use jiff::civil::Time;

use super::problem::{Problems, nearest};
use super::raw::{RawLog, RawStorage, RawTelemetry, RawTls};
use super::{CityFiles, Log, LogFormat, ModelFrom, ROLES, Raw, Storage, Telemetry, Tls};
use crate::city::{PROFILE, is_shipped, shipped};

pub(super) fn listen(text: Option<&str>, problems: &mut Problems) -> SocketAddr {
    addr("listen", text.unwrap_or_default(), problems)
}

fn addr(key: &str, text: &str, problems: &mut Problems) -> SocketAddr {
    let numeric = text
        .strip_prefix("localhost:")
        .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().unwrap_or_else(|_| {
        problems.add(
            key,
            format!("应为 IP:端口:{text}"),
            format!("expected IP:PORT such as 127.0.0.1:7345 or [::]:7345, not {text:?}"),
        );
        SocketAddr::from(([127, 0, 0, 1], 0))
    })
}

/// Whoever reaches it reads the metrics, so it is for programs of this machine.
fn metrics_listen(text: Option<&str>, problems: &mut Problems) -> Option<SocketAddr> {
    let key = "telemetry.metrics_listen";
    let addr = addr(key, text.filter(|text| !text.is_empty())?, problems);
    if !addr.ip().is_loopback() {
        problems.add(
            key,
            "只能监听本机(经本机代理对外)",
            "expected a loopback address; let a proxy on this machine speak outwards",
        );
    }
    Some(addr)
}

/// Where the classifier comes from: one of three words, or a file.
pub(super) fn model(text: Option<&str>, problems: &mut Problems) -> ModelFrom {
    match text.unwrap_or("auto") {
        "auto" => ModelFrom::Auto,
        "shipped" => ModelFrom::Shipped,
        "none" => ModelFrom::None,
        file => path("triage.model", Some(file), problems).map_or(ModelFrom::Auto, ModelFrom::File),
    }
}

/// The local time of the nightly audit; empty: none.
pub(super) fn audit_at(text: Option<&str>, problems: &mut Problems) -> Option<Time> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let parsed = Time::strptime("%H:%M", text);
    if parsed.is_err() {
        problems.add(
            "audit.at",
            format!("应为 时:分,如 02:30:{text}"),
            format!("expected HH:MM such as 02:30, or nothing, not {text:?}"),
        );
    }
    parsed.ok()
}

pub(super) fn roles(written: &[String], problems: &mut Problems) -> Vec<&'static str> {
    for role in written {
        if !ROLES.contains(&role.as_str()) {
            unknown_role("roles", role, problems);
        }
    }
    let roles: Vec<&str> = ROLES
        .into_iter()
        .filter(|role| written.iter().any(|one| one == role))
        .collect();
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
    problems.add(
        key,
        format!("没有角色 {role}{zh}"),
        format!("no role {role:?}{en}"),
    );
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
            problems.add(
                &key,
                "该角色在本进程运行,不应另给地址",
                "this role runs here, so it has no address elsewhere",
            );
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
    let url = if addr.contains("://") {
        addr.to_owned()
    } else {
        format!("http://{addr}")
    };
    let uri: Option<http::Uri> = url.parse().ok();
    let Some((scheme, host)) = uri
        .as_ref()
        .and_then(|uri| Some((uri.scheme_str()?, uri.host()?)))
    else {
        problems.add(
            key,
            format!("不是地址:{addr}"),
            format!("expected HOST:PORT or a URL, not {addr:?}"),
        );
        return None;
    };
    let host = host.trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match scheme {
        "https" if raw.tls.ca.is_none() => problems.add(key, "https 需要 tls.ca", "https needs tls.ca"),
        "http" if !is_loopback && !allow_plaintext => {
            problems.add(
                key,
                "本机之外须用 https(或 allow_plaintext)",
                "beyond loopback use https, or allow_plaintext",
            );
        }
        "http" | "https" => {}
        _ => problems.add(key, "只支持 http 和 https", "expected http or https"),
    }
    Some(url)
}

pub(super) fn tls(raw: &RawTls, plaintext_is_fine: bool, problems: &mut Problems) -> Option<Tls> {
    match (&raw.cert, &raw.key) {
        (Some(cert), Some(key)) => Some(Tls {
            cert: PathBuf::from(cert),
            key: PathBuf::from(key),
        }),
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
    let dir = path("rules", raw.rules.as_deref(), problems);
    let profile = path("profile", raw.profile.as_deref(), problems);
    if let (None, Some(profile)) = (&dir, &profile)
        && !is_shipped(profile)
    {
        let (profile, names) = (profile.display(), shipped().collect::<Vec<_>>().join(", "));
        problems.add(
            "profile",
            format!("没有随附的规则 {profile}(现有 {names}):规则文件须与 rules 一同给出"),
            format!(
                "no profile we ship is called {profile}; there are {names}. A file goes with rules: give both"
            ),
        );
    }
    let of_the_city = dir.as_ref().map(|dir| dir.join(PROFILE));
    let profile = profile.or(of_the_city)?;
    Some(CityFiles { dir, profile })
}

pub(super) fn log(raw: &RawLog, problems: &mut Problems) -> Log {
    let level = raw.level.clone().unwrap_or_default();
    if let Err(error) = tracing_subscriber::EnvFilter::builder().parse(&level) {
        problems.add(
            "log.level",
            format!("不是日志级别:{error}"),
            format!("not a log level: {error}"),
        );
    }
    let format = match raw.format.as_deref() {
        Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        other => {
            let other = other.unwrap_or_default();
            problems.add(
                "log.format",
                "应为 json 或 text",
                format!("expected json or text, not {other:?}"),
            );
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
    if otlp_endpoint
        .as_deref()
        .is_some_and(|endpoint| !is_http(endpoint))
    {
        problems.add(
            "telemetry.otlp_endpoint",
            "应为 http://HOST:4317(经本机收集器转发 TLS)",
            "expected http://HOST:4317; let a collector on this machine speak TLS onwards",
        );
    }
    Telemetry {
        otlp_endpoint,
        sample_ratio,
        metrics_listen: metrics_listen(raw.metrics_listen.as_deref(), problems),
    }
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
