//! Every reason is given by something: a rule nobody can break is no rule.

use crate::refusal::Reason;
use crate::ticket::CONTACTS_MAX;

use super::Scene;

/// Reasons other crates give.
const ELSEWHERE: [Reason; 1] = [Reason::WrongCode];

const C: &str = "register complaint c urban.noise phone in s\n";
const AT_WATER: &str = "register complaint c urban.noise phone in s\ndispatch water\n";
const SIGNED: &str = "register complaint c urban.noise phone in s\ndispatch water\nsign water\n";
const REPLIED: &str =
    "register complaint c urban.noise phone in s\ndispatch water\nsign water\nreply water solved unread\n";

/// What leads there, the line that is refused, and why.
const CASES: &[(&str, &str, Reason)] = &[
    (C, "audit pass", Reason::WrongPhase),
    (AT_WATER, "sign roads", Reason::WrongRelation),
    (AT_WATER, "supervisor: sign", Reason::WrongRelation),
    (C, "operator: dispatch water", Reason::WrongRelation),
    (
        REPLIED,
        "callback_agent@water: callback solved",
        Reason::SelfReview,
    ),
    (C, "seal fish", Reason::UnknownUnit),
    (C, "dispatch fish", Reason::UnknownUnit),
    (
        "",
        "register complaint c urban.noise phone accused fish",
        Reason::UnknownUnit,
    ),
    (
        "",
        "register complaint c urban.fish phone",
        Reason::UnknownCategory,
    ),
    (C, "classify category urban.fish", Reason::UnknownCategory),
    (
        C,
        "dispatch water as category urban.fish",
        Reason::UnknownCategory,
    ),
    (
        "",
        "register complaint c urban.noise phone in mars",
        Reason::UnknownArea,
    ),
    (C, "classify area mars", Reason::UnknownArea),
    (
        "register report c urban.noise phone accused water\n",
        "dispatch water",
        Reason::Recused,
    ),
    (
        "register report c urban.noise phone accused water\n",
        "unit_clerk@water: note",
        Reason::Recused,
    ),
    (
        "register report c urban.noise phone\n",
        "dispatch water",
        Reason::AccusedMissing,
    ),
    (
        "register complaint c urban.noise web confidential\n",
        "dispatch water",
        Reason::AccusedMissing,
    ),
    (C, "dispatch water as type report", Reason::AccusedMissing),
    (AT_WATER, "classify type report", Reason::AccusedMissing),
    (
        "register complaint c - phone\n",
        "dispatch water",
        Reason::NotClassified,
    ),
    (C, "dispatch water by noise", Reason::WrongEntry),
    (C, "dispatch water roads roads", Reason::RepeatedUnit),
    (SIGNED, "sign water", Reason::AlreadySigned),
    (AT_WATER, "contact water reached", Reason::NotSigned),
    (AT_WATER, "reply water solved", Reason::NotSigned),
    (
        "register help a utilities.water phone\ndispatch water\nsign water\ncontact water reached\n",
        "contact water reached",
        Reason::AlreadyContacted,
    ),
    (
        "register complaint c urban.noise phone anonymous\ndispatch water\nsign water\n",
        "contact water reached",
        Reason::NobodyToContact,
    ),
    (
        "register complaint c urban.noise phone\ndispatch water\nsign water\nreply water solved unread\n\
        at 2026-11-23 21:00\n",
        "callback missed",
        Reason::QuietHours,
    ),
    (SIGNED, "stage water", Reason::NoStageReport),
    (
        "register complaint c urban.noise phone\ndispatch water roads\nsign water\n",
        "reply water solved",
        Reason::LegsMissing,
    ),
    (
        "register complaint c urban.noise phone\ndispatch water roads\nsign roads\nreply roads solved\n",
        "reply roads solved",
        Reason::AlreadyReplied,
    ),
    (REPLIED, "rework", Reason::NotUnsolved),
    (
        "register complaint c urban.noise phone\ndispatch water\nsign water\nreply water solved unread\n\
        callback unsolved\nrework\nreply water solved\naudit pass\ncallback unsolved\n",
        "rework",
        Reason::SupervisorNeeded,
    ),
    (
        "register complaint c urban.noise phone\ndispatch water\nsign water\nreply water solved unread\n\
        callback unsolved\nrework\nreply water solved\naudit pass\ncallback unsolved\nsupervisor: rework\n\
        reply water solved\naudit pass\ncallback unsolved\n",
        "supervisor: rework",
        Reason::ReworkExhausted,
    ),
    (
        "register complaint c urban.noise phone\n",
        "answer agreed",
        Reason::NotAnswerable,
    ),
    (C, "decline r9", Reason::DeclineNeedsSupervisor),
    (
        "register complaint c urban.noise phone\nurge\n",
        "urge",
        Reason::UrgedToday,
    ),
    (
        "register complaint a urban.noise phone\n",
        "withdraw",
        Reason::NotWithdrawable,
    ),
    (
        "register consult c urban.noise phone\nanswer\nat 2026-12-24 09:00\n",
        "reopen",
        Reason::ReopenTooLate,
    ),
    (AT_WATER, "fire c2 water l0", Reason::NotDue),
    (
        "register complaint c urban.noise phone\ndispatch water\ntick to 2026-11-24 17:30\n",
        "fire c2 water l1",
        Reason::AlreadyFired,
    ),
    (
        "register report c urban.noise phone\n",
        "seal",
        Reason::AlreadySealed,
    ),
    (
        "register consult c urban.noise phone\ndispatch water\n",
        "classify type help",
        Reason::LengtheningNeedsSupervisor,
    ),
    (
        "register complaint c urban.noise phone\ndispatch water\nsign water\nreply water solved unread\n\
        callback unsolved\n",
        "callback solved",
        Reason::OutcomeRecorded,
    ),
    (C, "dispatch water a b c d e f g h i", Reason::TooMany),
    (
        "register complaint c urban.noise phone\nescalate l2\n",
        "escalate l2",
        Reason::NothingChanges,
    ),
    (
        "register complaint c urban.noise phone\nclassify grade d\n",
        "classify grade d",
        Reason::NothingChanges,
    ),
    (
        "register help a urban.noise phone\ntransfer 110\n",
        "transfer 110",
        Reason::NothingChanges,
    ),
    (C, "erase contact 9", Reason::NothingChanges),
];

/// The reason for which a line is refused.
fn refused(before: &str, line: &str) -> Option<Reason> {
    let mut scene = Scene::new();
    for line in before.lines() {
        scene
            .line(line)
            .unwrap_or_else(|refusal| panic!("{line}: {refusal:?}"));
    }
    scene.line(line).err().map(|refusal| refusal.reason)
}

#[test]
fn every_reason_is_given_by_something() {
    for (before, line, reason) in CASES {
        assert_eq!(refused(before, line), Some(*reason), "{before}> {line}");
    }
    for reason in Reason::ALL.iter().filter(|reason| !ELSEWHERE.contains(reason)) {
        assert!(
            CASES.iter().any(|(.., given)| given == reason),
            "nothing gives {}",
            reason.as_str()
        );
    }
}

#[test]
fn reasons_are_distinct_upper_case_words_in_two_languages() {
    for (at, reason) in Reason::ALL.iter().enumerate() {
        let word = reason.as_str();
        assert!(
            word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'),
            "{word}"
        );
        assert!(!reason.zh().is_ascii() && reason.en().is_ascii(), "{word}");
        assert!(
            Reason::ALL[..at].iter().all(|other| other.as_str() != word),
            "{word} stands twice"
        );
    }
}

#[test]
fn lists_of_a_ticket_have_an_end() {
    let again = "again phone\n".repeat(CONTACTS_MAX - 1);
    assert_eq!(
        refused(&format!("{C}{again}"), "again phone"),
        Some(Reason::TooMany)
    );

    let missed = "contact water missed\n".repeat(20);
    assert_eq!(
        refused(&format!("{SIGNED}{missed}"), "contact water missed"),
        Some(Reason::TooMany)
    );

    let rounds = "answer\nreopen\n".repeat(20);
    let consult = "register consult c urban.noise phone\n";
    assert_eq!(
        refused(&format!("{consult}{rounds}answer"), "reopen"),
        Some(Reason::TooMany)
    );
}
