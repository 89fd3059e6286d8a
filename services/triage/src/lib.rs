//! Which category, grade, area and unit a matter belongs to, with evidence; dispatches the certain by itself.
//!
//! Owns what is read from words ([`suggest`], pure) and a follower of the feed that turns it into commands: an ordinary,
//! certain matter is dispatched, everything else is held for a triager with the reason and the best guesses. Never
//! overrules what a person has chosen, never writes a ticket but by a command, keeps nothing but its place in the feed.
//! Start at [`suggest`], then `decision`, then `follower`.

mod cursor;
mod decision;
mod follower;
mod given;
mod lexica;
mod limits;
mod rpc;
mod service;
pub mod suggest;
#[cfg(test)]
mod test_city;
mod trigger;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use kit::rules::RulesCache;

pub use rpc::TriageRpc;
pub use service::Triage;

/// The role's name.
pub const NAME: &str = "triage";

/// What the role needs.
pub struct Deps {
    /// Where tickets are read, classified and dispatched.
    pub tickets: Link,
    /// The rules in force.
    pub rules: Arc<RulesCache>,
    /// What time it is.
    pub clock: SharedClock,
    /// Where the follower runs, and what ends it.
    pub drain: Drain,
    /// Where the place in the feed is kept; none: a restart reads the feed from its beginning.
    pub dir: Option<PathBuf>,
}

/// Opens the role and begins to follow the feed.
pub async fn open(deps: Deps) -> Result<TriageRpc, Fault> {
    let cursor = cursor::Cursor::open(deps.dir.as_deref(), &deps.drain).await;
    let drain = deps.drain.clone();
    let triage = Arc::new(Triage::new(
        deps.tickets.clone(),
        deps.rules,
        SharedClock::clone(&deps.clock),
    ));
    let follower = follower::Follower::new(Arc::clone(&triage), deps.tickets, deps.clock, drain.clone());
    drain.spawn("triage follower", follower.run(cursor));
    Ok(TriageRpc::new(triage))
}
