//! One stream of the feed for all who follow it: what is open and what has fired, which unit reaches L2 again and again, and
//! who waits for an incident's answer.

use std::sync::Arc;

use jiff::Timestamp;
use kit::drain::Drain;
use kit::follow::{Ended, Feed, Start, follow};
use kit::link::Link;
use proto::tickets::v1::WatchResponse;

use crate::NAME;
use crate::projection::Projection;
use crate::rejoin::Rejoiner;
use crate::repeated::Repeated;

/// Follows the feed from its beginning until the process drains.
pub(crate) async fn run(
    tickets: Link,
    (projection, repeated, rejoiner): (Arc<Projection>, Arc<Repeated>, Arc<Rejoiner>),
    drain: Drain,
    started_at: Timestamp,
) {
    loop {
        let all = (
            Arc::clone(&projection),
            Arc::clone(&repeated),
            Arc::clone(&rejoiner),
        );
        let take = move |answer: Arc<WatchResponse>| {
            let (projection, repeated, rejoiner) = all.clone();
            async move {
                let reached = projection.take(&answer, started_at).await?;
                repeated.take(&answer, &reached).await?;
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
                repeated.forget();
                rejoiner.forget();
            }
        }
    }
}
