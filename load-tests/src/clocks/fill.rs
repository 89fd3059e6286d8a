//! Fills a ledger with what `domain` decides, in the order of time, many commits under way at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::id::TicketNumber;
use domain::ticket::{Grade, RequestType};
use futures::{StreamExt as _, TryStreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::Serialize;
use storage::Embedded;
use storage::port::{Commit, Ledger};
use tokio::sync::mpsc;

use super::city::City;
use super::life::{Life, Matter};
use crate::clock;

/// Commits under way at once; fewer than the ledger's queue takes.
const UNDER_WAY: usize = 1_024;
/// How far back the oldest ticket was registered.
pub(crate) const OLDEST: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long ago the latest one was: nothing of the backlog is younger than what is added later.
const LATEST: SignedDuration = SignedDuration::from_hours(2);
/// Nothing of the backlog fires for so long.
const QUIET: SignedDuration = SignedDuration::from_hours(12);
/// What the backlog is of, the first that is quiet is taken: short limits for what is young, long ones for the rest.
const KINDS: [(Grade, RequestType); 4] = [
    (Grade::C, RequestType::Consult),
    (Grade::C, RequestType::Complaint),
    (Grade::C, RequestType::Help),
    (Grade::D, RequestType::Complaint),
];

/// What was kept.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Filled {
    pub(crate) tickets: u64,
    pub(crate) commits: u64,
    pub(crate) facts: u64,
    pub(crate) seconds: f64,
}

/// Numbers day by day, going on where the ledger stands.
pub(crate) struct Numbers {
    last: BTreeMap<Date, u32>,
    nth: u64,
}

impl Numbers {
    /// For tickets that are registered between two instants; `nth` of them are named already.
    pub(crate) async fn of(
        ledger: &Embedded,
        city: &City,
        (from, until): (Timestamp, Timestamp),
        nth: u64,
    ) -> anyhow::Result<Self> {
        let calendar = city.rules.calendar();
        let (mut date, end) = (calendar.local(from).date(), calendar.local(until).date());
        let mut last = BTreeMap::new();
        while date <= end {
            let number = ledger.last_number(date).await?;
            last.insert(date, number.map_or(0, |number| number.sequence()));
            date = date.tomorrow()?;
        }
        Ok(Self { last, nth })
    }

    /// The next ticket of the day of `at`.
    pub(crate) fn next(
        &mut self,
        city: &City,
        at: Timestamp,
        (grade, kind): (Grade, RequestType),
    ) -> anyhow::Result<Matter> {
        let date = city.rules.calendar().local(at).date();
        let last = self.last.get_mut(&date).context("a day that was looked up")?;
        *last += 1;
        self.nth += 1;
        Ok(Matter {
            number: TicketNumber::new(date, *last)?,
            nth: self.nth,
            grade,
            kind,
        })
    }
}

/// Fills a ledger with open tickets of which nothing is due for [`QUIET`]; their dues lie in the coming weeks.
pub(crate) async fn backlog(
    ledger: &Arc<Embedded>,
    city: &Arc<City>,
    tickets: u64,
) -> anyhow::Result<Filled> {
    let now = clock::today();
    let (from, until) = (now - OLDEST, now - LATEST);
    let mut numbers = Numbers::of(ledger, city, (from, until), 0).await?;
    let step = until.duration_since(from) / i32::try_from(tickets)?;
    let city = Arc::clone(city);
    let bar = bar(tickets);
    keep(ledger, bar.clone(), move |out| {
        let mut at = from;
        for _ in 0..tickets {
            for commit in open_ticket(&city, &mut numbers, at, step, now + QUIET)? {
                out(commit)?;
            }
            bar.inc(1);
            at += step;
        }
        Ok(tickets)
    })
    .await
}

/// One that is with its unit: signed and the resident called wherever those clocks would fire too soon.
fn open_ticket(
    city: &City,
    numbers: &mut Numbers,
    at: Timestamp,
    step: SignedDuration,
    quiet_until: Timestamp,
) -> anyhow::Result<Vec<Commit>> {
    let begins_with = usize::try_from(numbers.nth % 3)?;
    let is_old = quiet_until.duration_since(at) > SignedDuration::from_hours(7 * 24);
    let kinds = if is_old {
        &KINDS[3..]
    } else {
        &KINDS[begins_with..]
    };
    let mut matter = numbers.next(city, at, KINDS[3])?;
    for (grade, kind) in kinds {
        (matter.grade, matter.kind) = (*grade, *kind);
        let (mut life, registered) = Life::register(city, matter, at)?;
        let mut commits = vec![registered, life.dispatch(at + step / 4)?];
        let fires_soon = |life: &Life<'_>| life.ticket.next_wake().is_some_and(|wake| wake < quiet_until);
        if fires_soon(&life) {
            commits.push(life.sign(at + step / 2)?);
            commits.extend(life.contact(at + step / 4 * 3)?);
        }
        if !fires_soon(&life) {
            return Ok(commits);
        }
    }
    anyhow::bail!("no kind of ticket registered {at} is quiet until {quiet_until}")
}

/// Keeps what `make` makes, in its order; it answers how many tickets that were.
pub(crate) async fn keep(
    ledger: &Arc<Embedded>,
    bar: ProgressBar,
    make: impl FnOnce(&mut dyn FnMut(Commit) -> anyhow::Result<()>) -> anyhow::Result<u64> + Send + 'static,
) -> anyhow::Result<Filled> {
    let begun = clock::now();
    let (into, mut commits) = mpsc::channel::<Commit>(UNDER_WAY);
    let making = tokio::task::spawn_blocking(move || {
        make(&mut |commit| into.blocking_send(commit).context("the ledger takes no more"))
    });
    let kept = futures::stream::poll_fn(move |context| commits.poll_recv(context))
        .map(|commit| async {
            let facts: usize = commit.writes.iter().map(|write| write.facts.len()).sum();
            ledger.commit(commit).await.map(|_| facts)
        })
        .buffered(UNDER_WAY)
        .try_fold((0, 0), |(commits, facts), more| async move {
            Ok((commits + 1, facts + more))
        })
        .await;
    let tickets = making.await??;
    let (commits, facts) = kept?;
    bar.finish_and_clear();
    Ok(Filled {
        tickets,
        commits,
        facts: u64::try_from(facts)?,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// A bar on the standard error.
pub(crate) fn bar(count: u64) -> ProgressBar {
    let bar = ProgressBar::new(count);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {human_pos} of {human_len}, {per_sec}, {eta} to go {msg}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// The start of the second an instant lies in.
pub(crate) fn second_of(at: Timestamp) -> anyhow::Result<Timestamp> {
    Ok(Timestamp::from_second(at.as_second())?)
}

/// An instant some minutes earlier.
pub(crate) fn minutes_before(at: Timestamp, minutes: i64) -> anyhow::Result<Timestamp> {
    Ok(at.checked_sub(minutes.minutes())?)
}
