//! Which category, grade, area and unit a matter belongs to, with evidence; dispatches the certain by itself.
//!
//! Owns what is read from words ([`suggest`], pure) and a follower of the feed that turns it into commands: an ordinary,
//! certain matter is dispatched, everything else is held for a triager with the reason and the best guesses. Never
//! overrules what a person has chosen, never writes a ticket but by a command. What is made of residents' words ([`similar`])
//! is in memory only; on disk are places in the feed, lessons of numbers and codes, and learned models (`lessons`).
//! Start at [`suggest`], then `decision`, then `follower`.

mod cursor;
mod decision;
mod follower;
mod given;
mod lessons;
mod lexica;
mod limits;
mod models;
mod rpc;
mod service;
pub mod similar;
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

pub use models::opinion;
pub use rpc::TriageRpc;
pub use service::Triage;

/// The role's name.
pub const NAME: &str = "triage";

/// What the role needs.
pub struct Deps {
    /// Where tickets are read, classified and dispatched.
    pub tickets: Link,
    /// Where a caller's number becomes a keyed hash.
    pub vault: Link,
    /// The rules in force.
    pub rules: Arc<RulesCache>,
    /// The classifier to begin with; none: the words of the lexicon alone.
    pub model: Option<Arc<classifier::Model>>,
    /// What time it is.
    pub clock: SharedClock,
    /// Where the follower runs, and what ends it.
    pub drain: Drain,
    /// The key of page tokens.
    pub token_key: [u8; 32],
    /// Where the place in the feed and the lessons are kept; none: a restart reads the feed from its beginning.
    pub dir: Option<PathBuf>,
}

/// Opens the role and begins to follow the feed.
pub async fn open(deps: Deps) -> Result<TriageRpc, Fault> {
    let cursor = cursor::Cursor::open(deps.dir.as_deref(), &deps.drain).await;
    let drain = deps.drain.clone();
    let similar = Arc::new(similar::Similar::default());
    let desk = follow_the_similar(&deps, Arc::clone(&similar));
    let models = Arc::new(models::Models::new(deps.model));
    let needs = lessons::Needs {
        tickets: deps.tickets.clone(),
        rules: Arc::clone(&deps.rules),
        clock: SharedClock::clone(&deps.clock),
        drain: drain.clone(),
        token_key: deps.token_key,
    };
    let lessons = lessons::open(deps.dir.as_deref(), Arc::clone(&models), needs).await?;
    let triage = Arc::new(Triage::new(
        deps.tickets.clone(),
        deps.rules,
        Arc::clone(&models),
        similar,
        SharedClock::clone(&deps.clock),
    ));
    let follower = follower::Follower::new(Arc::clone(&triage), deps.tickets, deps.clock, drain.clone());
    drain.spawn("triage follower", follower.run(cursor));
    Ok(TriageRpc::new(triage, desk, lessons))
}

/// Begins to make the index of what is alike; who answers from it.
fn follow_the_similar(deps: &Deps, similar: Arc<similar::Similar>) -> Arc<similar::Desk> {
    let follower = similar::Follower::new(
        Arc::clone(&similar),
        deps.tickets.clone(),
        Arc::clone(&deps.rules),
        SharedClock::clone(&deps.clock),
        deps.drain.clone(),
    );
    deps.drain.spawn("similar tickets' follower", follower.run());
    let links = similar::Links {
        tickets: deps.tickets.clone(),
        vault: deps.vault.clone(),
    };
    let (rules, clock) = (Arc::clone(&deps.rules), SharedClock::clone(&deps.clock));
    Arc::new(similar::Desk::new(
        similar,
        links,
        rules,
        clock,
        deps.drain.clone(),
    ))
}
