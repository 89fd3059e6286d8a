//! The closed sets of the contract as people type and read them: stable lower-case words and their Chinese names.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use domain::access;
use domain::clock;
use domain::ticket as domain_ticket;
use proto::common::v1::{
    Act, AuditFault, AuditItem, Channel, Claim, ClockKind, DeclineReason, EmergencyService, EscalationCause,
    ExclusionGround, Grade, Level, Light, Means, Phase, Rating, RequestType, ReturnReason, Role, Standing,
    SuspensionGround, TerminationGround,
};
use proto::intake::v1::CallOutcome;

/// A closed set: enum of the contract, words of the domain.
pub trait Term: Copy + Send + Sync + PartialEq + TryFrom<i32> + Into<i32> + 'static {
    /// Every word with its Chinese name, in the order of the contract's numbers from 1.
    const WORDS: fn() -> Vec<(&'static str, &'static str)>;

    /// The stable word; empty when unspecified.
    fn word(self) -> &'static str {
        entry::<Self>(self.into()).map_or("", |(word, _)| word)
    }

    /// The Chinese name; empty when unspecified.
    fn zh(self) -> &'static str {
        entry::<Self>(self.into()).map_or("", |(_, zh)| zh)
    }

    /// Reads a stable word; `-` stands for `_`, as people type it.
    fn parse(text: &str) -> Option<Self> {
        let text = text.replace('-', "_");
        let at = (Self::WORDS)().iter().position(|(word, _)| *word == text)?;
        Self::try_from(i32::try_from(at + 1).ok()?).ok()
    }
}

fn entry<T: Term>(number: i32) -> Option<(&'static str, &'static str)> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    (T::WORDS)().get(at).copied()
}

/// The stable word of a number off the wire; empty when unspecified, `unknown` when newer than this program.
pub fn word<T: Term>(number: i32) -> &'static str {
    match number {
        0 => "",
        _ => entry::<T>(number).map_or("unknown", |(word, _)| word),
    }
}

/// The name of a number off the wire, in the reader's language.
pub fn name<T: Term>(number: i32, lang: crate::out::Lang) -> &'static str {
    entry::<T>(number).map_or("", |(word, zh)| lang.word(zh, word))
}

/// Reads a word as an argument, lists the possible ones in help and suggests the nearest.
pub fn term<T: Term>() -> impl TypedValueParser<Value = T> {
    term_where(|_: T| true)
}

/// The same of some words only.
pub fn term_where<T: Term>(is_possible: fn(T) -> bool) -> impl TypedValueParser<Value = T> {
    let words = (T::WORDS)().into_iter();
    let words = words.filter(move |(word, _)| T::parse(word).is_some_and(is_possible));
    let values = words.map(|(word, zh)| {
        let dashed = word.contains('_').then(|| word.replace('_', "-"));
        PossibleValue::new(word).help(zh).aliases(dashed)
    });
    PossibleValuesParser::new(values).map(|text| T::parse(&text).expect("only possible values come through"))
}

macro_rules! terms {
    ($($term:ty = $all:expr, $zh:expr;)+) => {
        $(impl Term for $term {
            const WORDS: fn() -> Vec<(&'static str, &'static str)> =
                || $all.iter().map(|one| (one.as_str(), $zh(*one))).collect();
        })+
    };
}

/// Clocks in the order of the contract's numbers: those that came later stand at the end there.
const CLOCKS: &[clock::Kind] = &[
    clock::Kind::Citizen,
    clock::Kind::Triage,
    clock::Kind::Sign,
    clock::Kind::FirstContact,
    clock::Kind::Handle,
    clock::Kind::Stage,
    clock::Kind::Audit,
    clock::Kind::Callback,
    clock::Kind::Rating,
    clock::Kind::CallBack,
    clock::Kind::Decision,
    clock::Kind::Waiting,
    clock::Kind::Promise,
    clock::Kind::Order,
    clock::Kind::Proposal,
];

terms! {
    RequestType = domain_ticket::RequestType::ALL, domain_ticket::RequestType::zh;
    Grade = domain_ticket::Grade::ALL, domain_ticket::Grade::zh;
    Channel = domain_ticket::Channel::ALL, domain_ticket::Channel::zh;
    Standing = domain_ticket::Standing::ALL, domain_ticket::Standing::zh;
    Phase = domain_ticket::PhaseName::ALL, domain_ticket::PhaseName::zh;
    Light = clock::Light::ALL, clock::Light::zh;
    Level = clock::Level::ALL, clock::Level::zh;
    EscalationCause = domain_ticket::Cause::ALL, domain_ticket::Cause::zh;
    ClockKind = CLOCKS, clock::Kind::zh;
    Claim = domain_ticket::Claim::ALL, domain_ticket::Claim::zh;
    Rating = domain_ticket::Rating::ALL, domain_ticket::Rating::zh;
    Means = domain_ticket::Means::ALL, domain_ticket::Means::zh;
    DeclineReason = domain_ticket::DeclineReason::ALL, domain_ticket::DeclineReason::zh;
    EmergencyService = domain_ticket::Emergency::ALL, domain_ticket::Emergency::zh;
    AuditFault = domain_ticket::AuditFault::ALL, domain_ticket::AuditFault::zh;
    AuditItem = domain_ticket::AuditItem::ALL, domain_ticket::AuditItem::zh;
    ReturnReason = domain_ticket::ReturnReason::ALL, domain_ticket::ReturnReason::zh;
    SuspensionGround = domain_ticket::SuspensionGround::ALL, domain_ticket::SuspensionGround::zh;
    TerminationGround = domain_ticket::TerminationGround::ALL, domain_ticket::TerminationGround::zh;
    ExclusionGround = domain_ticket::ExclusionGround::ALL, domain_ticket::ExclusionGround::zh;
    Act = domain_ticket::Act::ALL, domain_ticket::Act::zh;
    Role = access::Role::ALL, role_zh;
}

impl Term for CallOutcome {
    const WORDS: fn() -> Vec<(&'static str, &'static str)> = || {
        vec![
            ("ticket", "已登记工单"),
            ("answered", "当场答复"),
            ("dropped", "断线"),
            ("empty", "空号或误拨"),
        ]
    };
}

fn role_zh(role: access::Role) -> &'static str {
    match role {
        access::Role::Citizen => "诉求人",
        access::Role::Channel => "渠道",
        access::Role::Operator => "话务员",
        access::Role::Triager => "派单员",
        access::Role::UnitClerk => "承办联络员",
        access::Role::UnitLeader => "分管领导",
        access::Role::UnitHead => "主要负责人",
        access::Role::Auditor => "审核员",
        access::Role::CallbackAgent => "回访员",
        access::Role::Supervisor => "督办员",
        access::Role::CityOffice => "热线办",
        access::Role::Arbiter => "裁定员",
        access::Role::Administrator => "系统管理员",
        access::Role::System => "系统",
    }
}

/// Who decides on what is asked for, as the contract calls them.
pub const DECIDERS: [&str; 5] = [
    "triage_desk",
    "arbiter",
    "supervisor_desk",
    "city_office",
    "audit_desk",
];

/// Who is told of a level, as the contract calls them.
pub const ADDRESSEES: [&str; 13] = [
    "clerk",
    "unit_leader",
    "unit_head",
    "district",
    "district_leader",
    "city_office",
    "duty_leader",
    "discipline_inspection",
    "triage_desk",
    "audit_desk",
    "callback_desk",
    "supervisor_desk",
    "arbiter",
];

/// Who holds a step, decides or is told, in the reader's language; a unit's code as it is.
pub fn holder_name(code: &str, lang: crate::out::Lang) -> &str {
    let (zh, en) = match code {
        "triage_desk" => ("派单席", "triage desk"),
        "audit_desk" => ("审核席", "audit desk"),
        "callback_desk" => ("回访席", "callback desk"),
        "supervisor_desk" => ("督办席", "supervisors"),
        "arbiter" => ("裁定员", "arbiter"),
        "city_office" => ("热线办", "city office"),
        "incident" => ("并单母件", "incident"),
        "citizen" => ("诉求人", "resident"),
        "nobody" => ("无", "nobody"),
        "clerk" => ("承办联络员", "clerk"),
        "unit_leader" => ("分管领导", "unit leader"),
        "unit_head" => ("主要负责人", "unit head"),
        "district" => ("区", "district"),
        "district_leader" => ("区领导", "district leader"),
        "duty_leader" => ("市值班领导", "duty leader"),
        "discipline_inspection" => ("纪检监察", "discipline inspection"),
        unit => return unit,
    };
    lang.word(zh, en)
}

/// What is asked for and decided, in the reader's language.
pub fn asked_name(what: &str, lang: crate::out::Lang) -> &str {
    let zh = match what {
        "return" => "退单",
        "extension" => "延期",
        "suspension" => "挂账",
        "termination" => "终止",
        "exclusion" => "剔除",
        "review" => "评议",
        "objection" => "异议",
        "entry" => "目录条目",
        "proposal" => "提级",
        newer => newer,
    };
    lang.word(zh, what)
}

/// Where a leg stands, in the reader's language.
pub fn leg_state_name(state: &str, lang: crate::out::Lang) -> &str {
    let (zh, en) = match state {
        "awaiting_sign" => ("待签收", "awaiting sign"),
        "handling" => ("办理中", "handling"),
        "replied" => ("已回复", "replied"),
        "excused" => ("已免除", "excused"),
        newer => return newer,
    };
    lang.word(zh, en)
}

/// What a unit does for a ticket, in the reader's language.
pub fn leg_role_name(role: &str, lang: crate::out::Lang) -> &str {
    let zh = match role {
        "lead" => "主办",
        "co" => "协办",
        "step" => "转派",
        newer => newer,
    };
    lang.word(zh, role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits<T: Term>(contract: fn(T) -> &'static str, prefix: &str) {
        let words = (T::WORDS)();
        for (at, (word, _)) in words.iter().enumerate() {
            let number = i32::try_from(at + 1).unwrap();
            let one = T::try_from(number).ok().expect("a word without a number");
            assert_eq!(contract(one), format!("{prefix}{}", word.to_uppercase()));
        }
        let next = i32::try_from(words.len() + 1).unwrap();
        assert!(T::try_from(next).is_err(), "{prefix}{next} has no word");
    }

    #[test]
    fn the_words_of_the_domain_stand_in_the_order_of_the_contract() {
        fits::<RequestType>(|one| one.as_str_name(), "REQUEST_TYPE_");
        fits::<Grade>(|one| one.as_str_name(), "GRADE_");
        fits::<Channel>(|one| one.as_str_name(), "CHANNEL_");
        fits::<Standing>(|one| one.as_str_name(), "STANDING_");
        fits::<Phase>(|one| one.as_str_name(), "PHASE_");
        fits::<Light>(|one| one.as_str_name(), "LIGHT_");
        fits::<Level>(|one| one.as_str_name(), "LEVEL_");
        fits::<Claim>(|one| one.as_str_name(), "CLAIM_");
        fits::<Rating>(|one| one.as_str_name(), "RATING_");
        fits::<Means>(|one| one.as_str_name(), "MEANS_");
        fits::<AuditFault>(|one| one.as_str_name(), "AUDIT_FAULT_");
        fits::<AuditItem>(|one| one.as_str_name(), "AUDIT_ITEM_");
        fits::<ReturnReason>(|one| one.as_str_name(), "RETURN_REASON_");
        fits::<SuspensionGround>(|one| one.as_str_name(), "SUSPENSION_GROUND_");
        fits::<ExclusionGround>(|one| one.as_str_name(), "EXCLUSION_GROUND_");
        fits::<Act>(|one| one.as_str_name(), "ACT_");
        fits::<Role>(|one| one.as_str_name(), "ROLE_");
        fits::<CallOutcome>(|one| one.as_str_name(), "CALL_OUTCOME_");
    }

    /// For sets whose words are not those of the contract: compares the names of the domain's variants.
    fn stands_as<T: Term, D: std::fmt::Debug>(contract: fn(T) -> &'static str, prefix: &str, domain: &[D]) {
        for (at, one) in domain.iter().enumerate() {
            let number = i32::try_from(at + 1).unwrap();
            let name = contract(T::try_from(number).ok().expect("a word without a number"));
            let name = name.strip_prefix(prefix).unwrap().replace('_', "").to_lowercase();
            assert_eq!(name, format!("{one:?}").to_lowercase());
        }
        let next = i32::try_from(domain.len() + 1).unwrap();
        assert!(T::try_from(next).is_err(), "{prefix}{next} has no word");
    }

    #[test]
    fn words_that_differ_from_the_contract_name_the_right_number() {
        use domain_ticket::{DeclineReason as Declined, Emergency, TerminationGround as Ended};
        stands_as::<ClockKind, _>(|one| one.as_str_name(), "CLOCK_KIND_", CLOCKS);
        stands_as::<DeclineReason, _>(|one| one.as_str_name(), "DECLINE_REASON_", Declined::ALL);
        stands_as::<TerminationGround, _>(|one| one.as_str_name(), "TERMINATION_GROUND_", Ended::ALL);
        stands_as::<EmergencyService, _>(|one| one.as_str_name(), "EMERGENCY_SERVICE_", Emergency::ALL);
        assert_eq!(CLOCKS.len(), clock::Kind::ALL.len());
        assert_eq!(ClockKind::parse("c12"), Some(ClockKind::CallBack));
        assert_eq!(ClockKind::parse("c5"), Some(ClockKind::Decision));
        assert_eq!(EmergencyService::parse("122"), Some(EmergencyService::Traffic));
    }

    #[test]
    fn everybody_who_is_told_or_decides_has_a_name() {
        for code in ADDRESSEES.into_iter().chain(DECIDERS) {
            let (zh, en) = (
                holder_name(code, crate::out::Lang::Zh),
                holder_name(code, crate::out::Lang::En),
            );
            assert!(
                !zh.is_ascii() && en.is_ascii() && !en.contains('_'),
                "{code}: {zh}, {en}"
            );
        }
    }

    #[test]
    fn words_are_typed_with_dashes_as_well() {
        assert_eq!(ReturnReason::parse("wrong-unit"), Some(ReturnReason::WrongUnit));
        assert_eq!(ReturnReason::parse("wrong_unit"), Some(ReturnReason::WrongUnit));
        assert_eq!(ReturnReason::parse("wrong unit"), None);
    }

    #[test]
    fn what_is_not_said_is_empty_and_what_is_newer_is_unknown() {
        assert_eq!(word::<Phase>(0), "");
        assert_eq!(word::<Phase>(Phase::CallbackDue.into()), "callback_due");
        assert_eq!(word::<Phase>(77), "unknown");
    }
}
