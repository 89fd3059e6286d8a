//! Lights 红绿灯.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Clock, Kind};
use crate::ticket::{Holder, Ticket};

/// How a ticket stands against its due times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// Time enough.
    None,
    /// Near due.
    Yellow,
    /// Past due.
    Red,
    /// Done in time.
    Green,
    /// Done, late.
    GreenLate,
    /// Paused.
    Grey,
}

impl Light {
    /// Every light.
    pub const ALL: &'static [Light] = &[
        Light::None,
        Light::Yellow,
        Light::Red,
        Light::Green,
        Light::GreenLate,
        Light::Grey,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Light::None => "none",
            Light::Yellow => "yellow",
            Light::Red => "red",
            Light::Green => "green",
            Light::GreenLate => "green_late",
            Light::Grey => "grey",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Light::None => "正常",
            Light::Yellow => "黄灯",
            Light::Red => "红灯",
            Light::Green => "绿灯",
            Light::GreenLate => "逾期办结",
            Light::Grey => "暂停",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Light> {
        Light::ALL.iter().copied().find(|light| light.as_str() == text)
    }
}

/// The light of a ticket: the worst of the running clocks of whoever holds the step; grey while it rests, as a merged
/// one does; once closed, whether it was done in time. The citizen's own clock shows when nobody else's is worse. While
/// somebody decides about a leg, the decider's clock counts and not the leg's.
pub fn light_of(ticket: &Ticket, now: Timestamp) -> Light {
    if ticket.phase.rests_since().is_some() || ticket.merged_into().is_some() {
        return Light::Grey;
    }
    if ticket.holder() == Holder::Nobody {
        let handled: Vec<&Clock> = ticket
            .clocks
            .iter()
            .filter(|clock| clock.run.kind == Kind::Handle)
            .collect();
        let late = match handled.as_slice() {
            [] => ticket
                .clocks
                .iter()
                .any(|clock| clock.run.kind == Kind::Citizen && clock.is_late(now)),
            clocks => clocks.iter().any(|clock| clock.is_late(now)),
        };
        return if late { Light::GreenLate } else { Light::Green };
    }
    let light = |clock: &Clock| match now {
        now if now > clock.run.late_after() => Light::Red,
        now if now >= clock.run.yellow_at => Light::Yellow,
        _ => Light::None,
    };
    let counts =
        |clock: &&Clock| clock.is_running() && clock.run.kind != Kind::Rating && !ticket.is_held_up(clock);
    ticket
        .clocks
        .iter()
        .filter(counts)
        .map(light)
        .max()
        .unwrap_or(Light::None)
}
