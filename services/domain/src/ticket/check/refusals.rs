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
const RULED: &str = "register complaint c urban.noise phone in s\ndispatch water\nreturn water wrong_unit\n\
    decide return no\nreturn water wrong_unit\narbiter#zhou: rule roads proposes\n";

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
    (
        "register complaint c urban.noise phone\ndispatch water\nreturn water wrong_unit\n",
        "return water wrong_unit",
        Reason::DecisionPending,
    ),
    (
        "register complaint c urban.noise phone\ndispatch water\nreturn water wrong_unit\n",
        "reply water solved",
        Reason::DecisionPending,
    ),
    (SIGNED, "decide return yes", Reason::NothingPending),
    (SIGNED, "rule water", Reason::NothingPending),
    (
        "register help a utilities.water phone\ndispatch roads\n",
        "return roads wrong_unit",
        Reason::NotReturnable,
    ),
    (RULED, "return roads wrong_unit", Reason::NotReturnable),
    (
        "register complaint c urban.noise phone\ndispatch water\nat 2026-11-26 09:00\n",
        "return water wrong_unit",
        Reason::ReturnTooLate,
    ),
    (
        "register complaint c urban.noise phone\ndispatch water\nreturn water wrong_unit\ndecide return no\n\
        return water wrong_unit\n",
        "decide return yes",
        Reason::RulingNeeded,
    ),
    (
        AT_WATER,
        "unit_clerk@water: return water wrong_unit",
        Reason::NotEndorsed,
    ),
    (RULED, "supervisor#zhou: decide entry yes", Reason::SamePerson),
    (SIGNED, "decide entry yes", Reason::NoProposal),
    (SIGNED, "redispatch street", Reason::SupervisorNeeded),
    (AT_WATER, "redispatch water", Reason::NothingChanges),
    (
        "register complaint c urban.noise phone\ndispatch water\nendorse water return\n",
        "endorse water return",
        Reason::NothingChanges,
    ),
    (
        "register complaint c urban.noise phone\nmerge\n",
        "dispatch water",
        Reason::Merged,
    ),
    (
        "register complaint c urban.noise phone confidential\n",
        "merge",
        Reason::NotMergeable,
    ),
    (
        "register complaint c urban.noise phone\ndispatch water\ntake\n",
        "seal outsider",
        Reason::HasChildren,
    ),
    (
        "register report c urban.noise phone accused street\ndispatch water\nreturn water wrong_unit\n\
        decide return no\nreturn water wrong_unit\n",
        "rule roads proposes",
        Reason::SealedRuling,
    ),
    (
        "register complaint c urban.noise phone\ndispatch water\nreturn water wrong_unit\n",
        "triager#unit_leader: decide return yes",
        Reason::SamePerson,
    ),
    (C, "unmerge", Reason::NotMerged),
    (C, "let_go", Reason::NotMerged),
    (C, "rejoin", Reason::NotMerged),
];

const TWO: &str = "register complaint c urban.noise phone in s\nconsult water roads\n";
const DECLINED: &str = "register complaint c urban.noise phone in s\nsupervisor: decline r7\n";
const UNSOLVED: &str = "register complaint c urban.noise phone in s\ndispatch water\nsign water\n\
    reply water explained\naudit pass\ncallback unsolved\n";
const SOLVED: &str = "register complaint c urban.noise phone in s\ndispatch water\nsign water\n\
    reply water solved unread\ncallback solved\n";
const AT_DISTRICT: &str =
    "register complaint c urban.noise phone in s\ndispatch district roads\nsign district\n";

/// The same about joint handling, and about what comes after an end.
const JOINT: &[(&str, &str, Reason)] = &[
    (C, "consult water", Reason::OpinionsMissing),
    (TWO, "dispatch water", Reason::OpinionsMissing),
    (TWO, "opinion street takes", Reason::NotConsulted),
    (C, "consult water water", Reason::RepeatedUnit),
    (C, "split 9", Reason::TooMany),
    (AT_DISTRICT, "subassign district water", Reason::NotBelow),
    (
        "register complaint c urban.noise phone in s\ndispatch roads\nsign roads\n",
        "subassign roads quarter",
        Reason::NotAdmitted,
    ),
    (AT_DISTRICT, "excuse roads district", Reason::NotExcusable),
    (
        "register complaint c urban.noise phone in s\nrecuse street\n",
        "recuse village",
        Reason::RecusedAlready,
    ),
    (C, "object", Reason::NotDeclined),
    (
        "register complaint c urban.noise phone in s\nsupervisor: decline r7\nobject\n",
        "object",
        Reason::ObjectedAlready,
    ),
    (
        "register complaint c urban.noise phone in s\nsupervisor: decline r7\nat 2026-12-24 09:00\n",
        "object",
        Reason::ObjectionTooLate,
    ),
    (
        "register complaint c urban.noise phone in s\nsupervisor: decline r7\nobject\n",
        "decide objection yes",
        Reason::SamePerson,
    ),
    (DECLINED, "decide objection yes", Reason::NothingPending),
    (SOLVED, "review", Reason::NotReviewable),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nreply water explained\n\
        audit pass\ncallback unsolved\nreview\n",
        "review",
        Reason::ReviewedAlready,
    ),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nreply water explained\n\
        audit pass\ncallback unsolved\nreview\n",
        "decide review yes by a b b",
        Reason::PanelTooSmall,
    ),
    (
        "register complaint c urban.noise phone in s\ndispatch water\norder\n",
        "order",
        Reason::OrderOpen,
    ),
    (AT_WATER, "answer_order water 1", Reason::NoOrder),
    (DECLINED, "exclude water malicious", Reason::NotExcludable),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nreply water solved unread\n\
        callback solved\nat 2026-12-24 09:00\n",
        "exclude water malicious",
        Reason::ExclusionTooLate,
    ),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nreply water explained\n",
        "auditor#unit_clerk: audit pass",
        Reason::SamePerson,
    ),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nreply water solved unread\n\
        callback solved\nexclude water malicious\n",
        "city_office#unit_head: decide exclusion yes",
        Reason::SamePerson,
    ),
    (SIGNED, "deadline missed", Reason::DeadlineNotPassed),
    (UNSOLVED, "decide exclusion yes", Reason::NothingPending),
];

const CONTACTED: &str =
    "register complaint c urban.noise phone in s\ndispatch water\nsign water\ncontact water reached\n";

/// The same about more time, questions, rests and ends without an answer.
const PAUSES: &[(&str, &str, Reason)] = &[
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\ncontact water reached\n\
        extend water 5\ndecide extension yes\nextend water 5\n",
        "decide extension yes",
        Reason::CityOfficeNeeded,
    ),
    (
        "register help a utilities.water phone\ndispatch water\nsign water\n",
        "ask water",
        Reason::NotForGrade,
    ),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nextend water 5\n",
        "supervisor#unit_leader: decide extension yes",
        Reason::SamePerson,
    ),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\n\
        suspend water funds check 2026-12-10 until 2026-12-20\n",
        "city_office#unit_head: decide suspension yes",
        Reason::SamePerson,
    ),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nterminate water r2\n",
        "auditor#unit_leader: decide termination yes",
        Reason::SamePerson,
    ),
    (CONTACTED, "extend water 6", Reason::TooLong),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nat 2026-12-01 09:00\n",
        "extend water 5",
        Reason::PastDue,
    ),
    (
        "register complaint c urban.noise phone in s\ndispatch water\nsign water\nask water\nreplied\n",
        "ask water",
        Reason::AskedAlready,
    ),
    (
        CONTACTED,
        "suspend water funds check 2026-12-30 until 2027-01-10",
        Reason::WrongDate,
    ),
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
    for (before, line, reason) in CASES.iter().chain(JOINT).chain(PAUSES) {
        assert_eq!(refused(before, line), Some(*reason), "{before}> {line}");
    }
    for reason in Reason::ALL.iter().filter(|reason| !ELSEWHERE.contains(reason)) {
        assert!(
            CASES
                .iter()
                .chain(JOINT)
                .chain(PAUSES)
                .any(|(.., given)| given == reason),
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
