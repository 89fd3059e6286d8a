//! The client side of the contract: a channel with bearer, language and deadline, and answers that say what to do.

use std::fmt;
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
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

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
        let deadline = format!("{}m", target.timeout.as_millis()).parse().context("the timeout is too long")?;
        let attach = Attach {
            bearer,
            language: MetadataValue::from_static(lang.accept_language()),
            deadline: Some(deadline),
        };
        Ok(Self { channel: endpoint(&target.addr, target.ca.as_deref())?.connect_lazy(), attach })
    }

    /// The same way without a deadline, for a stream that has no end.
    pub fn without_deadline(&self) -> Self {
        Self { channel: self.channel.clone(), attach: Attach { deadline: None, ..self.attach.clone() } }
    }
}

fn bearer(token: &str) -> anyhow::Result<MetadataValue<Ascii>> {
    let unfit = || Stop::because(Exit::Usage, "令牌含有不可见字符 · the token has characters that no token has");
    let mut value: MetadataValue<Ascii> = format!("Bearer {}", token.trim()).parse().map_err(|_| unfit())?;
    value.set_sensitive(true);
    Ok(value)
}

fn endpoint(addr: &str, ca: Option<&Path>) -> anyhow::Result<Endpoint> {
    let url = if addr.contains("://") { addr.to_owned() } else { format!("{}://{addr}", scheme(ca)) };
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

/// What the server answered when it did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub struct Failure {
    /// The canonical code.
    pub code: Code,
    /// In words.
    pub message: String,
    /// The stable upper-case word, where there is one.
    pub reason: Option<String>,
    /// Facts by name.
    pub facts: Vec<(String, String)>,
    /// Fields that are not right, and why.
    pub fields: Vec<(String, String)>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let mut facts: Vec<(String, String)> =
            info.map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default();
        facts.sort();
        let violations = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
        Self {
            code: status.code(),
            message: message(&status),
            reason: info.map(|info| info.reason.clone()),
            facts,
            fields: violations.iter().map(|one| (one.field.clone(), one.description.clone())).collect(),
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
        }
    }
}

/// The words of a status; of a failed connection, the root of the matter, which tonic keeps as a source.
fn message(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut source = std::error::Error::source(status);
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = if text.is_empty() { words } else { format!("{text}: {words}") };
        }
        source = cause.source();
    }
    text
}

impl Failure {
    /// Whether the same call may succeed later, unchanged.
    pub fn is_passing(&self) -> bool {
        matches!(self.code, Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded)
    }

    /// Everything known, and what to do.
    pub fn explain(&self, lang: Lang) -> String {
        let mut text = self.to_string();
        for (field, description) in &self.fields {
            text.push_str(&format!("\n  {field}: {description}"));
        }
        for (name, value) in &self.facts {
            text.push_str(&format!("\n  {name} = {value}"));
        }
        if let Some((zh, en)) = self.advice() {
            text.push_str(&format!("\n  → {}", lang.say(zh, en)));
        }
        if let Some(after) = self.retry_after {
            let seconds = after.as_secs_f64();
            let zh = format!("{seconds:.1} 秒后再试");
            text.push_str(&format!("\n  → {}", lang.say(zh, format!("try again in {seconds:.1} s"))));
        }
        text
    }

    fn advice(&self) -> Option<(&'static str, &'static str)> {
        match self.code {
            Code::Unauthenticated => Some((
                "请用 --token 或 HOTLINE_TOKEN 提供有效令牌(首个令牌在数据目录的 admin.token)",
                "give a valid token with --token or HOTLINE_TOKEN (the first one is in admin.token of the data directory)",
            )),
            Code::PermissionDenied => {
                Some(("此令牌的角色无权执行,请换用相应角色的令牌", "this token's role may not do this: use one that may"))
            }
            Code::Unavailable => Some((
                "服务未启动或正忙:核对 --addr,稍后用同一 --request-id 重试是安全的",
                "the server is down or busy: check --addr; trying again with the same --request-id is safe",
            )),
            Code::DeadlineExceeded => Some((
                "可能已生效:用同一 --request-id 重试是安全的,或调大 --timeout",
                "it may have been done: trying again with the same --request-id is safe; --timeout gives it longer",
            )),
            Code::Aborted => {
                Some(("工单已有新变动:重新查看后再试", "the ticket has moved on: look at it again, then repeat"))
            }
            Code::AlreadyExists => Some((
                "该请求号已用于其他内容:换一个 --request-id",
                "the request id was used for something else: take another --request-id",
            )),
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::InvalidArgument
            | Code::NotFound
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Internal
            | Code::DataLoss => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = if self.message.is_empty() { self.code.description() } else { &self.message };
        match &self.reason {
            Some(reason) => write!(f, "{words} [{reason}]"),
            None => f.write_str(words),
        }
    }
}

/// Turns an answer of the wire into the message, or into what to say.
pub trait Answer<T> {
    /// The message itself.
    fn answer(self) -> Result<T, Failure>;
}

impl<T> Answer<T> for Result<Response<T>, Status> {
    fn answer(self) -> Result<T, Failure> {
        self.map(Response::into_inner).map_err(Failure::from)
    }
}
