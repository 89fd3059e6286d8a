//! What befalls the city and the system: a burst pipe, an outage, other days off.

use jiff::civil::date;
use jiff::{SignedDuration, ToSpan as _};

use super::{What, Year, pick};
use crate::simulation::people;
use crate::ticket::check::laws::Broken;

impl Year {
    /// The same by many within hours, to be merged.
    pub(super) fn bursts(&mut self) -> Result<(), Broken> {
        self.burst.clear();
        for _ in 0..self.chance.between(3, 6) {
            // In place of one that would have come later.
            let later = self
                .agenda
                .iter()
                .find(|(_, _, what)| matches!(what, What::Comes(_)))
                .copied();
            let Some(entry @ (_, _, What::Comes(number))) = later else {
                break;
            };
            self.agenda.remove(&entry);
            let minutes = self.chance.between(1, 90);
            self.wall
                .pass_to(self.wall.true_now() + SignedDuration::from_mins(minutes));
            let line = people::register_again(&mut self.chance);
            self.comes(number, &line)?;
            self.burst.push(number);
        }
        for _ in 0..12 {
            let minutes = self.chance.between(2, 240);
            self.after(minutes, What::Merge);
        }
        Ok(())
    }

    /// Two tickets of a burst, or any two that are open.
    pub(super) fn merges(&mut self) -> Result<(), Broken> {
        let open: Vec<u32> = match self.chance.percent(70) && self.burst.len() > 1 {
            true => self.burst.clone(),
            false => self.open().collect(),
        };
        if open.len() < 2 {
            return Ok(());
        }
        let (child, incident) = (*pick(&mut self.chance, &open), *pick(&mut self.chance, &open));
        self.time()?;
        match self.chance.percent(85) {
            true => self.say(&format!("merge t{child} into t{incident}")),
            false => self.say(&format!("unmerge t{child}")),
        }
    }

    /// The system is down: nobody gets through, and afterwards it catches up.
    pub(super) fn outage(&mut self, minutes: i64) -> Result<(), Broken> {
        self.time()?;
        let until = self.wall.true_now() + SignedDuration::from_mins(minutes);
        let missed: Vec<_> = self
            .agenda
            .iter()
            .take_while(|(at, ..)| *at < until)
            .copied()
            .collect();
        for entry in missed {
            self.agenda.remove(&entry);
            let late = SignedDuration::from_mins(self.chance.between(1, 120));
            self.at(until + late, entry.2);
        }
        self.wall.pass_to(until);
        if self.loop_is_away || self.wall.is_halted() {
            return Ok(());
        }
        self.say_time("at")?;
        self.catches_up()
    }

    /// Perhaps it falls over again while it does.
    pub(super) fn catches_up(&mut self) -> Result<(), Broken> {
        if self.chance.percent(50) {
            let most = self.chance.between(1, 5);
            self.say(&format!("catch up {most}"))?;
            self.say("crash")?;
        }
        self.say("catch up")
    }

    /// A day off or a make-up day within weeks, or another limit.
    pub(super) fn publishes(&mut self) -> Result<(), Broken> {
        self.time()?;
        let today = self.world.rules().calendar().local(self.wall.true_now()).date();
        let day = today.saturating_add(self.chance.between(-5, 30).days());
        let calendar = self.world.rules().calendar();
        let is_work = calendar.is_working_day(day);
        let line = match self.chance.below(10) {
            0 => format!("publish handle {} wd", self.chance.between(2, 9)),
            _ if is_work => format!("publish off {day}"),
            _ => format!("publish work {day}"),
        };
        self.say(&line)?;
        if today > date(2026, 11, 1) {
            self.say("publish off 2027-01-01 2027-02-08 2027-02-09 2027-02-10 2027-02-11 2027-02-12")?;
        }
        let minutes = if self.chance.percent(70) {
            0
        } else {
            self.chance.between(10, 5_000)
        };
        self.after(minutes, What::Rederive);
        Ok(())
    }

    pub(super) fn rederives(&mut self) -> Result<(), Broken> {
        self.time()?;
        for number in self.open().collect::<Vec<_>>() {
            self.say(&format!("t{number}> rederive"))?;
        }
        Ok(())
    }
}
