//! Tickets as far as a command needs them: a street leads, city management helps, the market authority is kept out.

use std::collections::VecDeque;

use proto::common::v1::{
    Claim, DeclineReason, EscalationCause, ExclusionGround, Grade, Level, Rating, RequestType, ReturnReason,
    Role, SuspensionGround, TerminationGround,
};
use proto::tickets::v1::RegisterRequest;

use super::{ABOVE, CO, KEPT_OUT, LEAD, OF_DESKS, Set};
use crate::city::{City, Taken, fresh, leg, told, vague};

const CATEGORY: &str = "urban.appearance.stalls";
const AREA: &str = "440507003";

/// How far a ticket has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scene {
    Accepted,
    /// A consult 咨询.
    Consult,
    /// The street and city management are consulted 会商.
    Consulting,
    Declined,
    /// Declined by the first supervisor, objected to.
    Objected,
    Sent,
    Signed,
    Begun,
    /// Grade B, begun.
    Urgent,
    /// Begun, the district leads.
    AboveLeads,
    ReturnAsked,
    RulingAsked,
    Ruled,
    CoReplied,
    ExtensionAsked,
    ExtensionAskedAgain,
    CitizenAsked,
    SuspensionAsked,
    Suspended,
    TerminationAsked,
    Ordered,
    /// A supervisor proposes L4.
    Proposed,
    /// The first of the city office proposes it.
    ProposedByFirst,
    Replied,
    ToRing,
    /// Claimed solved, said unsolved.
    Unsolved,
    /// Explained, said unsolved.
    Explained,
    Reviewing,
    Closed,
    ExclusionAsked,
    /// The first reviewer agrees.
    ExclusionReviewed,
    Merged,
    /// The deadline has passed without a reply.
    Late,
}

/// Sets scenes. What takes days has been begun in time.
pub(super) struct Scenes {
    late: VecDeque<Set>,
}

impl Scenes {
    pub(super) async fn open(city: &City) -> Self {
        let mut late = VecDeque::new();
        for _ in OF_DESKS {
            late.push_back(begun(city).await);
        }
        Self { late }
    }

    /// The deadline of those begun at first passes.
    pub(super) async fn deadline(&self, city: &City) {
        city.it_is("2026-11-23T18:00");
        for set in &self.late {
            city.until(&set.taken.number, |ticket| ticket.level() >= Level::L1)
                .await;
        }
    }

    pub(super) async fn set(&mut self, city: &City, scene: Scene) -> Set {
        match scene {
            Scene::Late => self.late.pop_front().expect("as many as relations"),
            Scene::Accepted | Scene::Consult | Scene::Consulting | Scene::Declined | Scene::Objected => {
                before_dispatch(city, scene).await
            }
            Scene::Sent => sent(city, vague(), &[LEAD, CO]).await,
            Scene::Signed => {
                let set = sent(city, vague(), &[LEAD, CO]).await;
                for unit in [LEAD, CO] {
                    city.clerk(unit).await.sign(&set.taken.number).await.unwrap();
                }
                set
            }
            Scene::Begun => begun(city).await,
            Scene::Urgent => {
                let mut water = told(RequestType::Help, "家里没水", "整栋楼没有水。");
                water.grade = Grade::B.into();
                let set = sent(city, water, &[LEAD, CO]).await;
                city.begun(&set.taken.number, &[LEAD, CO]).await;
                set
            }
            Scene::AboveLeads => {
                let set = sent(city, vague(), &[ABOVE, CO]).await;
                city.begun(&set.taken.number, &[ABOVE, CO]).await;
                set
            }
            Scene::Merged => {
                let set = begun(city).await;
                let triager = city.cleared(Role::Triager).await;
                let Set { taken, other, .. } = &set;
                triager.merge(&taken.number, &other.number).await.unwrap();
                set
            }
            Scene::ReturnAsked | Scene::RulingAsked | Scene::Ruled => returned(city, scene).await,
            Scene::CoReplied
            | Scene::ExtensionAsked
            | Scene::ExtensionAskedAgain
            | Scene::CitizenAsked
            | Scene::SuspensionAsked
            | Scene::Suspended
            | Scene::TerminationAsked
            | Scene::Ordered
            | Scene::Proposed
            | Scene::ProposedByFirst => handling(city, scene).await,
            Scene::Replied
            | Scene::ToRing
            | Scene::Unsolved
            | Scene::Explained
            | Scene::Reviewing
            | Scene::Closed
            | Scene::ExclusionAsked
            | Scene::ExclusionReviewed => replied(city, scene).await,
        }
    }
}

/// Held at the desk; the market authority is kept out.
async fn accepted(city: &City, told: RegisterRequest) -> Taken {
    let taken = city.held(told).await;
    let triager = city.cleared(Role::Triager).await;
    triager.recuse(&taken.number, KEPT_OUT).await.unwrap();
    taken
}

async fn sent(city: &City, told: RegisterRequest, units: &[&str]) -> Set {
    let triager = city.cleared(Role::Triager).await;
    let again = RegisterRequest {
        request_id: fresh(),
        ..told.clone()
    };
    let (taken, other) = (accepted(city, told).await, accepted(city, again).await);
    triager.send(&other.number, CATEGORY, AREA, units).await.unwrap();
    let ticket = triager.send(&taken.number, CATEGORY, AREA, units).await;
    let co_leg = leg(&ticket.unwrap(), CO).leg;
    Set { taken, other, co_leg }
}

/// Begun, and the lead has looked at who the resident is.
async fn begun(city: &City) -> Set {
    let set = sent(city, vague(), &[LEAD, CO]).await;
    city.begun(&set.taken.number, &[LEAD, CO]).await;
    let clerk = city.clerk(LEAD).await;
    let number = set.taken.number.clone();
    super::cases::unlocks(clerk, number).await.unwrap();
    set
}

async fn before_dispatch(city: &City, scene: Scene) -> Set {
    let told = if scene == Scene::Consult {
        told(RequestType::Consult, "问一件事", "说不清的一件事。")
    } else {
        vague()
    };
    let set = Set {
        taken: accepted(city, told).await,
        other: accepted(city, vague()).await,
        co_leg: 0,
    };
    let number = &set.taken.number;
    let operator = city.cleared(Role::Operator).await;
    if scene == Scene::Consulting {
        let triager = city.cleared(Role::Triager).await;
        triager.consult(number, &[LEAD, CO]).await.unwrap();
    }
    if scene == Scene::Declined {
        operator.decline(number, DeclineReason::LegalRoute).await.unwrap();
    }
    if scene == Scene::Objected {
        let first = city.colleague_known("first", Role::Supervisor).await;
        first.decline(number, DeclineReason::BeyondDuty).await.unwrap();
        operator.object(number).await.unwrap();
    }
    set
}

async fn returned(city: &City, scene: Scene) -> Set {
    let set = sent(city, vague(), &[LEAD, CO]).await;
    let number = &set.taken.number;
    let triager = city.cleared(Role::Triager).await;
    let (leader, wrong) = (city.leader(LEAD).await, ReturnReason::WrongUnit);
    leader.give_back(number, wrong, "police").await.unwrap();
    if scene == Scene::ReturnAsked {
        return set;
    }
    triager.approve_return(number, "police").await.unwrap();
    let police = city.leader("police").await;
    police.give_back(number, wrong, LEAD).await.unwrap();
    if scene == Scene::Ruled {
        let arbiter = city.cleared(Role::Arbiter).await;
        arbiter.rule(number, "police", true).await.unwrap();
    }
    set
}

async fn handling(city: &City, scene: Scene) -> Set {
    let set = begun(city).await;
    let number = &set.taken.number;
    let (leader, head) = (city.leader(LEAD).await, city.head(LEAD).await);
    let supervisor = city.cleared(Role::Supervisor).await;
    if scene == Scene::CoReplied {
        city.replies(CO, number, Claim::Solved).await;
    }
    if matches!(scene, Scene::ExtensionAsked | Scene::ExtensionAskedAgain) {
        leader.extend(number, 2).await.unwrap();
    }
    if scene == Scene::ExtensionAskedAgain {
        supervisor.decide_extension(number, true).await.unwrap();
        leader.extend(number, 2).await.unwrap();
    }
    if scene == Scene::CitizenAsked {
        leader.ask(number, "哪一户？").await.unwrap();
    }
    if matches!(scene, Scene::SuspensionAsked | Scene::Suspended) {
        let funds = SuspensionGround::Funds;
        let asked = head.suspend(number, funds, "2026-12-10T09:00", "2027-02-01T09:00");
        asked.await.unwrap();
    }
    if scene == Scene::Suspended {
        let office = city.cleared(Role::CityOffice).await;
        office.decide_suspension(number, true).await.unwrap();
    }
    if scene == Scene::TerminationAsked {
        let silent = TerminationGround::NoCooperation;
        leader.terminate(number, silent).await.unwrap();
    }
    if scene == Scene::Ordered {
        supervisor.issue_order(number).await.unwrap();
    }
    if matches!(scene, Scene::Proposed | Scene::ProposedByFirst) {
        let first = city.colleague_known("first", Role::CityOffice).await;
        let by = if scene == Scene::Proposed {
            &supervisor
        } else {
            &first
        };
        by.propose(number, Level::L4, EscalationCause::Supervisor)
            .await
            .unwrap();
    }
    set
}

async fn replied(city: &City, scene: Scene) -> Set {
    let set = begun(city).await;
    let number = &set.taken.number;
    let is_explained = matches!(scene, Scene::Explained | Scene::Reviewing);
    let claim = if is_explained {
        Claim::Explained
    } else {
        Claim::Solved
    };
    city.replies(CO, number, claim).await;
    city.replies(LEAD, number, claim).await;
    if scene == Scene::Replied {
        return set;
    }
    city.cleared(Role::Auditor).await.pass(number).await.unwrap();
    if scene == Scene::ToRing {
        return set;
    }
    let solved = !is_explained && scene != Scene::Unsolved;
    let agent = city.cleared(Role::CallbackAgent).await;
    let said = agent.answered(number, solved, Rating::Dissatisfied);
    said.await.unwrap();
    if scene == Scene::Reviewing {
        let operator = city.cleared(Role::Operator).await;
        operator.ask_for_review(number).await.unwrap();
    }
    if matches!(scene, Scene::ExclusionAsked | Scene::ExclusionReviewed) {
        let storm = ExclusionGround::ForceMajeure;
        city.head(LEAD).await.exclude(number, storm).await.unwrap();
    }
    if scene == Scene::ExclusionReviewed {
        let first = city.colleague_known("first", Role::CityOffice).await;
        first.decide_exclusion(number, true).await.unwrap();
    }
    set
}
