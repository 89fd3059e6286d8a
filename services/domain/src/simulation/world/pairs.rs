//! What concerns two tickets: both change or neither does, as the service commits them.

use super::{Played, World, ticket_number};
use crate::access::Actor;
use crate::clock::{Clock, Kind};
use crate::simulation::expected::Number;
use crate::ticket::check::laws::{Broken, Law, first_word, hold};
use crate::ticket::check::script;
use crate::ticket::{Command, Event, Grade, LetGo, MergeInto, Recorded, Rejoin, TakeIn, Ticket};

impl World {
    pub(super) fn merge(&mut self, child: Number, incident: Number) -> Result<Played, Broken> {
        let (Some(one), Some(other)) = (self.ticket(child), self.ticket(incident)) else {
            return Ok(Played::Skipped);
        };
        let (child_before, incident_before) = (Box::new(one.clone()), Box::new(other.clone()));
        let take = Command::TakeIn(TakeIn {
            child: child_before.clone(),
        });
        let into = Command::MergeInto(MergeInto {
            incident: incident_before.clone(),
        });
        let actor = script::actor("triager");
        let played = self.both((child, &into), (incident, &take), &actor)?;
        if played == Played::Done {
            let after = &self.cases[&incident].ticket;
            no_due_is_lost(&child_before, &incident_before, after)?;
            self.listeners_add_up(incident)?;
        }
        Ok(played)
    }

    pub(super) fn unmerge(&mut self, child: Number) -> Result<Played, Broken> {
        let Some(incident) = self.ticket(child).and_then(Ticket::merged_into) else {
            return Ok(Played::Skipped);
        };
        let let_go = Command::LetGo(LetGo {
            child: ticket_number(child),
        });
        let actor = script::actor("triager");
        self.both((child, &Command::Unmerge), (incident.sequence(), &let_go), &actor)
    }

    /// The incident's answer reaches a ticket that waits for it.
    pub(super) fn rejoin(&mut self, child: Number) -> Result<Played, Broken> {
        let waits_for = self.ticket(child).and_then(Ticket::merged_into);
        let Some(incident) = waits_for.and_then(|into| self.ticket(into.sequence())) else {
            return Ok(Played::Skipped);
        };
        let rejoin = Command::Rejoin(Rejoin {
            incident: Box::new(incident.clone()),
        });
        self.give(child, &rejoin, &script::actor("system"))
    }

    pub(super) fn both(
        &mut self,
        one: (Number, &Command),
        other: (Number, &Command),
        actor: &Actor,
    ) -> Result<Played, Broken> {
        for (number, command) in [one, other] {
            let Some(case) = self.cases.get(&number) else {
                return Ok(Played::Skipped);
            };
            let kept = case.ticket.kept_rules(command).cloned();
            let rules = self.rules_for(kept.as_ref());
            let ticket = &self.cases[&number].ticket;
            if let Err(refusal) = (self.decide)(ticket, command, actor, &rules, self.now) {
                let phase = ticket.phase.name();
                self.coverage.note(first_word(command), phase, false);
                return Ok(self.refused(&refusal));
            }
        }
        for (number, command) in [one, other] {
            let played = self.give(number, command, actor)?;
            hold!(
                played == Played::Done,
                Law::Merging,
                "one of two did not land: {played:?}"
            );
        }
        Ok(Played::Done)
    }

    /// Invariant 9: the listeners of an incident are all who stand behind it and behind what waits for it.
    fn listeners_add_up(&self, incident: Number) -> Result<(), Broken> {
        let it = &self.cases[&incident];
        let waits = |number: &Number| {
            let into = self.cases[number].ticket.merged_into();
            into.is_some_and(|into| into.sequence() == incident)
        };
        let children = it.ticket.incident.children.keys();
        let children: Vec<Number> = children.map(|child| child.sequence()).collect();
        let forgets = |history: &[Recorded]| {
            let erased = |recorded: &Recorded| matches!(recorded.fact.event, Event::Erased { .. });
            history.iter().any(erased)
        };
        let together: Vec<_> = children
            .iter()
            .map(|child| &self.cases[child])
            .chain([it])
            .collect();
        if !children.iter().all(waits) || together.iter().any(|case| forgets(&case.history)) {
            return Ok(());
        }
        let callers: std::collections::BTreeSet<_> =
            together.iter().flat_map(|case| case.ticket.callers()).collect();
        let anonymous: usize = together.iter().map(|case| case.ticket.anonymous()).sum();
        let (counted, listeners) = (callers.len() + anonymous, it.ticket.listeners());
        hold!(
            listeners == counted,
            Law::Merging,
            "{listeners} listeners of t{incident}, counted are {counted}"
        );
        Ok(())
    }
}

/// Invariant 9: the incident is due no later than what is merged into it. What has had its first report has the time to
/// the final one.
fn no_due_is_lost(child: &Ticket, before: &Ticket, after: &Ticket) -> Result<(), Broken> {
    let is_urgent = matches!(child.classification.grade, Grade::A | Grade::B);
    let reported = is_urgent && before.reported && !child.reported;
    for kind in [Kind::Citizen, Kind::Handle] {
        if kind == Kind::Citizen && reported {
            continue;
        }
        let (theirs, ours) = (due(child, kind), due(after, kind));
        hold!(
            theirs.is_none() || ours <= theirs,
            Law::Merging,
            "{} is due {theirs:?}, of the incident {ours:?}",
            kind.as_str()
        );
    }
    Ok(())
}

fn due(ticket: &Ticket, kind: Kind) -> Option<jiff::Timestamp> {
    let lead = ticket.phase.legs().map(|legs| legs.lead.id);
    let is_it = |clock: &&Clock| {
        let whose = clock.run.leg.is_none() || clock.run.leg == lead;
        clock.run.kind == kind && whose && clock.is_running()
    };
    ticket.clocks.iter().find(is_it).map(|clock| clock.run.due_at)
}
