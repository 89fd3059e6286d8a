//! Firing what is due: one loop or two, after an outage, too late, and once more after a crash.

use jiff::Timestamp;

use super::{Played, World};
use crate::clock::{IN_TIME, Level, RunId};
use crate::refusal::Reason;
use crate::simulation::expected::Number;
use crate::ticket::check::laws::{Broken, Law, hold};
use crate::ticket::check::script;
use crate::ticket::{Command, FireClock, Ticket};

impl World {
    /// Time passes and everything due fires at its instant; what an outage has left behind fires now and says so. With a
    /// second loop each list that was read is fired twice.
    pub(super) fn tick(&mut self, until: Timestamp, loops: u8) -> Result<(), Broken> {
        if until < self.now {
            self.stands_at(until);
        }
        self.comes_back();
        self.how.is_away = false;
        while let Some((at, number)) = self.first_due(until)? {
            self.now = self.now.max(at);
            let read = if loops > 1 {
                self.due_of(number)
            } else {
                Vec::new()
            };
            self.fire_first(number)?;
            for (run, level) in read {
                self.try_again(number, run, level)?;
            }
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// Only what an outage has left behind fires, in due order, so many levels at most.
    pub(super) fn catch_up(&mut self, most: usize) -> Result<(), Broken> {
        self.comes_back();
        let mut fired = 0;
        while fired < most
            && let Some((_, number)) = self.first_due(self.now)?
        {
            self.fire_first(number)?;
            fired += 1;
        }
        self.how.is_away = self.first_due(self.now)?.is_some();
        Ok(())
    }

    fn comes_back(&mut self) {
        if self.how.is_away {
            self.how.back_at = self.now;
        }
    }

    /// What is due next by the index, which is what was promised.
    fn first_due(&self, until: Timestamp) -> Result<Option<(Timestamp, Number)>, Broken> {
        let first = self.index.first().copied();
        hold!(
            first == self.expected.first(),
            Law::Once,
            "the index says {first:?} is next, promised is {:?}",
            self.expected.first()
        );
        Ok(first.filter(|(at, _)| *at <= until))
    }

    /// Every level of a ticket that is due.
    fn due_of(&self, number: Number) -> Vec<(RunId, Level)> {
        let steps = self.ticket(number).into_iter().flat_map(Ticket::next_steps);
        let due = steps.filter(|(_, step)| step.at <= self.now);
        let mut due: Vec<_> = due
            .map(|(clock, step)| (step.at, clock.run.id(), step.level))
            .collect();
        due.sort_unstable();
        due.into_iter().map(|(_, run, level)| (run, level)).collect()
    }

    /// The earliest level of a ticket fires.
    fn fire_first(&mut self, number: Number) -> Result<(), Broken> {
        let Some(&(run, level)) = self.due_of(number).first() else {
            return Err(Broken::new(Law::Once, "what the index says is due is not"));
        };
        let played = self.fire(number, run, level)?;
        hold!(
            played == Played::Done,
            Law::Once,
            "{run:?} {level:?} is due and does not fire: {played:?}"
        );
        Ok(())
    }

    /// Whether the loop has just come back, too late for what was due at an instant.
    fn was_missed(&self, at: Timestamp) -> bool {
        self.now == self.how.back_at && self.now.duration_since(at) > IN_TIME
    }

    fn fire(&mut self, number: Number, clock: RunId, level: Level) -> Result<Played, Broken> {
        let steps = self.ticket(number).into_iter().flat_map(Ticket::next_steps);
        let mut of_the_run = steps.filter(|(one, _)| one.run.id() == clock);
        let fires = of_the_run.next().map(|(_, step)| step.at);
        drop(of_the_run);
        let system_was_down = fires.is_some_and(|at| self.was_missed(at));
        let fire = Command::FireClock(FireClock {
            clock,
            level,
            system_was_down,
        });
        (self.how.fires, self.how.catches_up) = (fires, system_was_down);
        let played = self.give(number, &fire, &script::actor("system"))?;
        (self.how.fires, self.how.catches_up) = (None, false);
        if played == Played::Done {
            self.figures.fired += 1;
            self.figures.fired_after_outage += u64::from(system_was_down);
            self.fired.remember(number, clock, level);
        }
        Ok(played)
    }

    /// A second loop fires the same: in vain, unless it is the first to.
    fn try_again(&mut self, number: Number, run: RunId, level: Level) -> Result<(), Broken> {
        self.how.in_order = false;
        let played = self.fire(number, run, level)?;
        self.how.in_order = true;
        let in_vain = matches!(played, Played::Refused(Reason::AlreadyFired | Reason::NotDue));
        hold!(
            in_vain || played == Played::Done,
            Law::Once,
            "{run:?} {level:?} once more: {played:?}"
        );
        self.figures.fired_in_vain += u64::from(in_vain);
        Ok(())
    }

    /// A loop that comes much too late, and one whose clock runs ahead.
    pub(super) fn fire_again(&mut self) -> Result<(), Broken> {
        for (number, run, level) in self.fired.all().to_vec() {
            self.try_again(number, run, level)?;
            let steps = self.ticket(number).into_iter().flat_map(Ticket::next_steps);
            let early = steps.filter(|(_, step)| step.at > self.now);
            let early: Vec<_> = early.map(|(clock, step)| (clock.run.id(), step.level)).collect();
            for (run, level) in early {
                let played = self.fire(number, run, level)?;
                hold!(
                    played == Played::Refused(Reason::NotDue),
                    Law::Once,
                    "{run:?} {level:?} too early: {played:?}"
                );
                self.figures.fired_in_vain += 1;
            }
        }
        Ok(())
    }
}
