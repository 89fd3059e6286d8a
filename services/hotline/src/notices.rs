//! What the configuration of notices names, read: secrets, who is reached where, whom to trust.

use std::path::Path;

use domain::rules::Bundle;
use supervision::notices::{Addresses, MailSettings, Settings, WebhookSettings};

use crate::config::{Config, Mail, Problems, Webhook};

/// The shortest secret a signature is worth anything with, in bytes.
const SECRET_BYTES_MIN: usize = 16;

/// How notices go out; none: there is no outbox. Answers every problem of the files named.
pub fn settings(config: &Config) -> Result<Option<Settings>, Problems> {
    let Some(notices) = &config.notices else {
        return Ok(None);
    };
    let mut problems = Problems::default();
    let settings = Settings {
        webhook: notices
            .webhook
            .as_ref()
            .map(|webhook| read_webhook(webhook, &mut problems)),
        mail: notices.mail.as_ref().map(|mail| read_mail(mail, &mut problems)),
        ca_pem: notices
            .ca
            .as_ref()
            .map(|file| bytes("notices.ca", file, &mut problems)),
    };
    problems.none_or(Some(settings))
}

/// Units that a file of addresses names and the city does not have: nobody would ever be reached by them.
pub fn unknown_units(settings: &Settings, city: &Bundle) -> Vec<String> {
    let mail = settings.mail.iter();
    let named = mail.flat_map(|mail| mail.addresses.units());
    let is_unknown = |code: &&domain::id::UnitId| city.units.iter().all(|unit| unit.id != **code);
    named.filter(is_unknown).map(ToString::to_string).collect()
}

fn read_webhook(webhook: &Webhook, problems: &mut Problems) -> WebhookSettings {
    let key = "notices.webhook_secret_file";
    let secret = webhook.secret_file.as_ref().map(|file| {
        let secret = text(key, file, problems).trim().as_bytes().to_vec();
        if secret.len() < SECRET_BYTES_MIN {
            problems.add(
                key,
                format!("密钥至少 {SECRET_BYTES_MIN} 个字符"),
                format!("a secret has at least {SECRET_BYTES_MIN} characters"),
            );
        }
        secret
    });
    WebhookSettings {
        url: webhook.url.clone(),
        secret,
    }
}

fn read_mail(mail: &Mail, problems: &mut Problems) -> MailSettings {
    let key = "notices.smtp_credentials_file";
    let credentials = mail.credentials_file.as_ref().and_then(|file| {
        let text = text(key, file, problems);
        let mut lines = text.lines().map(|line| line.trim_end_matches('\r').to_owned());
        let both = lines
            .next()
            .zip(lines.next())
            .filter(|(user, _)| !user.is_empty());
        if both.is_none() {
            problems.add(
                key,
                "应为两行:用户名、密码",
                "expected two lines: user and password",
            );
        }
        both
    });
    MailSettings {
        host: mail.host.clone(),
        port: mail.port,
        tls: mail.tls,
        credentials,
        from: mail.from.clone(),
        addresses: read_addresses(&mail.addresses_file, problems),
    }
}

fn read_addresses(file: &Path, problems: &mut Problems) -> Addresses {
    let key = "notices.addresses_file";
    let text = text(key, file, problems);
    Addresses::parse(&text).unwrap_or_else(|found| {
        for problem in found {
            let at = format!("{} {}", file.display(), problem.key);
            problems.add(
                key,
                format!("{at}: {}", problem.zh),
                format!("{at}: {}", problem.en),
            );
        }
        Addresses::default()
    })
}

fn text(key: &str, file: &Path, problems: &mut Problems) -> String {
    String::from_utf8(bytes(key, file, problems)).unwrap_or_else(|_| {
        problems.add(key, "不是 UTF-8 文本", "not UTF-8 text");
        String::new()
    })
}

fn bytes(key: &str, file: &Path, problems: &mut Problems) -> Vec<u8> {
    std::fs::read(file).unwrap_or_else(|error| {
        let what = format!("{}: {error}", file.display());
        problems.add(key, format!("文件无法读取:{what}"), format!("cannot read {what}"));
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Raw, resolve};

    fn configured(dir: &Path, addresses: &str, secret: &str) -> Config {
        let write = |name: &str, text: &str| {
            let file = dir.join(name);
            std::fs::write(&file, text).unwrap();
            Some(file.display().to_string())
        };
        let mut raw = Raw::defaults();
        raw.notices.webhook = Some("http://127.0.0.1:1/hook".to_owned());
        raw.notices.webhook_secret_file = write("secret", secret);
        raw.notices.smtp = Some("127.0.0.1:25".to_owned());
        raw.notices.smtp_tls = Some("none".to_owned());
        raw.notices.smtp_credentials_file = write("login", "hotline\npass word\n");
        raw.notices.smtp_from = Some("hotline@city.test".to_owned());
        raw.notices.addresses_file = write("addresses.toml", addresses);
        resolve(raw).unwrap()
    }

    #[test]
    fn what_is_named_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let config = configured(
            dir.path(),
            "[units.nowhere]\nclerk = [\"a@city.test\"]",
            "0123456789abcdef\n",
        );
        let settings = settings(&config).unwrap().unwrap();
        let (webhook, mail) = (
            settings.webhook.as_ref().unwrap(),
            settings.mail.as_ref().unwrap(),
        );
        assert_eq!(webhook.secret.as_deref(), Some(&b"0123456789abcdef"[..]));
        assert_eq!(
            mail.credentials,
            Some(("hotline".to_owned(), "pass word".to_owned()))
        );
        let city = crate::city::built_in().unwrap();
        assert_eq!(unknown_units(&settings, &city), ["nowhere"]);
    }

    #[test]
    fn every_problem_of_the_files_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let config = configured(dir.path(), "[general]\nclerk = 1\narbiter = 2", "short");
        let problems = settings(&config).err().unwrap();
        let keys: Vec<&str> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "notices.webhook_secret_file",
                "notices.addresses_file",
                "notices.addresses_file"
            ]
        );
    }
}
