use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use kit::drain::Drain;
use kit::trace::Propagator as _;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::server::NamedService;

use super::*;

#[test]
fn a_trace_goes_through_headers_and_comes_back_the_same() {
    let telemetry = Telemetry {
        otlp_endpoint: None,
        sample_ratio: 1.0,
        metrics_listen: None,
    };
    let provider = provider(&telemetry).unwrap();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("hotline"));
    tracing::subscriber::with_default(Registry::default().with(traces), || {
        let context = TraceContext::default();
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static(given));

        let span = tracing::info_span!("continued");
        context.extract(&headers, &span);
        let mut carried = HeaderMap::new();
        context.inject(&span, &mut carried);

        let carried = carried["traceparent"].to_str().unwrap();
        assert_eq!(carried[..36], given[..36], "the trace is the same");
        assert_ne!(carried[36..52], given[36..52], "the span is another");
    });
}

#[test]
fn headers_without_a_trace_begin_one() {
    let telemetry = Telemetry {
        otlp_endpoint: None,
        sample_ratio: 1.0,
        metrics_listen: None,
    };
    let provider = provider(&telemetry).unwrap();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("hotline"));
    tracing::subscriber::with_default(Registry::default().with(traces), || {
        let context = TraceContext::default();
        let span = tracing::info_span!("begun");
        context.extract(&HeaderMap::new(), &span);
        let mut carried = HeaderMap::new();
        context.inject(&span, &mut carried);
        assert!(carried.contains_key("traceparent"));
    });
}

/// A collector of another make: keeps the bytes it is sent and answers with an empty message.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<u8>>>);

impl NamedService for Collector {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl tower::Service<Request<Body>> for Collector {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let kept = Arc::clone(&self.0);
        Box::pin(async move {
            let bytes = request.into_body().collect().await.unwrap().to_bytes();
            kept.lock().unwrap().extend_from_slice(&bytes);
            Ok(tonic::Status::ok("").into_http())
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_sent_yet_reaches_the_collector_at_shutdown() {
    let drain = Drain::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let collector = Collector::default();
    let server = tonic::transport::Server::builder()
        .add_service(collector.clone())
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), drain.draining());
    drop(drain.spawn("collector", server));

    let provider = provider(&Telemetry {
        otlp_endpoint: Some(endpoint),
        sample_ratio: 1.0,
        metrics_listen: None,
    })
    .unwrap();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("hotline"));
    tracing::subscriber::with_default(Registry::default().with(quiet(traces)), || {
        tracing::info_span!("dispatch of a complaint").in_scope(|| {});
    });
    Guard { provider }.shutdown();

    let sent = collector.0.lock().unwrap().clone();
    let sent = String::from_utf8_lossy(&sent).into_owned();
    assert!(
        sent.contains("dispatch of a complaint") && sent.contains("service.name"),
        "{sent:?}"
    );
    drain.shutdown(Duration::from_secs(1)).await;
}
