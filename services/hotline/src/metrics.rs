//! Metrics in Prometheus' text format, for programs of this machine: how the due loop stands, and the clock under it.
//!
//! Nothing is counted twice: each is read where it is kept whenever somebody asks.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use jiff::Timestamp;
use kit::clock::TrustedClock;
use kit::drain::Drain;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use supervision::notices::Gauge;
use supervision::{State, Status};
use tokio::net::TcpListener;

/// The format of the answer.
const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is told: as far as it is kept in this process.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) clock: Arc<TrustedClock>,
    pub(crate) due_loop: Option<Status>,
    pub(crate) notices: Option<Gauge>,
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
    fn encode(&self, into: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut told = Told(into);
        let look = self.clock.look();
        told.gauge(
            "clock_doubted",
            "1 while the clock of this machine is not believed and nothing fires",
            u8::from(look.doubt.is_some()),
        )?;
        told.gauge(
            "clock_leap_seconds",
            "How far the clock of this machine is from where its boot clock expects it",
            look.leap().as_secs_f64(),
        )?;
        told.gauge(
            "clock_stands_still_seconds",
            "How long time stands still until the clock of this machine has caught up",
            look.stands_still_for().as_secs_f64(),
        )?;
        if let Some(due_loop) = &self.due_loop {
            told.due_loop(due_loop)?;
        }
        match &self.notices {
            Some(notices) => told.notices(notices),
            None => Ok(()),
        }
    }
}

struct Told<'a>(DescriptorEncoder<'a>);

impl Told<'_> {
    fn due_loop(&mut self, due_loop: &Status) -> Result<(), std::fmt::Error> {
        let (standing, lag) = due_loop.now();
        let last_pass = standing.last_pass_at.unwrap_or(Timestamp::UNIX_EPOCH);
        self.gauge(
            "due_loop_lag_seconds",
            "How far the oldest level that is due and has not fired lies behind now",
            lag.as_secs_f64(),
        )?;
        self.gauge(
            "due_loop_halted",
            "1 while the loop fires nothing because the clock is not believed",
            u8::from(standing.state == State::Halted),
        )?;
        self.gauge(
            "due_loop_cut_off",
            "1 while the loop fires nothing because tickets cannot be asked",
            u8::from(standing.state == State::CutOff),
        )?;
        self.gauge(
            "due_loop_stuck_tickets",
            "Tickets with a level that could not be fired, each tried again by itself",
            u32::try_from(standing.stuck).unwrap_or(u32::MAX),
        )?;
        self.gauge(
            "due_loop_last_pass_timestamp_seconds",
            "When the loop last looked at everything that is due",
            last_pass.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64(),
        )?;
        self.counter(
            "due_loop_fired",
            "Levels fired since the process was started",
            standing.fired,
        )?;
        self.counter(
            "due_loop_fired_late_by_outage",
            "Levels fired late because the system was down or halted, charged to nobody",
            standing.down,
        )
    }

    fn notices(&mut self, notices: &Gauge) -> Result<(), std::fmt::Error> {
        let figures = notices.now();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.gauge(
            "notices_pending",
            "Notices that are not told yet, the stuck ones included",
            count(figures.pending),
        )?;
        self.gauge(
            "notices_stuck",
            "Notices that were given up, or have failed for ten minutes",
            count(figures.stuck),
        )?;
        self.gauge(
            "notices_crowded_out",
            "Notices that have no room in memory and wait on disk",
            count(figures.crowded_out),
        )?;
        self.gauge(
            "notices_oldest_age_seconds",
            "How long ago the oldest notice that is not told yet happened",
            figures.oldest_age.as_secs_f64(),
        )?;
        self.counter(
            "notices_delivered",
            "Notices told since the process was started",
            figures.delivered,
        )?;
        self.counter(
            "notices_failed_tries",
            "Tries at a notice that failed since the process was started",
            figures.failed,
        )
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Into<f64>) -> Result<(), std::fmt::Error> {
        self.metric(name, help, &ConstGauge::<f64>::new(value.into()))
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> Result<(), std::fmt::Error> {
        self.metric(name, help, &ConstCounter::new(value))
    }

    fn metric(&mut self, name: &str, help: &str, metric: &impl EncodeMetric) -> Result<(), std::fmt::Error> {
        let encoder = self.0.encode_descriptor(name, help, None, metric.metric_type())?;
        metric.encode(encoder)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use kit::clock::SteppedClock;

    use super::*;

    #[test]
    fn a_doubted_clock_is_told() {
        let noon: Timestamp = "2026-11-16T12:00:00Z".parse().unwrap();
        let machine = SteppedClock::new(noon);
        let clock = TrustedClock::new(Arc::new(machine.clone()), None);
        machine.set_wall(noon + SignedDuration::from_hours(2));
        let mut registry = Registry::with_prefix("hotline");
        registry.register_collector(Box::new(Sources {
            clock,
            due_loop: None,
            notices: None,
        }));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "# TYPE hotline_clock_doubted gauge",
            "hotline_clock_doubted 1.0",
            "hotline_clock_leap_seconds 7200.0",
            "hotline_clock_stands_still_seconds 0.0",
            "# EOF",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
        }
    }
}
