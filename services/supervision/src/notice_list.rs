//! Use cases of the outbox: which notices wait, which are stuck, and another try.

use domain::id::{RequestId, TicketNumber};
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use serde::Serialize;

use crate::limits::{PASSED_OVER_MAX, SCAN_MAX};
use crate::notices::{Channel, Entry, NoticeId, Queue, State, Tally};
use crate::service::{Page, Supervision, Visible, bound_to, goes_on};

/// Which notices.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct NoticeQuery {
    pub(crate) number: Option<TicketNumber>,
    pub(crate) stuck_only: bool,
    pub(crate) with_done: bool,
}

/// A page of them, and how many there are; none counted where there is no outbox.
#[derive(Debug, Default)]
pub(crate) struct NoticeList {
    pub(crate) rows: Vec<(NoticeId, Entry)>,
    pub(crate) next: String,
    pub(crate) tally: Option<Tally>,
    /// How many of a channel wait on disk alone.
    pub(crate) crowded_out: Vec<(Channel, usize)>,
}

/// Notices that may fill a page, and where to go on when they are used up; none at the end.
#[derive(Debug, Default)]
struct NoticeCandidates {
    rows: Vec<(NoticeId, Entry)>,
    more_after: Option<NoticeId>,
}

impl Supervision {
    /// Notices and how many there are, in the order of their names.
    pub(crate) async fn list_notices(
        &self,
        call: &Call,
        query: &NoticeQuery,
        page: &Page,
    ) -> Result<NoticeList, Fault> {
        let Some(outbox) = &self.outbox else {
            return Ok(NoticeList::default());
        };
        let now = self.clock.now();
        let bound = bound_to(&("notices", &call.actor.holder, query))?;
        let after: Option<NoticeId> = self.tokens.open_page(&bound, &page.token)?;
        let (tally, crowded_out, candidates) = {
            let (queue, cleared) = (outbox.queue(), call.actor.cleared);
            let found = query.candidates(&queue, after.as_ref(), now);
            let on_disk = |channel| (channel, queue.crowded_out(channel, cleared));
            (queue.tally(cleared, now), Channel::ALL.map(on_disk), found)
        };
        let row = |one: &(NoticeId, Entry), _: &Visible| Some(one.clone());
        let (rows, used) = self
            .fill(call, &candidates.rows, |(id, _)| id.number, row, page.size)
            .await?;
        let next = match used.checked_sub(1).and_then(|last| candidates.rows.get(last)) {
            Some((last, _)) if goes_on(used, candidates.rows.len(), rows.len() == page.size) => Some(last),
            Some(_) | None => candidates.more_after.as_ref(),
        };
        Ok(NoticeList {
            next: next.map(|id| self.tokens.seal(&bound, id)).unwrap_or_default(),
            rows,
            tally: Some(tally),
            crowded_out: crowded_out.into_iter().filter(|(_, count)| *count > 0).collect(),
        })
    }

    /// Has a notice tried again now. What the caller may not see does not exist.
    pub(crate) async fn retry_notice(
        &self,
        call: &Call,
        id: &NoticeId,
        request: &RequestId,
    ) -> Result<Entry, Fault> {
        let outbox = self.outbox.as_ref().ok_or_else(Fault::not_found)?;
        let found = || outbox.queue().get(id).cloned().ok_or_else(Fault::not_found);
        found()?;
        if !self.see(call, [id.number]).await?.contains_key(&id.number) {
            return Err(Fault::not_found());
        }
        outbox.retry(id, &call.actor.holder, request).await?;
        found()
    }
}

impl NoticeQuery {
    /// Notices that may fill a page, looking at a bounded number.
    fn candidates(&self, queue: &Queue, after: Option<&NoticeId>, now: Timestamp) -> NoticeCandidates {
        let fits = |entry: &Entry| {
            (self.with_done || !matches!(entry.state, State::Done(..)))
                && (!self.stuck_only || entry.is_stuck(now))
        };
        let mut found = NoticeCandidates::default();
        let is_after = |id: &NoticeId| after.is_none_or(|after| id > after);
        let all: Box<dyn Iterator<Item = _>> = match self.number {
            Some(number) => Box::new(queue.of_ticket(number).filter(|(id, _)| is_after(id))),
            None => Box::new(queue.after(after)),
        };
        for (count, (id, entry)) in all.enumerate() {
            if count == PASSED_OVER_MAX || found.rows.len() == SCAN_MAX {
                return found;
            }
            if fits(entry) {
                found.rows.push((id.clone(), entry.clone()));
            }
            found.more_after = Some(id.clone());
        }
        found.more_after = None;
        found
    }
}
