//! Who is calling. Stands before every role's server on both kinds of link; finds the caller, takes away the headers
//! that prove him, asks the table of [`crate::access`] and passes a [`Call`] on.

mod bearers;

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::request::Parts;
use http::{HeaderMap, Request, Response};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::{Service, ServiceExt as _};

pub use bearers::{BEARER_PREFIX, Bearers, TokenHash};

use crate::call::{Bearer, Call, Language};
use crate::fault::Fault;
use crate::link::{RoleSecret, Trusted};
use crate::{access, header, malformed};

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
                    let answering = language.answering(inner.oneshot(Request::from_parts(parts, body)));
                    Ok(malformed::told(answering.await?, language))
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
mod tests;
