//! Register 登记: a matter is taken in and gets a number.

use jiff::Timestamp;

use super::plan::Plan;
use super::{Accused, Channel, Classification, Contact, Event, Fact, Recorded, RequestType, Ticket};
use crate::access::Actor;
use crate::id::{KeySlot, TicketNumber};
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;

/// What is taken in. Number, key and query code are made at the rim and passed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// The number it gets.
    pub number: TicketNumber,
    /// The way in.
    pub channel: Channel,
    /// What is known so far.
    pub classification: Classification,
    /// The first contact.
    pub contact: Contact,
    /// The words' key.
    pub key: KeySlot,
    /// SHA-256 of the query code, hex.
    pub query_code: String,
    /// Its name in the system it came from.
    pub source: Option<String>,
    /// When it was written or happened, where that is known to differ.
    pub occurred_at: Option<Timestamp>,
    /// Asked to be confidential.
    pub confidential: bool,
    /// Who is accused, where known.
    pub accused: Option<Accused>,
}

impl Register {
    /// Decides the first events: registered, C0 and C1 started, sealed where it must be.
    ///
    /// Every report is sealed (domain.md, section 9); until the accused is recorded only the sealed desk sees it.
    pub fn decide(&self, actor: &Actor, rules: &Rules, now: Timestamp) -> Result<Vec<Event>, Refusal> {
        self.check(rules)?;
        let registered = Event::Registered {
            channel: self.channel,
            classification: self.classification.clone(),
            contact: self.contact.clone(),
            key: self.key,
            query_code: self.query_code.clone(),
            source: self.source.clone(),
            occurred_at: self.occurred_at,
        };
        let recorded = Recorded {
            number: self.number,
            version: 1,
            at: now,
            actor: actor.clone(),
            rules: rules.version().clone(),
            fact: Fact::from(registered.clone()),
        };
        let ticket = Ticket::register(&recorded).expect("the fact is a registration");
        let mut plan = Plan::new(ticket, actor, rules, now);
        plan.events.push(registered);
        plan.accept();
        if self.confidential || self.classification.kind == RequestType::Report {
            plan.record(Event::Sealed { accused: self.accused.clone() });
        }
        Ok(plan.events)
    }

    fn check(&self, rules: &Rules) -> Result<(), Refusal> {
        super::classify::known(&self.classification, rules)?;
        match &self.accused {
            Some(Accused::Unit(unit)) if rules.units.get(unit).is_none() => {
                Err(Refusal::new(Reason::UnknownUnit).with("unit", unit))
            }
            Some(Accused::Unit(_) | Accused::Outsider) | None => Ok(()),
        }
    }
}
