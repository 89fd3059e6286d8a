//! Boards, figures and hot topics, projected from the feed.
//!
//! Owns one small row per ticket, kept in memory and rebuilt from the feed; a snapshot written on a clean end spares the
//! next start the whole of it. Hot topics are made of words: they are kept in memory only and read anew after every start.
//! Never writes a ticket, never stores words or identity, and counts only what the viewer may see. Start at [`service`],
//! then `board`; for hot topics at [`topics`], then `hot`.

mod board;
mod hot;
mod limits;
mod row;
mod rpc;
mod service;
mod snapshot;
pub mod topics;
mod units;
mod view;
mod wire;

#[cfg(test)]
mod test_city;

use std::path::PathBuf;
use std::sync::Arc;

use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use kit::rules::RulesCache;

pub use rpc::InsightRpc;
pub use service::Insight;

/// The role's name.
pub const NAME: &str = "insight";

/// What the role needs.
pub struct Deps {
    /// Whose feed is projected.
    pub tickets: Link,
    /// The rules in force: units and who stands above whom.
    pub rules: Arc<RulesCache>,
    /// What time it is.
    pub clock: SharedClock,
    /// Where the projection runs, and what ends it.
    pub drain: Drain,
    /// Where the snapshot is kept; none: a restart reads the feed from its beginning.
    pub dir: Option<PathBuf>,
}

/// Opens the role: loads the snapshot where there is one, and begins to follow the feed.
pub async fn open(deps: Deps) -> Result<InsightRpc, Fault> {
    let drain = deps.drain.clone();
    let insight = Arc::new(Insight::open(deps).await);
    drain.spawn("insight projection", Arc::clone(&insight).project());
    drain.spawn("hot topics", insight.hot_follower().run());
    Ok(InsightRpc::new(insight))
}
