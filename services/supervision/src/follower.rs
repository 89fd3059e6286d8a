//! One stream of the feed for both who follow it: what is open and what has fired, and who waits for an incident's answer.

use std::sync::Arc;

use jiff::Timestamp;
use kit::drain::Drain;
use kit::follow::{Ended, Feed, Start, follow};
use kit::link::Link;
use proto::tickets::v1::WatchResponse;

use crate::NAME;
use crate::projection::Projection;
use crate::rejoin::Rejoiner;

/// Follows the feed from its beginning until the process drains.
pub(crate) async fn run(
    tickets: Link,
    projection: Arc<Projection>,
    rejoiner: Arc<Rejoiner>,
    drain: Drain,
    started_at: Timestamp,
) {
    loop {
        let both = (Arc::clone(&projection), Arc::clone(&rejoiner));
        let take = move |answer: Arc<WatchResponse>| {
            let (projection, rejoiner) = both.clone();
            async move {
                projection.take(&answer, started_at).await?;
                rejoiner.take(&answer).await
            }
        };
        let feed = Feed {
            tickets: tickets.clone(),
            role: NAME,
            words_of: &[],
        };
        match follow(feed, drain.clone(), Start::FromBeginning, take).await {
            Ended::Drained => return,
            Ended::TokenVoid => {
                tracing::warn!("the feed has another history, it is read from its beginning");
                projection.forget();
                rejoiner.forget();
            }
        }
    }
}
