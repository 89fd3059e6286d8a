//! The hotline's own figure "missed calls returned" (domain.md, section 6), by the day of the call.

use std::collections::BTreeMap;

use domain::missed_call::{Event, MissedCall};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::limits::FIGURE_DAYS_MAX;

/// What became of the missed calls of some days. Further calls of one caller while he waits are one missed call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Missed calls with a number to ring: what the figure is a share of.
    pub(crate) missed: u32,
    /// Further calls of callers who were waiting.
    pub(crate) repeated: u32,
    /// Calls whose number was withheld: nobody to ring.
    pub(crate) withheld: u32,
    /// Rung back the first time, reached or not, before the due time.
    pub(crate) tried_in_time: u32,
    /// Reached, or answered when they rang again, before the due time.
    pub(crate) returned_in_time: u32,
    /// The same after it.
    pub(crate) returned_late: u32,
    /// Of those two: answered when they rang again.
    pub(crate) called_again: u32,
    /// A message took the place of ringing: sent, or still owed.
    pub(crate) sms: u32,
    /// Due times that passed.
    pub(crate) late: u32,
    /// Of those: because the system was down.
    pub(crate) system_was_down: u32,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        let Counts {
            missed,
            repeated,
            withheld,
            tried_in_time,
            returned_in_time,
            returned_late,
            called_again,
            sms,
            late,
            system_was_down,
        } = other;
        self.missed += missed;
        self.repeated += repeated;
        self.withheld += withheld;
        self.tried_in_time += tried_in_time;
        self.returned_in_time += returned_in_time;
        self.returned_late += returned_late;
        self.called_again += called_again;
        self.sms += sms;
        self.late += late;
        self.system_was_down += system_was_down;
    }
}

/// Counts by day, for [`FIGURE_DAYS_MAX`] days.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    days: BTreeMap<Date, Counts>,
}

impl Figures {
    /// Counts what happened to a missed call, which stands as `after` it now; `before` it stood otherwise, or not at all.
    pub(super) fn count(&mut self, event: &Event, before: Option<&MissedCall>, after: &MissedCall) {
        let Some(counts) = self.of_day(after.day) else {
            return;
        };
        let was_tried = before.is_some_and(|before| before.first_try_at.is_some());
        let is_tried_in_time = after.first_try_at.is_some_and(|at| at <= after.clock.due_at);
        counts.tried_in_time += u32::from(!was_tried && is_tried_in_time);
        match event {
            Event::Missed { withheld: true, .. } => counts.withheld += 1,
            Event::Missed { .. } => counts.missed += 1,
            Event::MissedAgain { .. } => counts.repeated += 1,
            Event::NotReached | Event::SmsSent => {}
            Event::SmsOwed => counts.sms += 1,
            Event::Returned { .. } | Event::CalledAgain => {
                counts.called_again += u32::from(*event == Event::CalledAgain);
                // Whoever is reached although a message was owed is no longer one for a message.
                counts.sms -= u32::from(before.is_some_and(is_sms_owed)).min(counts.sms);
                // The clock stopped when the message was owed; being reached is what is counted here.
                let is_in_time = before.is_some_and(|before| !is_sms_owed(before))
                    && after.is_in_time().unwrap_or_default();
                counts.returned_in_time += u32::from(is_in_time);
                counts.returned_late += u32::from(!is_in_time);
            }
            Event::WentLate { system_was_down, .. } => {
                counts.late += 1;
                counts.system_was_down += u32::from(*system_was_down);
            }
        }
    }

    /// The counts of a day; none of a day that has left the figures.
    fn of_day(&mut self, day: Date) -> Option<&mut Counts> {
        self.days.entry(day).or_default();
        while self.days.len() > FIGURE_DAYS_MAX {
            self.days.pop_first();
        }
        self.days.get_mut(&day)
    }

    /// The sum over `days` days up to and with `today`.
    pub(crate) fn sum(&self, today: Date, days: u16) -> Counts {
        let mut sum = Counts::default();
        let first = today
            .checked_sub(i32::from(days.saturating_sub(1)).days())
            .unwrap_or(Date::MIN);
        for (_, counts) in self.days.range(first..=today) {
            sum.add(counts);
        }
        sum
    }
}

fn is_sms_owed(call: &MissedCall) -> bool {
    matches!(call.state, domain::missed_call::State::SmsOwed { .. })
}
