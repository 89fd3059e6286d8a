//! What has happened to a ticket. Frozen: an event, once released, is read for ever (invariant A-10).
//! New facts are new variants or new optional fields.

use serde::{Deserialize, Serialize};

use jiff::Timestamp;

use super::{
    AuditFault, Channel, Claim, DeclineReason, Emergency, Grade, Hold, LegRole, Means, Rating, RequestType,
    Standing,
};
use crate::access::Actor;
use crate::clock::{Addressee, Kind, Level, Run, RunId};
use crate::id::{
    AreaId, CallerHash, CategoryId, EntryId, KeySlot, LegId, RulesVersion, TicketNumber, UnitId,
};
use crate::words::Sealed;

/// One call, message, letter or visit, 来件.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Counted from 1 within the ticket.
    pub id: u16,
    /// The way in.
    pub channel: Channel,
    /// On whose behalf.
    pub standing: Standing,
    /// The caller known again, where a number was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<CallerHash>,
    /// Whose key closes the identity; none when nobody gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<KeySlot>,
    /// The call it came by. A folded ticket keeps it for its latest contacts only; the record has it for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

/// Who is accused by a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accused {
    /// A unit, or somebody in it. It and its subtree are recused.
    Unit(UnitId),
    /// A person or company, no unit of the hotline's.
    Outsider,
}

/// What a matter is about, as far as known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// What the resident wants.
    pub kind: RequestType,
    /// How urgent.
    pub grade: Grade,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// How sure, in percent; 100 when a person said so.
    pub confidence_percent: u8,
}

/// On what a dispatch rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A directory entry.
    Entry(EntryId),
    /// A person's reason, kept in the words.
    Reason,
}

/// A leg as it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its id within the ticket.
    pub leg: LegId,
    /// Lead or co.
    pub role: LegRole,
    /// Whose.
    pub unit: UnitId,
}

/// Who urges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrgedBy {
    /// The resident, once per working day.
    Citizen,
    /// A supervisor.
    Supervisor,
    /// The system.
    System,
}

/// Why a level was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A supervisor raised it.
    Supervisor,
    /// The resident urged twice.
    UrgedTwice,
    /// The second rework was ordered.
    SecondRework,
}

/// How a ticket ends. Never a bare "closed".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseKind {
    /// 已解决.
    Resolved,
    /// 已解释.
    Explained,
    /// 直接答复.
    AnsweredDirectly,
    /// 不予受理.
    Declined(DeclineReason),
    /// 已转接.
    TransferredOut(Emergency),
    /// 已撤回.
    Withdrawn,
    /// 无法联系.
    Unreachable,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Event {
    /// 登记.
    Registered {
        /// The way in.
        channel: Channel,
        /// What is known so far.
        classification: Classification,
        /// The first contact.
        contact: Contact,
        /// The words' key.
        key: KeySlot,
        /// SHA-256 of the query code, hex.
        query_code: String,
        /// The name of the matter in the system it came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        /// When it was written or happened, where that is known to differ.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        occurred_at: Option<Timestamp>,
    },
    /// 追加来件.
    ContactAdded {
        /// The contact.
        contact: Contact,
    },
    /// 直接答复.
    AnsweredDirectly {
        /// The knowledge article or official notice it rests on.
        article: String,
    },
    /// 不予受理.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// 紧急转接, begun on the live call and not confirmed yet.
    TransferStarted {
        /// To whom.
        service: Emergency,
    },
    /// 紧急转接, confirmed by the other side.
    TransferredOut {
        /// To whom.
        service: Emergency,
    },
    /// 分类.
    Classified {
        /// The classification.
        classification: Classification,
        /// Why a triager must look at it; none when one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<Hold>,
    },
    /// 派单.
    Dispatched {
        /// One lead and any co legs.
        legs: Vec<Opened>,
        /// On what it rests.
        ground: Ground,
    },
    /// 签收.
    Signed {
        /// Which leg.
        leg: LegId,
    },
    /// 先行联系.
    ContactTried {
        /// Which leg.
        leg: LegId,
        /// How.
        means: Means,
        /// Whether somebody answered.
        reached: bool,
        /// Whether first contact counts as made: reached, or the third failed try over two half-days.
        made: bool,
    },
    /// 阶段反馈.
    StageReported {
        /// Which leg.
        leg: LegId,
        /// Whether the danger is controlled.
        controlled: bool,
    },
    /// 回复.
    Replied {
        /// Which leg.
        leg: LegId,
        /// How it ends, says the unit.
        claim: Claim,
    },
    /// 审核通过.
    AuditPassed {
        /// Passed by rule, not read.
        by_rule: bool,
    },
    /// 审核不通过.
    AuditFailed {
        /// Form or substance.
        fault: AuditFault,
    },
    /// 回访, nobody answered.
    CallbackMissed {},
    /// After the last try the resident gets a link instead.
    LinkOpened {},
    /// 回访结果.
    CallbackAnswered {
        /// Whether the matter is solved, says the resident.
        solved: bool,
        /// How satisfied.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rating: Option<Rating>,
        /// By the one-use link, not by a call.
        by_link: bool,
    },
    /// 重办.
    ReworkOrdered {
        /// Counted from 1.
        round: u8,
    },
    /// 催办.
    Urged {
        /// By whom.
        by: UrgedBy,
    },
    /// 密办.
    Sealed {
        /// Who is accused; none: not known yet, only the sealed desk sees it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accused: Option<Accused>,
    },
    /// The lead is recused: its legs end, the matter goes back to the triage desk.
    Recalled {},
    /// A co leg of a recused unit ends.
    LegEnded {
        /// Which.
        leg: LegId,
    },
    /// A level reached for another reason than a clock.
    Escalated {
        /// Which.
        level: Level,
        /// Why.
        cause: Cause,
        /// Who is told.
        told: Vec<Addressee>,
        /// Points charged to the unit, in tenths; none where it only informs.
        #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
        points_tenths: u16,
    },
    /// A level of a clock fired.
    LevelFired {
        /// Which run.
        clock: RunId,
        /// Which level.
        level: Level,
        /// When it was to fire.
        due_at: Timestamp,
        /// Fired late because the system was down: charged to nobody.
        system_was_down: bool,
        /// Points charged to the unit, in tenths.
        points_tenths: u16,
        /// Who is told.
        told: Vec<Addressee>,
    },
    /// 备注.
    Annotated {},
    /// 撤回.
    Withdrawn {},
    /// 重开.
    Reopened {
        /// How often so far.
        count: u8,
    },
    /// 办结.
    Closed {
        /// How.
        how: CloseKind,
    },
    /// A clock began a run.
    ClockStarted {
        /// The run with its due time and steps.
        run: Run,
    },
    /// A clock stopped.
    ClockStopped {
        /// Which run.
        clock: RunId,
    },
    /// The key of some words or of a contact's identity is destroyed.
    Erased {
        /// The slot.
        slot: KeySlot,
    },
}

impl Event {
    /// The stable name, as stored.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Registered { .. } => "registered",
            Event::ContactAdded { .. } => "contact_added",
            Event::AnsweredDirectly { .. } => "answered_directly",
            Event::Declined { .. } => "declined",
            Event::TransferStarted { .. } => "transfer_started",
            Event::TransferredOut { .. } => "transferred_out",
            Event::Classified { .. } => "classified",
            Event::Dispatched { .. } => "dispatched",
            Event::Signed { .. } => "signed",
            Event::ContactTried { .. } => "contact_tried",
            Event::StageReported { .. } => "stage_reported",
            Event::Replied { .. } => "replied",
            Event::AuditPassed { .. } => "audit_passed",
            Event::AuditFailed { .. } => "audit_failed",
            Event::CallbackMissed {} => "callback_missed",
            Event::LinkOpened {} => "link_opened",
            Event::CallbackAnswered { .. } => "callback_answered",
            Event::ReworkOrdered { .. } => "rework_ordered",
            Event::Urged { .. } => "urged",
            Event::Sealed { .. } => "sealed",
            Event::Recalled {} => "recalled",
            Event::LegEnded { .. } => "leg_ended",
            Event::Escalated { .. } => "escalated",
            Event::LevelFired { .. } => "level_fired",
            Event::Annotated {} => "annotated",
            Event::Withdrawn {} => "withdrawn",
            Event::Reopened { .. } => "reopened",
            Event::Closed { .. } => "closed",
            Event::ClockStarted { .. } => "clock_started",
            Event::ClockStopped { .. } => "clock_stopped",
            Event::Erased { .. } => "erased",
        }
    }

    /// The clock an event is about, if any.
    pub fn clock(&self) -> Option<Kind> {
        if let Event::ClockStarted { run } = self {
            return Some(run.kind);
        }
        if let Event::ClockStopped { clock } | Event::LevelFired { clock, .. } = self {
            return Some(clock.kind);
        }
        None
    }
}

/// An event with the words that belong to it, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What happened.
    pub event: Event,
    /// What was said, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Sealed>,
    /// Whose identity came with it, sealed under the contact's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Sealed>,
}

impl From<Event> for Fact {
    fn from(event: Event) -> Self {
        Fact {
            event,
            words: None,
            identity: None,
        }
    }
}

/// A fact in its place in history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Whose.
    pub number: TicketNumber,
    /// The ticket's version after it, from 1.
    pub version: u32,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// Under which rules.
    pub rules: RulesVersion,
    /// What.
    pub fact: Fact,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::expect;

    use crate::ticket::check::Scene;

    const LIVES: [&str; 6] = [
        "register complaint b urban.noise phone in s
         again web by li
         classify grade a
         dispatch street water by noise
         sign street
         contact street reached
         stage street controlled
         urge
         note
         sign water
         reply water solved
         reply street solved
         audit form
         reply street solved
         audit pass
         callback missed
         callback unsolved dissatisfied
         rework
         escalate l3
         erase words",
        "register help c urban.noise phone
         dispatch water village
         tick to 2026-11-24 18:00
         seal street
         seal water
         withdraw
         reopen",
        "register help a urban.noise phone
         transfer 119
         transfer 120 confirmed",
        "register consult c urban.noise phone
         answer
         reopen
         decline r4",
        "register help c urban.noise phone
         dispatch water
         sign water
         reply water solved unread
         callback missed
         callback missed
         callback missed",
        "register report c urban.noise letter anonymous",
    ];

    /// Frozen: a line that changes here is a record that old journals hold and new code must still read.
    #[test]
    fn every_event_is_stored_like_this() {
        let mut stored: BTreeMap<&str, String> = BTreeMap::new();
        for life in LIVES {
            let mut scene = Scene::new();
            scene.play(life);
            for recorded in &scene.history {
                let event = &recorded.fact.event;
                stored
                    .entry(event.name())
                    .or_insert_with(|| serde_json::to_string(event).unwrap());
            }
        }
        let lines: String = stored.values().map(|line| format!("{line}\n")).collect();
        expect![[r#"
            {"kind":"annotated"}
            {"kind":"answered_directly","article":"k-1"}
            {"kind":"audit_failed","fault":"form"}
            {"kind":"audit_passed","by_rule":false}
            {"kind":"callback_answered","solved":false,"rating":"dissatisfied","by_link":false}
            {"kind":"callback_missed"}
            {"kind":"classified","classification":{"kind":"complaint","grade":"a","category":"urban.noise","area":"s","confidence_percent":100}}
            {"kind":"clock_started","run":{"kind":"c0","run":1,"limit":"2 d","started_at":"2026-11-23T01:00:00Z","due_at":"2026-11-25T01:00:00Z","yellow_at":"2026-11-24T13:00:00Z","steps":[{"level":"l1","at":"2026-11-25T01:00:00Z"}]}}
            {"kind":"clock_stopped","clock":{"kind":"c1","run":2}}
            {"kind":"closed","how":"withdrawn"}
            {"kind":"contact_added","contact":{"id":2,"channel":"web","standing":"own","caller":"6c696c696c696c696c696c696c696c69","identity":102}}
            {"kind":"contact_tried","leg":1,"means":"phone","reached":true,"made":true}
            {"kind":"declined","reason":"r4"}
            {"kind":"dispatched","legs":[{"leg":1,"role":"lead","unit":"street"},{"leg":2,"role":"co","unit":"water"}],"ground":{"entry":"noise"}}
            {"kind":"erased","slot":1}
            {"kind":"escalated","level":"l3","cause":"supervisor","told":["district_leader","city_office"]}
            {"kind":"leg_ended","leg":2}
            {"kind":"level_fired","clock":{"kind":"c2","leg":1,"run":1},"level":"l0","due_at":"2026-11-24T00:45:00Z","system_was_down":false,"points_tenths":0,"told":["clerk"]}
            {"kind":"link_opened"}
            {"kind":"recalled"}
            {"kind":"registered","channel":"phone","classification":{"kind":"complaint","grade":"b","category":"urban.noise","area":"s","confidence_percent":90},"contact":{"id":1,"channel":"phone","standing":"own","caller":"77616e6777616e6777616e6777616e67","identity":101},"key":1,"query_code":"0000000000000000000000000000000000000000000000000000000000000000"}
            {"kind":"reopened","count":1}
            {"kind":"replied","leg":2,"claim":"solved"}
            {"kind":"rework_ordered","round":1}
            {"kind":"sealed","accused":{"unit":"street"}}
            {"kind":"signed","leg":1}
            {"kind":"stage_reported","leg":1,"controlled":true}
            {"kind":"transfer_started","service":"119"}
            {"kind":"transferred_out","service":"120"}
            {"kind":"urged","by":"citizen"}
            {"kind":"withdrawn"}
        "#]].assert_eq(&lines);
    }
}
