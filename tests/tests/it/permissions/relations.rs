//! Every command against every relation to the ticket: of the lead's unit, of a co unit, of the unit above, of one
//! without a leg, of one that is kept out; at a desk likewise; whoever decided the first half; a resident with his code
//! and with another's. What each is answered stands below, to be read.
//!
//! The descriptor set is walked: an RPC that names a ticket and has no case here fails the test.

mod cases;
mod scenes;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use expect_test::expect;
use futures::future::BoxFuture;
use hotline::client::Failure;
use proto::common::v1::Role;
use tonic::Code;

use super::methods;
use crate::city::{City, Desk, Taken, accused, vague};
use cases::CASES;
use scenes::{Scene, Scenes};

/// The lead, a street; the district above it; a co unit; one without a leg; one that is kept out.
const LEAD: &str = "street-440507003";
const ABOVE: &str = "district-longhu";
const CO: &str = "urban-management";
const OTHER: &str = "broadcast";
const KEPT_OUT: &str = "market";

/// Who calls, as the ticket sees him.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Relation {
    /// At a desk, of no unit.
    Desk,
    /// The one at the desk who decided the first half.
    First,
    /// Of the lead's unit.
    Own,
    /// Of a co unit.
    Co,
    /// Of the unit above the lead.
    Above,
    /// Of a unit without a leg.
    Other,
    /// Of a unit that is kept out.
    KeptOut,
    /// A resident with the ticket's number and code.
    Code,
    /// A resident with the code of another ticket.
    OtherCode,
}

const OF_UNITS: &[Relation] = &[
    Relation::Own,
    Relation::Co,
    Relation::Above,
    Relation::Other,
    Relation::KeptOut,
];
const OF_DESKS: &[Relation] = &[
    Relation::Desk,
    Relation::Own,
    Relation::Above,
    Relation::Other,
    Relation::KeptOut,
];
const OF_TWO: &[Relation] = &[Relation::First, Relation::Own, Relation::Desk];
const OF_RESIDENTS: &[Relation] = &[Relation::OtherCode, Relation::Code];

type Said = BoxFuture<'static, Result<(), Failure>>;

/// One RPC as one role calls it, where it fits.
struct Case {
    /// Its service and name.
    rpc: &'static str,
    role: Role,
    scene: Scene,
    relations: &'static [Relation],
    say: fn(Desk, Set) -> Said,
}

/// A scene that is set.
#[derive(Clone, Debug)]
struct Set {
    taken: Taken,
    /// Another ticket of the same kind.
    other: Taken,
    /// The number of the co leg.
    co_leg: u32,
}

async fn caller(city: &City, case: &Case, relation: Relation) -> Desk {
    let of = |unit: &'static str| city.person(case.role, unit, true);
    match relation {
        Relation::Desk | Relation::Code | Relation::OtherCode if case.role == Role::Citizen => city.nobody(),
        Relation::Desk | Relation::Code | Relation::OtherCode => of("").await,
        Relation::First => city.colleague_known("first", case.role).await,
        Relation::Own => of(LEAD).await,
        Relation::Co => of(CO).await,
        Relation::Above => of(ABOVE).await,
        Relation::Other => of(OTHER).await,
        Relation::KeptOut => of(KEPT_OUT).await,
    }
}

fn answer(outcome: &Result<(), Failure>) -> String {
    match outcome {
        Ok(()) => "yes".to_owned(),
        Err(failure) => failure
            .reason
            .clone()
            .unwrap_or_else(|| format!("{:?}", failure.code)),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_is_for_those_in_the_right_relation() {
    let city = City::open().await;
    let mut scenes = Scenes::open(&city).await;
    let mut told = String::new();
    let mut last = false;
    for case in CASES {
        if case.scene == Scene::Late && !last {
            last = true;
            scenes.deadline(&city).await;
        }
        write!(
            told,
            "{} {}:",
            case.rpc,
            case.role.as_str_name().trim_start_matches("ROLE_").to_lowercase()
        )
        .unwrap();
        let mut set = None;
        let mut is_done_by_somebody = false;
        for relation in case.relations {
            let here: Set = match set.take() {
                Some(set) => set,
                None => scenes.set(&city, case.scene).await,
            };
            let desk = caller(&city, case, *relation).await;
            let mut shown = here.clone();
            if *relation == Relation::OtherCode {
                shown.taken.code.clone_from(&here.other.code);
            }
            let outcome = (case.say)(desk, shown).await;
            write!(told, " {relation:?} {},", answer(&outcome)).unwrap();
            // What is refused changes nothing, so the scene still stands.
            match outcome {
                Ok(()) => is_done_by_somebody = true,
                Err(_) => set = Some(here),
            }
        }
        assert!(
            is_done_by_somebody,
            "{}: somebody may, or the scene proves nothing: {told}",
            case.rpc
        );
        told.pop();
        told.push('\n');
    }
    expect![[r#"
        TicketService/AddContact operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/AnswerDirectly operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Decline operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Decline supervisor: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/TransferOut operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Classify triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Classify supervisor: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Dispatch triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Sign unit_clerk: Own yes, Co yes, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/RecordFirstContact unit_clerk: Own yes, Co yes, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/StageReport unit_clerk: Own yes, Co WRONG_RELATION, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/SubmitReply unit_leader: Own yes, Co ALREADY_REPLIED, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/AuditReply auditor: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/RecordCallback callback_agent: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/OrderRework callback_agent: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/OrderRework supervisor: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/Urge operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Seal triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Escalate supervisor: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Escalate city_office: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Annotate unit_clerk: Own yes, Co yes, Above yes, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/Annotate auditor: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Withdraw operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Reopen operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Consult triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/GiveOpinion unit_clerk: Own yes, Co yes, Above NOT_CONSULTED, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/Redispatch triager: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/Redispatch supervisor: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/Split triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/SubAssign unit_clerk: Own NOT_FOUND, Co NOT_BELOW, Above yes, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/Excuse unit_clerk: Own yes, Co NOT_EXCUSABLE, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/Endorse unit_leader: Own yes, Co yes, Above yes, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/RequestReturn unit_leader: Own yes, Co yes, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/DecideReturn triager: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/Adjudicate arbiter: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/DecideEntry supervisor: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/RequestExtension unit_leader: Own yes, Co yes, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/DecideExtension supervisor: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/DecideExtension city_office: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/AskCitizen unit_clerk: Own yes, Co WRONG_RELATION, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/CitizenReplied operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/RequestSuspension unit_head: Own yes, Co WRONG_RELATION, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/DecideSuspension city_office: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/CheckPromise unit_clerk: Own yes, Co WRONG_RELATION, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/Resume unit_clerk: Own yes, Co WRONG_RELATION, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/RequestTermination unit_leader: Own yes, Co WRONG_RELATION, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/DecideTermination auditor: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/RequestReview operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/DecideReview city_office: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/Object operator: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/DecideObjection supervisor: First SAME_PERSON, Own yes, Desk yes
        TicketService/IssueOrder supervisor: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/AnswerOrder unit_head: Own yes, Co WRONG_RELATION, Above yes, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/DecideProposal city_office: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/DecideProposal city_office: First SAME_PERSON, Own SELF_REVIEW, Desk yes
        TicketService/RequestExclusion unit_head: Own yes, Co WRONG_RELATION, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/DecideExclusion city_office: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
        TicketService/DecideExclusion city_office: First SAME_PERSON, Own SELF_REVIEW, Desk yes
        TicketService/Recuse triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Merge triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/Unmerge triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/GetTicket unit_clerk: Own yes, Co yes, Above yes, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/GetTicket auditor: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/ListTicketEvents unit_clerk: Own yes, Co yes, Above yes, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/ListTicketEvents auditor: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/ExplainClock unit_clerk: Own yes, Co yes, Above yes, Other NOT_FOUND, KeptOut NOT_FOUND
        TicketService/ExplainClock auditor: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TicketService/ListRulings arbiter: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        IntakeService/EndCall operator: Desk yes, Own yes, Above yes, Other yes, KeptOut yes
        IntakeService/RecordCallBack operator: Desk yes, Own yes, Above yes, Other yes, KeptOut yes
        SupervisionService/ListNotices supervisor: Desk yes, Own yes, Above yes, Other yes, KeptOut yes
        TriageService/SuggestTriage triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        TriageService/SuggestDuplicates triager: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        VaultService/Unlock unit_clerk: Own yes, Co yes, Above WRONG_RELATION, Other NOT_FOUND, KeptOut NOT_FOUND
        VaultService/Unlock callback_agent: Desk yes, Own yes, Above WRONG_RELATION, Other WRONG_RELATION, KeptOut NOT_FOUND
        VaultService/ListUnlocks supervisor: Desk yes, Own yes, Above yes, Other yes, KeptOut NotFound
        VaultService/DestroyKey city_office: Desk yes, Own yes, Above yes, Other yes, KeptOut NOT_FOUND
        FeedbackService/TrackTicket citizen: OtherCode NOT_FOUND, Code yes
        FeedbackService/AnswerQuestion citizen: OtherCode NOT_FOUND, Code yes
        FeedbackService/RequestReview citizen: OtherCode NOT_FOUND, Code yes
        FeedbackService/Object citizen: OtherCode NOT_FOUND, Code yes
        TicketService/DeadlineCallback callback_agent: Desk yes, Own SELF_REVIEW, Above SELF_REVIEW, Other yes, KeptOut NOT_FOUND
    "#]].assert_eq(&told);
    city.close().await;
}

/// A sealed report does not exist: not for a desk that is not cleared, not for the accused, whatever they ask.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_report_is_not_found_by_any_command() {
    let city = City::open().await;
    let mut report = vague();
    report.r#type = proto::common::v1::RequestType::Report.into();
    report.accused = Some(accused(KEPT_OUT));
    let taken = city
        .sent(report, "urban.appearance.stalls", "440507003", &[LEAD, CO])
        .await;
    let open = city.held(vague()).await;
    let set = Set {
        taken,
        other: open,
        co_leg: 2,
    };
    for case in CASES.iter().filter(|case| case.role != Role::Citizen) {
        let is_a_units = case.relations == OF_UNITS;
        let mut people = vec![city.person(case.role, KEPT_OUT, true).await];
        if !is_a_units {
            people.push(city.person(case.role, "", false).await);
        }
        for desk in people {
            let Err(failure) = (case.say)(desk, set.clone()).await else {
                assert!(says_nothing(case.rpc), "{} learns of it", case.rpc);
                continue;
            };
            assert_eq!(failure.code, Code::NotFound, "{}: {failure:?}", case.rpc);
        }
    }
    city.close().await;
}

/// What answers the same whether or not there is such a ticket.
fn says_nothing(rpc: &str) -> bool {
    matches!(
        rpc,
        "IntakeService/EndCall" | "IntakeService/RecordCallBack" | "SupervisionService/ListNotices"
    )
}

/// An RPC whose request names a ticket, and that anybody but the hotline's own services may call, has a case.
#[test]
fn no_rpc_that_names_a_ticket_is_without_a_case() {
    let own = domain::access::Role::System;
    let is_anybodys = |path: &str| {
        domain::access::Role::ALL
            .into_iter()
            .any(|role| role != own && kit::access::allowed(path, role))
    };
    let named: BTreeSet<String> = methods()
        .into_iter()
        .filter(|method| method.names_a_ticket && is_anybodys(&method.path))
        .map(|method| method.path.rsplit_once('.').unwrap().1.to_owned())
        .collect();
    assert!(named.len() > 55, "{named:?}");
    let told: BTreeSet<String> = CASES.iter().map(|case| case.rpc.to_owned()).collect();
    assert_eq!(named, told);
}
