//! A year of a city, simulated: people who act sensibly most of the time, holidays that are published late, outages, clocks
//! that leap, crashes, and two loops that fire the same. After every step the laws hold on what was touched, and at the
//! end on everything. A seed that breaks one is shrunk to the shortest script that does.
//!
//! Start at [`run`]. `year` draws what happens and writes it down as a script in the words of `ticket::check`; `world` plays
//! it; `expected` keeps apart what is to fire. Only tests and `load-tests` have it, by the feature `simulation`.

mod chance;
mod counted;
mod coverage;
mod expected;
mod holidays;
mod people;
mod shrink;
mod wall;
mod world;
mod year;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::AddAssign;
use std::panic::{self, AssertUnwindSafe};

use serde::Serialize;

pub use counted::Counted;
pub use coverage::{Coverage, Met};
pub use world::Figures;

use crate::ticket::Ticket;
pub use crate::ticket::check::laws::{Broken, Law};
use world::{Decide, World};
use year::Year;

/// One year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// What chance is drawn from.
    pub seed: u64,
    /// How many tickets come in.
    pub tickets: u32,
}

/// What one year, or several, have seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Years.
    pub years: u64,
    /// How much has happened.
    pub figures: Figures,
    /// Which command met which phase.
    pub coverage: Coverage,
    /// What has become of the dispatched legs (invariant 12).
    pub counted: Counted,
}

impl AddAssign<&Summary> for Summary {
    fn add_assign(&mut self, other: &Summary) {
        self.years += other.years;
        self.figures += &other.figures;
        self.coverage += &other.coverage;
        self.counted += other.counted;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures {
            commands,
            refused,
            fired,
            fired_after_outage,
            fired_in_vain,
            passed_over,
            events,
            crashes,
            published,
        } = self.figures;
        writeln!(
            f,
            "{} years: {commands} commands taken, {refused} refused, {events} events",
            self.years
        )?;
        writeln!(
            f,
            "{fired} levels fired, {fired_after_outage} of them after an outage; {fired_in_vain} tries in vain; \
             {passed_over} passed over while the loop was away"
        )?;
        writeln!(f, "{crashes} crashes, {published} rules published")?;
        writeln!(f, "{}", self.counted)?;
        write!(f, "{}", self.coverage)
    }
}

/// A year in which a law was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which year.
    pub trial: Trial,
    /// What was broken, by the shortest script.
    pub broken: Broken,
    /// Lines played before it was.
    pub played: usize,
    /// The shortest script that breaks the same law.
    pub script: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trial { seed, tickets } = self.trial;
        let (played, count) = (self.played, self.script.len());
        writeln!(
            f,
            "seed {seed} of {tickets} tickets, after {played} lines: {}",
            self.broken
        )?;
        writeln!(
            f,
            "the shortest script that breaks it, {count} lines, to be played by `plays`:"
        )?;
        let script = self.script.iter();
        script.clone().try_for_each(|line| writeln!(f, "    {line}"))?;
        if let Some(script) = for_check(&self.script) {
            writeln!(f, "the same, to be read by `ticket::check::check`:")?;
            script.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
        }
        Ok(())
    }
}

/// The same about the one ticket it is about, in the words of `check` alone; none where it needs more.
fn for_check(script: &[String]) -> Option<Vec<String>> {
    let name = script.iter().find_map(|line| line.split_once("> "))?.0;
    let known = |line: &&String| {
        let of_all = ["at ", "tick to ", "publish "];
        line.starts_with(&format!("{name}> "))
            || of_all.iter().any(|verb| line.starts_with(verb))
            || *line == "catch up"
    };
    if !script.iter().all(|line| known(&line)) {
        return None;
    }
    let said = script
        .iter()
        .map(|line| line.split_once("> ").map_or(line.as_str(), |(_, said)| said));
    Some(
        std::iter::once(world::START)
            .chain(said)
            .map(str::to_owned)
            .collect(),
    )
}

impl std::error::Error for Failure {}

/// Simulates a year.
///
/// # Errors
/// What was broken, with the shortest script that breaks it.
pub fn run(trial: Trial) -> Result<Summary, Box<Failure>> {
    run_with(trial, Ticket::decide)
}

/// The same where something else decides.
fn run_with(trial: Trial, decide: Decide) -> Result<Summary, Box<Failure>> {
    let mut year = Year::new(trial.seed, trial.tickets, decide);
    let broken = match guarded(|| year.run().and_then(|()| year.world.check_all())) {
        Ok(counted) => {
            return Ok(Summary {
                years: 1,
                figures: year.world.figures,
                coverage: year.world.coverage,
                counted,
            });
        }
        Err(broken) => broken,
    };
    let played = year.script.len();
    let breaks = |script: &[&str]| play(script, decide).err().filter(|one| one.law == broken.law);
    let script = shrink::shortest(&year.script, &breaks);
    let lines: Vec<&str> = script.iter().map(String::as_str).collect();
    Err(Box::new(Failure {
        trial,
        broken: breaks(&lines).unwrap_or(broken),
        played,
        script,
    }))
}

/// Plays a script from the beginning, and checks all at its end.
fn play(script: &[&str], decide: Decide) -> Result<Counted, Broken> {
    let mut world = World::new(decide);
    guarded(|| {
        for line in script {
            world.play(line)?;
        }
        world.check_all()
    })
}

/// What gives up half-way has broken a law, too.
fn guarded<T>(what: impl FnOnce() -> Result<T, Broken>) -> Result<T, Broken> {
    panic::catch_unwind(AssertUnwindSafe(what)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(Broken::new(Law::Total, text.unwrap_or_default()))
    })
}
