//! What a pass of the due loop costs when nothing is due: asked of the ledger in this process, and of the server over
//! gRPC. A small backlog and a large one take turns of some passes each, so that whatever else the machine does meets both,
//! and what counts is the median pass: one that was pushed aside by somebody else's work says nothing.

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
/// Passes over one backlog before those over the other.
const BLOCK: u64 = 20;

/// What passes cost, turn by turn.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Cost {
    /// The median pass of each turn, in microseconds.
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
    fn of(turns: Turns) -> Self {
        Self {
            passes_a_turn: turns.blocks() * BLOCK,
            ..Self::default()
        }
    }

    fn side(&mut self, side: usize) -> &mut Cost {
        if side == 0 {
            &mut self.small
        } else {
            &mut self.large
        }
    }

    fn end_turn(&mut self, micros: &[Vec<f64>; 2]) {
        for (side, micros) in micros.iter().enumerate() {
            self.side(side).micros.push(median(micros));
        }
    }

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
    let mut pair = Pair::of(turns);
    for ledger in [small, large] {
        over_ledger(ledger, WARM_UP, &mut Vec::new()).await?;
    }
    for _ in 0..turns.turns {
        let mut micros = [Vec::new(), Vec::new()];
        for _ in 0..turns.blocks() {
            for (side, ledger) in [small, large].into_iter().enumerate() {
                let before = usage::own_cpu();
                over_ledger(ledger, BLOCK, &mut micros[side]).await?;
                pair.side(side)
                    .used(usage::own_cpu().saturating_sub(before), turns);
            }
        }
        pair.end_turn(&micros);
    }
    Ok(pair)
}

/// Passes over two servers.
pub(crate) async fn over_grpc(small: &Asking, large: &Asking, turns: Turns) -> anyhow::Result<Pair> {
    let mut pair = Pair::of(turns);
    let servers = [small, large];
    for server in servers {
        server.ask(WARM_UP, &mut Vec::new()).await?;
    }
    for _ in 0..turns.turns {
        let mut micros = [Vec::new(), Vec::new()];
        let before = servers.map(|server| usage::cpu_of(server.pid).unwrap_or_default());
        for _ in 0..turns.blocks() {
            for (side, server) in servers.into_iter().enumerate() {
                server.ask(BLOCK, &mut micros[side]).await?;
            }
        }
        for (side, server) in servers.into_iter().enumerate() {
            let now = usage::cpu_of(server.pid).unwrap_or_default();
            pair.side(side).used(now.saturating_sub(before[side]), turns);
        }
        pair.end_turn(&micros);
    }
    Ok(pair)
}

impl Turns {
    fn blocks(self) -> u64 {
        self.passes.div_ceil(BLOCK)
    }
}

impl Cost {
    fn used(&mut self, processor: Duration, turns: Turns) {
        self.processor_micros +=
            processor.as_secs_f64() * 1e6 / (turns.blocks() * BLOCK * turns.turns) as f64;
    }
}

async fn over_ledger(ledger: &Embedded, passes: u64, micros: &mut Vec<f64>) -> anyhow::Result<()> {
    for _ in 0..passes {
        let begun = clock::now();
        let due = ledger.due_before(clock::today(), usize::try_from(PAGE)?).await?;
        ensure!(due.is_empty(), "{} tickets are due", due.len());
        ledger.next_due().await?.context("something is due one day")?;
        micros.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(())
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

    async fn ask(&self, passes: u64, micros: &mut Vec<f64>) -> anyhow::Result<()> {
        let mut tickets = self.tickets.clone();
        for _ in 0..passes {
            let begun = clock::now();
            let answer = tickets.list_due_clocks(self.request()).await?.into_inner();
            ensure!(answer.due.is_empty(), "{} levels are due", answer.due.len());
            answer.next_time.context("something is due one day")?;
            micros.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        Ok(())
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
