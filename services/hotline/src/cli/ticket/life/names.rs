//! Words of facts that stand for themselves, in the reader's language.

use domain::ticket::Hold;
use proto::common::v1::{
    AuditItem, ClockKind, DeclineReason, EmergencyService, ExclusionGround, ReturnReason, SuspensionGround,
    TerminationGround,
};

use crate::out::Lang;
use crate::terms::{Term, leg_role_name};

/// Why, by what is done: the same name stands for different sets.
pub(super) fn ground(kind: &str, value: &str, lang: Lang) -> String {
    match kind {
        "declined" => term::<DeclineReason>(value, lang),
        "return_requested" => term::<ReturnReason>(value, lang),
        "suspension_requested" | "suspended" => term::<SuspensionGround>(value, lang),
        "termination_requested" | "terminated" => term::<TerminationGround>(value, lang),
        "exclusion_requested" | "excluded" => term::<ExclusionGround>(value, lang),
        _ => {
            let zh = match value {
                "reason" => "由派单员说明理由",
                "return" => "按退单建议",
                "ruling" => "按裁定",
                newer => newer,
            };
            let en = match value {
                "reason" => "for a person's reason",
                "return" => "as the return suggested",
                "ruling" => "by the ruling",
                newer => newer,
            };
            lang.word(zh, en).to_owned()
        }
    }
}

/// A word of a closed set, named; what is newer as it stands.
pub(super) fn term<T: Term>(word: &str, lang: Lang) -> String {
    let zh = T::parse(word).map_or(word, |one| one.zh());
    lang.phrase(zh, word.replace('_', " "))
}

/// What a clock is called.
pub(crate) fn clock_name(word: &str, lang: Lang) -> String {
    let clock = ClockKind::parse(word);
    let en = clock
        .map_or("", |clock| clock.as_str_name())
        .trim_start_matches("CLOCK_KIND_");
    let en = if en.is_empty() {
        word.to_owned()
    } else {
        en.to_lowercase().replace('_', " ")
    };
    lang.phrase(clock.map_or(word, |clock| clock.zh()), en)
}

/// An emergency service, by its number and name.
pub(super) fn service_name(word: &str, lang: Lang) -> String {
    let zh = EmergencyService::parse(word).map_or("", Term::zh);
    lang.phrase(format_args!("{word} {zh}"), word)
}

/// Why a triager must look at it.
pub(crate) fn hold_name(word: &str, lang: Lang) -> String {
    let zh = Hold::parse(word).map_or(word, |hold| hold.zh());
    lang.phrase(zh, word.replace('_', " "))
}

/// What of the audit's checklist is wrong.
pub(super) fn items_name(words: &str, lang: Lang) -> String {
    let items: Vec<String> = words
        .split(',')
        .map(|word| term::<AuditItem>(word, lang))
        .collect();
    let head = lang.word("清单", "checklist");
    format!("{head} {}", items.join(lang.word("、", ", ")))
}

/// What a unit does for a ticket.
pub(super) fn role_name(word: &str, lang: Lang) -> String {
    leg_role_name(word, lang).to_owned()
}

/// Who urged.
pub(super) fn by_name(word: &str, lang: Lang) -> String {
    let zh = match word {
        "citizen" => "诉求人",
        "supervisor" => "督办员",
        "system" => "系统",
        newer => newer,
    };
    lang.phrase(format_args!("{zh}催办"), format_args!("by the {word}"))
}

/// Who is accused, where it is no unit.
pub(super) fn accused_name(word: &str, lang: Lang) -> String {
    match word {
        "outsider" => lang.word("被举报对象非承办单位", "against no unit").to_owned(),
        newer => newer.to_owned(),
    }
}

/// How a ticket was closed.
pub(crate) fn close_name(word: &str, lang: Lang) -> String {
    let of = |zh: &str, named: Option<&str>| named.map(|named| format!("{zh}:{named}"));
    let zh = match word {
        "resolved" => Some("已解决".to_owned()),
        "explained" => Some("已解释".to_owned()),
        "answered_directly" => Some("直接答复".to_owned()),
        "withdrawn" => Some("已撤回".to_owned()),
        "unreachable" => Some("无法联系".to_owned()),
        other => match other.split_once('_') {
            Some(("declined", reason)) => of("不予受理", DeclineReason::parse(reason).map(Term::zh)),
            Some(("transferred", service)) => of("已转接", Some(service)),
            Some(("terminated", ground)) => of("终止", TerminationGround::parse(ground).map(Term::zh)),
            _ => None,
        },
    };
    lang.phrase(zh.as_deref().unwrap_or(word), word.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_says_how_and_why() {
        assert_eq!(close_name("declined_r4", Lang::Both), "不予受理:非本级职权");
        assert_eq!(
            close_name("terminated_no_cooperation", Lang::Both),
            "终止:诉求人不配合"
        );
        assert_eq!(close_name("transferred_119", Lang::Both), "已转接:119");
        assert_eq!(close_name("answered_directly", Lang::En), "answered directly");
        assert_eq!(close_name("statutory", Lang::Both), "statutory");
    }

    #[test]
    fn a_clock_has_a_name_in_both_languages() {
        assert_eq!(clock_name("c10", Lang::Both), "挂账复核");
        assert_eq!(clock_name("c3", Lang::En), "first contact");
        assert_eq!(clock_name("c99", Lang::Both), "c99");
    }
}
