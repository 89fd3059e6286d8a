//! Register 登记: a matter is taken in and gets a number.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::plan::Plan;
use super::{
    Accused, Channel, Classification, Contact, Event, Fact, RECUSED_MAX, Recorded, RequestType, SplitFrom,
    Ticket,
};
use crate::access::Actor;
use crate::id::{KeySlot, TicketNumber, UnitId};
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
    /// Units kept out from the first, beside the accused.
    pub kept_out: BTreeSet<UnitId>,
    /// The ticket it was split from.
    pub split_from: Option<SplitFrom>,
}

impl Register {
    /// Decides the first events: registered, sealed where it must be, C0 and C1 started.
    ///
    /// Every report is sealed (domain.md, section 9), and so is whatever names an accused; until the accused is
    /// recorded only the sealed desk sees it and it is not dispatched.
    ///
    /// # Errors
    /// `UnknownCategory`, `UnknownArea`, `UnknownUnit`: a code the rules do not have.
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
            split_from: self.split_from.clone(),
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
        let is_report = self.classification.kind == RequestType::Report;
        if self.confidential || is_report || self.accused.is_some() {
            plan.record(Event::Sealed {
                accused: self.accused.clone(),
            });
        }
        for unit in &self.kept_out {
            plan.record(Event::UnitRecused { unit: unit.clone() });
        }
        plan.accept(plan.ticket.registered_at);
        Ok(plan.events)
    }

    fn check(&self, rules: &Rules) -> Result<(), Refusal> {
        super::classify::known(&self.classification, rules)?;
        if self.kept_out.len() > RECUSED_MAX {
            return Err(Refusal::new(Reason::TooMany).with("recused_max", RECUSED_MAX));
        }
        let accused = match &self.accused {
            Some(Accused::Unit(unit)) => Some(unit),
            Some(Accused::Outsider) | None => None,
        };
        let mut named = accused.into_iter().chain(&self.kept_out);
        match named.find(|unit| rules.units.get(unit).is_none()) {
            Some(unit) => Err(Refusal::new(Reason::UnknownUnit).with("unit", unit)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_matter_taken_in_starts_the_residents_clock_and_the_desks() {
        check(
            "register complaint c urban.noise phone in s",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_desk_of_grade_c_waits_for_the_morning_and_that_of_a_does_not() {
        check(
            "at 2026-11-21 22:00
             register help c utilities.water phone
             register help a utilities.water phone",
            expect![[r#"
                11-21 22:00 register help c utilities.water phone
                    registered help c utilities.water
                    runs C0 12-04 17:30, C1 11-22 10:00
                11-21 22:00 register help a utilities.water phone
                    registered help a utilities.water
                    runs C0 11-22 02:00, C1 11-21 22:05
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_report_is_sealed_and_goes_to_no_unit_until_the_accused_is_known() {
        check(
            "register report c urban.noise phone in s
             dispatch street
             seal street
             dispatch street
             dispatch district by noise",
            expect![[r#"
                11-23 09:00 register report c urban.noise phone in s
                    registered report c urban.noise
                    sealed
                    runs C0 12-21 17:30, C1 11-23 11:00
                11-23 09:00 dispatch street
                    refused ACCUSED_MISSING
                11-23 09:00 seal street
                    sealed against street
                11-23 09:00 dispatch street
                    refused RECUSED (unit=street)
                11-23 09:00 dispatch district by noise
                    stops C1
                    dispatched district
                    runs C2 district 11-24 17:30, C3 district 11-24 17:30, C4 district 12-14 17:30
                dispatched: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_names_an_accused_is_sealed_report_or_not() {
        check(
            "register complaint c urban.noise web accused street",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise web accused street
                    registered complaint c urban.noise
                    sealed against street
                    runs C0 12-07 17:30, C1 11-23 11:00
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_part_of_another_has_the_time_of_that() {
        check(
            "register complaint c urban.noise phone split 2026-11-20T09:00
             tick to 2026-11-23 09:00
             dispatch water",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone split 2026-11-20T09:00
                    registered complaint c urban.noise
                    runs C0 12-04 17:30, C1 11-20 11:00
                tick to 2026-11-23 09:00
                11-23 09:00 C1 L1: triage_desk, supervisor_desk
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_part_keeps_out_who_is_kept_out_of_the_whole() {
        check(
            "register complaint c urban.noise phone without street split 2026-11-20T09:00
             ---
             dispatch village
             register complaint c urban.noise phone without fish",
            expect![[r#"
                11-23 09:00 dispatch village
                    refused RECUSED (unit=village)
                11-23 09:00 register complaint c urban.noise phone without fish
                    refused UNKNOWN_UNIT (unit=fish)
                accepted: triage desk, light red, no level
            "#]],
        );
    }
}
