//! The only writer of tickets: commands, queries, feed.
//!
//! Loads a ticket, asks `domain` what a command means, and keeps the answer in one commit (invariant A-4). Words go
//! through the vault and are ciphertext from here on. Never decides by itself: start at [`service`], whose
//! `execute` is every command's way.

mod audit;
mod draft;
mod due;
mod explain;
mod facts;
mod in_force;
mod limits;
mod numbers;
mod publish;
mod query;
mod rederive;
mod rpc;
mod rulings;
mod service;
#[cfg(test)]
mod tests;
mod together;
mod watch;
mod wire;
mod words;

use std::sync::Arc;

use domain::id::RulesVersion;
use domain::rules::Bundle;
use jiff::civil::Time;
use kit::auth::Bearers;
use kit::clock::TrustedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use storage::port::Ledger;

pub use rpc::TicketsRpc;
pub use service::Tickets;

/// The role's name.
pub const NAME: &str = "tickets";

/// What the role needs.
pub struct Deps {
    /// Where tickets are kept.
    pub ledger: Arc<dyn Ledger>,
    /// The only holder of keys.
    pub vault: Link,
    /// What time it is. Told of the ledger's last commit when the role opens: nothing is decided before that.
    pub clock: Arc<TrustedClock>,
    /// The key of page and resume tokens; kept, so that followers resume over restarts.
    pub token_key: [u8; 32],
    /// Rules to begin with.
    pub rules: FirstRules,
    /// When the clocks are audited every night, local time; none: only when somebody asks for it.
    pub audit_at: Option<Time>,
    /// Ends streams on shutdown.
    pub drain: Drain,
    /// Ends streams whose token has ended.
    pub bearers: Bearers,
}

/// Rules to begin with.
pub enum FirstRules {
    /// Published when the ledger has none.
    IfNone(Box<Bundle>),
    /// The city's files: published when they say something else than when they last took force.
    Now(Box<Bundle>),
}

impl FirstRules {
    fn version(&self) -> RulesVersion {
        match self {
            FirstRules::IfNone(bundle) | FirstRules::Now(bundle) => bundle.version(),
        }
    }
}

/// Opens the role: publishes first rules where needed.
pub async fn open(deps: Deps) -> Result<TicketsRpc, Fault> {
    let (drain, bearers) = (deps.drain.clone(), deps.bearers.clone());
    let tickets = Arc::new(Tickets::open(deps).await?);
    drain.spawn("clock audit", audit::nightly(Arc::clone(&tickets), drain.clone()));
    drain.spawn("rederive", rederive::run(Arc::clone(&tickets), drain.clone()));
    Ok(TicketsRpc::new(tickets, drain, bearers))
}
