//! What is due, for the due loop: every level in due order, a page at a time, whether the clock it is due by can be
//! believed, and since when the system is up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::clock::{Level, RunId};
use domain::id::TicketNumber;
use domain::ticket::Ticket;
use jiff::{SignedDuration, Timestamp};
use kit::call::Call;
use kit::clock::{Look, Source};
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use storage::port::DuePlace;

use crate::limits::{DUE_MAX, UNLOOKED_MAX};
use crate::service::{Tickets, failed};

/// What page tokens of this list are bound to.
const QUERY: &[u8] = b"due";

/// One level to fire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) number: TicketNumber,
    pub(crate) clock: RunId,
    pub(crate) level: Level,
    pub(crate) at: Timestamp,
}

/// A page of what is due.
pub(crate) struct DuePage {
    /// Earliest first.
    pub(crate) due: Vec<Due>,
    /// When the earliest level not due yet fires.
    pub(crate) next: Option<Timestamp>,
    /// The clock it is due by.
    pub(crate) clock: Look,
    /// What was due clearly before is late because the system was down.
    pub(crate) up_since: Timestamp,
    /// For the next page; empty at the end.
    pub(crate) token: String,
}

/// Behind which ticket the next page begins.
#[derive(Serialize, Deserialize)]
struct Behind(DuePlace);

/// Since when the system is up: levels are looked at by loops that fire them, however many, without a gap. A process that
/// has just been started has not been looked at; nor has one whose clock is doubted, since nothing fires by that. Gaps are
/// counted by the boot clock: a machine that was suspended was not looked at either.
pub(crate) struct Looks {
    machine: Arc<dyn Source>,
    since: Mutex<Option<Looked>>,
}

#[derive(Clone, Copy)]
struct Looked {
    since: Timestamp,
    /// The last look, by the boot clock.
    last: SignedDuration,
}

impl Looks {
    pub(crate) fn new(machine: Arc<dyn Source>) -> Self {
        Self {
            machine,
            since: Mutex::default(),
        }
    }

    /// Somebody looks. Only who `fires` counts; others are merely told.
    fn up_since(&self, clock: &Look, fires: bool) -> Timestamp {
        let mut looked = self.lock();
        let last = self.machine.read().since_boot;
        let going_on = looked.filter(|looked| last - looked.last <= UNLOOKED_MAX);
        let since = going_on.map_or(clock.now, |looked| looked.since);
        if clock.doubt.is_some() {
            *looked = None;
        } else if fires {
            if going_on.is_none() {
                tracing::info!(%since, "what is due is looked at: what was due clearly before is charged to nobody");
            }
            *looked = Some(Looked { since, last });
        }
        since
    }

    /// Time has jumped, or may have.
    fn begin_anew(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Looked>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tickets {
    /// Levels due at or before an instant (never later than now), earliest first. A page reaches to the last of its
    /// tickets, and of all its tickets holds what is due up to there: so the pages one after the other are in due order.
    pub(crate) async fn due(
        &self,
        before: Option<Timestamp>,
        size: usize,
        token: &str,
        fires: bool,
    ) -> Result<DuePage, Fault> {
        let clock = self.clock.look();
        let up_since = self.looks.up_since(&clock, fires);
        let before = before.map_or(clock.now, |before| before.min(clock.now));
        let after = self.tokens.open_page::<Behind>(QUERY, token)?;
        let size = size.min(DUE_MAX);
        let tickets = self
            .ledger
            .due_page(after.map(|Behind(place)| place), before, size)
            .await
            .map_err(failed)?;
        let last = tickets.last().filter(|_| tickets.len() == size);
        let last = last.and_then(|ticket| Some((ticket.next_wake()?, ticket.number)));
        let reach = last.map_or(before, |(at, _)| at);
        let mut due: Vec<Due> = tickets.iter().flat_map(|ticket| due_of(ticket, reach)).collect();
        due.sort_by_key(|due| (due.at, due.number));
        let next = self.ledger.next_due_after(clock.now).await.map_err(failed)?;
        Ok(DuePage {
            due,
            next,
            clock,
            up_since,
            token: last.map_or_else(String::new, |(at, number)| {
                self.tokens.seal(QUERY, &Behind(DuePlace { at, number }))
            }),
        })
    }

    /// Somebody stands for the machine's clock as it is, having looked at the doubt since `seen`. What it changes, who it was
    /// and by what he knows goes to the log; his words do not.
    pub(crate) fn confirm_clock(
        &self,
        call: &Call,
        reason: &str,
        seen: Option<Timestamp>,
    ) -> Result<Look, Fault> {
        let doubt = self.clock.look().doubt;
        if doubt.is_some_and(|doubt| seen.is_some_and(|seen| seen != doubt.since)) {
            return Err(Fault::precondition(
                "CLOCK_LEAPT_AGAIN",
                "时钟在您查看之后又有变动，请重新查看后再确认",
                "the clock has leapt again since you looked: look once more before you confirm it",
            ));
        }
        let doubted = self.clock.confirm();
        let look = self.clock.look();
        if let Some(doubted) = doubted {
            self.looks.begin_anew();
            tracing::warn!(by = call.actor.holder.as_str(), role = call.actor.role.as_str(),
                checked_by = checked_by(reason),
                leap_seconds = doubted.leap().as_secs(), now = %look.now, wall = %look.wall,
                stands_still_seconds = look.stands_still_for().as_secs(),
                "the machine's clock was confirmed: firing goes on");
        }
        Ok(look)
    }
}

/// By what somebody says that he knows the time: one of a few words, whatever he says.
fn checked_by(reason: &str) -> &'static str {
    const NAMED: [(&str, &[&str]); 3] = [
        ("time_service", &["授时", "ntp", "time server", "time service"]),
        ("broadcast", &["电视", "广播", "television", "radio"]),
        ("watch", &["手表", "手机", "watch", "phone"]),
    ];
    let reason = reason.to_lowercase();
    let is_named = |(_, words): &&(&str, &[&str])| words.iter().any(|word| reason.contains(word));
    NAMED.iter().find(is_named).map_or("other", |(name, _)| *name)
}

/// Every level of a ticket that may fire up to an instant; those of a run one after the other.
fn due_of(ticket: &Ticket, reach: Timestamp) -> impl Iterator<Item = Due> + '_ {
    ticket.next_steps().flat_map(move |(clock, _)| {
        let unfired = clock
            .run
            .steps
            .iter()
            .filter(|step| !clock.fired.contains(&step.level));
        let due = unfired.take_while(move |step| step.at <= reach);
        due.map(|step| Due {
            number: ticket.number,
            clock: clock.run.id(),
            level: step.level,
            at: step.at,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::checked_by;

    #[test]
    fn the_log_has_a_word_of_ours_for_whatever_somebody_says() {
        for (said, word) in [
            ("已与授时中心核对", "time_service"),
            ("NTP pool agrees", "time_service"),
            ("电视报时", "broadcast"),
            ("看了手表", "watch"),
            ("张三 13800000000 说的", "other"),
        ] {
            assert_eq!(checked_by(said), word);
        }
    }
}
