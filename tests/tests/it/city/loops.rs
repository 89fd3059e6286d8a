//! What a city shows of its due loop, and a second loop beside it.

use std::sync::Arc;

use futures::StreamExt as _;
use hotline::client::{Answer as _, Failure};
use hotline::serve;
use jiff::{SignedDuration, Timestamp};
use kit::clock::{Clock as _, SteppedClock};
use proto::common::v1::Role;
use proto::supervision::v1::{ConfirmClockRequest, DueLoop, GetDueLoopRequest};
use proto::tickets::v1 as pb;

use super::{City, Desk, WITHIN, at, config, fresh};

impl City {
    /// One whose metrics can be read.
    pub(crate) async fn open_with_metrics() -> City {
        let data = tempfile::tempdir().unwrap();
        let clock = SteppedClock::new(at(super::MONDAY));
        let config = config(data.path(), |raw| {
            raw.telemetry.metrics_listen = Some("127.0.0.1:0".to_owned());
        });
        let serving = serve::start(&config, Arc::new(clock.clone())).await.unwrap();
        let addr = serving.addr();
        City::of(clock, vec![serving], addr, addr, data)
    }

    /// What the metrics say, line by line.
    pub(crate) async fn metrics(&self) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let addr = self.serving[0].metrics_addr().unwrap();
        let mut socket = tokio::net::TcpStream::connect(addr).await.unwrap();
        let asked = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        socket.write_all(asked.as_bytes()).await.unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).await.unwrap();
        text
    }

    /// Another process with a due loop of its own over the tickets of a split city.
    pub(crate) async fn second_loop(&mut self) {
        let data = self.data.path();
        let config = config(&data.join("second"), |raw| {
            let core = format!("http://{}", self.back);
            raw.roles = Some(vec!["supervision".to_owned()]);
            raw.role_secret_file = Some(data.join("shared.secret").display().to_string());
            raw.links = ["tickets", "vault"]
                .map(|role| (role.to_owned(), core.clone()))
                .into();
        });
        let serving = serve::start(&config, Arc::new(self.clock.clone())).await.unwrap();
        self.serving.push(serving);
    }

    /// Sets the machine's clock by a span, forward or back, while no time passes.
    pub(crate) fn wall_leaps(&self, by: SignedDuration) {
        self.clock.set_wall(self.clock.now() + by);
    }

    /// Time passes, whatever the wall clock says.
    pub(crate) fn time_passes(&self, by: SignedDuration) {
        self.clock.step(by);
    }

    /// The loop, once `wanted` holds for it.
    pub(crate) async fn due_loop(&self, wanted: impl Fn(&DueLoop) -> bool) -> DueLoop {
        let supervisor = self.desk(Role::Supervisor).await;
        let asked = async {
            loop {
                let due_loop = supervisor.due_loop().await.unwrap();
                if wanted(&due_loop) {
                    return due_loop;
                }
                tokio::task::yield_now().await;
            }
        };
        match tokio::time::timeout(WITHIN, asked).await {
            Ok(due_loop) => due_loop,
            Err(_) => panic!("not in time; it stands so: {:?}", supervisor.due_loop().await),
        }
    }

    /// Every level that has fired, in the order of the journal: of which ticket, with its facts. As many as are said.
    pub(crate) async fn fired(&self, count: usize) -> Vec<pb::TicketEvent> {
        let watcher = self.cleared(Role::Supervisor).await;
        let mut feed = watcher
            .core
            .without_deadline()
            .tickets()
            .watch(pb::WatchRequest::default())
            .await
            .unwrap()
            .into_inner();
        let mut fired = Vec::new();
        let watching = async {
            while fired.len() < count {
                let sent = feed.next().await.unwrap().unwrap();
                let events = sent.change.map(|change| change.events).unwrap_or_default();
                fired.extend(events.into_iter().filter(|event| event.kind == "level_fired"));
            }
        };
        let in_time = tokio::time::timeout(WITHIN, watching).await;
        assert!(in_time.is_ok(), "only {} of {count} have fired", fired.len());
        fired
    }
}

impl Desk {
    pub(crate) async fn due_loop(&self) -> Result<DueLoop, Failure> {
        let answer = self
            .rim
            .supervision()
            .get_due_loop(GetDueLoopRequest {})
            .await
            .answer()?;
        Ok(answer.due_loop.unwrap())
    }

    /// The machine's clock is right as it stands.
    pub(crate) async fn confirm_clock(&self, reason: &str) -> Result<DueLoop, Failure> {
        let request = ConfirmClockRequest {
            request_id: fresh(),
            reason: reason.to_owned(),
            doubt_time: None,
        };
        let answer = self.rim.supervision().confirm_clock(request).await.answer()?;
        Ok(answer.due_loop.unwrap())
    }
}

/// When a level that has fired was to fire.
pub(crate) fn due_at(event: &pb::TicketEvent) -> Timestamp {
    event.facts["due_at"].parse().unwrap()
}
