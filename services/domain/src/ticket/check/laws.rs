//! Laws that hold after every command, whoever gives it and whatever came before (domain.md, section 10). Each answers
//! what breaks it, so that a simulation can look for the shortest script that does.

pub(crate) mod clocks;
pub(crate) mod history;

use std::fmt::{self, Write as _};

use super::table;
use crate::access::{Actor, Role};
use crate::clock::{Clock, Kind, Level};
use crate::id::{HolderId, LegId, UnitId};
use crate::redact;
use crate::rules::Rules;
use crate::ticket::{
    AuditReply, Classification, Command, DecideReturn, Event, Grade, Legs, ORDERS_MAX, Phase, Ticket,
};

/// From, by which command, to.
pub(crate) type Transition = (String, String, String);

/// What a write of the ledger takes at most.
const FACTS_MAX: usize = 128;

/// What is to hold: the invariants of domain.md, section 10, by their number, then what else is written down. Number 8 is
/// the vault's: no event carries an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// 1: at every instant exactly one owner of the step, who is on a clock.
    OneHolder,
    /// 2: C0 never decreases and pauses in two phases only.
    CitizenClock,
    /// 3: replaying events gives the same states and dues.
    Replay,
    /// 4: no (ticket, clock run, level) fires twice, early, out of order or not at all.
    Once,
    /// 5: a binding ruling blocks returns.
    Ruling,
    /// 6: extensions never exceed the cap.
    Cap,
    /// 7: a failed audit never moves a due.
    Audit,
    /// 9: merging loses no contact, rating or earlier due.
    Merging,
    /// 10: a further holiday never makes a due earlier, a further make-up day never later.
    Calendar,
    /// 11: no command from a recused unit, and nothing that lets one know.
    Recused,
    /// 12: every dispatched leg counts exactly once.
    Counted,
    /// Section 4, rule 6: each due can be explained.
    Explained,
    /// Section 4, rules 2 and 3: who is classified otherwise keeps within the resident's time, and raising gives no more.
    Renewed,
    /// Section 5: levels, and who is charged for them.
    Levels,
    /// Section 2: the table of phases.
    Table,
    /// A refusal changes nothing; a command records something, and not too much.
    Refusal,
    /// A decision or a fold never gives up half-way.
    Total,
}

impl Law {
    /// Every law, in order.
    pub const ALL: [Law; 17] = [
        Law::OneHolder,
        Law::CitizenClock,
        Law::Replay,
        Law::Once,
        Law::Ruling,
        Law::Cap,
        Law::Audit,
        Law::Merging,
        Law::Calendar,
        Law::Recused,
        Law::Counted,
        Law::Explained,
        Law::Renewed,
        Law::Levels,
        Law::Table,
        Law::Refusal,
        Law::Total,
    ];

    /// What it says, with the number or section of domain.md.
    pub fn as_str(self) -> &'static str {
        match self {
            Law::OneHolder => "invariant 1, one owner of the step",
            Law::CitizenClock => "invariant 2, C0 never comes earlier and rests in two phases only",
            Law::Replay => "invariant 3, replaying gives the same",
            Law::Once => "invariant 4, every level fires once, in order, never early",
            Law::Ruling => "invariant 5, a ruling binds",
            Law::Cap => "invariant 6, extensions keep the cap",
            Law::Audit => "invariant 7, a failed audit moves no due",
            Law::Merging => "invariant 9, merging loses nothing",
            Law::Calendar => "invariant 10, holidays make nothing earlier, make-up days nothing later",
            Law::Recused => "invariant 11, the recused stay out",
            Law::Counted => "invariant 12, every leg counts once",
            Law::Explained => "section 4, rule 6, every due is explained",
            Law::Renewed => "section 4, rules 2 and 3, another class gives no time away",
            Law::Levels => "section 5, levels and who is charged",
            Law::Table => "section 2, the table of phases",
            Law::Refusal => "a refusal changes nothing",
            Law::Total => "nothing gives up half-way",
        }
    }
}

/// A law that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", .law.as_str())]
pub struct Broken {
    /// Which.
    pub law: Law,
    /// What was found.
    pub what: String,
}

impl Broken {
    pub(crate) fn new(law: Law, what: impl Into<String>) -> Self {
        Self {
            law,
            what: what.into(),
        }
    }
}

/// Answers that a law is broken unless something is so.
macro_rules! hold {
    ($is_so:expr, $law:expr, $($what:tt)+) => {
        if !$is_so {
            return Err($crate::ticket::check::laws::Broken::new($law, format!($($what)+)));
        }
    };
}
pub(crate) use hold;

/// One command that succeeded.
pub(crate) struct Deed<'a> {
    pub(crate) before: &'a Ticket,
    pub(crate) command: &'a Command,
    pub(crate) actor: &'a Actor,
    pub(crate) events: &'a [Event],
    pub(crate) after: &'a Ticket,
    /// Those that hold for the ticket after it.
    pub(crate) rules: &'a Rules,
}

impl Deed<'_> {
    /// Whether all laws of one command hold; the change of phase it made.
    pub(crate) fn check(&self) -> Result<Option<Transition>, Broken> {
        let count = self.events.len();
        hold!(
            (1..=FACTS_MAX).contains(&count),
            Law::Refusal,
            "{count} facts of {:?}",
            self.command
        );
        hold!(
            !redact::is_recused(self.before, self.actor, self.rules),
            Law::Recused,
            "{:?} by {:?}",
            self.command,
            self.actor
        );
        self.dues_stand()?;
        self.asking_gives_no_time()?;
        self.another_class_gives_no_time_away()?;
        self.rulings_bind()?;
        clocks::fit(self.after, self.rules)?;
        clocks::nothing_ripened(self.before, self.after)?;
        self.levels_are_reached()?;
        self.extensions_keep_the_cap()?;
        the_recused_stay_out(self.after, self.rules)?;
        self.follows_the_table()
    }

    /// Invariants 2 and 7: C0 never comes earlier but by rule 3, where another type, grade or statute has another limit, and
    /// a failed audit moves no due.
    fn dues_stand(&self) -> Result<(), Broken> {
        let Self {
            before,
            after,
            command,
            ..
        } = self;
        let citizen = |ticket: &Ticket| clock(ticket, Kind::Citizen).map(|clock| clock.run.due_at);
        // A merged ticket's due time stays where it is earlier.
        let is_new = |event: &Event| matches!(event, Event::Reopened { .. } | Event::ChildMerged { .. });
        let is_new = self.events.iter().any(is_new) || self.citizen_is_limited_anew();
        hold!(
            is_new || citizen(after) >= citizen(before),
            Law::CitizenClock,
            "C0 came earlier by {command:?}"
        );
        let handling = |ticket: &Ticket| clock(ticket, Kind::Handle).map(|clock| clock.run.due_at);
        let is_failed = matches!(
            command,
            Command::AuditReply(AuditReply::Failed(..))
                | Command::DecideReturn(DecideReturn { approved: false, .. })
        );
        hold!(
            !is_failed || handling(before) == handling(after),
            Law::Audit,
            "{command:?} moved C4"
        );
        let reporting = |ticket: &Ticket| clock(ticket, Kind::Stage).map(|clock| clock.run.due_at);
        hold!(
            !matches!(command, Command::AuditReply(AuditReply::Failed(..)))
                || reporting(before) == reporting(after),
            Law::Audit,
            "{command:?} moved the stage report"
        );
        Ok(())
    }

    /// Whether rule 3 may give C0 another limit: the type, the grade or the statute is another, or its limit was that of
    /// rules that hold no more.
    fn citizen_is_limited_anew(&self) -> bool {
        let statute = |ticket: &Ticket| {
            let matter = &ticket.classification;
            let category = matter.category.as_ref();
            category.and_then(|category| self.rules.categories.statute(category, matter.kind).cloned())
        };
        let [was, is] = [self.before, self.after].map(|ticket| {
            let Classification { kind, grade, .. } = ticket.classification;
            (kind, grade, statute(ticket))
        });
        let limits = self.rules.profile().grade(was.1);
        let usual = limits.handle.of(was.0);
        let by_law = was.2.as_ref().map(|statute| statute.handle);
        let known = [Some(usual), Some(limits.cap.over(usual)), by_law];
        let limit = clock(self.before, Kind::Citizen).map(|clock| clock.run.limit);
        was != is || !known.contains(&limit)
    }

    /// Until dispatch the desk is on the clock with which it began, whomever it asks meanwhile.
    fn asking_gives_no_time(&self) -> Result<(), Broken> {
        let is_the_desks =
            |ticket: &Ticket| matches!(ticket.phase, Phase::Accepted { .. } | Phase::Consulting { .. });
        let began = |ticket: &Ticket| clock(ticket, Kind::Triage).map(|clock| clock.run.started_at);
        let is_another = self
            .events
            .iter()
            .any(|event| matches!(event, Event::Classified { .. } | Event::ChildMerged { .. }));
        let both = is_the_desks(self.before) && is_the_desks(self.after);
        hold!(
            is_another || !both || began(self.before) == began(self.after),
            Law::OneHolder,
            "C1 begins anew by {:?}",
            self.command
        );
        Ok(())
    }

    /// Rules 2 and 3: raised to A or B no unit has more time than it had, and in the first round of an ordinary matter
    /// none has more than the resident's time or the floor.
    fn another_class_gives_no_time_away(&self) -> Result<(), Broken> {
        let Self { before, after, .. } = self;
        let is_classified = |event: &Event| matches!(event, Event::Classified { .. });
        if !self.events.iter().any(is_classified) {
            return Ok(());
        }
        let (was, is) = (before.classification.grade, after.classification.grade);
        let is_urgent = matches!(is, Grade::A | Grade::B);
        let rested = matches!(
            before.phase,
            Phase::AwaitingCitizen { .. } | Phase::Suspended { .. }
        );
        let units = after.clocks.iter().filter(|clock| clock.run.kind.is_the_units());
        let same = |clock: &Clock| {
            let is_it = |one: &&Clock| {
                (one.run.kind, one.run.leg) == (clock.run.kind, clock.run.leg) && one.is_running()
            };
            before.clocks.iter().find(is_it)
        };
        for running in units.filter(|clock| clock.is_running()) {
            let Some(earlier) = same(running) else { continue };
            hold!(
                !(is_urgent && is < was) || rested || running.run.due_at <= earlier.run.due_at,
                Law::Renewed,
                "raised, {:?} is due later",
                running.run.id()
            );
            let is_late = earlier.run.due_at <= after.updated_at && running.run.limit == earlier.run.limit;
            hold!(
                !is_late || rested || running.run.due_at <= earlier.run.due_at,
                Law::Renewed,
                "{:?} was late and keeps its limit",
                running.run.id()
            );
            let is_new = running.run.run != earlier.run.run;
            let is_bound = !is_urgent && after.round == 0 && running.run.kind == Kind::Handle && is_new;
            let calendar = after.calendar_of(running.run.kind, running.run.leg, self.rules);
            let floor = self.rules.profile().grade(is).floor;
            let cap = clock(after, Kind::Citizen).map(|cap| cap.run.due_at);
            let least = calendar.due(after.updated_at, floor);
            hold!(
                !is_bound || Some(running.run.due_at) <= cap.max(Some(least)),
                Law::Renewed,
                "{:?} goes past the resident's time",
                running.run.id()
            );
        }
        Ok(())
    }

    /// Invariant 5: after a binding ruling nothing goes back, and whom it names has it.
    fn rulings_bind(&self) -> Result<(), Broken> {
        let is_asked = |event: &Event| matches!(event, Event::ReturnRequested { .. });
        hold!(
            self.before.ruling.is_none() || !self.events.iter().any(is_asked),
            Law::Ruling,
            "a return after a binding ruling"
        );
        if matches!(self.command, Command::Adjudicate(_)) {
            let ruled = self.after.ruling.as_ref().map(|ruling| &ruling.unit);
            let legs = self.after.phase.legs();
            let has_it = |unit| legs.is_some_and(|legs| legs.of_unit(unit).is_some());
            hold!(
                ruled.is_some_and(has_it),
                Law::Ruling,
                "{ruled:?} does not have it"
            );
        }
        Ok(())
    }

    /// Section 5: L4 and L5 are reached by a decision alone, nothing is charged that nobody has reached, and a level is
    /// lost by reopening alone.
    fn levels_are_reached(&self) -> Result<(), Broken> {
        let Self {
            before,
            after,
            command,
            ..
        } = self;
        let is_high = |ticket: &Ticket| ticket.level >= Some(Level::L4);
        hold!(
            is_high(before) || !is_high(after) || matches!(command, Command::DecideProposal(_)),
            Law::Levels,
            "{:?} by {command:?}",
            after.level
        );
        hold!(
            after.level >= before.level || matches!(command, Command::Reopen | Command::DecideObjection(_)),
            Law::Levels,
            "a level is lost by {command:?}"
        );
        hold!(
            after.level != Some(Level::Call),
            Law::Levels,
            "a telephone call is no rung"
        );
        self.l2_comes_with_an_order()
    }

    /// Section 5: whoever has reached L2 has an order to answer, whatever another unit has.
    fn l2_comes_with_an_order(&self) -> Result<(), Broken> {
        let legs = self.after.phase.legs();
        let of = |id: Option<LegId>| legs.and_then(|legs| id.map_or(Some(&legs.lead), |id| legs.get(id)));
        for event in self.events {
            let about = if let Event::LevelFired {
                clock,
                level: Level::L2,
                ..
            } = event
            {
                of(clock.leg).map(|leg| &leg.unit)
            } else if let Event::Escalated {
                level: Level::L2,
                points_tenths: 1..,
                unit,
                ..
            } = event
            {
                unit.as_ref().or(of(None).map(|leg| &leg.unit))
            } else {
                None
            };
            let Some(unit) = about else { continue };
            let mut open = self.after.open_orders();
            hold!(
                open.any(|order| order.unit == *unit) || self.after.orders.len() >= ORDERS_MAX,
                Law::Levels,
                "{unit} has reached L2 and has no order"
            );
        }
        Ok(())
    }

    /// Invariant 6: so many days in sum as the grade has it, and no lead's time goes past the resident's by them, no co
    /// leg's past the lead's.
    fn extensions_keep_the_cap(&self) -> Result<(), Broken> {
        let Self { before, after, .. } = self;
        let granted = |event: &Event| {
            let Event::ExtensionGranted { leg, .. } = event else {
                return None;
            };
            Some(*leg)
        };
        let Some(leg) = self.events.iter().find_map(granted) else {
            return Ok(());
        };
        let due = |ticket: &Ticket, kind, leg| {
            let is_it = |one: &&Clock| one.run.kind == kind && one.run.leg == leg;
            ticket.clocks.iter().find(is_it).map(|one| one.run.due_at)
        };
        let lead = after.phase.legs().map(|legs| legs.lead.id);
        let bound = match lead {
            Some(lead) if lead != leg => (Kind::Handle, Some(lead)),
            Some(_) | None => (Kind::Citizen, None),
        };
        let within = |ticket| due(ticket, Kind::Handle, Some(leg)) <= due(ticket, bound.0, bound.1);
        hold!(
            !within(before) || within(after),
            Law::Cap,
            "extended past {bound:?}"
        );
        let had = |ticket: &Ticket| {
            (
                ticket.extensions,
                ticket.extended_days,
                due(ticket, Kind::Citizen, None),
            )
        };
        hold!(
            lead == Some(leg) || had(before) == had(after),
            Law::Cap,
            "a co leg's extension moves the resident's time"
        );
        let asking = self.rules.profile().procedures.of(after.classification.grade);
        let most = asking.extension.map_or((0, 0), |one| (one.times, one.sum));
        hold!(
            lead != Some(leg) || (after.extensions <= most.0 && after.extended_days <= most.1),
            Law::Cap,
            "{} times, {} days",
            after.extensions,
            after.extended_days
        );
        Ok(())
    }

    fn follows_the_table(&self) -> Result<Option<Transition>, Broken> {
        let (from, to) = (first_word(&self.before.phase), first_word(&self.after.phase));
        if from == to {
            return Ok(None);
        }
        let change = (from, first_word(self.command), to);
        hold!(
            table::documented().contains(&change),
            Law::Table,
            "{change:?} is not in the table of phase.rs"
        );
        Ok(Some(change))
    }
}

/// The ticket's own clock of a kind, or the lead's.
fn clock(ticket: &Ticket, kind: Kind) -> Option<&Clock> {
    let lead = ticket
        .phase
        .legs()
        .map(|legs| legs.lead.id)
        .filter(|_| kind.is_the_units());
    ticket
        .clocks
        .iter()
        .find(|clock| clock.run.kind == kind && clock.run.leg == lead)
}

/// Section 9: no leg of the accused or of one kept out, or below, and nobody of theirs sees it, whatever else he is.
pub(crate) fn the_recused_stay_out(ticket: &Ticket, rules: &Rules) -> Result<(), Broken> {
    let units = &rules.units;
    if ticket.recused_units().next().is_none() {
        return Ok(());
    }
    let is_out = |unit: &UnitId| ticket.recused_units().any(|out| units.is_within(unit, out));
    let over = matches!(ticket.phase, Phase::Closed { .. });
    let mut legs = ticket.phase.legs().into_iter().flat_map(Legs::iter);
    hold!(
        over || legs.all(|leg| !is_out(&leg.unit)),
        Law::Recused,
        "a recused unit has a leg"
    );
    if let Phase::Consulting { asked } = &ticket.phase {
        hold!(!asked.keys().any(is_out), Law::Recused, "a recused unit is asked");
    }
    for unit in units.iter().filter(|unit| is_out(&unit.id)) {
        for role in Role::ALL {
            let actor = Actor {
                holder: HolderId::parse("somebody").expect("a word"),
                role,
                unit: Some(unit.id.clone()),
                cleared: true,
            };
            hold!(
                !redact::may_see(ticket, &actor, rules),
                Law::Recused,
                "{role:?} of {} sees it",
                unit.id
            );
        }
    }
    Ok(())
}

/// The first word of a debug text: the variant. The rest of the text is not made.
pub(crate) fn first_word(value: &impl fmt::Debug) -> String {
    struct FirstWord(String);
    impl fmt::Write for FirstWord {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let word = text
                .split(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or_default();
            self.0.push_str(word);
            match word.len() == text.len() {
                true => Ok(()),
                false => Err(fmt::Error),
            }
        }
    }
    let mut word = FirstWord(String::new());
    // Ends with an error as soon as the word does.
    let _ = write!(word, "{value:?}");
    word.0
}
