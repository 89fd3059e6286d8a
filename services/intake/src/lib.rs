//! The ways in: calls with their screen pop, and forms of web, app and other channels.
//!
//! Owns the record of calls. Takes a form in as a ticket by asking `triage` what it is about and `tickets` to register
//! it, always on behalf of whoever brought it. Never keeps a telephone number, a name or anybody's words: a caller is
//! known again by the vault's keyed hash. Never loses a complaint because something else is down (see [`recognised`]).
//! Start at [`service`].

mod calls;
mod limits;
mod pop;
mod recognised;
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

use crate::calls::Calls;
use crate::service::Intake;

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
    /// Where blocking work runs.
    pub drain: Drain,
    /// Where calls are kept; none: nowhere once the process ends.
    pub dir: Option<PathBuf>,
}

/// Opens the role: reads the calls kept so far.
pub async fn open(deps: Deps) -> Result<IntakeRpc, Fault> {
    let calls = Calls::open(deps.dir, deps.clock.now(), &deps.drain).await?;
    let intake = Intake::new(deps.tickets, deps.vault, deps.triage, deps.clock, calls);
    Ok(IntakeRpc::new(Arc::new(intake)))
}
