use std::collections::BTreeMap;

use expect_test::expect;

use super::Event;
use crate::ticket::check::Scene;

const LIVES: [&str; 17] = [
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
    "register complaint c urban.noise phone in s
     consult water roads
     opinion water takes
     opinion roads declines
     dispatch water ecology district
     sign water
     sign district
     subassign district street
     excuse water ecology
     endorse water reply
     recuse district",
    "register complaint c urban.noise phone
     dispatch water
     return water wrong_unit to roads
     decide return no
     return water wrong_unit to roads
     rule roads proposes
     decide entry yes",
    "register complaint c urban.noise phone
     dispatch water
     return water wrong_area
     decide return yes
     split 2
     dispatch water
     redispatch roads",
    "register complaint c urban.noise phone
     dispatch water
     sign water
     extend water 3
     decide extension no
     extend water 3
     decide extension yes
     ask water
     replied
     suspend water planning check 2026-12-10 until 2027-03-01
     decide suspension no
     suspend water planning check 2026-12-10 until 2027-03-01
     decide suspension yes
     promise water 2026-12-20
     resume water
     terminate water r2
     decide termination no
     terminate water r2
     decide termination yes",
    "register complaint c urban.noise phone
     dispatch water
     sign water
     ask water
     tick to 2026-12-20 09:00
     decide proposal no
     answer_order water 1
     deadline reached dissatisfied",
    "register complaint c urban.noise phone
     dispatch water
     sign water
     reply water explained
     audit pass
     callback unsolved dissatisfied
     review
     decide review no by a b c",
    "register complaint c urban.noise phone
     decline r2
     object
     decide objection yes",
    "register complaint c urban.noise phone
     dispatch water
     sign water
     reply water solved unread
     callback solved satisfied
     exclude water force_majeure
     decide exclusion yes
     city_office#two: decide exclusion yes",
    "register complaint c urban.noise phone
     dispatch water
     sign water
     reply water solved unread
     callback solved satisfied
     exclude water malicious
     decide exclusion no",
    "register complaint c urban.noise phone
     merge
     unmerge
     merge
     rejoin",
    "register complaint c urban.noise phone
     dispatch roads
     take
     join
     let_go",
];

#[test]
fn a_dispatch_of_before_its_proof_was_kept_still_loads() {
    let old = r#"{"kind":"dispatched","legs":[{"leg":1,"role":"lead","unit":"street"},{"leg":2,"role":"co","unit":"water"}],"ground":{"entry":"noise"},"rules":"VERSION"}"#;
    let event: Event = serde_json::from_str(old).unwrap();
    assert!(matches!(&event, Event::Dispatched { proof: None, .. }));
    assert_eq!(serde_json::to_string(&event).unwrap(), old);
}

/// Everything a proof may hold. Frozen like the rest.
#[test]
fn a_whole_proof_is_stored_like_this() {
    let new = r#"{"kind":"dispatched","legs":[{"leg":1,"role":"lead","unit":"street"}],"ground":{"entry":"noise"},"proof":{"category":"urban.noise","percent":97,"area":"s","area_from":"landmark","model":"20261122-3f2a9c1b","similar":["20261123-0000021","20261123-0000037"]}}"#;
    let event: Event = serde_json::from_str(new).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), new);
}

/// Frozen: a line that changes here is a record that old journals hold and new code must still read.
#[test]
#[expect(clippy::too_many_lines, reason = "one line an event")]
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
    let lines = lines.replace(&Scene::new().rules.version().0, "VERSION");
    expect![[r#"
        {"kind":"annotated"}
        {"kind":"answered_directly","article":"k-1"}
        {"kind":"audit_failed","fault":"form"}
        {"kind":"audit_passed","by_rule":false}
        {"kind":"callback_answered","solved":false,"rating":"dissatisfied","by_link":false}
        {"kind":"callback_missed"}
        {"kind":"child_joined","child":"20261123-0000092"}
        {"kind":"child_merged","child":"20261123-0000092","callers":["7a68616f7a68616f7a68616f7a68616f"],"heard":[{"at":"2026-11-02T01:00:00Z","caller":"7a68616f7a68616f7a68616f7a68616f"}]}
        {"kind":"child_unmerged","child":"20261123-0000092"}
        {"kind":"citizen_asked","leg":1}
        {"kind":"citizen_replied"}
        {"kind":"classified","classification":{"kind":"complaint","grade":"a","category":"urban.noise","area":"s","confidence_percent":100}}
        {"kind":"clock_started","run":{"kind":"c0","run":1,"limit":"2 d","started_at":"2026-11-23T01:00:00Z","due_at":"2026-11-25T01:00:00Z","yellow_at":"2026-11-24T13:00:00Z","steps":[{"level":"l1","at":"2026-11-25T01:00:00Z"}]}}
        {"kind":"clock_stopped","clock":{"kind":"c1","run":2}}
        {"kind":"closed","how":"withdrawn"}
        {"kind":"consult_started","units":["water","roads"]}
        {"kind":"contact_added","contact":{"id":2,"channel":"web","standing":"own","caller":"6c696c696c696c696c696c696c696c69","identity":102}}
        {"kind":"contact_tried","leg":1,"means":"phone","reached":true,"made":true}
        {"kind":"deadline_asked","reached":true,"rating":"dissatisfied"}
        {"kind":"declined","reason":"r4"}
        {"kind":"dispatched","legs":[{"leg":1,"role":"lead","unit":"street"},{"leg":2,"role":"co","unit":"water"}],"ground":{"entry":"noise"},"rules":"VERSION","proof":{"category":"urban.noise","percent":100,"area":"s"}}
        {"kind":"endorsed","leg":1,"act":"reply"}
        {"kind":"entry_decided","entry":"ruling"}
        {"kind":"erased","slot":1}
        {"kind":"escalated","level":"l3","cause":"supervisor","told":["district_leader","city_office"]}
        {"kind":"excluded","ground":"force_majeure"}
        {"kind":"exclusion_refused"}
        {"kind":"exclusion_requested","ground":"force_majeure"}
        {"kind":"exclusion_reviewed"}
        {"kind":"extension_granted","leg":1,"days":3}
        {"kind":"extension_refused","leg":1}
        {"kind":"extension_requested","leg":1,"days":3,"again":false}
        {"kind":"leg_ended","leg":2}
        {"kind":"leg_excused","leg":2}
        {"kind":"level_fired","clock":{"kind":"c2","leg":1,"run":1},"level":"l0","due_at":"2026-11-24T00:45:00Z","system_was_down":false,"points_tenths":0,"told":["clerk"]}
        {"kind":"level_proposed","level":"l4","cause":"overdue","unit":"water"}
        {"kind":"link_opened"}
        {"kind":"merged_into","into":"20261123-0000092"}
        {"kind":"objected"}
        {"kind":"objection_decided","upheld":true}
        {"kind":"opinion_given","unit":"water","takes_it":true}
        {"kind":"order_answered","order":1}
        {"kind":"order_issued","order":1,"unit":"water","due_at":"2026-12-14T09:30:00Z"}
        {"kind":"promise_checked","next_at":"2026-12-20T01:00:00Z"}
        {"kind":"proposal_decided","approved":false}
        {"kind":"recalled"}
        {"kind":"redispatched"}
        {"kind":"registered","channel":"phone","classification":{"kind":"complaint","grade":"b","category":"urban.noise","area":"s","confidence_percent":90},"contact":{"id":1,"channel":"phone","standing":"own","caller":"77616e6777616e6777616e6777616e67","identity":101},"key":1,"query_code":"0000000000000000000000000000000000000000000000000000000000000000"}
        {"kind":"rejoined","opened":{"leg":1,"role":"lead","unit":"roads"},"claim":"solved"}
        {"kind":"reopened","count":1}
        {"kind":"replied","leg":2,"claim":"solved"}
        {"kind":"resumed"}
        {"kind":"return_approved","leg":1}
        {"kind":"return_refused","leg":1}
        {"kind":"return_requested","leg":1,"reason":"wrong_unit","suggested":"roads","ruling":false}
        {"kind":"review_decided","duty_done":false,"panel":["a","b","c"]}
        {"kind":"review_requested"}
        {"kind":"rework_ordered","round":1}
        {"kind":"ruled","leg":1,"unit":"roads","proposes":true}
        {"kind":"sealed","accused":{"unit":"street"}}
        {"kind":"signed","leg":1}
        {"kind":"split_off","into":["20261123-0000021","20261123-0000037"]}
        {"kind":"stage_reported","leg":1,"controlled":true}
        {"kind":"sub_assigned","opened":{"leg":4,"role":"step","unit":"street"},"under":3}
        {"kind":"suspended","leg":1,"promise":{"ground":"planning","owner":"li","check_at":"2026-12-10T01:00:00Z","until":"2027-03-01T01:00:00Z"}}
        {"kind":"suspension_refused","leg":1}
        {"kind":"suspension_requested","leg":1,"ground":"planning","owner":"li","check_at":"2026-12-10T01:00:00Z","until":"2027-03-01T01:00:00Z"}
        {"kind":"terminated","ground":"r2"}
        {"kind":"termination_refused","leg":1}
        {"kind":"termination_requested","leg":1,"ground":"r2"}
        {"kind":"transfer_started","service":"119"}
        {"kind":"transferred_out","service":"120"}
        {"kind":"unit_recused","unit":"district"}
        {"kind":"unmerged","from":"20261123-0000092"}
        {"kind":"urged","by":"citizen"}
        {"kind":"wait_ran_out"}
        {"kind":"withdrawn"}
    "#]].assert_eq(&lines);
}
