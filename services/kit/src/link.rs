//! Calls between roles. A [`Link`] leads to a role in this process or in another; a [`Line`] is a link with an
//! identity, and what a generated client is made of: `TicketServiceClient::new(tickets.on_behalf_of("intake", &call))`.
//!
//! In one process the identity goes as a value no network request can carry; between processes as headers that are
//! believed only beside the role secret.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use domain::access::Role;
use futures::future::BoxFuture;
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HeaderName, HeaderValue};
use http::{Request, Response};
use sha2::{Digest as _, Sha256};
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt as _};

use crate::call::{Call, Language};
use crate::fault::Fault;
use crate::{header, trace};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Inner = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// How long a call to another process may take when the caller has said nothing. Bounds the answer's beginning, not a
/// stream.
const REMOTE_WITHIN: Duration = Duration::from_secs(30);

/// What the roles of one hotline know each other by. Never shown.
#[derive(Clone)]
pub struct RoleSecret(Arc<str>);

impl RoleSecret {
    /// The shortest secret in bytes.
    pub const BYTES_MIN: usize = 16;

    /// A secret of at least [`RoleSecret::BYTES_MIN`] visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() >= Self::BYTES_MIN && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// A fresh one, good where all roles are in one process.
    pub fn random() -> Self {
        Self(
            data_encoding::HEXLOWER
                .encode(&crate::page::random_bytes::<32>())
                .into(),
        )
    }

    /// A key for `purpose`, the same in every process that knows the secret.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"hotline role secret\0");
        hash.update(purpose.as_bytes());
        hash.update(b"\0");
        hash.update(self.0.as_bytes());
        hash.finalize().into()
    }

    /// Whether `bearer` is this secret. Compares hashes, so the time taken tells nothing of the secret.
    pub(crate) fn is(&self, bearer: &str) -> bool {
        Sha256::digest(self.0.as_bytes()) == Sha256::digest(bearer.as_bytes())
    }
}

impl fmt::Debug for RoleSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoleSecret(…)")
    }
}

/// A way to a role.
#[derive(Clone)]
pub struct Link(Way);

#[derive(Clone)]
enum Way {
    Local(Inner),
    Remote { inner: Inner, secret: RoleSecret },
    Deferred(Arc<OnceLock<Link>>),
}

/// Binds a deferred link, once.
pub struct Binder(Arc<OnceLock<Link>>);

impl Binder {
    /// From now on the deferred link leads where `link` leads.
    pub fn bind(self, link: Link) {
        let bound = self.0.set(link);
        assert!(bound.is_ok(), "a binder is used up by binding");
    }
}

/// The mark of a call that comes from this process. Only this crate can make one.
#[derive(Clone)]
pub(crate) struct Trusted(pub(crate) Call);

impl Link {
    /// To a server in this process: one of [`crate::server::Role`]'s stack.
    pub fn local<S>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        Self(Way::Local(BoxCloneSyncService::new(
            service.map_err(|never: Infallible| match never {}),
        )))
    }

    /// To a role in another process, over a channel.
    pub fn remote(channel: tonic::transport::Channel, secret: RoleSecret) -> Self {
        Self::over(channel.map_err(|error| Box::new(error) as BoxError), secret)
    }

    /// Like [`Link::remote`], over anything that carries requests to another process.
    pub fn over<S>(service: S, secret: RoleSecret) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = BoxError>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        Self(Way::Remote {
            inner: BoxCloneSyncService::new(service),
            secret,
        })
    }

    /// A link that is bound later: roles need each other, so links are made first and bound once the roles stand. Until
    /// then calls answer UNAVAILABLE.
    pub fn deferred() -> (Self, Binder) {
        let cell = Arc::new(OnceLock::new());
        (Self(Way::Deferred(Arc::clone(&cell))), Binder(cell))
    }

    /// A line for calls of the system's own, made by `role` for itself.
    pub fn as_role(&self, role: &'static str) -> Line {
        Line {
            link: self.clone(),
            call: Call::of_role(role),
        }
    }

    /// A line that carries the caller of `call` beside `role`, which relays it: his identity, language and deadline.
    pub fn on_behalf_of(&self, role: &'static str, call: &Call) -> Line {
        Line {
            link: self.clone(),
            call: call.relayed_by(role),
        }
    }

    /// A line as if `call` came from outside, relayed by nobody: for tests and the demonstration.
    pub fn as_caller(&self, call: &Call) -> Line {
        Line {
            link: self.clone(),
            call: Call {
                via: None,
                ..call.clone()
            },
        }
    }

    fn resolve(&self) -> Option<&Link> {
        match &self.0 {
            Way::Local(_) | Way::Remote { .. } => Some(self),
            Way::Deferred(cell) => cell.get().and_then(Link::resolve),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Way::Local(_) => "Link(local)",
            Way::Remote { .. } => "Link(remote)",
            Way::Deferred(_) => "Link(deferred)",
        })
    }
}

/// A link with an identity. Make a generated client of it; cheap to clone.
#[derive(Clone)]
pub struct Line {
    link: Link,
    call: Call,
}

impl Line {
    fn prepare(&self, request: &mut Request<Body>) -> Result<Inner, Status> {
        let language = self.call.language;
        let Some(Link(way)) = self.link.resolve() else {
            return Err(not_bound().status(language));
        };
        let headers = request.headers_mut();
        if language != Language::default() {
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(language.as_str()));
        }
        trace::inject_current(headers);
        match way {
            Way::Local(inner) => {
                request.extensions_mut().insert(Trusted(self.call.clone()));
                Ok(inner.clone())
            }
            Way::Remote { inner, secret } => {
                self.put_headers(headers, secret)
                    .map_err(|fault| fault.status(language))?;
                Ok(inner.clone())
            }
            // `resolve` never answers with a deferred one.
            Way::Deferred(_) => Err(not_bound().status(language)),
        }
    }

    fn put_headers(&self, headers: &mut http::HeaderMap, secret: &RoleSecret) -> Result<(), Fault> {
        if !headers.contains_key(header::TIMEOUT) {
            let left = self.call.time_left().unwrap_or(REMOTE_WITHIN);
            put(headers, header::TIMEOUT, &header::timeout_value(left))?;
        }
        let bearer = self.call.bearer.as_ref().map(|bearer| &*bearer.0);
        let Some(role) = self.call.via else {
            // As the caller himself: nothing a client could not send.
            return match bearer {
                Some(bearer) => put(headers, AUTHORIZATION, &format!("Bearer {bearer}")),
                None if self.call.actor.role == Role::Citizen => Ok(()),
                None => Err(Fault::unauthenticated()),
            };
        };
        put(headers, AUTHORIZATION, &format!("Bearer {}", secret.0))?;
        put(headers, header::ROLE, role)?;
        let holder = self.call.actor.holder.as_str();
        match (bearer, self.call.actor.role) {
            (Some(bearer), _) => put(headers, header::ON_BEHALF_OF, bearer),
            (None, Role::Citizen) => put(headers, header::ON_BEHALF_OF, header::CITIZEN),
            (None, Role::System) if holder.strip_prefix(header::SYSTEM) == Some(role) => Ok(()),
            (None, Role::System) => put(headers, header::ON_BEHALF_OF, holder),
            // Nobody else may be vouched for without his own token.
            (None, _) => Err(Fault::unauthenticated()),
        }
    }
}

fn not_bound() -> Fault {
    Fault::unavailable("服务正在启动", "the service is starting")
}

fn put(headers: &mut http::HeaderMap, name: HeaderName, text: &str) -> Result<(), Fault> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Fault::unauthenticated())?;
    value.set_sensitive(name == AUTHORIZATION || name == header::ON_BEHALF_OF);
    headers.insert(name, value);
    Ok(())
}

impl Service<Request<Body>> for Line {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // Readiness belongs to the service behind, which `call` waits for.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        match self.prepare(&mut request) {
            Ok(inner) => Box::pin(inner.oneshot(request)),
            Err(status) => Box::pin(std::future::ready(Ok(status.into_http()))),
        }
    }
}
