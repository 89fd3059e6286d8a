//! What a pass of the due loop costs when nothing is due: asked of the ledger in this process, and of the server over
//! gRPC. A small backlog and a large one take turns, so that whatever else the machine does meets both.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use proto::tickets::v1::ListDueClocksRequest;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use serde::Serialize;
use storage::Embedded;
use storage::port::Ledger;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;

use crate::clock;
use crate::hotline::Server;
use crate::load;
use crate::report::median;
use crate::usage;

/// Levels the due loop asks for at once.
const PAGE: u32 = 1_000;
/// Passes before those that count.
const WARM_UP: u64 = 200;

/// What passes cost, turn by turn.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Cost {
    /// Time a pass, in microseconds, of each turn.
    pub(crate) micros: Vec<f64>,
    /// Processor time of whoever answered, in microseconds a pass, over all turns.
    pub(crate) processor_micros: f64,
}

/// A small and a large backlog beside each other.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Pair {
    pub(crate) passes_a_turn: u64,
    pub(crate) small: Cost,
    pub(crate) large: Cost,
}

impl Pair {
    /// Large over small in each turn, sorted.
    pub(crate) fn ratios(&self) -> Vec<f64> {
        let turns = self.large.micros.iter().zip(&self.small.micros);
        let mut ratios: Vec<f64> = turns.map(|(large, small)| large / small).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// The ratio of the medians.
    pub(crate) fn ratio(&self) -> f64 {
        median(&self.large.micros) / median(&self.small.micros)
    }

    /// The ratio of processor time.
    pub(crate) fn processor_ratio(&self) -> f64 {
        self.large.processor_micros / self.small.processor_micros
    }
}

/// How much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turns {
    pub(crate) turns: u64,
    pub(crate) passes: u64,
}

/// Passes over two ledgers in this process.
pub(crate) async fn in_process(
    small: &Arc<Embedded>,
    large: &Arc<Embedded>,
    turns: Turns,
) -> anyhow::Result<Pair> {
    let own = std::process::id();
    let mut pair = Pair {
        passes_a_turn: turns.passes,
        ..Pair::default()
    };
    for ledger in [small, large] {
        over_ledger(ledger, WARM_UP).await?;
    }
    for _ in 0..turns.turns {
        for (ledger, cost) in [(small, &mut pair.small), (large, &mut pair.large)] {
            let before = usage::cpu_of(own);
            let spent = over_ledger(ledger, turns.passes).await?;
            cost.add(spent, usage::cpu_of(own).zip(before), turns);
        }
    }
    Ok(pair)
}

/// Passes over two servers.
pub(crate) async fn over_grpc(small: &Asking, large: &Asking, turns: Turns) -> anyhow::Result<Pair> {
    let mut pair = Pair {
        passes_a_turn: turns.passes,
        ..Pair::default()
    };
    for server in [small, large] {
        server.ask(WARM_UP).await?;
    }
    for _ in 0..turns.turns {
        for (server, cost) in [(small, &mut pair.small), (large, &mut pair.large)] {
            let before = usage::cpu_of(server.pid);
            let spent = server.ask(turns.passes).await?;
            cost.add(spent, usage::cpu_of(server.pid).zip(before), turns);
        }
    }
    Ok(pair)
}

impl Cost {
    fn add(&mut self, spent: Duration, processor: Option<(Duration, Duration)>, turns: Turns) {
        self.micros.push(spent.as_secs_f64() * 1e6 / turns.passes as f64);
        let used = processor.map_or(f64::NAN, |(now, before)| now.saturating_sub(before).as_secs_f64());
        self.processor_micros += used * 1e6 / (turns.passes * turns.turns) as f64;
    }
}

async fn over_ledger(ledger: &Embedded, passes: u64) -> anyhow::Result<Duration> {
    let begun = clock::now();
    for _ in 0..passes {
        let due = ledger.due_before(clock::today(), usize::try_from(PAGE)?).await?;
        ensure!(due.is_empty(), "{} tickets are due", due.len());
        ledger.next_due().await?.context("something is due one day")?;
    }
    Ok(begun.elapsed())
}

/// Asks a server as its own due loop does.
pub(crate) struct Asking {
    tickets: TicketServiceClient<Channel>,
    secret: MetadataValue<Ascii>,
    pid: u32,
}

impl Asking {
    /// With the secret by which its roles know each other.
    pub(crate) async fn of(server: &Server, secret: &str) -> anyhow::Result<Self> {
        Ok(Self {
            tickets: TicketServiceClient::new(load::connect(server.addr).await?),
            secret: format!("Bearer {}", secret.trim())
                .parse()
                .context("a secret of visible characters")?,
            pid: server.process.pid(),
        })
    }

    async fn ask(&self, passes: u64) -> anyhow::Result<Duration> {
        let mut tickets = self.tickets.clone();
        let begun = clock::now();
        for _ in 0..passes {
            let answer = tickets.list_due_clocks(self.request()).await?.into_inner();
            ensure!(answer.due.is_empty(), "{} levels are due", answer.due.len());
            answer.next_time.context("something is due one day")?;
        }
        Ok(begun.elapsed())
    }

    fn request(&self) -> Request<ListDueClocksRequest> {
        let mut request = Request::new(ListDueClocksRequest {
            page_size: PAGE,
            ..ListDueClocksRequest::default()
        });
        let headers = request.metadata_mut();
        headers.insert("authorization", self.secret.clone());
        headers.insert("x-hotline-role", MetadataValue::from_static("supervision"));
        headers.insert(
            "x-hotline-on-behalf-of",
            MetadataValue::from_static("system.supervision"),
        );
        request
    }
}
