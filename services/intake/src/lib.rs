//! The ways in: calls with their screen pop, and forms of web, app and other channels.
//!
//! Owns the record of calls, and the clock C12 of those that were missed or cut off: who is to be rung back, by when, and
//! that it is told once when he was not. Takes a form in as a ticket by asking `triage` what it is about and `tickets` to register
//! it, always on behalf of whoever brought it. Never keeps a telephone number, a name or anybody's words: a caller is
//! known again by the vault's keyed hash. Never loses a complaint because something else is down (see [`recognised`]).
//! Start at [`service`].

mod calls;
mod ledger;
mod limits;
mod missed;
mod numbers;
mod pop;
mod recognised;
mod ring_back;
mod rpc;
mod service;
mod subject;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use kit::page::Tokens;
use kit::rules::RulesCache;

use crate::calls::Calls;
use crate::ledger::Ledger;
use crate::numbers::Numbers;
use crate::ring_back::RingBack;
use crate::service::{Intake, Links};

pub use rpc::IntakeRpc;

/// The role's name.
pub const NAME: &str = "intake";

/// What the role needs.
pub struct Deps {
    /// Where forms become tickets.
    pub tickets: Link,
    /// The only one who can hash a caller's number.
    pub vault: Link,
    /// What a form is about.
    pub triage: Link,
    /// What time it is.
    pub clock: SharedClock,
    /// Where blocking work and the loop that tells what is late run.
    pub drain: Drain,
    /// The key of page tokens.
    pub token_key: [u8; 32],
    /// Where calls are kept; none: nowhere once the process ends.
    pub dir: Option<PathBuf>,
}

/// Opens the role: reads the calls kept so far and begins the loop that tells what is late.
pub async fn open(deps: Deps) -> Result<IntakeRpc, Fault> {
    let ledger = Arc::new(Ledger::open(deps.dir, deps.clock.now(), &deps.drain).await?);
    let rules = RulesCache::new(deps.tickets.clone(), NAME, deps.clock.clone());
    let ring_back = Arc::new(RingBack::new(
        Arc::clone(&ledger),
        Numbers::new(rules),
        deps.clock,
    ));
    deps.drain.spawn(
        "late missed calls",
        Arc::clone(&ring_back).watch(deps.drain.clone()),
    );
    let links = Links {
        tickets: deps.tickets,
        vault: deps.vault,
        triage: deps.triage,
    };
    let tokens = Tokens::new(deps.token_key);
    let intake = Intake::new(links, Calls::new(ledger), ring_back, tokens);
    Ok(IntakeRpc::new(Arc::new(intake)))
}
