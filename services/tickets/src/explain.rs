//! Why clocks are due when they are: the ticket's history and the rules each clock was computed with, given to `domain`.

use std::sync::Arc;

use domain::clock::explain::{Explanation, explain, holders_clock, versions};
use domain::clock::{Kind, RunId};
use domain::id::{TicketNumber, UnitId};
use domain::rules::{Rules, Under};
use domain::ticket::{Recorded, Ticket};
use kit::call::Call;
use kit::fault::Fault;

use crate::limits::{EXPLAINED_FACTS_MAX, SCAN_MAX};
use crate::service::{Tickets, failed};

/// Which clocks of a ticket.
pub(crate) enum Which {
    /// The one that whoever holds the step is on, or that of a unit's leg.
    Holders { unit: Option<UnitId> },
    /// Of a kind.
    Kind { kind: Kind, unit: Option<UnitId> },
    /// Every one, or every one of a unit's leg.
    All { unit: Option<UnitId> },
}

/// What an explanation is made of.
pub(crate) struct Told {
    history: Vec<Recorded>,
    rules: Vec<(Under, Arc<Rules>)>,
    which: Vec<RunId>,
}

impl Tickets {
    /// The facts and the rules that explain some clocks of a ticket the caller may see.
    pub(crate) async fn explain(
        &self,
        call: &Call,
        number: TicketNumber,
        which: &Which,
    ) -> Result<Told, Fault> {
        let ticket = self.see(call, number).await?;
        let history = self.whole_history(number).await?;
        let mut rules = Vec::new();
        for under in versions(&history) {
            let held = self.rules_under(&under).await?;
            rules.push((under, held));
        }
        let which = wanted(&ticket, which);
        if which.is_empty() {
            return Err(Fault::not_found());
        }
        Ok(Told {
            history,
            rules,
            which,
        })
    }

    pub(crate) async fn whole_history(&self, number: TicketNumber) -> Result<Vec<Recorded>, Fault> {
        let mut history: Vec<Recorded> = Vec::new();
        loop {
            let after = history.last().map_or(0, |last| last.version);
            let page = self
                .ledger
                .history(number, after, SCAN_MAX)
                .await
                .map_err(failed)?;
            if page.is_empty() {
                return Ok(history);
            }
            history.extend(page);
            if history.len() > EXPLAINED_FACTS_MAX {
                return Err(Fault::internal("a history too long to be explained"));
            }
        }
    }
}

impl Told {
    /// Each explanation, as `read` puts it.
    pub(crate) fn read<T>(&self, read: impl Fn(&Explanation<'_>) -> T) -> Result<Vec<T>, Fault> {
        let rules_of = |under: &Under| {
            let found = self.rules.iter().find(|(one, _)| one == under);
            found.map(|(_, rules)| rules.as_ref())
        };
        let explained = explain(&self.history, rules_of)
            .ok_or_else(|| Fault::data_loss("a history without its registration or its rules"))?;
        let is_wanted = |one: &&Explanation<'_>| self.which.contains(&one.clock.run.id());
        Ok(explained.iter().filter(is_wanted).map(read).collect())
    }
}

fn wanted(ticket: &Ticket, which: &Which) -> Vec<RunId> {
    let unit_fits = |unit: &Option<UnitId>, run: RunId| {
        let leg = run.leg.and_then(|leg| ticket.phase.legs()?.get(leg));
        unit.as_ref()
            .is_none_or(|unit| leg.is_some_and(|leg| leg.unit == *unit))
    };
    let runs = ticket.clocks.iter().map(|clock| clock.run.id());
    match which {
        Which::Holders { unit: None } => holders_clock(ticket).into_iter().collect(),
        // Of a unit that is named: its handling.
        Which::Holders { unit } => runs
            .filter(|run| run.kind == Kind::Handle && unit_fits(unit, *run))
            .collect(),
        Which::Kind { kind, unit } => runs
            .filter(|run| run.kind == *kind && unit_fits(unit, *run))
            .collect(),
        Which::All { unit } => runs.filter(|run| unit_fits(unit, *run)).collect(),
    }
}
