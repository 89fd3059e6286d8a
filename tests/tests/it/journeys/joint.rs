//! 会商、联办、转派: several units at one matter, one limit, one answer.

use proto::common::v1::{Claim, ClockKind, Phase, Role};
use tonic::Code;

use crate::city::{City, MONDAY, Taken, due, leg, refused, runs, vague};

const STALLS: &str = "urban.appearance.stalls";
const JINXIA: &str = "440507001";

fn leg_due(ticket: &proto::tickets::v1::Ticket, unit: &str) -> String {
    let id = leg(ticket, unit).leg;
    let clock = ticket
        .clocks
        .iter()
        .find(|clock| clock.kind() == ClockKind::Handle && clock.leg == id)
        .unwrap();
    crate::city::local(&clock.due_time)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_units_are_asked_before_anybody_is_sent() {
    let city = City::open().await;
    let Taken { number, .. } = &city.held(vague()).await;
    let triager = city.desk(Role::Triager).await;
    assert_eq!(
        refused(triager.consult(number, &["ecology"]).await).1,
        "OPINIONS_MISSING"
    );
    assert_eq!(
        refused(triager.consult(number, &["ecology", "ecology"]).await).1,
        "REPEATED_UNIT"
    );
    assert_eq!(
        refused(triager.consult(number, &["ecology", "nobody"]).await).1,
        "UNKNOWN_UNIT"
    );
    let asked = triager
        .consult(number, &["ecology", "urban-management"])
        .await
        .unwrap();
    assert_eq!(
        (asked.phase(), asked.step_holder.as_str()),
        (Phase::Consulting, "triage_desk")
    );
    assert_eq!(asked.opinions.len(), 2);
    assert!(asked.opinions.iter().all(|one| one.takes_it.is_none()));
    let clocks = &asked.clocks;
    assert!(
        clocks
            .iter()
            .any(|clock| clock.limit == "1 wd" && clock.stop_time.is_none()),
        "a consultation takes one working day: {clocks:?}"
    );

    let (ecology, urban) = (city.clerk("ecology").await, city.clerk("urban-management").await);
    assert!(
        ecology.ticket(number).await.unwrap().body.contains("说来话长"),
        "who is asked may read it"
    );
    assert_eq!(
        refused(city.clerk("broadcast").await.opinion(number, true).await),
        (Code::NotFound, "NOT_FOUND".to_owned())
    );
    let (_, reason) = refused(
        triager
            .send(number, "urban.noise.industrial", "440511", &["ecology"])
            .await,
    );
    assert_eq!(reason, "OPINIONS_MISSING");
    ecology.opinion(number, false).await.unwrap();
    let (_, reason) = refused(
        triager
            .send(number, "urban.noise.industrial", "440511", &["ecology"])
            .await,
    );
    assert_eq!(reason, "OPINIONS_MISSING", "one opinion is none");
    let heard = urban.opinion(number, true).await.unwrap();
    let said: Vec<(&str, Option<bool>)> = heard
        .opinions
        .iter()
        .map(|one| (one.unit.as_str(), one.takes_it))
        .collect();
    assert_eq!(said, [("ecology", Some(false)), ("urban-management", Some(true))]);
    let sent = triager
        .send(number, "urban.noise.industrial", "440511", &["urban-management"])
        .await
        .unwrap();
    assert_eq!(
        (sent.phase(), sent.lead_unit.as_str()),
        (Phase::Dispatched, "urban-management")
    );
    assert_eq!(
        refused(triager.consult(number, &["ecology", "police"]).await).1,
        "WRONG_PHASE"
    );
    assert_eq!(refused(urban.opinion(number, true).await).1, "WRONG_PHASE");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consultation_may_end_without_anybody_being_sent() {
    let city = City::open().await;
    let Taken { number, .. } = &city.held(vague()).await;
    let triager = city.desk(Role::Triager).await;
    triager.consult(number, &["ecology", "police"]).await.unwrap();
    let operator = city.desk(Role::Operator).await;
    let declined = operator
        .decline(number, proto::common::v1::DeclineReason::LegalRoute)
        .await
        .unwrap();
    assert_eq!(declined.close_kind, "declined_r2");

    let Taken { number, .. } = &city.held(vague()).await;
    triager.consult(number, &["ecology", "police"]).await.unwrap();
    let withdrawn = operator.withdraw(number).await.unwrap();
    assert_eq!(withdrawn.close_kind, "withdrawn");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lead_and_co_work_at_once_and_the_lead_alone_answers() {
    let city = City::open().await;
    let units = ["street-440507001", "urban-management", "traffic-police"];
    let taken = city.sent(vague(), STALLS, JINXIA, &units).await;
    let number = &taken.number;
    let co = city.clerk("urban-management").await;
    co.sign(number).await.unwrap();
    co.contact(number, true).await.unwrap();
    let ticket = co.ticket(number).await.unwrap();
    assert_eq!(
        ticket.phase(),
        Phase::Dispatched,
        "the phase follows the lead, the co leg need not wait"
    );
    assert_eq!(
        (
            leg_due(&ticket, "street-440507001"),
            leg_due(&ticket, "urban-management")
        ),
        ("2026-11-23 17:30".to_owned(), "2026-11-20 17:30".to_owned()),
        "co legs have four fifths"
    );
    city.begun(number, &["street-440507001", "traffic-police"]).await;
    let street = city.leader("street-440507001").await;
    street
        .endorse(number, proto::common::v1::Act::Reply)
        .await
        .unwrap();
    let lead = city.clerk("street-440507001").await;
    assert_eq!(refused(lead.reply(number, Claim::Solved).await).1, "LEGS_MISSING");
    city.replies("urban-management", number, Claim::Solved).await;
    assert_eq!(refused(lead.reply(number, Claim::Solved).await).1, "LEGS_MISSING");
    city.replies("traffic-police", number, Claim::Explained).await;
    let replied = lead.reply(number, Claim::Solved).await.unwrap();
    assert_eq!(
        (replied.phase(), replied.claim()),
        (Phase::ReplyReview, Claim::Solved),
        "one answer, the lead's"
    );
    city.desk(Role::Auditor).await.pass(number).await.unwrap();
    let tracked = city.nobody().track(&taken).await.unwrap();
    assert_eq!(tracked.answer.unwrap().done, "已更换线路和灯具");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_co_unit_is_excused_with_a_reason_and_not_before() {
    let city = City::open().await;
    let units = ["street-440507001", "urban-management"];
    let Taken { number, .. } = &city.sent(vague(), STALLS, JINXIA, &units).await;
    city.begun(number, &["street-440507001"]).await;
    let (lead, silent) = (
        city.clerk("street-440507001").await,
        city.clerk("urban-management").await,
    );
    let co = leg(&lead.ticket(number).await.unwrap(), "urban-management").leg;
    assert_eq!(
        refused(silent.excuse(number, co).await).1,
        "NOT_EXCUSABLE",
        "nobody excuses himself"
    );
    city.it_is("2026-11-20T17:31");
    let before = lead.ticket(number).await.unwrap();
    let after = lead.excuse(number, co).await.unwrap();
    assert_eq!(leg(&after, "urban-management").state, "excused");
    assert_eq!(due(&after, ClockKind::Handle), due(&before, ClockKind::Handle));
    let history = lead.history(number).await;
    let excused = history.iter().find(|event| event.kind == "leg_excused").unwrap();
    assert!(excused.words.values().any(|said| said.contains("多次催促")));
    assert_eq!(refused(lead.excuse(number, co).await).1, "NOT_EXCUSABLE");
    let replied = city.replies("street-440507001", number, Claim::Solved).await;
    assert_eq!(replied.phase(), Phase::ReplyReview);
    city.close().await;
}

/// A city whose tree is four levels deep: city hall, Longhu, Zhuchi, and the village of Xinnanxin.
async fn deep() -> City {
    City::open_with(
        MONDAY,
        &[
            (
                "units.toml",
                "[[unit]]\nid = \"district-longhu\"",
                "[[unit]]\nid = \"city-hall\"\nzh = \"汕头市人民政府\"\nen = \"City hall\"\nclass = \"department\"\n\n\
                 [[unit]]\nparent = \"city-hall\"\nid = \"district-longhu\"",
            ),
            (
                "units.toml",
                "[[unit]]\nid = \"street-440507004\"",
                "[[unit]]\nid = \"village-xinnanxin\"\nzh = \"新南信社区\"\nen = \"Xinnanxin\"\nclass = \"department\"\n\
                 parent = \"street-440507003\"\n\n[[unit]]\nid = \"street-440507004\"",
            ),
        ],
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piece_is_passed_down_four_levels_and_the_limit_stays() {
    let city = deep().await;
    let taken = city
        .sent(vague(), "urban.sanitation.sweeping", "440507003", &["city-hall"])
        .await;
    let number = &taken.number;
    let line = [
        "city-hall",
        "district-longhu",
        "street-440507003",
        "village-xinnanxin",
    ];
    city.begun(number, &line[..1]).await;
    assert_eq!(
        refused(city.clerk(line[0]).await.sub_assign(number, "ecology").await).1,
        "NOT_BELOW",
        "downward only"
    );
    for (day, pair) in line.windows(2).enumerate() {
        city.it_is(&format!("2026-11-{}T09:30", 16 + day));
        let clerk = city.clerk(pair[0]).await;
        let passed = clerk.sub_assign(number, pair[1]).await.unwrap();
        let below = leg(&passed, pair[1]);
        assert_eq!(
            (below.role.as_str(), below.under),
            ("step", leg(&passed, pair[0]).leg)
        );
        assert_eq!(
            leg_due(&passed, pair[1]),
            "2026-11-23 17:30",
            "nobody extends the limit"
        );
        assert_eq!(passed.lead_unit, "city-hall");
        assert_eq!(
            refused(clerk.sub_assign(number, pair[1]).await).1,
            "REPEATED_UNIT"
        );
        city.clerk(pair[1]).await.sign(number).await.unwrap();
    }
    let (_, reason) = refused(city.clerk(line[3]).await.sub_assign(number, line[2]).await);
    assert_eq!(reason, "NOT_BELOW", "never upward, never deeper than the fourth");

    // Answers come up as the piece went down.
    for unit in &line[..3] {
        city.leader(unit)
            .await
            .endorse(number, proto::common::v1::Act::Reply)
            .await
            .unwrap();
        let early = city.clerk(unit).await.reply(number, Claim::Solved).await;
        assert_eq!(refused(early).1, "LEGS_MISSING", "{unit}");
    }
    let village = city.replies(line[3], number, Claim::Solved).await;
    assert_eq!(village.phase(), Phase::Handling);
    for unit in line[..3].iter().rev() {
        city.clerk(unit).await.reply(number, Claim::Solved).await.unwrap();
    }
    let ticket = city.desk(Role::Auditor).await.pass(number).await.unwrap();
    assert_eq!(ticket.phase(), Phase::CallbackDue);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_departments_own_duty_stays_with_it() {
    let city = City::open().await;
    let Taken { number, .. } = &city
        .sent(vague(), "police.order.theft", "440507", &["police"])
        .await;
    let police = city.clerk("police").await;
    assert_eq!(
        refused(police.sub_assign(number, "traffic-police").await).1,
        "NOT_SIGNED"
    );
    police.sign(number).await.unwrap();
    assert_eq!(
        refused(police.sub_assign(number, "street-440507001").await).1,
        "NOT_BELOW"
    );
    let passed = police.sub_assign(number, "traffic-police").await.unwrap();
    assert!(runs(&passed, ClockKind::Handle));
    let stranger = city
        .clerk("district-longhu")
        .await
        .sub_assign(number, "street-440507001")
        .await;
    assert_eq!(refused(stranger).0, Code::NotFound);
    city.close().await;
}
