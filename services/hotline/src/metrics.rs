//! Metrics in Prometheus' text format, for programs of this machine: how the due loop stands, and the clock under it.
//!
//! Nothing is counted twice: each is read where it is kept whenever somebody asks.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use jiff::SignedDuration;
use kit::clock::TrustedClock;
use kit::drain::Drain;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, EncodeMetricFamily as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use supervision::{State, Status};
use tokio::net::TcpListener;

/// The format of the answer.
const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is told: as far as it is kept in this process.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) clock: Arc<TrustedClock>,
    pub(crate) due_loop: Option<Status>,
}

/// Tells them at an address until the process drains. Answers where.
pub(crate) async fn serve(addr: SocketAddr, sources: Sources, drain: &Drain) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("cannot listen on {addr} for metrics"))?;
    let addr = listener.local_addr()?;
    let mut registry = Registry::with_prefix("hotline");
    registry.register_collector(Box::new(sources));
    let registry = Arc::new(registry);
    let tell = move || {
        let registry = Arc::clone(&registry);
        async move {
            let mut text = String::new();
            // Writing into a text cannot fail.
            let _ = encode(&mut text, &registry);
            ([(CONTENT_TYPE, FORMAT)], text)
        }
    };
    let server = axum::serve(listener, Router::new().route("/metrics", get(tell)))
        .with_graceful_shutdown(drain.draining());
    drain.spawn("metrics", async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "metrics are told no more");
        }
    });
    Ok(addr)
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sources").finish_non_exhaustive()
    }
}

impl Collector for Sources {
    fn encode(&self, mut into: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let look = self.clock.look();
        let mut tell = |name, help, metric: &dyn Told| metric.tell(&mut into, name, help);
        tell(
            "clock_doubted",
            "1 while the machine's clock is not believed and nothing fires",
            &gauge(u8::from(look.doubt.is_some())),
        )?;
        tell(
            "clock_leap_seconds",
            "How far the machine's clock is from where the boot clock expects it",
            &ConstGauge::new(look.leap().as_secs_f64()),
        )?;
        tell(
            "clock_stands_still_seconds",
            "How long time stands still until the machine's clock has caught up",
            &ConstGauge::new(look.stands_still_for().as_secs_f64()),
        )?;
        let Some(due_loop) = &self.due_loop else { return Ok(()) };
        let (standing, lag) = due_loop.now();
        tell(
            "due_loop_lag_seconds",
            "How far the oldest level that is due and has not fired lies behind now",
            &ConstGauge::new(lag.as_secs_f64()),
        )?;
        tell(
            "due_loop_halted",
            "1 while the loop fires nothing because the clock is not believed",
            &gauge(u8::from(standing.state == State::Halted)),
        )?;
        tell(
            "due_loop_cut_off",
            "1 while the loop fires nothing because tickets cannot be asked",
            &gauge(u8::from(standing.state == State::CutOff)),
        )?;
        tell(
            "due_loop_stuck_tickets",
            "Tickets with a level that could not be fired",
            &ConstGauge::new(standing.stuck as f64),
        )?;
        tell(
            "due_loop_last_pass_timestamp_seconds",
            "When the loop last looked at everything that is due",
            &ConstGauge::new(standing.last_pass_at.map_or(0.0, |at| {
                at.duration_since(jiff::Timestamp::UNIX_EPOCH).as_secs_f64()
            })),
        )?;
        tell(
            "due_loop_fired",
            "Levels fired since the process was started",
            &ConstCounter::new(standing.fired),
        )?;
        tell(
            "due_loop_fired_late_by_outage",
            "Levels fired late because the system was down or halted, charged to nobody",
            &ConstCounter::new(standing.down),
        )
    }
}

fn gauge(value: u8) -> ConstGauge<f64> {
    ConstGauge::new(f64::from(value))
}
