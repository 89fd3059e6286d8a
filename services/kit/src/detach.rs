//! The network edge: each call runs in a task of its own, so that a caller who goes away cannot cut a commit in half;
//! and at most so many at once, the rest is shed at once.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use tokio::sync::Semaphore;
use tonic::body::Body;
use tower::{Layer, Service, ServiceExt as _};

use crate::call::Language;
use crate::drain::Drain;
use crate::fault::Fault;

/// When a shed caller may try again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// The layer for a tonic transport server.
#[derive(Clone)]
pub struct DetachLayer {
    drain: Drain,
    permits: Arc<Semaphore>,
}

impl DetachLayer {
    /// At most `calls_max` calls at once. A stream counts until its first message.
    pub fn new(drain: Drain, calls_max: usize) -> Self {
        Self {
            drain,
            permits: Arc::new(Semaphore::new(calls_max)),
        }
    }
}

impl<S> Layer<S> for DetachLayer {
    type Service = Detach<S>;

    fn layer(&self, inner: S) -> Detach<S> {
        Detach {
            inner,
            drain: self.drain.clone(),
            permits: Arc::clone(&self.permits),
        }
    }
}

/// See [`DetachLayer`].
#[derive(Clone)]
pub struct Detach<S> {
    inner: S,
    drain: Drain,
    permits: Arc<Semaphore>,
}

impl<S> Service<Request<Body>> for Detach<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Full is answered, not waited for.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let language = Language::asked_for(request.headers());
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            let fault = Fault::exhausted("系统繁忙，请稍后再试", "too many calls at once", RETRY_AFTER);
            return Box::pin(std::future::ready(Ok(fault.status(language).into_http())));
        };
        let inner = self.inner.clone();
        let task = self.drain.spawn("call", async move {
            let _permit = permit;
            inner.oneshot(request).await
        });
        Box::pin(async move {
            match task.await {
                Ok(answer) => answer,
                Err(_) => Ok(Fault::internal("a call panicked").status(language).into_http()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures::FutureExt as _;
    use tokio::sync::Notify;
    use tonic::Code;

    use super::*;

    #[tokio::test]
    async fn a_caller_who_goes_away_does_not_cut_the_call_short() {
        let (begun, go_on, done) = (
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
            Arc::new(AtomicBool::new(false)),
        );
        let parts = (Arc::clone(&begun), Arc::clone(&go_on), Arc::clone(&done));
        let service = tower::service_fn(move |_: Request<Body>| {
            let (begun, go_on, done) = parts.clone();
            async move {
                begun.notify_one();
                go_on.notified().await;
                done.store(true, Ordering::SeqCst);
                Ok::<_, Infallible>(Response::new(Body::empty()))
            }
        });
        let drain = Drain::new();
        let edge = DetachLayer::new(drain.clone(), 1).layer(service);

        let caller = edge.clone().oneshot(Request::new(Body::empty()));
        let mut caller = Box::pin(caller);
        assert!(caller.as_mut().now_or_never().is_none());
        begun.notified().await;

        let shed = edge.oneshot(Request::new(Body::empty())).await.unwrap();
        let status = tonic::Status::from_header_map(shed.headers()).unwrap();
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert!(Fault::from_status(&status).retry_after().is_some());

        drop(caller);
        go_on.notify_one();
        assert!(drain.shutdown(Duration::from_secs(5)).await.is_clean());
        assert!(done.load(Ordering::SeqCst));
    }
}
