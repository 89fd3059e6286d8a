//! Mail: one message per recipient, so that one who is refused keeps it from nobody else. Every message of a notice has
//! the same `Message-ID`, made of its name: sent twice it is one mail.

use std::time::SystemTime;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use kit::fault::Fault;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Category;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{Address, AsyncTransport as _, Tokio1Executor};
use sha2::{Digest as _, Sha256};

use super::notice::NoticeId;
use super::outcome::{Failure, Sent};
use super::settings::{MailSettings, MailTls};
use super::text::Text;
use crate::limits::{MAIL_CONNECT_WITHIN, MAIL_WITHIN};

/// The header with the notice's name.
const NOTICE: &str = "X-Hotline-Notice";

/// A server that takes mail.
pub(crate) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
}

impl Mail {
    /// Takes mail for people as `settings` say; trusts the authorities in `ca_pem`, or those of the system.
    pub(crate) fn new(settings: &MailSettings, ca_pem: Option<&[u8]>) -> Result<Self, Fault> {
        let from: Address = settings
            .from
            .parse()
            .map_err(|_| Fault::internal("the sender's address was not checked"))?;
        let parameters = || tls(&settings.host, ca_pem);
        let tls = match settings.tls {
            MailTls::None => Tls::None,
            MailTls::StartTls => Tls::Required(parameters()?),
            MailTls::Tls => Tls::Wrapper(parameters()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(from.domain().to_owned()))
            .timeout(Some(MAIL_CONNECT_WITHIN));
        if let Some((user, password)) = &settings.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self {
            transport: builder.build(),
            from,
        })
    }

    /// Sends a notice to one recipient once.
    pub(crate) async fn send(&self, id: &NoticeId, text: &Text, to: &Address, now: Timestamp) -> Sent {
        let message = match self.message(id, text, to, now) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(notice = %id, %error, "a mail cannot be written");
                return Sent::GivenUp(Failure::of("bad_mail"));
            }
        };
        match tokio::time::timeout(MAIL_WITHIN, self.transport.send(message)).await {
            Ok(Ok(_)) => Sent::Done,
            Ok(Err(error)) => refused(&error),
            Err(_) => Sent::Failed(Failure::away("timeout")),
        }
    }

    fn message(
        &self,
        id: &NoticeId,
        text: &Text,
        to: &Address,
        now: Timestamp,
    ) -> Result<Message, lettre::error::Error> {
        let mailbox = |address: &Address| Mailbox::new(None, address.clone());
        let header = |name: &str, value: &str| {
            let name = HeaderName::new_from_ascii(name.to_owned()).expect("a header's name is ASCII");
            HeaderValue::new(name, value.to_owned())
        };
        Message::builder()
            .from(mailbox(&self.from))
            .to(mailbox(to))
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{id}@{}>", self.from.domain())))
            .subject(&text.subject)
            .raw_header(header(NOTICE, &id.to_string()))
            // RFC 3834: no vacation note is to answer it.
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .header(ContentType::TEXT_PLAIN)
            .body(format!("{}\n{}", text.zh, text.en))
    }
}

/// A short name of a recipient, by which the ledger knows who has a notice: no address.
pub(crate) fn name_of(address: &Address) -> String {
    let digest = Sha256::digest(address.to_string().to_lowercase());
    HEXLOWER.encode(&digest[..8])
}

fn tls(host: &str, ca_pem: Option<&[u8]>) -> Result<TlsParameters, Fault> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = ca_pem {
        let certificate = Certificate::from_pem(pem).map_err(Fault::internal)?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(Fault::internal)
}

/// What an error means. A lasting refusal of the mail system (55x) is the recipient's; any other is ours or the
/// server's, such as a wrong password: it is tried again, and everybody's mail with it.
fn refused(error: &Error) -> Sent {
    let Some(code) = error.status() else {
        tracing::debug!(%error, "the mail server was not reached");
        let what = if error.is_timeout() {
            "timeout"
        } else {
            "unreachable"
        };
        return Sent::Failed(Failure::away(what));
    };
    let failure = Failure::of(format!("smtp_{code}"));
    if error.is_permanent() && code.category == Category::MailSystem {
        Sent::GivenUp(failure)
    } else {
        Sent::Failed(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::addresses::Addresses;

    #[test]
    fn a_mail_is_named_and_says_that_a_machine_wrote_it() {
        let settings = MailSettings {
            host: "127.0.0.1".to_owned(),
            port: 25,
            tls: MailTls::None,
            credentials: None,
            from: "hotline@city.test".to_owned(),
            addresses: Addresses::default(),
        };
        let mail = Mail::new(&settings, None).unwrap();
        let id = NoticeId::parse("20261123-0000021.17.unit_head.mail").unwrap();
        let text = Text {
            subject: "【12345】督办".to_owned(),
            zh: "工单\n".to_owned(),
            en: "ticket\n".to_owned(),
        };
        let to: Address = "head@water.test".parse().unwrap();
        let message = mail.message(&id, &text, &to, Timestamp::UNIX_EPOCH).unwrap();
        let raw = String::from_utf8(message.formatted()).unwrap();
        for line in [
            "Message-ID: <20261123-0000021.17.unit_head.mail@city.test>",
            "X-Hotline-Notice: 20261123-0000021.17.unit_head.mail",
            "Auto-Submitted: auto-generated",
            "To: head@water.test",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000",
        ] {
            assert!(raw.contains(line), "{line} is not in\n{raw}");
        }
        assert_eq!(
            raw,
            String::from_utf8(message.formatted()).unwrap(),
            "the same every time"
        );
    }

    #[test]
    fn a_recipients_name_is_no_address() {
        let name = |text: &str| name_of(&text.parse().unwrap());
        assert_eq!(name("Head@water.test"), name("head@water.test"));
        assert_ne!(name("head@water.test"), name("clerk@water.test"));
        assert_eq!(name("head@water.test").len(), 16);
    }
}
