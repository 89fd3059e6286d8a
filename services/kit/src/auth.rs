//! Who is calling. Stands before every role's server on both kinds of link; finds the caller, takes away the headers
//! that prove him, asks the table of [`crate::access`] and passes a [`Call`] on.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use domain::access::{Actor, Role};
use domain::id::{HolderId, UnitId};
use futures::future::BoxFuture;
use http::request::Parts;
use http::{HeaderMap, Request, Response};
use jiff::{SignedDuration, Timestamp};
use proto::vault::v1 as pb;
use proto::vault::v1::vault_service_client::VaultServiceClient;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::{Service, ServiceExt as _};

use crate::call::{Bearer, Call, Language};
use crate::clock::SharedClock;
use crate::fault::Fault;
use crate::link::{Link, RoleSecret, Trusted};
use crate::{access, header, wire};

/// How long an answer of the vault is believed.
const KNOWN_FOR: SignedDuration = SignedDuration::from_secs(30);
/// How long the vault is not asked again about a bearer it does not know.
const UNKNOWN_FOR: SignedDuration = SignedDuration::from_secs(5);
/// Answers remembered at most.
const REMEMBERED_MAX: usize = 20_000;
/// The longest bearer taken, in bytes.
const BEARER_BYTES_MAX: usize = 128;
/// What every bearer of ours begins with.
pub const BEARER_PREFIX: &str = "hl_";

/// SHA-256 of a bearer: all that is stored or sent to the vault.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a bearer.
    pub fn of(bearer: &str) -> Self {
        Self(Sha256::digest(bearer.as_bytes()).into())
    }

    /// Reads a hash in lower-case hex.
    pub fn parse(hex: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// In lower-case hex.
    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// Whom bearers belong to, as the vault says; remembered for a short while. One per process, cheap to clone.
#[derive(Clone)]
pub struct Bearers {
    vault: Link,
    clock: SharedClock,
    remembered: Arc<Mutex<Remembered>>,
}

/// Two generations: when the young one is full it becomes the old one, whose answers are dropped. Bounded and without
/// a sweep.
#[derive(Default)]
struct Remembered {
    young: HashMap<TokenHash, Answer>,
    old: HashMap<TokenHash, Answer>,
}

#[derive(Clone)]
struct Answer {
    holder: Option<Arc<TokenHolder>>,
    until: Timestamp,
}

struct TokenHolder {
    actor: Actor,
    expires_at: Timestamp,
}

impl Bearers {
    /// Asks the vault over `vault`, which may be deferred.
    pub fn new(vault: Link, clock: SharedClock) -> Self {
        Self {
            vault,
            clock,
            remembered: Arc::default(),
        }
    }

    /// Forgets one at once: the vault does so in its own process when a token is revoked. Others learn it within 30 s.
    pub fn forget(&self, hash: TokenHash) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.young.remove(&hash);
        remembered.old.remove(&hash);
    }

    /// The actor of a bearer. UNAUTHENTICATED when it is unknown, malformed, expired or revoked, without saying which.
    pub async fn actor(&self, bearer: &str) -> Result<Actor, Fault> {
        let well_formed = bearer.starts_with(BEARER_PREFIX)
            && bearer.len() <= BEARER_BYTES_MAX
            && bearer.bytes().all(|byte| byte.is_ascii_graphic());
        if !well_formed {
            return Err(Fault::unauthenticated());
        }
        let hash = TokenHash::of(bearer);
        let now = self.clock.now();
        let holder = match self.recall(hash, now) {
            Some(holder) => holder,
            None => {
                let holder = self.ask(hash).await?.map(Arc::new);
                self.remember(hash, holder.clone(), now);
                holder
            }
        };
        match holder {
            Some(holder) if now < holder.expires_at => Ok(holder.actor.clone()),
            _ => Err(Fault::unauthenticated()),
        }
    }

    fn recall(&self, hash: TokenHash, now: Timestamp) -> Option<Option<Arc<TokenHolder>>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = remembered
            .young
            .get(&hash)
            .or_else(|| remembered.old.get(&hash))?;
        (now < answer.until).then(|| answer.holder.clone())
    }

    fn remember(&self, hash: TokenHash, holder: Option<Arc<TokenHolder>>, now: Timestamp) {
        let span = if holder.is_some() { KNOWN_FOR } else { UNKNOWN_FOR };
        let until = now.saturating_add(span).unwrap_or(Timestamp::MAX);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.young.len() >= REMEMBERED_MAX / 2 {
            remembered.old = std::mem::take(&mut remembered.young);
        }
        remembered.young.insert(hash, Answer { holder, until });
    }

    async fn ask(&self, hash: TokenHash) -> Result<Option<TokenHolder>, Fault> {
        let mut vault = VaultServiceClient::new(self.vault.as_role("vault"));
        let answer = vault
            .introspect_token(pb::IntrospectTokenRequest {
                token_hash: hash.to_hex(),
            })
            .await?;
        let Some(token) = answer.into_inner().token else {
            return Ok(None);
        };
        let holder =
            HolderId::parse(&token.holder).map_err(|_| Fault::internal("a token without a holder"))?;
        let role: Role = wire::required("role", token.role)?;
        let unit = if token.unit.is_empty() {
            None
        } else {
            Some(UnitId::parse(&token.unit).map_err(|_| Fault::internal("a token of no unit"))?)
        };
        let expires_at = match &token.expire_time {
            Some(time) => wire::instant("expire_time", time)?,
            None => return Err(Fault::internal("a token without an end")),
        };
        // No token makes anybody the system.
        if role == Role::System {
            return Ok(None);
        }
        Ok(Some(TokenHolder {
            actor: Actor {
                holder,
                role,
                unit,
                cleared: token.cleared,
            },
            expires_at,
        }))
    }
}

/// The layer's service around a generated server.
#[derive(Clone)]
pub struct Auth<S> {
    inner: S,
    bearers: Bearers,
    secret: RoleSecret,
}

impl<S> Auth<S> {
    /// Callers are found with `bearers`; roles prove themselves with `secret`.
    pub fn new(inner: S, bearers: Bearers, secret: RoleSecret) -> Self {
        Self {
            inner,
            bearers,
            secret,
        }
    }
}

impl<S: NamedService> NamedService for Auth<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Auth<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let inner = self.inner.clone();
        let (bearers, secret) = (self.bearers.clone(), self.secret.clone());
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let language = Language::asked_for(&parts.headers);
            let admitted = admit(&mut parts, &bearers, &secret).await;
            match admitted {
                Ok(call) => {
                    parts.extensions.insert(call);
                    language
                        .answering(inner.oneshot(Request::from_parts(parts, body)))
                        .await
                }
                Err(fault) => Ok(fault.status(language).into_http()),
            }
        })
    }
}

/// Finds the caller and lets him in, or says why not.
async fn admit(parts: &mut Parts, bearers: &Bearers, secret: &RoleSecret) -> Result<Call, Fault> {
    let path = parts.uri.path();
    if !access::is_known(path) {
        return Err(Fault::unimplemented());
    }
    let path = path.to_owned();
    let mut call = match parts.extensions.remove::<Trusted>() {
        Some(Trusted(call)) => call,
        None => identify(&parts.headers, bearers, secret).await?,
    };
    header::strip(&mut parts.headers);
    call.language = Language::asked_for(&parts.headers);
    if let Some(left) = header::timeout(&parts.headers) {
        call.deadline = Instant::now().checked_add(left);
    }
    let span = tracing::Span::current();
    span.record("role", call.actor.role.as_str());
    if let Some(via) = call.via {
        span.record("via", via);
    }
    let may = match call.via {
        Some(_) => access::allowed_relayed(&path, call.actor.role),
        None => access::allowed(&path, call.actor.role),
    };
    if !may {
        return Err(Fault::denied());
    }
    if call.time_left().is_some_and(|left| left.is_zero()) {
        return Err(Fault::deadline());
    }
    Ok(call)
}

async fn identify(headers: &HeaderMap, bearers: &Bearers, secret: &RoleSecret) -> Result<Call, Fault> {
    if !headers.contains_key(http::header::AUTHORIZATION) {
        return Ok(Call::by_citizen());
    }
    let bearer = header::bearer(headers).ok_or_else(Fault::unauthenticated)?;
    if !secret.is(bearer) {
        return of_bearer(bearer, bearers).await;
    }
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    let role = text(header::ROLE)
        .and_then(crate::role_name)
        .ok_or_else(Fault::unauthenticated)?;
    if !headers.contains_key(header::ON_BEHALF_OF) {
        return Ok(Call::of_role(role));
    }
    let original = text(header::ON_BEHALF_OF).ok_or_else(Fault::unauthenticated)?;
    let call = if original == header::CITIZEN {
        Call::by_citizen()
    } else if let Some(name) = original.strip_prefix(header::SYSTEM) {
        Call::of_role(crate::role_name(name).ok_or_else(Fault::unauthenticated)?)
    } else {
        of_bearer(original, bearers).await?
    };
    Ok(call.relayed_by(role))
}

async fn of_bearer(bearer: &str, bearers: &Bearers) -> Result<Call, Fault> {
    let actor = bearers.actor(bearer).await?;
    Ok(Call {
        bearer: Some(Bearer(bearer.into())),
        ..Call::by(actor)
    })
}

#[cfg(test)]
mod tests {
    use tonic::Status;

    use super::*;
    use crate::clock::SystemClock;
    use crate::fault::Code;
    use crate::link::Line;

    const TRACK: &str = "/hotline.feedback.v1.FeedbackService/TrackTicket";
    const GET: &str = "/hotline.tickets.v1.TicketService/GetTicket";
    const REGISTER: &str = "/hotline.tickets.v1.TicketService/Register";
    const CLASSIFY: &str = "/hotline.tickets.v1.TicketService/Classify";

    fn secret() -> RoleSecret {
        RoleSecret::parse("a secret of the roles".replace(' ', "-").as_str()).unwrap()
    }

    /// A server that answers with who it thinks is calling, and with the headers a handler would see.
    fn whoami() -> impl Service<
        Request<Body>,
        Response = Response<Body>,
        Error = Infallible,
        Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send,
    > + Clone
    + Send
    + Sync
    + 'static {
        let (vault, _) = Link::deferred();
        let server = tower::service_fn(async |request: Request<Body>| {
            let call = request.extensions().get::<Call>().unwrap();
            let mut response = Response::new(Body::empty());
            let headers = response.headers_mut();
            headers.insert("holder", call.actor.holder.as_str().parse().unwrap());
            headers.insert("via", call.via.unwrap_or("-").parse().unwrap());
            headers.insert("language", Language::of_this_call().as_str().parse().unwrap());
            let private = request.headers().keys().filter(|name| {
                name.as_str().starts_with(header::PRIVATE) || *name == http::header::AUTHORIZATION
            });
            headers.insert("private", private.count().into());
            Ok::<_, Infallible>(response)
        });
        Auth::new(server, Bearers::new(vault, Arc::new(SystemClock)), secret())
    }

    fn request(path: &str, headers: &[(&'static str, &str)]) -> Request<Body> {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    /// `holder via language`, or the code.
    fn seen(response: &Response<Body>) -> String {
        if let Some(status) = Status::from_header_map(response.headers()) {
            return format!("{:?}", status.code());
        }
        let text = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(text("private"), "0", "handlers see no credentials");
        format!("{} {} {}", text("holder"), text("via"), text("language"))
    }

    async fn from_network(path: &str, headers: &[(&'static str, &str)]) -> String {
        seen(&whoami().oneshot(request(path, headers)).await.unwrap())
    }

    async fn over(line: Line, path: &str) -> String {
        seen(&line.oneshot(request(path, &[])).await.unwrap())
    }

    #[tokio::test]
    async fn who_brings_nothing_is_a_resident() {
        assert_eq!(
            from_network(TRACK, &[("accept-language", "en")]).await,
            "citizen - en"
        );
        assert_eq!(from_network(GET, &[]).await, "PermissionDenied");
        assert_eq!(
            from_network("/hotline.tickets.v1.TicketService/Delete", &[]).await,
            "Unimplemented"
        );
    }

    #[tokio::test]
    async fn bad_credentials_are_not_taken_for_none() {
        assert_eq!(
            from_network(TRACK, &[("authorization", "Bearer forged")]).await,
            "Unauthenticated"
        );
        assert_eq!(
            from_network(TRACK, &[("authorization", "Basic aGVsbG8=")]).await,
            "Unauthenticated"
        );
    }

    #[tokio::test]
    async fn role_headers_are_believed_only_beside_the_secret() {
        let claim = [
            ("x-hotline-role", "tickets"),
            ("x-hotline-on-behalf-of", "system.triage"),
        ];
        assert_eq!(from_network(TRACK, &claim).await, "citizen - zh");
        assert_eq!(from_network(GET, &claim).await, "PermissionDenied");

        let proof = ("authorization", "Bearer a-secret-of-the-roles");
        assert_eq!(
            from_network(GET, &[proof, claim[0]]).await,
            "system.tickets tickets zh"
        );
        assert_eq!(
            from_network(GET, &[proof, claim[0], claim[1]]).await,
            "system.triage tickets zh"
        );
        assert_eq!(from_network(GET, &[proof]).await, "Unauthenticated");
        assert_eq!(
            from_network(GET, &[proof, ("x-hotline-role", "burglar")]).await,
            "Unauthenticated"
        );
    }

    #[tokio::test]
    async fn an_identity_goes_alike_over_both_kinds_of_link() {
        let local = Link::local(whoami());
        let remote = Link::over(whoami().map_err(|never| match never {}), secret());
        let resident = Call {
            language: Language::En,
            ..Call::by_citizen()
        };
        let system = Call::of_role("supervision");
        for link in [local, remote] {
            assert_eq!(over(link.as_role("triage"), GET).await, "system.triage triage zh");
            assert_eq!(
                over(link.on_behalf_of("tickets", &system), GET).await,
                "system.supervision tickets zh"
            );
            assert_eq!(
                over(link.on_behalf_of("intake", &resident), REGISTER).await,
                "citizen intake en"
            );
            assert_eq!(
                over(link.on_behalf_of("intake", &resident), TRACK).await,
                "citizen intake en"
            );
            assert_eq!(
                over(link.as_caller(&resident), CLASSIFY).await,
                "PermissionDenied"
            );
        }
    }

    #[tokio::test]
    async fn nobody_without_a_token_is_vouched_for_to_another_process() {
        let actor = Actor {
            role: Role::Operator,
            ..Call::by_citizen().actor
        };
        let call = Call::by(actor);
        let local = Link::local(whoami());
        assert_eq!(
            over(local.on_behalf_of("intake", &call), GET).await,
            "citizen intake zh"
        );
        let remote = Link::over(whoami().map_err(|never| match never {}), secret());
        assert_eq!(
            over(remote.on_behalf_of("intake", &call), GET).await,
            "Unauthenticated"
        );
    }

    #[tokio::test]
    async fn an_unbound_link_is_unavailable_until_it_is_bound() {
        let (link, binder) = Link::deferred();
        assert_eq!(over(link.as_role("triage"), GET).await, "Unavailable");
        binder.bind(Link::local(whoami()));
        assert_eq!(over(link.as_role("triage"), GET).await, "system.triage triage zh");
    }

    #[tokio::test]
    async fn a_call_whose_time_is_over_is_not_begun() {
        let response = whoami()
            .oneshot(request(TRACK, &[("grpc-timeout", "0m")]))
            .await
            .unwrap();
        assert_eq!(
            Status::from_header_map(response.headers()).unwrap().code(),
            Code::DeadlineExceeded
        );
    }
}
