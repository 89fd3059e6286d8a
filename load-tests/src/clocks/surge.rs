//! Many clocks due at the same second, and a few that fall due one after the other shortly before.
//!
//! Urgent tickets of grade B, dispatched exactly the sign limit before: their C2 has warned (L0) when its light turned
//! yellow, and its L1 is due. Within the second each has an instant of its own, so that their order can be seen.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::ensure;
use domain::clock::{Kind, Level, RunId};
use domain::id::TicketNumber;
use domain::ticket::{Command, FireClock, Grade, RequestType};
use jiff::{SignedDuration, Timestamp};
use storage::Embedded;

use super::city::City;
use super::fill::{self, Filled, Numbers};
use super::life::Life;

/// What is urgent but no danger to life.
const KIND: (Grade, RequestType) = (Grade::B, RequestType::Help);
/// They are registered so long before they are dispatched.
const TRIAGED_MINUTES: i64 = 5;
/// Between the last that falls due by itself and the surge.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// Between two that fall due one after the other.
const APART: SignedDuration = SignedDuration::from_millis(20);

/// What is to fire: which level of which ticket, and when.
pub(crate) struct Surge {
    /// The second in which most of them fall due.
    pub(crate) second: Timestamp,
    /// When each is due.
    pub(crate) due: HashMap<TicketNumber, Timestamp>,
    /// Which level of which run, the same for all.
    pub(crate) run: RunId,
    pub(crate) level: Level,
    pub(crate) filled: Filled,
}

impl Surge {
    /// When the first of all is due.
    pub(crate) fn begins_at(&self) -> Timestamp {
        self.due.values().min().copied().unwrap_or(self.second)
    }
}

/// Fills the ledger: `count` in the second of `at`, and `before` one after the other until shortly before it. Everything
/// up to the light's turning yellow has happened by now, so `at` must not be more than some minutes ahead.
pub(crate) async fn prepare(
    ledger: &Arc<Embedded>,
    city: &Arc<City>,
    (count, before): (u64, u64),
    at: Timestamp,
    nth: u64,
) -> anyhow::Result<Surge> {
    let second = fill::second_of(at)?;
    let dues = dues(count, before, second)?;
    let first = fill::minutes_before(dues[0], 24 * 60)?;
    let mut numbers = Numbers::of(ledger, city, (first, second), nth).await?;
    let made = Arc::new(std::sync::Mutex::new(None));
    let (bar, slot, city) = (
        fill::bar(3 * u64::try_from(dues.len())?),
        Arc::clone(&made),
        Arc::clone(city),
    );
    let filled = fill::keep(ledger, bar.clone(), move |out| {
        let mut lives = Vec::with_capacity(dues.len());
        let sign_minutes = sign_minutes(&city);
        for due in &dues {
            let at = fill::minutes_before(*due, sign_minutes + TRIAGED_MINUTES)?;
            let matter = numbers.next(&city, at, KIND)?;
            let (life, registered) = Life::register(&city, matter, at)?;
            out(registered)?;
            lives.push(life);
            bar.inc(1);
        }
        for (life, due) in lives.iter_mut().zip(&dues) {
            out(life.dispatch(fill::minutes_before(*due, sign_minutes)?)?)?;
            bar.inc(1);
        }
        for life in &mut lives {
            out(warn(life, &city)?)?;
            bar.inc(1);
        }
        let (run, level) = check(&lives, &dues)?;
        let due = lives.iter().map(|life| life.ticket.number).zip(dues).collect();
        let tickets = u64::try_from(lives.len())?;
        *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((due, run, level));
        Ok(tickets)
    })
    .await?;
    let made = made
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .take();
    let (due, run, level) = made.expect("what was kept was made");
    Ok(Surge {
        second,
        due,
        run,
        level,
        filled,
    })
}

/// In order: some apart from each other, then all the others within one second.
fn dues(count: u64, before: u64, second: Timestamp) -> anyhow::Result<Vec<Timestamp>> {
    let (count, before) = (i32::try_from(count)?, i32::try_from(before)?);
    let apart = (0..before).map(|nth| second - PAUSE - APART * (before - nth));
    let spacing = SignedDuration::from_secs(1) / count.max(1);
    let together = (0..count).map(|nth| second + spacing * nth);
    Ok(apart.chain(together).collect())
}

fn sign_minutes(city: &City) -> i64 {
    let domain::time::Limit::Natural(minutes) = city.rules.profile().grade(KIND.0).sign else {
        return 0;
    };
    i64::from(minutes)
}

/// The light turns yellow: the first level fires as the server would have fired it.
fn warn(life: &mut Life<'_>, city: &City) -> anyhow::Result<storage::port::Commit> {
    let next = life
        .ticket
        .next_steps()
        .map(|(clock, step)| (step.at, clock.run.id(), step.level));
    let (at, clock, level) = next.min().expect("clocks run");
    ensure!(
        (clock.kind, level) == (Kind::Sign, Level::L0),
        "the first level to fire is {level:?} of {clock:?}"
    );
    let fire = FireClock {
        clock,
        level,
        system_was_down: false,
    };
    life.give("warn", &Command::FireClock(fire), &city.system, at)
}

/// Each is due at its instant, with the same level of the same run, and nothing else of it within half an hour.
fn check(lives: &[Life<'_>], dues: &[Timestamp]) -> anyhow::Result<(RunId, Level)> {
    let mut same = None;
    for (life, due) in lives.iter().zip(dues) {
        let mut steps: Vec<_> = life
            .ticket
            .next_steps()
            .map(|(clock, step)| (step.at, clock.run.id(), step.level))
            .collect();
        steps.sort_unstable();
        let (at, run, level) = steps[0];
        ensure!(
            at == *due,
            "{} is due at {at} and not at {due}",
            life.ticket.number
        );
        ensure!(
            steps[1].0.duration_since(at) >= SignedDuration::from_mins(30),
            "something else of {} is due soon: {:?}",
            life.ticket.number,
            steps[1]
        );
        ensure!(same.is_none_or(|same| same == (run, level)), "not the same level");
        same = Some((run, level));
    }
    Ok(same.expect("there is at least one"))
}
