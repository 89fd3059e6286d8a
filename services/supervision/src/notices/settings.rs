//! How notices go out: operational configuration, no rule. Given once, when the role opens.

use super::addresses::Addresses;

/// Over which channels. Holds secrets, so it has no debug form.
pub struct Settings {
    /// A machine that gets everything.
    pub webhook: Option<WebhookSettings>,
    /// A server that takes mail.
    pub mail: Option<MailSettings>,
    /// PEM certificates of the authorities both are trusted by; none: those of the system.
    pub ca_pem: Option<Vec<u8>>,
}

/// A machine that gets everything.
pub struct WebhookSettings {
    /// Where it listens, `http` or `https`.
    pub url: String,
    /// The key of the HMAC-SHA256 over the body, sent as `X-Hotline-Signature`; none: nothing is signed.
    pub secret: Option<Vec<u8>>,
}

/// A server that takes mail.
pub struct MailSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub tls: MailTls,
    /// User and password; none: it asks for none.
    pub credentials: Option<(String, String)>,
    /// The sender's address.
    pub from: String,
    /// Who is reached where.
    pub addresses: Addresses,
}

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all.
    None,
    /// Begun in clear, then TLS, or nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
}
