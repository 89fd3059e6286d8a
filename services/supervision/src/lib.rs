//! The due loop, the lists of what is late, who was told and who has seen it.
//!
//! Owns the loop that fires due levels (a command like any other: two loops at once are harmless), the follower that
//! tells merged tickets of their incident's answer (likewise), two projections of the feed kept in memory (what is open
//! and pressing, what has fired) and one small ledger of its own: who has acknowledged what. Decides nothing about limits:
//! due times stand in the events, and tickets says what is due. Start at `due_loop`, then [`service`].

mod acknowledgements;
mod books;
mod due_list;
mod due_loop;
mod escalation_list;
mod escalations;
mod fire;
mod follower;
mod hidden;
mod limits;
mod notice_list;
pub mod notices;
mod open_tickets;
mod pool;
mod projection;
mod rejoin;
mod repeated;
mod rpc;
mod scope;
mod service;
#[cfg(test)]
mod test_city;
mod wake;
mod watch;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use kit::auth::Bearers;
use kit::clock::{SharedClock, SystemClock};
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use kit::rules::RulesCache;

pub use due_loop::{Standing, State, Status};
pub use rpc::SupervisionRpc;
pub use service::Supervision;

use crate::acknowledgements::Acknowledgements;
use crate::due_loop::DueLoop;
use crate::notices::Outbox;
use crate::projection::Projection;
use crate::rejoin::Rejoiner;
use crate::repeated::Repeated;
use crate::wake::Wake;

/// The role's name.
pub const NAME: &str = "supervision";

/// What the role needs.
pub struct Deps {
    /// Where levels are due, fired and seen.
    pub tickets: Link,
    /// The rules in force: units and who stands above whom.
    pub rules: Arc<RulesCache>,
    /// What time it is.
    pub clock: SharedClock,
    /// Where the loop and the projection run, and what ends them.
    pub drain: Drain,
    /// When this process was started: what was due clearly before fires marked "the system was down".
    pub started_at: Timestamp,
    /// Whether a token still holds, of those who watch.
    pub bearers: Bearers,
    /// The key of page tokens.
    pub token_key: [u8; 32],
    /// Where acknowledgements and notices are kept; none: in memory, for tests.
    pub dir: Option<PathBuf>,
    /// How notices go out; none: there is no outbox.
    pub notices: Option<notices::Settings>,
}

/// Opens the role: reads the acknowledgements, begins the due loop, the projection and the follower of incidents.
pub async fn open(mut deps: Deps) -> Result<SupervisionRpc, Fault> {
    let outbox = outbox(&mut deps).await?;
    let acknowledgements = Arc::new(Acknowledgements::open(deps.dir.as_deref(), deps.started_at).await?);
    let (drain, wake) = (deps.drain.clone(), Arc::new(Wake::default()));

    let projection = Arc::new(Projection::new(
        deps.tickets.clone(),
        deps.clock.clone(),
        Arc::clone(&wake),
    ));
    let rejoiner = Arc::new(Rejoiner::new(deps.tickets.clone(), deps.started_at));
    let repeated = Arc::new(Repeated::new(
        deps.tickets.clone(),
        Arc::clone(&deps.rules),
        deps.started_at,
    ));
    drain.spawn(
        "supervision follower",
        follower::run(
            deps.tickets.clone(),
            (Arc::clone(&projection), repeated, rejoiner),
            drain.clone(),
            deps.started_at,
        ),
    );
    let status = Status::new(deps.clock.clone());
    let due_loop = DueLoop::new(
        deps.tickets.clone(),
        (deps.clock.clone(), Arc::new(SystemClock)),
        drain.clone(),
        Arc::clone(&wake),
        status.clone(),
    );
    drain.spawn("due loop", due_loop.run());
    drain.spawn(
        "supervision ledger",
        Arc::clone(&acknowledgements).close_after(drain.draining()),
    );

    Ok(SupervisionRpc::new(Arc::new(Supervision::new(
        deps,
        projection,
        acknowledgements,
        (status, wake),
        outbox,
    ))))
}

/// The outbox, where there is to be one, at work.
async fn outbox(deps: &mut Deps) -> Result<Option<Arc<Outbox>>, Fault> {
    let Some(settings) = deps.notices.take() else {
        return Ok(None);
    };
    let dir = deps.dir.as_ref().map(|dir| dir.join("notices"));
    let needs = notices::Deps {
        tickets: deps.tickets.clone(),
        rules: Arc::clone(&deps.rules),
        clock: deps.clock.clone(),
        drain: deps.drain.clone(),
    };
    let outbox = Arc::new(Outbox::open(needs, settings, dir.as_deref()).await?);
    deps.drain.spawn("notices", Arc::clone(&outbox).run());
    Ok(Some(outbox))
}
