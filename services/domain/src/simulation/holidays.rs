//! Invariant 10, on whole tickets: days off make nothing due earlier, make-up days nothing later.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::rules::Rules;
use crate::ticket::check::laws::{Broken, Law, hold};
use crate::ticket::{Rederive, Ticket};
use crate::time::Calendar;

/// Which way due times may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Later,
    Earlier,
    Either,
}

/// Each clock that was derived anew has gone the one way its calendar's change allows.
pub(super) fn move_one_way(
    rederive: &Rederive,
    before: &Ticket,
    after: &Ticket,
    rules: &Rules,
) -> Result<(), Broken> {
    for clock in &before.clocks {
        let run = &clock.run;
        let anew = after
            .clocks
            .iter()
            .find(|one| one.run.kind == run.kind && one.run.leg == run.leg && one.run.run != run.run);
        let (Some(anew), Some(was)) = (anew, rederive.before.get(&run.id())) else {
            continue;
        };
        let is = before.calendar_of(run.kind, run.leg, rules);
        // What it has rested or been granted since may have counted by yet other days.
        let has_gone_on = was.run.id() != run.id();
        let way = if has_gone_on {
            Way::Either
        } else {
            way(&was.calendar, is)
        };
        let (was_due, is_due) = (run.due_at, anew.run.due_at);
        let fits = match way {
            Way::Later => is_due >= was_due,
            Way::Earlier => is_due <= was_due,
            Way::Either => true,
        };
        hold!(
            fits,
            Law::Calendar,
            "{} was due {was_due} and is due {is_due}, may move {way:?}",
            run.kind.as_str()
        );
    }
    Ok(())
}

fn way(was: &Calendar, is: &Calendar) -> Way {
    let (mut off, mut work) = (false, false);
    let named: [&BTreeSet<Date>; 4] = [&was.off, &was.work, &is.off, &is.work];
    for day in named.into_iter().flatten() {
        match (was.is_working_day(*day), is.is_working_day(*day)) {
            (true, false) => off = true,
            (false, true) => work = true,
            (true, true) | (false, false) => {}
        }
    }
    match (off, work) {
        _ if was.working_hours != is.working_hours => Way::Either,
        (true, false) => Way::Later,
        (false, true) => Way::Earlier,
        (true, true) | (false, false) => Way::Either,
    }
}
