//! A missed or dropped call 漏接: a contact without a ticket, to be rung back (domain.md, clock C12).
//!
//! Pure, as a ticket is: [`MissedCall::decide`] says what a command means and changes nothing, [`MissedCall::apply`]
//! folds what was recorded. The due time is computed once, when the call is missed, and stored with its limit and the
//! rules it came from. It never moves later: ringing in vain and calling again renew nothing. Danger heard in a further
//! call of the same caller alone brings it forward.
//!
//! | from | command | to |
//! | --- | --- | --- |
//! | — | a call is missed | ringing; ended at once where the number is withheld |
//! | ringing | missed again, by the same caller | ringing, one call more |
//! | ringing | rung in vain | ringing; with the last try of those allowed within their time: a message is owed |
//! | ringing, a message is owed | reached, or he calls again and is answered | ended |
//! | a message is owed | the message was sent | ended |

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::{Addressee, Light};
use crate::id::{RulesVersion, TicketNumber};
use crate::rules::MissedCalls;
use crate::time::Limit;

/// A due time this much before the system came up was missed because it was down: charged to nobody.
pub const DOWN_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// Who is told when a missed call is not returned in time: the desks that can send somebody to ring.
pub const TOLD: [Addressee; 2] = [Addressee::TriageDesk, Addressee::SupervisorDesk];

/// How a call came to be missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// 未接通: it never reached an agent.
    Unanswered,
    /// 中断: the line was cut while somebody was on it.
    CutOff,
}

/// The running limit, with everything it was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// When the call was missed.
    pub started_at: Timestamp,
    /// How long ringing back may take.
    pub limit: Limit,
    /// When the light turns yellow.
    pub yellow_at: Timestamp,
    /// When it is due. L1 fires then, not before.
    pub due_at: Timestamp,
    /// Failed tries after which a message is owed.
    pub tries: u8,
    /// Within this time.
    pub within: Limit,
    /// The rules it was computed from; none: they could not be asked, and the built-in numbers were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesVersion>,
}

/// Where a missed call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 待回拨: to be rung back; the clock runs.
    Ringing,
    /// 待发短信: rung in vain as often as the rules want; a message is owed. The clock has stopped.
    SmsOwed {
        /// Since when.
        since: Timestamp,
    },
    /// Done.
    Ended {
        /// How.
        end: End,
        /// When.
        at: Timestamp,
    },
}

/// How a missed call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// 已接通: rung back and reached.
    Returned {
        /// The ticket that came of it; none: nothing to register.
        number: Option<TicketNumber>,
    },
    /// 再次来电: the caller rang again and was answered.
    CalledAgain,
    /// 已发短信.
    SmsSent,
    /// 号码隐藏: there was nobody to ring.
    Withheld,
}

/// A due time that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// When L1 fired.
    pub at: Timestamp,
    /// The due time it fired for passed while the system was down: charged to nobody.
    pub system_was_down: bool,
    /// Who was told.
    pub told: Vec<Addressee>,
}

/// A missed call, or several of one caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedCall {
    /// How the first came to be missed.
    pub cause: Cause,
    /// Whether danger was heard, in any of them.
    pub danger: bool,
    /// The limit.
    pub clock: Clock,
    /// The day it is counted under.
    pub day: Date,
    /// Calls of this caller that were missed.
    pub calls: u32,
    /// Times it was rung back in vain.
    pub tries: u32,
    /// When it was rung in vain, those that still count.
    pub recent_tries: Vec<Timestamp>,
    /// When it was first rung back, reached or not.
    pub first_try_at: Option<Timestamp>,
    /// When the clock stopped.
    pub stopped_at: Option<Timestamp>,
    /// L1, once.
    pub late: Option<Late>,
    /// Where it stands.
    pub state: State,
}

/// What can be done about a missed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The same caller was missed again.
    MissAgain {
        /// How.
        cause: Cause,
        /// Whether danger was heard.
        danger: bool,
        /// The clock this call would have by itself.
        clock: Clock,
    },
    /// Rung in vain.
    NotReached,
    /// Rung and reached.
    Reached {
        /// The ticket that came of it.
        number: Option<TicketNumber>,
    },
    /// The caller rang again and was answered.
    CallAgain,
    /// The message was sent.
    SendSms,
    /// The due time has come.
    FireLate,
}

/// What has happened to a missed call. Frozen once released (invariant A-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Event {
    /// A call was missed.
    Missed {
        /// How.
        cause: Cause,
        /// Whether danger was heard.
        danger: bool,
        /// The number was withheld: there is nobody to ring, and no clock runs.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        withheld: bool,
        /// The limit.
        clock: Clock,
        /// The city's date then: the day the call is counted under.
        day: Date,
    },
    /// The same caller was missed again.
    MissedAgain {
        /// How.
        cause: Cause,
        /// Whether danger was heard.
        danger: bool,
        /// The clock from now on, where danger brings it forward.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sooner: Option<Clock>,
    },
    /// Rung in vain.
    NotReached,
    /// Rung in vain as often as the rules want: a message is owed.
    SmsOwed,
    /// Rung and reached.
    Returned {
        /// The ticket that came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<TicketNumber>,
    },
    /// The caller rang again and was answered.
    CalledAgain,
    /// The message was sent.
    SmsSent,
    /// The due time has passed: L1.
    WentLate {
        /// The due time that passed.
        due_at: Timestamp,
        /// It passed while the system was down.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        system_was_down: bool,
        /// Who is told.
        told: Vec<Addressee>,
    },
}

/// Why a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It has ended.
    Ended,
    /// It is no longer to be rung back in the first place: a message is owed.
    NotRinging,
    /// No message is owed.
    NoSmsOwed,
    /// The due time has not come.
    NotDue,
    /// L1 has fired.
    AlreadyFired,
}

impl Clock {
    /// The clock of a call missed at `started_at`.
    pub fn begin(
        numbers: &MissedCalls,
        danger: bool,
        started_at: Timestamp,
        rules: Option<RulesVersion>,
    ) -> Self {
        let limit = numbers.limit(danger);
        let span = natural(limit);
        let left = span * i32::from(numbers.yellow_percent.min(100)) / 100;
        let after = |span: SignedDuration| started_at.saturating_add(span).unwrap_or(Timestamp::MAX);
        Self {
            started_at,
            limit,
            yellow_at: after(span.saturating_sub(left)),
            due_at: after(span),
            tries: numbers.tries,
            within: numbers.within,
            rules,
        }
    }
}

/// Rules that can be worked with have natural limits here; of others the count is taken as it stands.
fn natural(limit: Limit) -> SignedDuration {
    match limit {
        Limit::Natural(minutes) | Limit::Working(minutes) | Limit::Desk(minutes) => {
            SignedDuration::from_mins(i64::from(minutes))
        }
        Limit::WorkingDays(days) => SignedDuration::from_hours(i64::from(days) * 24),
    }
}

impl MissedCall {
    /// A missed call as recorded first; none for an event that does not begin one.
    pub fn begun(event: &Event, at: Timestamp) -> Option<Self> {
        let Event::Missed {
            cause,
            danger,
            withheld,
            clock,
            day,
        } = event
        else {
            return None;
        };
        let ended = State::Ended {
            end: End::Withheld,
            at,
        };
        Some(Self {
            cause: *cause,
            danger: *danger,
            clock: clock.clone(),
            day: *day,
            calls: 1,
            tries: 0,
            recent_tries: Vec::new(),
            first_try_at: None,
            stopped_at: None,
            late: None,
            state: if *withheld { ended } else { State::Ringing },
        })
    }

    /// Decides what `command` means at `now` in a system that is up since `up_since`. Whatever is done after the due time
    /// fires L1 first, so that it is never missing (invariant 4).
    pub fn decide(
        &self,
        command: Command,
        up_since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Event>, Refused> {
        if matches!(self.state, State::Ended { .. }) {
            return Err(Refused::Ended);
        }
        let is_ringing = self.state == State::Ringing;
        let is_late = command == Command::FireLate || now > self.clock.due_at;
        let late = self.late_by(up_since, now).filter(|_| is_late);
        let events = match command {
            Command::FireLate if !is_ringing => return Err(Refused::NotRinging),
            Command::FireLate if self.late.is_some() => return Err(Refused::AlreadyFired),
            Command::FireLate if late.is_none() => return Err(Refused::NotDue),
            Command::FireLate => Vec::new(),
            Command::MissAgain { .. } | Command::NotReached if !is_ringing => {
                return Err(Refused::NotRinging);
            }
            Command::MissAgain { cause, danger, clock } => {
                let sooner = Some(clock).filter(|clock| clock.due_at < self.clock.due_at);
                vec![Event::MissedAgain {
                    cause,
                    danger,
                    sooner,
                }]
            }
            Command::NotReached if self.counting_tries(now) + 1 >= usize::from(self.clock.tries) => {
                vec![Event::NotReached, Event::SmsOwed]
            }
            Command::NotReached => vec![Event::NotReached],
            Command::Reached { number } => vec![Event::Returned { number }],
            Command::CallAgain => vec![Event::CalledAgain],
            Command::SendSms if is_ringing => return Err(Refused::NoSmsOwed),
            Command::SendSms => vec![Event::SmsSent],
        };
        Ok(late.into_iter().chain(events).collect())
    }

    /// L1, where it is due and has not fired.
    fn late_by(&self, up_since: Timestamp, now: Timestamp) -> Option<Event> {
        let due_at = self.clock.due_at;
        let is_due = self.state == State::Ringing && self.late.is_none() && now >= due_at;
        is_due.then(|| Event::WentLate {
            due_at,
            system_was_down: up_since.duration_since(due_at) > DOWN_GRACE,
            told: TOLD.to_vec(),
        })
    }

    /// Tries in vain that still count at `now`.
    fn counting_tries(&self, now: Timestamp) -> usize {
        let within = natural(self.clock.within);
        let counts = |at: &&Timestamp| now.duration_since(**at) <= within;
        self.recent_tries.iter().filter(counts).count()
    }

    /// Folds one recorded event. Total: what was accepted once always replays.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Missed { .. } => {}
            Event::MissedAgain { danger, sooner, .. } => {
                self.calls += 1;
                self.danger |= danger;
                if let Some(sooner) = sooner {
                    self.clock = sooner.clone();
                }
            }
            Event::NotReached => {
                self.tries += 1;
                self.first_try_at.get_or_insert(at);
                let within = natural(self.clock.within);
                self.recent_tries
                    .retain(|earlier| at.duration_since(*earlier) <= within);
                self.recent_tries.push(at);
            }
            Event::SmsOwed => {
                self.stopped_at.get_or_insert(at);
                self.state = State::SmsOwed { since: at };
            }
            Event::Returned { number } => {
                self.first_try_at.get_or_insert(at);
                self.end(End::Returned { number: *number }, at);
            }
            Event::CalledAgain => self.end(End::CalledAgain, at),
            Event::SmsSent => self.end(End::SmsSent, at),
            Event::WentLate {
                system_was_down,
                told,
                ..
            } => {
                let late = Late {
                    at,
                    system_was_down: *system_was_down,
                    told: told.clone(),
                };
                self.late.get_or_insert(late);
            }
        }
    }

    fn end(&mut self, end: End, at: Timestamp) {
        self.stopped_at.get_or_insert(at);
        self.state = State::Ended { end, at };
    }

    /// Whether the clock stopped in time; none while it runs and where it never ran.
    pub fn is_in_time(&self) -> Option<bool> {
        self.stopped_at.map(|at| at <= self.clock.due_at)
    }

    /// When L1 is to fire; none once it has, or the clock has stopped.
    pub fn fires_at(&self) -> Option<Timestamp> {
        (self.state == State::Ringing && self.late.is_none()).then_some(self.clock.due_at)
    }

    /// How it stands against its due time.
    pub fn light(&self, now: Timestamp) -> Light {
        match (self.is_in_time(), self.state) {
            (Some(true), _) => Light::Green,
            (Some(false), _) => Light::GreenLate,
            (None, State::Ringing) if now > self.clock.due_at => Light::Red,
            (None, State::Ringing) if now >= self.clock.yellow_at => Light::Yellow,
            (None, _) => Light::None,
        }
    }
}

impl Cause {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Unanswered => "unanswered",
            Cause::CutOff => "cut_off",
        }
    }
}

impl Refused {
    /// The stable upper-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Refused::Ended => "MISSED_CALL_ENDED",
            Refused::NotRinging => "SMS_OWED",
            Refused::NoSmsOwed => "NO_SMS_OWED",
            Refused::NotDue => "NOT_DUE",
            Refused::AlreadyFired => "ALREADY_FIRED",
        }
    }

    /// What it means, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Refused::Ended => "该漏接来电已处理完毕",
            Refused::NotRinging => "回拨次数已满，应改发短信",
            Refused::NoSmsOwed => "尚未到改发短信的时候：请继续回拨",
            Refused::NotDue => "时限未到",
            Refused::AlreadyFired => "该级别已触发",
        }
    }

    /// What it means, in English.
    pub fn en(self) -> &'static str {
        match self {
            Refused::Ended => "this missed call is done with",
            Refused::NotRinging => "it was rung in vain often enough: a message is owed",
            Refused::NoSmsOwed => "no message is owed yet: ring back",
            Refused::NotDue => "the due time has not come",
            Refused::AlreadyFired => "this level has fired already",
        }
    }
}
