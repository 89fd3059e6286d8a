//! Which days counted, which were skipped, and why.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::time::{Calendar, Hours, Limit, Measure};

/// How a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Whole working days after the day it starts.
    Days,
    /// Minutes of a measure.
    Minutes(Measure),
    /// Whole natural days, the rest in the minutes in which residents may be rung.
    Ringing,
}

impl Counting {
    /// How a limit counts that starts anew.
    pub fn of(limit: Limit) -> Self {
        match limit {
            Limit::WorkingDays(_) => Self::Days,
            Limit::Natural(_) | Limit::Working(_) | Limit::Desk(_) => Self::Minutes(limit.measure()),
        }
    }

    pub(super) fn is_of_working_days(self) -> bool {
        matches!(self, Self::Days | Self::Minutes(Measure::Working))
    }
}

/// What a day was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind {
    /// The day it starts: "N working days" begin with the next.
    Start,
    /// It counted.
    Counted,
    /// A make-up working day 调休: it counted.
    MakeUp,
    /// A weekend: skipped.
    Weekend,
    /// A day off by notice: skipped.
    Holiday,
    /// Outside the hours that count.
    Outside,
    /// Natural time: every minute counted.
    Natural,
}

impl DayKind {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Counted => "counted",
            Self::MakeUp => "make_up",
            Self::Weekend => "weekend",
            Self::Holiday => "holiday",
            Self::Outside => "outside",
            Self::Natural => "natural",
        }
    }

    /// Whether it counted.
    pub fn counts(self) -> bool {
        matches!(self, Self::Counted | Self::MakeUp | Self::Natural)
    }
}

/// Days in a row that were alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// How many.
    pub days: u32,
    /// How many minutes of them counted; 0 where whole days count.
    pub minutes: u32,
    /// What they were.
    pub kind: DayKind,
    /// Weekend days among them that were skipped, where a long time is told shortly.
    pub skipped: u32,
    /// Of a single day of which minutes counted: from when to when.
    pub hours: Vec<(Time, Time)>,
}

/// No explanation goes day by day further than this.
const DAYS_MAX: usize = 4_000;
/// With more rows than this the weekends are told with the working days around them.
const ROWS_MAX: usize = 8;

/// The days from one instant to another, folded.
pub fn spans(calendar: &Calendar, counting: Counting, from: Timestamp, to: Timestamp) -> Vec<Span> {
    let first = match counting {
        Counting::Days => calendar.day_of(from),
        Counting::Minutes(_) | Counting::Ringing => calendar.local(from).date(),
    };
    let last = calendar.day_of(to).max(first);
    if matches!(counting, Counting::Minutes(Measure::Natural)) {
        let minutes = calendar.elapsed_minutes(Measure::Natural, from, to);
        let days = u32::try_from(first.duration_until(last).as_hours() / 24 + 1).unwrap_or(1);
        return vec![Span {
            to: last,
            days,
            ..Span::of(first, DayKind::Natural, minutes)
        }];
    }
    let mut folded: Vec<Span> = Vec::new();
    for date in first
        .series(jiff::ToSpan::day(1))
        .take_while(|date| *date <= last)
        .take(DAYS_MAX)
    {
        let (kind, minutes) = day(calendar, counting, date, from, to);
        match folded.last_mut().filter(|span| span.kind == kind) {
            Some(span) => {
                span.to = date;
                span.days += 1;
                span.minutes = span.minutes.saturating_add(minutes);
            }
            None => folded.push(Span::of(date, kind, minutes)),
        }
    }
    for span in &mut folded {
        span.hours = span.counted_hours(calendar, counting, from, to);
    }
    if folded.len() > ROWS_MAX {
        weeks(folded)
    } else {
        folded
    }
}

/// Working days and the weekends between them as one.
fn weeks(spans: Vec<Span>) -> Vec<Span> {
    let mut told: Vec<Span> = Vec::new();
    for span in spans {
        match (told.last_mut(), span.kind) {
            (Some(last), DayKind::Weekend) if last.kind == DayKind::Counted => {
                last.to = span.to;
                last.skipped += span.days;
            }
            (Some(last), DayKind::Counted) if last.kind == DayKind::Counted => {
                last.to = span.to;
                last.days += span.days;
                last.minutes = last.minutes.saturating_add(span.minutes);
                last.hours.clear();
            }
            _ => told.push(span),
        }
    }
    told
}

impl Span {
    fn of(date: Date, kind: DayKind, minutes: u32) -> Self {
        Self {
            from: date,
            to: date,
            days: 1,
            minutes,
            kind,
            skipped: 0,
            hours: Vec::new(),
        }
    }

    fn counted_hours(
        &self,
        calendar: &Calendar,
        counting: Counting,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<(Time, Time)> {
        let hours = match counting {
            _ if self.days != 1 || self.minutes == 0 => return Vec::new(),
            Counting::Minutes(Measure::Working) => &calendar.working_hours,
            Counting::Minutes(Measure::Desk) => &calendar.desk_hours,
            Counting::Ringing | Counting::Minutes(Measure::Callback) => &calendar.callback_hours,
            Counting::Days | Counting::Minutes(Measure::Natural) => return Vec::new(),
        };
        let (from, to) = (calendar.local(from), calendar.local(to));
        let within = |hours: &Hours| {
            let (open, close) = (
                hours.open_on(self.from).max(from),
                hours.close_on(self.from).min(to),
            );
            (open < close).then(|| (open.time(), close.time()))
        };
        let counted = hours.iter().filter_map(within);
        counted.collect()
    }
}

fn day(
    calendar: &Calendar,
    counting: Counting,
    date: Date,
    from: Timestamp,
    to: Timestamp,
) -> (DayKind, u32) {
    match counting {
        Counting::Days if date == calendar.day_of(from) => (DayKind::Start, 0),
        Counting::Days => (of_date(calendar, date), 0),
        Counting::Ringing => counted(calendar, Measure::Callback, date, from, to, DayKind::Counted),
        Counting::Minutes(Measure::Working) => match of_date(calendar, date) {
            DayKind::Weekend => (DayKind::Weekend, 0),
            DayKind::Holiday => (DayKind::Holiday, 0),
            kind @ (DayKind::Start
            | DayKind::Counted
            | DayKind::MakeUp
            | DayKind::Outside
            | DayKind::Natural) => counted(calendar, Measure::Working, date, from, to, kind),
        },
        Counting::Minutes(measure) => counted(calendar, measure, date, from, to, DayKind::Counted),
    }
}

fn counted(
    calendar: &Calendar,
    measure: Measure,
    date: Date,
    from: Timestamp,
    to: Timestamp,
    kind: DayKind,
) -> (DayKind, u32) {
    let midnight = |date: Date| calendar.instant(date.to_datetime(Time::midnight()));
    let next = date.tomorrow().map_or(Timestamp::MAX, midnight);
    match calendar.elapsed_minutes(measure, from.max(midnight(date)), to.min(next)) {
        0 => (DayKind::Outside, 0),
        minutes => (kind, minutes),
    }
}

/// What a date is by the calendar.
pub(super) fn of_date(calendar: &Calendar, date: Date) -> DayKind {
    match (calendar.is_working_day(date), calendar.work.contains(&date)) {
        (true, true) => DayKind::MakeUp,
        (true, false) => DayKind::Counted,
        (false, _) if calendar.off.contains(&date) => DayKind::Holiday,
        (false, _) => DayKind::Weekend,
    }
}
