//! `[notices]`: over which channels notices go out. Without any there is no outbox.

use std::net::IpAddr;
use std::path::PathBuf;

use supervision::notices::{MailTls, is_address};

use super::check::path;
use super::problem::Problems;
use super::raw::RawNotices;

/// Over which channels notices go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notices {
    /// A machine that gets every notice.
    pub webhook: Option<Webhook>,
    /// A server that takes mail for people.
    pub mail: Option<Mail>,
    /// The authorities both are trusted by; none: those of the system.
    pub ca: Option<PathBuf>,
}

/// A machine that gets every notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where it listens.
    pub url: String,
    /// A file with the key of the signature; none: nothing is signed.
    pub secret_file: Option<PathBuf>,
}

/// A server that takes mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub tls: MailTls,
    /// A file with user and password, a line each; none: it asks for none.
    pub credentials_file: Option<PathBuf>,
    /// The sender's address.
    pub from: String,
    /// Who is reached where.
    pub addresses_file: PathBuf,
}

/// What was written, checked; none where neither channel is named.
pub(super) fn notices(raw: &RawNotices, allow_plaintext: bool, problems: &mut Problems) -> Option<Notices> {
    let webhook = webhook(raw, allow_plaintext, problems);
    let mail = mail(raw, allow_plaintext, problems);
    let ca = path("notices.ca", raw.ca.as_deref(), problems);
    (webhook.is_some() || mail.is_some()).then_some(Notices { webhook, mail, ca })
}

fn webhook(raw: &RawNotices, allow_plaintext: bool, problems: &mut Problems) -> Option<Webhook> {
    let secret_file = path(
        "notices.webhook_secret_file",
        raw.webhook_secret_file.as_deref(),
        problems,
    );
    let Some(url) = &raw.webhook else {
        if secret_file.is_some() {
            problems.add(
                "notices.webhook",
                "有密钥文件而无 webhook 地址",
                "a secret needs a webhook to sign for",
            );
        }
        return None;
    };
    let uri: Option<http::Uri> = url.parse().ok();
    let parts = uri
        .as_ref()
        .and_then(|uri| Some((uri.scheme_str()?, uri.host()?, uri.authority()?)));
    match parts {
        Some((_, _, authority)) if authority.as_str().contains('@') => problems.add(
            "notices.webhook",
            "地址中不应含用户名和密码",
            "a URL is no place for a password: sign with webhook_secret_file",
        ),
        Some(("https", ..)) => {}
        Some(("http", host, _)) if is_here(host) || allow_plaintext => {}
        Some(("http", ..)) => problems.add(
            "notices.webhook",
            "本机之外须用 https(或 allow_plaintext)",
            "beyond loopback use https, or allow_plaintext",
        ),
        _ => problems.add(
            "notices.webhook",
            "应为 http 或 https 地址",
            "expected an http or https URL",
        ),
    }
    Some(Webhook {
        url: url.clone(),
        secret_file,
    })
}

fn mail(raw: &RawNotices, allow_plaintext: bool, problems: &mut Problems) -> Option<Mail> {
    let credentials_file = path(
        "notices.smtp_credentials_file",
        raw.smtp_credentials_file.as_deref(),
        problems,
    );
    let addresses_file = path("notices.addresses_file", raw.addresses_file.as_deref(), problems);
    let Some(smtp) = &raw.smtp else {
        let others = [
            &raw.smtp_tls,
            &raw.smtp_credentials_file,
            &raw.smtp_from,
            &raw.addresses_file,
        ];
        if others.into_iter().any(Option::is_some) {
            problems.add(
                "notices.smtp",
                "缺少邮件服务器 HOST:PORT",
                "mail needs a server: HOST:PORT",
            );
        }
        return None;
    };
    let parts = smtp.rsplit_once(':').and_then(|(host, port)| {
        let host = host.trim_matches(['[', ']']);
        Some((host.to_owned(), port.parse().ok().filter(|port| *port > 0)?)).filter(|_| !host.is_empty())
    });
    if parts.is_none() {
        problems.add(
            "notices.smtp",
            "应为 HOST:PORT,如 mail.example.cn:587",
            format!("expected HOST:PORT such as mail.example.cn:587, not {smtp:?}"),
        );
    }
    let (host, port): (String, u16) = parts.unwrap_or_default();
    let tls = tls(raw, allow_plaintext || is_here(&host), problems);
    let from = raw.smtp_from.clone().unwrap_or_default();
    if !is_address(&from) {
        problems.add(
            "notices.smtp_from",
            "应为发件邮箱,如 hotline@example.cn",
            "expected the sender's address such as hotline@example.cn",
        );
    }
    if addresses_file.is_none() {
        problems.add(
            "notices.addresses_file",
            "缺少收件人文件",
            "mail needs a file that says who is reached where",
        );
    }
    Some(Mail {
        host,
        port,
        tls,
        credentials_file,
        from,
        addresses_file: addresses_file.unwrap_or_default(),
    })
}

fn tls(raw: &RawNotices, plaintext_is_fine: bool, problems: &mut Problems) -> MailTls {
    match raw.smtp_tls.as_deref() {
        None | Some("starttls") => MailTls::StartTls,
        Some("tls") => MailTls::Tls,
        Some("none") => {
            if !plaintext_is_fine {
                problems.add(
                    "notices.smtp_tls",
                    "本机之外须加密(或 allow_plaintext)",
                    "beyond loopback mail needs TLS, or allow_plaintext",
                );
            }
            MailTls::None
        }
        Some(other) => {
            problems.add(
                "notices.smtp_tls",
                "应为 none、starttls 或 tls",
                format!("expected none, starttls or tls, not {other:?}"),
            );
            MailTls::StartTls
        }
    }
}

fn is_here(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Notices {
    /// The outcome as it could be written into a file; what a URL may have as a secret is masked.
    pub(super) fn to_raw(&self) -> RawNotices {
        let text = |path: &PathBuf| path.display().to_string();
        let webhook = self.webhook.as_ref();
        let mail = self.mail.as_ref();
        RawNotices {
            webhook: webhook.map(|webhook| masked(&webhook.url)),
            webhook_secret_file: webhook.and_then(|webhook| webhook.secret_file.as_ref()).map(text),
            smtp: mail.map(Mail::server),
            smtp_tls: mail.map(|mail| {
                let tls = match mail.tls {
                    MailTls::None => "none",
                    MailTls::StartTls => "starttls",
                    MailTls::Tls => "tls",
                };
                tls.to_owned()
            }),
            smtp_credentials_file: mail.and_then(|mail| mail.credentials_file.as_ref()).map(text),
            smtp_from: mail.map(|mail| mail.from.clone()),
            addresses_file: mail.map(|mail| text(&mail.addresses_file)),
            ca: self.ca.as_ref().map(text),
        }
    }

    /// Every file named, with its key.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let webhook = self.webhook.as_ref();
        let mail = self.mail.as_ref();
        let files = [
            (
                "notices.webhook_secret_file",
                webhook.and_then(|webhook| webhook.secret_file.as_ref()),
            ),
            (
                "notices.smtp_credentials_file",
                mail.and_then(|mail| mail.credentials_file.as_ref()),
            ),
            ("notices.addresses_file", mail.map(|mail| &mail.addresses_file)),
            ("notices.ca", self.ca.as_ref()),
        ];
        files.into_iter().filter_map(|(key, file)| Some((key, file?)))
    }
}

/// A URL without its query, where many receivers want their token.
fn masked(url: &str) -> String {
    match url.split_once('?') {
        Some((place, _)) => format!("{place}?***"),
        None => url.to_owned(),
    }
}

impl Mail {
    fn server(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Problems, Raw, resolve};
    use super::*;

    fn resolved(change: impl FnOnce(&mut RawNotices)) -> Result<Config, Problems> {
        let mut raw = Raw::defaults();
        change(&mut raw.notices);
        resolve(raw)
    }

    fn told(change: impl FnOnce(&mut RawNotices)) -> Vec<String> {
        let problems = resolved(change).unwrap_err();
        problems.0.into_iter().map(|problem| problem.key).collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn mail(raw: &mut RawNotices) {
        raw.smtp = some("[::1]:25");
        raw.smtp_tls = some("none");
        raw.smtp_from = some("hotline@city.test");
        raw.addresses_file = some("addresses.toml");
    }

    #[test]
    fn without_a_channel_there_are_no_notices() {
        assert_eq!(resolved(|_| {}).unwrap().notices, None);
    }

    #[test]
    fn what_goes_beyond_loopback_is_encrypted() {
        assert_eq!(
            told(|raw| raw.webhook = some("http://10.0.0.9/x")),
            ["notices.webhook"]
        );
        assert!(resolved(|raw| raw.webhook = some("https://10.0.0.9/x")).is_ok());
        let beyond = |raw: &mut RawNotices| {
            mail(raw);
            raw.smtp = some("mail.city.test:25");
        };
        assert_eq!(told(beyond), ["notices.smtp_tls"]);
        assert!(resolved(mail).is_ok());
    }

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        assert_eq!(
            told(|raw| raw.webhook_secret_file = some("s")),
            ["notices.webhook"]
        );
        assert_eq!(
            told(|raw| raw.smtp_from = some("hotline@city.test")),
            ["notices.smtp"]
        );
        let alone = |raw: &mut RawNotices| raw.smtp = some("127.0.0.1:25");
        assert_eq!(told(alone), ["notices.smtp_from", "notices.addresses_file"]);
    }

    #[test]
    fn it_is_shown_as_it_was_written_but_for_a_token() {
        let config = resolved(|raw| {
            mail(raw);
            raw.webhook = some("https://10.0.0.9/x?access_token=word");
        });
        let shown = config.unwrap().to_raw().notices;
        assert_eq!(shown.webhook, some("https://10.0.0.9/x?***"));
        assert_eq!((shown.smtp, shown.smtp_tls), (some("[::1]:25"), some("none")));
    }
}
