//! A unit that lets its tickets come to L2 again and again within a month: L4 约谈 is laid before the city office, once per
//! unit and calendar month (domain.md, section 5).
//!
//! Counted from the feed, anew with every start: the tickets that reached L2 or L3 with points charged at the unit, and the
//! legs it was given. A ticket counts once, in the month in which it got there. Sealed tickets are left out of both: the
//! figures stand in the proposal's words, which more people read than may know of those. Proposing is idempotent by unit and
//! month; what is older than a request's name lives is known from the feed itself, which tells of the proposal.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::clock::Level;
use domain::id::{IdError, RequestId, TicketNumber, UnitId};
use domain::refusal::Reason;
use domain::rules::{Rules, Triggers};
use domain::ticket::Cause;
use jiff::Timestamp;
use kit::fault::Fault;
use kit::link::Link;
use kit::reason;
use kit::rules::RulesCache;
use proto::tickets::v1::WatchResponse;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use crate::escalations::Escalation;
use crate::{NAME, wire};

/// What a change gives to units.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) number: TicketNumber,
    /// The version of the last event: with the number, what names the change.
    pub(crate) version: u32,
    pub(crate) at: Timestamp,
    pub(crate) is_sealed: bool,
    /// Whose legs are opened.
    pub(crate) units: Vec<UnitId>,
}

/// A year and a month of the city's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month {
    year: i16,
    month: i8,
}

/// What is to be proposed: with the ticket that made it so, and the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposing {
    pub(crate) unit: UnitId,
    pub(crate) month: Month,
    pub(crate) number: TicketNumber,
    /// Tickets at L2 or above.
    pub(crate) late: usize,
    /// Legs it was given.
    pub(crate) legs: u32,
}

impl Month {
    fn of(at: Timestamp, rules: &Rules) -> Self {
        let local = rules.calendar().local(at);
        Self {
            year: local.year(),
            month: local.month(),
        }
    }

    fn before(self) -> Self {
        match self.month {
            1 => Self {
                year: self.year.saturating_sub(1),
                month: 12,
            },
            month => Self {
                month: month - 1,
                ..self
            },
        }
    }
}

impl Proposing {
    /// The name of the mutation: one per unit and month.
    pub(crate) fn request(&self) -> Result<RequestId, IdError> {
        let Month { year, month } = self.month;
        RequestId::parse(&format!("repeated_l2:{}:{year:04}-{month:02}", self.unit))
    }

    /// The system's own words: figures and the unit's name, nobody's identity.
    pub(crate) fn reason(&self, rules: &Rules) -> String {
        let triggers = &rules.profile().triggers;
        let (least, percent) = (triggers.repeated_l2, triggers.repeated_l2_percent);
        let Self {
            unit,
            month: Month { year, month },
            late,
            legs,
            ..
        } = self;
        let named = rules.units.get(unit);
        let (zh, en) = named.map_or((unit.as_str(), unit.as_str()), |unit| (&unit.zh, &unit.en));
        let share = share(*late, *legs);
        format!(
            "系统提级建议：{zh}（{unit}）{year} 年 {month} 月已有 {late} 件工单升至督办以上并计分，当月承办 {legs} 段，占 {share}；\
             达到每月 {least} 件且占 {percent}% 的标准，建议约谈。\n\
             Proposed by the system: {late} tickets of {en} ({unit}) have reached L2 or more with points in \
             {year:04}-{month:02}, {share} of the {legs} legs it was given; the standard is {least} in a month and {percent}%."
        )
    }
}

/// `2.5%`, in tenths.
fn share(late: usize, legs: u32) -> String {
    let legs = usize::try_from(legs).unwrap_or(usize::MAX);
    match late.saturating_mul(1_000).checked_div(legs) {
        Some(tenths) => format!("{}.{}%", tenths / 10, tenths % 10),
        None => "—".to_owned(),
    }
}

/// One unit in one month.
#[derive(Debug, Default)]
struct OfUnit {
    legs: u32,
    late: BTreeSet<TicketNumber>,
    /// The ticket that came last.
    last: Option<TicketNumber>,
    is_proposed: bool,
}

impl OfUnit {
    fn is_repeated(&self, triggers: &Triggers) -> bool {
        let late = u64::try_from(self.late.len()).unwrap_or(u64::MAX);
        let share = u64::from(triggers.repeated_l2_percent) * u64::from(self.legs);
        late >= u64::from(triggers.repeated_l2) && late.saturating_mul(100) >= share
    }
}

/// What this month and the one before have brought, by unit.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    months: BTreeMap<Month, HashMap<UnitId, OfUnit>>,
    /// The change taken last: one that could not be handled to its end is handed over again.
    last: Option<(TicketNumber, u32)>,
}

impl Counted {
    /// Takes a change and the levels it tells of. Answers what is to be proposed because of it.
    pub(crate) fn take(&mut self, given: &Given, reached: &[Escalation], rules: &Rules) -> Vec<Proposing> {
        if self.last.replace((given.number, given.version)) == Some((given.number, given.version)) {
            return Vec::new();
        }
        let month = self.open(Month::of(given.at, rules));
        if given.is_sealed {
            self.leave_out(given.number);
            return Vec::new();
        }
        for unit in &given.units {
            let of_unit = self.of(month, unit);
            of_unit.legs = of_unit.legs.saturating_add(1);
        }
        let triggers = &rules.profile().triggers;
        let mut proposing = Vec::new();
        for one in reached {
            let Some(unit) = one.unit.as_deref() else { continue };
            if is_repeated_l2(one) {
                self.proposed(one.number, unit, month);
            } else if is_charged(one) && self.counts_anew(one.number, unit, month) {
                proposing.extend(self.due(month, unit, triggers));
            }
        }
        proposing
    }

    /// Begins a month; those before the last one are over. The month itself, or the latest where it is older than those
    /// kept.
    fn open(&mut self, month: Month) -> Month {
        self.months.entry(month).or_default();
        let latest = self.months.last_key_value().map_or(month, |(latest, _)| *latest);
        let before = latest.before();
        self.months.retain(|kept, _| *kept >= before);
        if month >= before { month } else { latest }
    }

    fn of(&mut self, month: Month, unit: &UnitId) -> &mut OfUnit {
        let units = self.months.entry(month).or_default();
        units.entry(unit.clone()).or_default()
    }

    /// Whether a ticket had not got so far at this unit, this month or the month before.
    fn counts_anew(&mut self, number: TicketNumber, unit: &UnitId, month: Month) -> bool {
        let before = self.months.get(&month.before()).and_then(|units| units.get(unit));
        if before.is_some_and(|before| before.late.contains(&number)) {
            return false;
        }
        let of_unit = self.of(month, unit);
        of_unit.last = Some(number);
        of_unit.late.insert(number)
    }

    fn leave_out(&mut self, number: TicketNumber) {
        for of_unit in self.months.values_mut().flat_map(HashMap::values_mut) {
            of_unit.late.remove(&number);
            of_unit.last = of_unit.last.filter(|last| *last != number);
        }
    }

    /// It is proposed for the month in which the ticket counts: the proposal may come a moment after its end.
    fn proposed(&mut self, number: TicketNumber, unit: &UnitId, month: Month) {
        let counts = |units: &HashMap<UnitId, OfUnit>| {
            let of_unit = units.get(unit);
            of_unit.is_some_and(|of_unit| of_unit.late.contains(&number))
        };
        let mut months = self.months.iter();
        let counted = months.find(|(_, units)| counts(units)).map(|(month, _)| *month);
        self.of(counted.unwrap_or(month), unit).is_proposed = true;
    }

    /// What is to be proposed about a unit, if anything.
    fn due(&self, month: Month, unit: &UnitId, triggers: &Triggers) -> Option<Proposing> {
        let of_unit = self.months.get(&month)?.get(unit)?;
        let is_due = !of_unit.is_proposed && of_unit.is_repeated(triggers);
        let number = of_unit.last.filter(|_| is_due)?;
        Some(Proposing {
            unit: unit.clone(),
            month,
            number,
            late: of_unit.late.len(),
            legs: of_unit.legs,
        })
    }

    /// Everything to be proposed: what a restart has cut short.
    pub(crate) fn all(&self, triggers: &Triggers) -> Vec<Proposing> {
        let units = self
            .months
            .iter()
            .flat_map(|(month, units)| units.keys().map(|unit| (*month, unit)));
        units
            .filter_map(|(month, unit)| self.due(month, unit, triggers))
            .collect()
    }
}

/// Whether a level tells that L4 was proposed for this very cause.
fn is_repeated_l2(one: &Escalation) -> bool {
    one.is_proposed && one.cause == Some(Cause::RepeatedL2)
}

/// Whether a level counts: L2 or L3 with points. What the city office decides has been there before.
fn is_charged(one: &Escalation) -> bool {
    matches!(one.level, Level::L2 | Level::L3) && one.points_tenths > 0
}

/// Who proposes.
pub(crate) struct Repeated {
    tickets: Link,
    rules: Arc<RulesCache>,
    started_at: Timestamp,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counted: Counted,
    /// The feed is caught up with: until then it tells what may have been proposed long ago.
    is_current: bool,
    /// What is to be proposed and was not yet: whatever fails stays, and is tried with each further answer of the feed.
    unproposed: BTreeMap<(Month, UnitId), Proposing>,
}

impl Repeated {
    /// What was changed at `started_at` or later has led to no proposal yet.
    pub(crate) fn new(tickets: Link, rules: Arc<RulesCache>, started_at: Timestamp) -> Self {
        Self {
            tickets,
            rules,
            started_at,
            state: Mutex::default(),
        }
    }

    /// The feed has another history: everything is to be read anew.
    pub(crate) fn forget(&self) {
        *self.state() = State::default();
    }

    /// Takes an answer of the feed and the levels it tells of, and proposes what is to be proposed by it. A proposal that
    /// fails holds nothing up.
    pub(crate) async fn take(&self, answer: &WatchResponse, reached: &[Escalation]) -> Result<(), Fault> {
        let rules = self.rules.current().await?;
        match &answer.change {
            Some(change) => match wire::given(change) {
                Ok(Some(given)) => self.state().take(&given, reached, &rules, self.started_at),
                Ok(None) => {}
                Err(fault) => {
                    // It must not stop those after it.
                    tracing::error!(reason = fault.reason(), %fault, "a change of the feed cannot be read");
                }
            },
            // A heartbeat: nothing more had happened when it was sent.
            None => self.state().catch_up(&rules),
        }
        let unproposed: Vec<Proposing> = self.state().unproposed.values().cloned().collect();
        for proposing in unproposed {
            if self.propose(&proposing, &rules).await {
                self.state()
                    .unproposed
                    .remove(&(proposing.month, proposing.unit.clone()));
            }
        }
        Ok(())
    }

    /// Whether it is done with, one way or the other.
    async fn propose(&self, proposing: &Proposing, rules: &Rules) -> bool {
        let Proposing {
            number,
            unit,
            late,
            legs,
            ..
        } = proposing;
        match self.escalate(proposing, rules).await {
            Ok(()) => {
                tracing::info!(%number, %unit, late, legs, "L4 is proposed: the unit reaches L2 again and again");
                true
            }
            Err(fault) if fault.is_passing() => {
                tracing::warn!(%number, %unit, reason = fault.reason(), "L4 was not proposed, trying again");
                false
            }
            Err(fault) => {
                refused(proposing, &fault);
                true
            }
        }
    }

    async fn escalate(&self, proposing: &Proposing, rules: &Rules) -> Result<(), Fault> {
        let request = wire::propose(proposing, proposing.reason(rules))?;
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        tickets.escalate(request).await?;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, given: &Given, reached: &[Escalation], rules: &Rules, started_at: Timestamp) {
        let proposing = self.counted.take(given, reached, rules);
        if self.is_current {
            self.add(proposing);
        } else if given.at >= started_at {
            self.catch_up(rules);
        }
        // The feed tells that it is done.
        let counted = &self.counted;
        let triggers = &rules.profile().triggers;
        self.unproposed
            .retain(|(month, unit), _| counted.due(*month, unit, triggers).is_some());
    }

    fn catch_up(&mut self, rules: &Rules) {
        if !self.is_current {
            self.is_current = true;
            let all = self.counted.all(&rules.profile().triggers);
            self.add(all);
        }
    }

    fn add(&mut self, proposing: Vec<Proposing>) {
        for one in proposing {
            self.unproposed.insert((one.month, one.unit.clone()), one);
        }
    }
}

/// A refusal for good. The ticket stands higher already, or more is proposed about it: the unit's next one tells it. The
/// name of the request in use: it was proposed before.
fn refused(proposing: &Proposing, fault: &Fault) {
    let (number, unit, reason) = (&proposing.number, &proposing.unit, fault.reason());
    if reason == Reason::NothingChanges.as_str() || reason == reason::REUSED {
        tracing::info!(%number, %unit, reason, "L4 about a unit stands already");
    } else {
        tracing::warn!(%number, %unit, reason, "L4 about a unit cannot be proposed");
    }
}

#[cfg(test)]
mod tests;
