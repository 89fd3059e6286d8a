//! Traces go through calls, links and the feed. Which library keeps them is the binary's choice: it installs a
//! [`Propagator`]; without one nothing is carried.

use std::convert::Infallible;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Request, Response};
use tonic::body::Body;
use tonic::server::NamedService;
use tower::Service;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::{access, header};

/// Carries a span's context in headers (W3C `traceparent`) and back.
pub trait Propagator: Send + Sync {
    /// Writes the context of `span` into `headers`.
    fn inject(&self, span: &Span, headers: &mut HeaderMap);
    /// Makes `span` continue the context in `headers`, if there is one.
    fn extract(&self, headers: &HeaderMap, span: &Span);
}

static PROPAGATOR: OnceLock<Box<dyn Propagator>> = OnceLock::new();

/// Installs the process's propagator. Once: answers false when there is one already.
pub fn install(propagator: impl Propagator + 'static) -> bool {
    PROPAGATOR.set(Box::new(propagator)).is_ok()
}

/// Writes the current span's context into headers.
pub(crate) fn inject_current(headers: &mut HeaderMap) {
    if let Some(propagator) = PROPAGATOR.get() {
        propagator.inject(&Span::current(), headers);
    }
}

/// The current span's `traceparent`, to be kept beside what it has caused. None without a propagator.
pub fn current_traceparent() -> Option<String> {
    let mut headers = HeaderMap::new();
    inject_current(&mut headers);
    headers
        .get(header::TRACEPARENT)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// Makes `span` continue the trace of `traceparent`. An empty or malformed one changes nothing.
pub fn continue_from(traceparent: &str, span: &Span) {
    let (Some(propagator), Ok(value)) = (PROPAGATOR.get(), HeaderValue::from_str(traceparent)) else {
        return;
    };
    if !traceparent.is_empty() {
        let mut headers = HeaderMap::new();
        headers.insert(header::TRACEPARENT, value);
        propagator.extract(&headers, span);
    }
}

/// One span per call: method, code, the caller's role; never words, identity or the holder.
#[derive(Debug, Clone)]
pub struct Traced<S> {
    inner: S,
}

impl<S> Traced<S> {
    /// Spans around `inner`.
    pub fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S: NamedService> NamedService for Traced<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Traced<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        // A caller chooses the path: only those of the contract become names.
        let method = if access::is_known(path) {
            path.trim_start_matches('/')
        } else {
            "unknown"
        };
        let span = tracing::info_span!(
            "call",
            otel.name = method,
            otel.kind = "server",
            method,
            code = Empty,
            role = Empty,
            via = Empty
        );
        if let Some(propagator) = PROPAGATOR.get() {
            propagator.extract(request.headers(), &span);
        }
        let work = span.in_scope(|| self.inner.call(request));
        let recorded = span.clone();
        let answer = async move {
            let response = work.await?;
            recorded.record("code", code_of(&response));
            Ok(response)
        };
        Box::pin(answer.instrument(span))
    }
}

/// The name of the code a call was answered with. A failure after the first message of a stream is not seen here.
fn code_of(response: &Response<Body>) -> &'static str {
    match response.headers().get("grpc-status") {
        None => "OK",
        Some(value) => match tonic::Code::from_bytes(value.as_bytes()) {
            tonic::Code::Ok => "OK",
            tonic::Code::Cancelled => "CANCELLED",
            tonic::Code::Unknown => "UNKNOWN",
            tonic::Code::InvalidArgument => "INVALID_ARGUMENT",
            tonic::Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
            tonic::Code::NotFound => "NOT_FOUND",
            tonic::Code::AlreadyExists => "ALREADY_EXISTS",
            tonic::Code::PermissionDenied => "PERMISSION_DENIED",
            tonic::Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
            tonic::Code::FailedPrecondition => "FAILED_PRECONDITION",
            tonic::Code::Aborted => "ABORTED",
            tonic::Code::OutOfRange => "OUT_OF_RANGE",
            tonic::Code::Unimplemented => "UNIMPLEMENTED",
            tonic::Code::Internal => "INTERNAL",
            tonic::Code::Unavailable => "UNAVAILABLE",
            tonic::Code::DataLoss => "DATA_LOSS",
            tonic::Code::Unauthenticated => "UNAUTHENTICATED",
        },
    }
}
