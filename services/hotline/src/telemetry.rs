//! Logs to standard error and traces to an OTLP collector. Only this file names OpenTelemetry (invariant A-3).

use anyhow::Context as _;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tracing::{Level, Span};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::{Config, LogFormat, Telemetry};

/// Keeps the exporter; end it with [`Guard::shutdown`], or what was not sent yet is lost.
#[derive(Debug)]
#[must_use]
pub struct Guard {
    provider: SdkTracerProvider,
}

impl Guard {
    /// Sends what was not sent yet. Blocks until the collector has it or five seconds have passed.
    pub fn shutdown(self) {
        let shutdown = || self.provider.shutdown();
        // The exporter's connection needs the runtime, so the runtime must not wait in this very worker.
        let is_worker = tokio::runtime::Handle::try_current()
            .is_ok_and(|handle| handle.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread);
        let outcome = if is_worker {
            tokio::task::block_in_place(shutdown)
        } else {
            shutdown()
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Starts logs and traces for the process. Must run inside the runtime: the exporter's connection lives on it.
pub fn init(config: &Config) -> anyhow::Result<Guard> {
    let filter = EnvFilter::builder()
        .parse(&config.log.level)
        .context("log.level")?;
    let provider = provider(&config.telemetry)?;
    let events = filter_fn(|metadata| metadata.is_event());
    let mut layers = vec![lines(config.log.format).with_filter(filter.and(events)).boxed()];
    // Spans are for the collector alone. Without one there is no layer for them, not even an empty one, so that their
    // call sites are off: they are a tenth of a busy server's time.
    if config.telemetry.otlp_endpoint.is_some() {
        let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("hotline"));
        layers.push(quiet(traces).boxed());
        if !kit::trace::install(TraceContext::default()) {
            anyhow::bail!("a propagator was installed before");
        }
    }
    Registry::default()
        .with(layers)
        .try_init()
        .context("logs were started before")?;
    Ok(Guard { provider })
}

fn provider(telemetry: &Telemetry) -> anyhow::Result<SdkTracerProvider> {
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(telemetry.sample_ratio)));
    let builder = SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_resource(Resource::builder().with_service_name("hotline").build());
    let Some(endpoint) = &telemetry.otlp_endpoint else {
        return Ok(builder.build());
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .with_context(|| format!("cannot prepare the export of traces to {endpoint}"))?;
    Ok(builder.with_batch_exporter(exporter).build())
}

fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    }
}

/// The exporter's own calls are not traced: they would beget traces for ever.
fn quiet<S>(traces: OpenTelemetryLayer<S, SdkTracer>) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let own = ["h2", "hyper", "hyper_util", "tonic", "tower", "opentelemetry"];
    traces.with_filter(filter_fn(move |metadata| {
        let target = metadata.target();
        let of = |own: &&str| {
            target
                .strip_prefix(own)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '_']))
        };
        *metadata.level() <= Level::INFO && !own.iter().any(of)
    }))
}

/// W3C `traceparent` and `tracestate` in headers.
#[derive(Debug, Default)]
struct TraceContext {
    w3c: TraceContextPropagator,
}

impl kit::trace::Propagator for TraceContext {
    fn inject(&self, span: &Span, headers: &mut HeaderMap) {
        self.w3c.inject_context(&span.context(), &mut Into(headers));
    }

    fn extract(&self, headers: &HeaderMap, span: &Span) {
        let context = self.w3c.extract(&From(headers));
        // Fails only where the span is not recorded, and then there is nothing to continue.
        let _ = span.set_parent(context);
    }
}

struct Into<'a>(&'a mut HeaderMap);

impl Injector for Into<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

struct From<'a>(&'a HeaderMap);

impl Extractor for From<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests;
