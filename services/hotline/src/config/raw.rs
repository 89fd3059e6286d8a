//! What people write: the file's shape, the flags and environment variables above it, the defaults below it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Problems, ROLES};

/// A configuration as written, with nothing checked. What is not there comes from the layer below.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Raw {
    pub data: Option<String>,
    pub listen: Option<String>,
    pub roles: Option<Vec<String>>,
    pub role_secret_file: Option<String>,
    pub allow_plaintext: Option<bool>,
    pub reflection: Option<bool>,
    pub rules: Option<String>,
    pub profile: Option<String>,
    pub drain_seconds: Option<u64>,
    pub links: BTreeMap<String, String>,
    pub tls: RawTls,
    pub log: RawLog,
    pub telemetry: RawTelemetry,
    pub limits: RawLimits,
    pub storage: RawStorage,
    pub notices: RawNotices,
    pub audit: RawAudit,
    pub triage: RawTriage,
}

/// `[triage]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawTriage {
    pub model: Option<String>,
}

/// `[audit]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawAudit {
    pub at: Option<String>,
}

/// `[tls]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawTls {
    pub cert: Option<String>,
    pub key: Option<String>,
    pub ca: Option<String>,
}

/// `[log]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawLog {
    pub level: Option<String>,
    pub format: Option<String>,
}

/// `[telemetry]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawTelemetry {
    pub otlp_endpoint: Option<String>,
    pub sample_ratio: Option<f64>,
    pub metrics_listen: Option<String>,
}

/// `[limits]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawLimits {
    pub concurrent_calls: Option<u64>,
}

/// `[storage]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawStorage {
    pub segment_mib: Option<u64>,
    pub cache_mib: Option<u64>,
    pub queue_max: Option<u64>,
}

/// `[notices]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawNotices {
    pub webhook: Option<String>,
    pub webhook_secret_file: Option<String>,
    pub smtp: Option<String>,
    pub smtp_tls: Option<String>,
    pub smtp_credentials_file: Option<String>,
    pub smtp_from: Option<String>,
    pub addresses_file: Option<String>,
    pub ca: Option<String>,
}

impl RawNotices {
    fn over(self, below: Self) -> Self {
        Self {
            webhook: self.webhook.or(below.webhook),
            webhook_secret_file: self.webhook_secret_file.or(below.webhook_secret_file),
            smtp: self.smtp.or(below.smtp),
            smtp_tls: self.smtp_tls.or(below.smtp_tls),
            smtp_credentials_file: self.smtp_credentials_file.or(below.smtp_credentials_file),
            smtp_from: self.smtp_from.or(below.smtp_from),
            addresses_file: self.addresses_file.or(below.addresses_file),
            ca: self.ca.or(below.ca),
        }
    }
}

/// What stands above the file: flags, and under them the environment.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "配置 · Configuration")]
pub struct Overrides {
    /// 数据目录 · data directory
    #[arg(long, env = "HOTLINE_DATA_DIR", value_name = "DIR")]
    pub data: Option<String>,
    /// 监听地址 · where to listen
    #[arg(long, env = "HOTLINE_LISTEN", value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// 在本进程运行的角色,逗号分隔 · roles that run here, parted by commas
    #[arg(long, env = "HOTLINE_ROLES", value_name = "ROLES", value_delimiter = ',')]
    pub roles: Vec<String>,
    /// 在别处运行的角色 · where a role runs that does not run here; may be repeated
    #[arg(
        long = "link",
        env = "HOTLINE_LINKS",
        value_name = "ROLE=ADDR",
        value_delimiter = ','
    )]
    pub links: Vec<String>,
    /// 角色间共用的密钥文件 · file with the secret the roles share
    #[arg(long, env = "HOTLINE_ROLE_SECRET_FILE", value_name = "FILE")]
    pub role_secret_file: Option<String>,
    /// 城市规则目录,默认内置演示城市 · a city's rules; the built-in demonstration city by default
    #[arg(long, env = "HOTLINE_RULES", value_name = "DIR")]
    pub rules: Option<String>,
    /// 时限规则:文件或随附规则的名称(如 beijing),默认规则目录中的 profile.toml · rule profile, a file or the name of one
    /// we ship such as beijing; profile.toml of the rules by default
    #[arg(long, env = "HOTLINE_PROFILE", value_name = "FILE")]
    pub profile: Option<String>,
    /// 证书(PEM)· certificate chain
    #[arg(long, env = "HOTLINE_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<String>,
    /// 私钥(PEM)· its key
    #[arg(long, env = "HOTLINE_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<String>,
    /// 别处角色证书的签发机构(PEM)· authority of the links' certificates
    #[arg(long, env = "HOTLINE_TLS_CA", value_name = "FILE")]
    pub tls_ca: Option<String>,
    /// 允许在本机之外使用明文 · plain text is allowed beyond loopback
    #[arg(long, env = "HOTLINE_ALLOW_PLAINTEXT", value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_plaintext: Option<bool>,
    /// 提供 gRPC 反射 · serve reflection
    #[arg(long, env = "HOTLINE_REFLECTION", value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub reflection: Option<bool>,
    /// 日志级别 · log level, such as info or warn,tickets=debug
    #[arg(long, env = "HOTLINE_LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// 日志格式 json 或 text · log format
    #[arg(long, env = "HOTLINE_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// 接收追踪的 OTLP 地址 · OTLP collector for traces
    #[arg(
        long,
        env = "HOTLINE_OTLP_ENDPOINT",
        value_name = "URL",
        hide_env_values = true
    )]
    pub otlp_endpoint: Option<String>,
    /// 追踪采样比例 0–1 · share of traces kept
    #[arg(long, env = "HOTLINE_SAMPLE_RATIO", value_name = "RATIO")]
    pub sample_ratio: Option<f64>,
    /// 指标(Prometheus 文本)的本机监听地址 · where to tell metrics, on loopback
    #[arg(long, env = "HOTLINE_METRICS_LISTEN", value_name = "HOST:PORT")]
    pub metrics_listen: Option<String>,
    /// 同时处理的写调用 · mutating calls under way at once
    #[arg(long, env = "HOTLINE_CONCURRENT_CALLS", value_name = "COUNT")]
    pub concurrent_calls: Option<u64>,
    /// 日志段大小 · size of a journal segment
    #[arg(long, env = "HOTLINE_SEGMENT_MIB", value_name = "MIB")]
    pub segment_mib: Option<u64>,
    /// 索引缓存 · the index's cache
    #[arg(long, env = "HOTLINE_CACHE_MIB", value_name = "MIB")]
    pub cache_mib: Option<u64>,
    /// 等待写入的提交 · commits that may wait for the writer
    #[arg(long, env = "HOTLINE_QUEUE_MAX", value_name = "COUNT")]
    pub queue_max: Option<u64>,
    /// 每夜时限自查的时刻(当地时间),空为不自查 · when the clocks are audited every night; empty: never
    #[arg(long, env = "HOTLINE_AUDIT_AT", value_name = "HH:MM")]
    pub audit_at: Option<String>,
    /// 分类模型:auto、shipped、none 或模型文件 · the classifier: auto, shipped, none, or a model's file
    #[arg(long, env = "HOTLINE_MODEL", value_name = "FILE")]
    pub model: Option<String>,
    /// 停止时等待秒数 · how long calls may go on after the signal to stop
    #[arg(long, env = "HOTLINE_DRAIN_SECONDS", value_name = "SECONDS")]
    pub drain_seconds: Option<u64>,
}

impl Overrides {
    /// The same as a layer.
    pub fn to_raw(&self, problems: &mut Problems) -> Raw {
        let mut links = BTreeMap::new();
        for link in &self.links {
            match link.split_once('=') {
                Some((role, addr)) => {
                    links.insert(role.trim().to_owned(), addr.trim().to_owned());
                }
                None => problems.add(
                    "links",
                    "应为 角色=地址",
                    format!("expected ROLE=ADDR, not {link}"),
                ),
            }
        }
        Raw {
            data: self.data.clone(),
            listen: self.listen.clone(),
            roles: Some(self.roles.clone()).filter(|roles| !roles.is_empty()),
            role_secret_file: self.role_secret_file.clone(),
            allow_plaintext: self.allow_plaintext,
            reflection: self.reflection,
            rules: self.rules.clone(),
            profile: self.profile.clone(),
            drain_seconds: self.drain_seconds,
            links,
            tls: RawTls {
                cert: self.tls_cert.clone(),
                key: self.tls_key.clone(),
                ca: self.tls_ca.clone(),
            },
            log: RawLog {
                level: self.log_level.clone(),
                format: self.log_format.clone(),
            },
            telemetry: RawTelemetry {
                otlp_endpoint: self.otlp_endpoint.clone(),
                sample_ratio: self.sample_ratio,
                metrics_listen: self.metrics_listen.clone(),
            },
            limits: RawLimits {
                concurrent_calls: self.concurrent_calls,
            },
            storage: RawStorage {
                segment_mib: self.segment_mib,
                cache_mib: self.cache_mib,
                queue_max: self.queue_max,
            },
            notices: RawNotices::default(),
            audit: RawAudit {
                at: self.audit_at.clone(),
            },
            triage: RawTriage {
                model: self.model.clone(),
            },
        }
    }
}

impl Raw {
    /// What holds where nothing is written. `config/hotline.toml` says the same; a test proves it.
    pub fn defaults() -> Self {
        Self {
            data: Some("data".to_owned()),
            listen: Some("127.0.0.1:7345".to_owned()),
            roles: Some(ROLES.map(str::to_owned).to_vec()),
            allow_plaintext: Some(false),
            drain_seconds: Some(20),
            log: RawLog {
                level: Some("info".to_owned()),
                format: Some("json".to_owned()),
            },
            telemetry: RawTelemetry {
                otlp_endpoint: None,
                sample_ratio: Some(1.0),
                metrics_listen: None,
            },
            limits: RawLimits {
                concurrent_calls: Some(1_024),
            },
            storage: RawStorage {
                segment_mib: Some(64),
                cache_mib: Some(64),
                queue_max: Some(4_096),
            },
            audit: RawAudit {
                at: Some("02:30".to_owned()),
            },
            triage: RawTriage {
                model: Some("auto".to_owned()),
            },
            ..Self::default()
        }
    }

    /// This layer, with what it does not say taken from `below`.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        let mut links = below.links;
        links.extend(self.links);
        Self {
            data: self.data.or(below.data),
            listen: self.listen.or(below.listen),
            roles: self.roles.or(below.roles),
            role_secret_file: self.role_secret_file.or(below.role_secret_file),
            allow_plaintext: self.allow_plaintext.or(below.allow_plaintext),
            reflection: self.reflection.or(below.reflection),
            rules: self.rules.or(below.rules),
            profile: self.profile.or(below.profile),
            drain_seconds: self.drain_seconds.or(below.drain_seconds),
            links,
            tls: RawTls {
                cert: self.tls.cert.or(below.tls.cert),
                key: self.tls.key.or(below.tls.key),
                ca: self.tls.ca.or(below.tls.ca),
            },
            log: RawLog {
                level: self.log.level.or(below.log.level),
                format: self.log.format.or(below.log.format),
            },
            telemetry: RawTelemetry {
                otlp_endpoint: self.telemetry.otlp_endpoint.or(below.telemetry.otlp_endpoint),
                sample_ratio: self.telemetry.sample_ratio.or(below.telemetry.sample_ratio),
                metrics_listen: self.telemetry.metrics_listen.or(below.telemetry.metrics_listen),
            },
            limits: RawLimits {
                concurrent_calls: self.limits.concurrent_calls.or(below.limits.concurrent_calls),
            },
            storage: RawStorage {
                segment_mib: self.storage.segment_mib.or(below.storage.segment_mib),
                cache_mib: self.storage.cache_mib.or(below.storage.cache_mib),
                queue_max: self.storage.queue_max.or(below.storage.queue_max),
            },
            notices: self.notices.over(below.notices),
            audit: RawAudit {
                at: self.audit.at.or(below.audit.at),
            },
            triage: RawTriage {
                model: self.triage.model.or(below.triage.model),
            },
        }
    }
}

/// Reads a file; what cannot be read or understood becomes a problem with its key.
pub(super) fn read(path: &Path, problems: &mut Problems) -> Raw {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text, problems),
        Err(error) => {
            let why = crate::city::unreadable(&error);
            let path = path.display();
            problems.add(
                "",
                format!("配置文件 {path}: {why}"),
                format!("cannot read the file {path}: {error}"),
            );
            Raw::default()
        }
    }
}

/// Reads every key by itself, so that one that is wrong hides no other.
pub(super) fn parse(text: &str, problems: &mut Problems) -> Raw {
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            let what = error.to_string();
            problems.add("", format!("不是 TOML:{what}"), format!("not TOML: {what}"));
            return Raw::default();
        }
    };
    let mut raw = Raw::default();
    for (key, value) in leaves(&table, "") {
        match alone(&key, value).try_into::<Raw>() {
            Ok(one) => raw = one.over(raw),
            Err(error) => problems.add_unread(&key, error.message()),
        }
    }
    raw
}

fn leaves(table: &toml::Table, above: &str) -> Vec<(String, toml::Value)> {
    let mut found = Vec::new();
    for (name, value) in table {
        let key = if above.is_empty() {
            name.clone()
        } else {
            format!("{above}.{name}")
        };
        match value.as_table() {
            Some(inner) => found.extend(leaves(inner, &key)),
            None => found.push((key, value.clone())),
        }
    }
    found
}

fn alone(key: &str, value: toml::Value) -> toml::Table {
    let mut value = value;
    let mut names: Vec<&str> = key.split('.').collect();
    let first = names.remove(0);
    for name in names.into_iter().rev() {
        value = toml::Value::Table(toml::Table::from_iter([(name.to_owned(), value)]));
    }
    toml::Table::from_iter([(first.to_owned(), value)])
}
