//! The client side of the contract: a channel with bearer, language and deadline, and answers that say what to do.

mod failure;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use proto::feedback::v1::feedback_service_client::FeedbackServiceClient;
use proto::insight::v1::insight_service_client::InsightServiceClient;
use proto::intake::v1::intake_service_client::IntakeServiceClient;
use proto::supervision::v1::supervision_service_client::SupervisionServiceClient;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::triage::v1::triage_service_client::TriageServiceClient;
use proto::vault::v1::vault_service_client::VaultServiceClient;
use tonic::codec::CompressionEncoding;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

pub use failure::{Answer, Failure};

use crate::exit::{Exit, Stop};
use crate::out::Lang;

/// The largest answer taken: a page of 200 tickets with all their words.
const ANSWER_BYTES_MAX: usize = 64 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Where to and as whom.
#[derive(Debug, Clone)]
pub struct Target {
    /// `HOST:PORT`, or a URL with http or https.
    pub addr: String,
    /// The bearer token.
    pub token: Option<String>,
    /// PEM file of the authority that signed the server's certificate.
    pub ca: Option<std::path::PathBuf>,
    /// How long one call may take.
    pub timeout: Duration,
}

/// Puts on every call what every call carries.
#[derive(Debug, Clone)]
pub struct Attach {
    bearer: Option<MetadataValue<Ascii>>,
    language: MetadataValue<Ascii>,
    deadline: Option<MetadataValue<Ascii>>,
}

impl Interceptor for Attach {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        if let Some(bearer) = &self.bearer {
            metadata.insert("authorization", bearer.clone());
        }
        metadata.insert("accept-language", self.language.clone());
        if let Some(deadline) = &self.deadline {
            metadata.insert("grpc-timeout", deadline.clone());
        }
        Ok(request)
    }
}

/// What calls travel on.
pub type Wire = InterceptedService<Channel, Attach>;

/// A way to every service behind one address.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    attach: Attach,
}

macro_rules! services {
    ($($(#[$doc:meta])* $method:ident: $client:ident;)+) => {
        impl Client {
            $($(#[$doc])*
            pub fn $method(&self) -> $client<Wire> {
                $client::with_interceptor(self.channel.clone(), self.attach.clone())
                    .accept_compressed(CompressionEncoding::Gzip)
                    .max_decoding_message_size(ANSWER_BYTES_MAX)
            })+
        }
    };
}

services! {
    /// Tickets: commands, queries, the feed.
    tickets: TicketServiceClient;
    /// The ways in.
    intake: IntakeServiceClient;
    /// Suggestions.
    triage: TriageServiceClient;
    /// What is late.
    supervision: SupervisionServiceClient;
    /// What the resident sees and says.
    feedback: FeedbackServiceClient;
    /// Figures.
    insight: InsightServiceClient;
    /// Tokens, identity, erasure.
    vault: VaultServiceClient;
}

impl Client {
    /// Prepares a connection; it is made with the first call.
    pub fn open(target: &Target, lang: Lang) -> anyhow::Result<Self> {
        let bearer = match &target.token {
            Some(token) => Some(bearer(token)?),
            None => None,
        };
        let deadline = format!("{}m", target.timeout.as_millis())
            .parse()
            .context("the timeout is too long")?;
        let attach = Attach {
            bearer,
            language: MetadataValue::from_static(lang.accept_language()),
            deadline: Some(deadline),
        };
        Ok(Self {
            channel: endpoint(&target.addr, target.ca.as_deref())?.connect_lazy(),
            attach,
        })
    }

    /// The same way without a deadline, for a stream that has no end.
    pub fn without_deadline(&self) -> Self {
        Self {
            channel: self.channel.clone(),
            attach: Attach {
                deadline: None,
                ..self.attach.clone()
            },
        }
    }
}

fn bearer(token: &str) -> anyhow::Result<MetadataValue<Ascii>> {
    let unfit = || {
        Stop::because(
            Exit::Usage,
            "令牌含有不可见字符 · the token has characters that no token has",
        )
    };
    let mut value: MetadataValue<Ascii> = format!("Bearer {}", token.trim()).parse().map_err(|_| unfit())?;
    value.set_sensitive(true);
    Ok(value)
}

fn endpoint(addr: &str, ca: Option<&Path>) -> anyhow::Result<Endpoint> {
    let url = if addr.contains("://") {
        addr.to_owned()
    } else {
        format!("{}://{addr}", scheme(ca))
    };
    let unfit = |_| {
        let message = format!("地址应为 HOST:PORT 或 http(s)://… · not an address: {addr}");
        Stop::because(Exit::Usage, message)
    };
    let endpoint = Endpoint::from_shared(url.clone())
        .map_err(unfit)?
        .connect_timeout(CONNECT_WITHIN)
        .tcp_keepalive(Some(Duration::from_secs(30)))
        .http2_keep_alive_interval(Duration::from_secs(30))
        .user_agent(concat!("hotline/", env!("CARGO_PKG_VERSION")))?;
    if !url.starts_with("https://") {
        return Ok(endpoint);
    }
    let Some(ca) = ca else {
        let message = "https 需用 --ca 指定签发机构证书 · https needs --ca FILE, the authority that signed the server's certificate";
        return Err(Stop::because(Exit::Usage, message));
    };
    let pem = std::fs::read(ca).with_context(|| format!("cannot read {}", ca.display()))?;
    Ok(endpoint.tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))?)
}

fn scheme(ca: Option<&Path>) -> &'static str {
    if ca.is_some() { "https" } else { "http" }
}
