//! What another directory would have done with past tickets: where each dispatch went, where the directory of the time
//! would have sent it, and where the other one would.
//!
//! Everything else stays as it was: what a matter was found to be, who was kept out of it, and when. Start at [`whatif`].

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Matter, Route, route};
use crate::id::{AreaId, CategoryId, EntryId, TicketNumber, UnitId};
use crate::rules::{Rules, Under};
use crate::ticket::{Event, Ground, LegRole, Recorded, RequestType, Ticket};

/// How a dispatch came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// By the best entry of the directory.
    Directory,
    /// By a person: another entry or unit than the directory's first, or for a reason of his own.
    Hand,
    /// To the unit that a return named.
    Return,
    /// By the arbiter's ruling.
    Ruling,
    /// Around a unit that must stay out of this ticket.
    Recused,
}

impl How {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Directory,
        Self::Hand,
        Self::Return,
        Self::Ruling,
        Self::Recused,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Hand => "hand",
            Self::Return => "return",
            Self::Ruling => "ruling",
            Self::Recused => "recused",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Directory => "按目录",
            Self::Hand => "人工",
            Self::Return => "退单改派",
            Self::Ruling => "裁定",
            Self::Recused => "回避",
        }
    }
}

/// Where a directory sends a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// By which entry.
    pub entry: EntryId,
    /// To whom.
    pub lead: UnitId,
    /// Who helps.
    pub co: Vec<UnitId>,
}

impl From<Route> for Sent {
    fn from(Route { entry, lead, co, .. }: Route) -> Self {
        Self { entry, lead, co }
    }
}

/// One dispatch, and what both directories say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Of which ticket.
    pub number: TicketNumber,
    /// The ticket's version after it.
    pub version: u32,
    /// When.
    pub at: Timestamp,
    /// What it was about.
    pub category: CategoryId,
    /// Where it was.
    pub area: Option<AreaId>,
    /// What the resident wanted.
    pub kind: RequestType,
    /// How it came about.
    pub how: How,
    /// Who led in fact.
    pub lead: UnitId,
    /// The entry it rested on, if on one.
    pub entry: Option<EntryId>,
    /// Where the directory of the time would have sent it; none: nowhere.
    pub before: Option<Sent>,
    /// Where the other one would.
    pub after: Option<Sent>,
    /// The other rules do not have its category.
    pub is_unknown: bool,
}

impl Compared {
    /// Whether another unit would have led.
    pub fn moves(&self) -> bool {
        self.before.as_ref().map(|sent| &sent.lead) != self.after.as_ref().map(|sent| &sent.lead)
    }

    /// Whether the same unit would have led, by another entry or with other help.
    pub fn differs(&self) -> bool {
        !self.moves() && self.before != self.after
    }

    /// Whom the directory of the time names.
    pub fn from(&self) -> Option<&UnitId> {
        self.before.as_ref().map(|sent| &sent.lead)
    }

    /// Whom the other one names.
    pub fn to(&self) -> Option<&UnitId> {
        self.after.as_ref().map(|sent| &sent.lead)
    }
}

/// Every dispatch of a ticket's history under the directory of its time and under another, as that one holds `on` a
/// day. None where the history is none, or its rules are not there.
pub fn whatif(
    history: &[Recorded],
    rules_of: &mut dyn FnMut(&Under) -> Option<Arc<Rules>>,
    other: &Rules,
    on: Date,
) -> Option<Vec<Compared>> {
    let (first, rest) = history.split_first()?;
    let mut ticket = Ticket::register(first)?;
    let mut found = Vec::new();
    for recorded in rest {
        if let Event::Dispatched { legs, ground, .. } = &recorded.fact.event
            && let Some(lead) = legs.iter().find(|leg| leg.role == LegRole::Lead)
        {
            let rules = rules_of(&Under::new(&recorded.rules, None))?;
            found.extend(compare(
                &ticket,
                recorded,
                (&lead.unit, ground),
                (&rules, other),
                on,
            ));
        }
        ticket.apply(recorded);
    }
    Some(found)
}

fn compare(
    ticket: &Ticket,
    recorded: &Recorded,
    (lead, ground): (&UnitId, &Ground),
    (rules, other): (&Rules, &Rules),
    on: Date,
) -> Option<Compared> {
    let classification = &ticket.classification;
    let out: Vec<UnitId> = ticket.recused_units().cloned().collect();
    let of_the_time = rules.calendar().local(recorded.at).date();
    let matter = Matter {
        out: &out,
        ..Matter::of(classification, of_the_time)?
    };
    let before = route(rules, &matter);
    let after = route(other, &Matter { on, ..matter });
    let entry = match ground {
        Ground::Entry(entry) => Some(entry.clone()),
        Ground::Reason | Ground::Return | Ground::Ruling => None,
    };
    let is_first = |sent: &Route| Some(&sent.entry) == entry.as_ref() && sent.lead == *lead;
    let how = match ground {
        Ground::Return => How::Return,
        Ground::Ruling => How::Ruling,
        Ground::Entry(_) | Ground::Reason if !out.is_empty() => How::Recused,
        Ground::Entry(_) if before.as_ref().is_some_and(is_first) => How::Directory,
        Ground::Entry(_) | Ground::Reason => How::Hand,
    };
    Some(Compared {
        number: recorded.number,
        version: recorded.version,
        at: recorded.at,
        category: matter.category.clone(),
        area: matter.area.cloned(),
        kind: matter.kind,
        how,
        lead: lead.clone(),
        entry,
        before: before.map(Sent::from),
        after: after.map(Sent::from),
        is_unknown: other.categories.get(matter.category).is_none(),
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use jiff::civil::date;

    use super::{Sent, whatif};
    use crate::id::{AreaId, CategoryId, EntryId, UnitId};
    use crate::rules::{Bundle, Entry, Lead, Recusal, Rules, Under};
    use crate::ticket::check::Scene;

    /// What another directory would have done with a life, one line a dispatch.
    fn check(life: &str, change: impl FnOnce(&mut Bundle), expected: Expect) {
        let mut scene = Scene::new();
        scene.play(life);
        let mut bundle = scene.rules.bundle().clone();
        change(&mut bundle);
        let other = Rules::new(bundle).unwrap();
        let old = Arc::new(Rules::new(scene.rules.bundle().clone()).unwrap());
        let mut rules_of = |_: &Under| Some(Arc::clone(&old));
        let found = whatif(&scene.history, &mut rules_of, &other, date(2026, 12, 1)).unwrap();
        let mut lines = String::new();
        for one in found {
            let told = |sent: &Option<Sent>| {
                sent.as_ref().map_or("nobody".to_owned(), |sent| {
                    format!("{} by {}", sent.lead, sent.entry)
                })
            };
            let (how, lead) = (one.how.as_str(), &one.lead);
            let change = if one.moves() {
                "moves"
            } else if one.differs() {
                "differs"
            } else {
                "stays"
            };
            let (before, after) = (told(&one.before), told(&one.after));
            writeln!(lines, "{how} to {lead}: {before} -> {after}, {change}").unwrap();
        }
        expected.assert_eq(&lines);
    }

    fn to_ecology(bundle: &mut Bundle) {
        let first = bundle.directory[0].clone();
        bundle.directory.push(Entry {
            id: EntryId::parse("louder").unwrap(),
            category: CategoryId::parse("urban.noise").unwrap(),
            area: Some(AreaId::parse("s").unwrap()),
            lead: Lead::Unit(UnitId::parse("ecology").unwrap()),
            from: date(2026, 12, 1),
            ..first
        });
    }

    #[test]
    fn what_the_directory_sent_goes_elsewhere() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street by noise",
            to_ecology,
            expect![[r#"
                directory to street: street by noise -> ecology by louder, moves
            "#]],
        );
    }

    #[test]
    fn the_same_directory_moves_nothing() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street by noise
             redispatch water",
            |_| {},
            expect![[r#"
                directory to street: street by noise -> street by noise, stays
                hand to water: street by noise -> street by noise, stays
            "#]],
        );
    }

    #[test]
    fn people_returns_and_rulings_are_told_apart() {
        check(
            "register complaint c urban.noise phone in s
             dispatch roads
             return roads wrong_unit to street
             decide return yes to water
             return water wrong_unit
             rule street",
            to_ecology,
            expect![[r#"
                hand to roads: street by noise -> ecology by louder, moves
                return to water: street by noise -> ecology by louder, moves
                ruling to street: street by noise -> ecology by louder, moves
            "#]],
        );
    }

    #[test]
    fn who_was_kept_out_stays_out() {
        check(
            "register complaint c urban.noise phone in s
             recuse street
             dispatch district by noise",
            to_ecology,
            expect![[r#"
                recused to district: district by noise -> ecology by louder, moves
            "#]],
        );
    }

    #[test]
    fn a_recusal_list_moves_tickets_too() {
        let listed = |bundle: &mut Bundle| {
            bundle.recusals.push(Recusal {
                id: EntryId::parse("street-noise").unwrap(),
                unit: UnitId::parse("street").unwrap(),
                category: Some(CategoryId::parse("urban.noise").unwrap()),
                area: None,
                accused: None,
                superior: None,
                basis: "a law".to_owned(),
                from: date(2026, 1, 1),
                until: None,
            });
        };
        check(
            "register complaint c urban.noise phone in s
             dispatch street by noise",
            listed,
            expect![[r#"
                directory to street: street by noise -> district by noise, moves
            "#]],
        );
    }
}
