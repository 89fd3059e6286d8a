//! What waits for somebody's decision: requests of legs, and what is asked for the ticket itself.

use proto::common::v1::{
    ClockKind, EscalationCause, ExclusionGround, Level, Phase, ReturnReason, SuspensionGround,
    TerminationGround,
};
use proto::tickets::v1::{PendingDecision, Proposal, Ticket};
use serde_json::{Value, json};

use super::{WireTime, instant, json_time, promise_json, unit_of_leg};
use crate::out::Lang;
use crate::terms::{name, word};

/// One thing that waits.
#[derive(Debug)]
pub struct Pending<'a> {
    /// The ticket it is about.
    pub ticket: &'a Ticket,
    /// What is asked; leg 0 where it is asked for the ticket itself.
    pub asked: PendingDecision,
}

/// Everything on a ticket that waits for a decision.
pub fn of(ticket: &Ticket) -> Vec<Pending<'_>> {
    let of_legs = ticket.decisions.iter().cloned();
    of_legs
        .chain(of_ticket(ticket))
        .map(|asked| Pending { ticket, asked })
        .collect()
}

/// What is asked for the whole ticket; the contract says it by phase, flags and the decision's clock.
fn of_ticket(ticket: &Ticket) -> Vec<PendingDecision> {
    let clocks = ticket.clocks.iter();
    let clock = clocks
        .filter(|clock| clock.kind() == ClockKind::Decision && clock.leg == 0)
        .find(|clock| clock.stop_time.is_none());
    let since = clock.and_then(|clock| clock.start_time);
    let state = ticket
        .exclusion
        .as_ref()
        .map(|exclusion| exclusion.state.as_str());
    let proposed = ticket.ruling.as_ref();
    let proposed = proposed.filter(|ruling| ruling.proposes_entry && ruling.entry_accepted.is_none());

    let mut found = Vec::new();
    if matches!(state, Some("asked" | "reviewed")) {
        found.push(asked("exclusion", "city_office", since));
    } else if clock.is_some() && ticket.phase() == Phase::CallbackDue {
        found.push(asked("review", "city_office", since));
    } else if clock.is_some() && ticket.phase() == Phase::Closed {
        found.push(asked("objection", "supervisor_desk", since));
    }
    found.extend(proposed.map(|ruling| asked("entry", "supervisor_desk", ruling.rule_time)));
    let level = ticket.proposal.as_ref();
    found.extend(level.map(|proposal| asked("proposal", "city_office", proposal.propose_time)));
    found
}

fn asked(what: &str, decider: &str, ask_time: WireTime) -> PendingDecision {
    PendingDecision {
        what: what.to_owned(),
        decider: decider.to_owned(),
        ask_time,
        ..PendingDecision::default()
    }
}

impl Pending<'_> {
    /// Whose request; the lead's where it is about the ticket itself.
    pub fn unit(&self) -> &str {
        if self.asked.what == "proposal" {
            return self.proposal().map_or("", |proposal| &proposal.unit);
        }
        match self.asked.leg {
            0 => &self.ticket.lead_unit,
            leg => unit_of_leg(self.ticket, leg),
        }
    }

    /// When it was asked for; what nobody knows comes last.
    pub fn since(&self) -> jiff::Timestamp {
        instant(&self.asked.ask_time).unwrap_or(jiff::Timestamp::MAX)
    }

    /// Why, or by how much, in the reader's language.
    pub fn why(&self, lang: Lang) -> String {
        let asked = &self.asked;
        match asked.what.as_str() {
            "return" => name::<ReturnReason>(asked.return_reason, lang).to_owned(),
            "extension" => lang.phrase(
                format_args!("{} 个工作日", asked.working_days),
                format_args!("{} working days", asked.working_days),
            ),
            "suspension" => name::<SuspensionGround>(self.promised(), lang).to_owned(),
            "termination" => name::<TerminationGround>(asked.termination_ground, lang).to_owned(),
            "exclusion" => name::<ExclusionGround>(self.excluded(), lang).to_owned(),
            "proposal" => self.proposal().map_or(String::new(), |proposal| {
                let level = name::<Level>(proposal.level, lang);
                format!("{level}  {}", name::<EscalationCause>(proposal.cause, lang))
            }),
            _ => String::new(),
        }
    }

    fn promised(&self) -> i32 {
        self.asked.promise.as_ref().map_or(0, |promise| promise.ground)
    }

    fn proposal(&self) -> Option<&Proposal> {
        self.ticket.proposal.as_ref()
    }

    fn excluded(&self) -> i32 {
        let exclusion = self.ticket.exclusion.as_ref();
        exclusion.map_or(0, |exclusion| exclusion.ground)
    }

    /// As JSON; a word that is not there is empty.
    pub fn json(&self) -> Value {
        let asked = &self.asked;
        let ground = match asked.what.as_str() {
            "return" => word::<ReturnReason>(asked.return_reason),
            "suspension" => word::<SuspensionGround>(self.promised()),
            "termination" => word::<TerminationGround>(asked.termination_ground),
            "exclusion" => word::<ExclusionGround>(self.excluded()),
            "proposal" => word::<EscalationCause>(self.proposal().map_or(0, |proposal| proposal.cause)),
            _ => "",
        };
        json!({
            "what": asked.what,
            "decider": asked.decider,
            "leg": asked.leg,
            "unit": self.unit(),
            "ask_time": json_time(&asked.ask_time),
            "asked_by": asked.asked_by,
            "ground": ground,
            "level": word::<Level>(self.proposal().filter(|_| asked.what == "proposal").map_or(0, |one| one.level)),
            "suggested_unit": asked.suggested_unit,
            "working_days": asked.working_days,
            "promise": promise_json(asked.promise.as_ref()),
        })
    }
}
