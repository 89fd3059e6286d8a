//! What the resident sees and says: tracking by number and query code, callbacks to make, ratings by link.
//!
//! Owns nothing on disk: a ticket's words come from `tickets`, codes and links from `vault`. Speaks with one voice (统一
//! 回复): what a unit wrote is shown once it has passed the audit, in the hotline's frame. Never shows who the resident
//! is, and of a confidential matter never who handles it. Start at [`service`]; what guards the number and code is
//! [`tries`] and [`code`].

mod calls;
mod code;
mod history;
mod limits;
mod link;
mod plain;
mod rights;
mod rpc;
mod service;
mod tries;
mod wire;

use std::sync::Arc;

use kit::clock::SharedClock;
use kit::fault::Fault;
use kit::link::Link;
use kit::rules::RulesCache;

use crate::service::Feedback;

pub use rpc::FeedbackRpc;

/// The role's name.
pub const NAME: &str = "feedback";

/// What the role needs.
pub struct Deps {
    /// Where tickets are read and outcomes recorded.
    pub tickets: Link,
    /// Who makes codes and links.
    pub vault: Link,
    /// Units by name.
    pub rules: Arc<RulesCache>,
    /// What time it is.
    pub clock: SharedClock,
}

/// Opens the role. Nothing can fail here yet; every role opens alike.
pub async fn open(deps: Deps) -> Result<FeedbackRpc, Fault> {
    let feedback = Feedback::new(deps.tickets, deps.vault, deps.rules, deps.clock);
    Ok(FeedbackRpc::new(Arc::new(feedback)))
}
