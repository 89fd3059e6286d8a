//! The closed sets of the contract as people type and read them: stable lower-case words and their Chinese names.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use domain::access;
use domain::clock;
use domain::ticket as domain_ticket;
use proto::common::v1::{
    AuditFault, Channel, Claim, ClockKind, DeclineReason, EmergencyService, Grade, Level, Light, Means,
    Phase, Rating, RequestType, Role, Standing,
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

    /// Reads a stable word.
    fn parse(text: &str) -> Option<Self> {
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
    let values = (T::WORDS)()
        .into_iter()
        .map(|(word, zh)| PossibleValue::new(word).help(zh));
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

terms! {
    RequestType = domain_ticket::RequestType::ALL, domain_ticket::RequestType::zh;
    Grade = domain_ticket::Grade::ALL, domain_ticket::Grade::zh;
    Channel = domain_ticket::Channel::ALL, domain_ticket::Channel::zh;
    Standing = domain_ticket::Standing::ALL, domain_ticket::Standing::zh;
    Phase = domain_ticket::PhaseName::ALL, domain_ticket::PhaseName::zh;
    Light = clock::Light::ALL, clock::Light::zh;
    Level = clock::Level::ALL, clock::Level::zh;
    ClockKind = clock::Kind::ALL, clock::Kind::zh;
    Claim = domain_ticket::Claim::ALL, domain_ticket::Claim::zh;
    Rating = domain_ticket::Rating::ALL, domain_ticket::Rating::zh;
    Means = domain_ticket::Means::ALL, domain_ticket::Means::zh;
    DeclineReason = domain_ticket::DeclineReason::ALL, domain_ticket::DeclineReason::zh;
    EmergencyService = domain_ticket::Emergency::ALL, domain_ticket::Emergency::zh;
    AuditFault = domain_ticket::AuditFault::ALL, domain_ticket::AuditFault::zh;
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
        fits::<Role>(|one| one.as_str_name(), "ROLE_");
        fits::<CallOutcome>(|one| one.as_str_name(), "CALL_OUTCOME_");
    }

    #[test]
    fn words_that_differ_from_the_contract_name_the_right_number() {
        assert_eq!(ClockKind::parse("c4s"), Some(ClockKind::Stage));
        assert_eq!(ClockKind::parse("c12"), Some(ClockKind::CallBack));
        assert_eq!(DeclineReason::parse("r2"), Some(DeclineReason::LegalRoute));
        assert_eq!(DeclineReason::parse("r9"), Some(DeclineReason::Finished));
        assert_eq!(EmergencyService::parse("122"), Some(EmergencyService::Traffic));
        assert_eq!(EmergencyService::parse("110"), Some(EmergencyService::Police));
    }

    #[test]
    fn what_is_not_said_is_empty_and_what_is_newer_is_unknown() {
        assert_eq!(word::<Phase>(0), "");
        assert_eq!(word::<Phase>(Phase::CallbackDue.into()), "callback_due");
        assert_eq!(word::<Phase>(77), "unknown");
    }
}
