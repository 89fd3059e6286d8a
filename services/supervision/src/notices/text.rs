//! What a notice says: number, level, clock, due time, unit, who must act; Chinese first, then English. Never a word of
//! the matter and never an identity; of a sealed ticket nothing but number and level.

use std::fmt::Write as _;

use domain::clock::{Kind, Level};
use domain::id::UnitId;
use domain::rules::Rules;
use domain::ticket::Cause;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::notice::{Event, News, NoticeId, To};

/// A notice in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) subject: String,
    pub(crate) zh: String,
    pub(crate) en: String,
}

/// What is said of `news` to `to`. Of a sealed ticket as little as can be.
pub(crate) fn text(news: &News, to: &To, is_sealed: bool, rules: &Rules) -> Text {
    let (zh, en) = what(news);
    let number = news.number;
    if is_sealed {
        return Text {
            subject: format!("12345 {number} {zh} {en}"),
            zh: format!("{number} {zh}\n请登录系统查看。\n"),
            en: format!("{number} {en}\nSee the system.\n"),
        };
    }
    Text {
        subject: format!("【12345】{number} {zh} · {en}"),
        zh: in_chinese(news, to, rules),
        en: in_english(news, to, rules),
    }
}

fn in_chinese(news: &News, to: &To, rules: &Rules) -> String {
    let mut lines = format!("工单 {}：{}\n", news.number, what(news).0);
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{name}：{value}");
    };
    if let Some(clock) = &news.clock {
        line("时钟", clock_names(clock).0);
    }
    if let Some(cause) = &news.cause {
        line("原因", cause_names(cause).0.to_owned());
    }
    if let Some(order) = news.order {
        line("督办单", format!("第 {order} 号"));
    }
    if let Some(by) = &news.by {
        line("催办方", urger_names(by).0.to_owned());
    }
    if let Some(due_at) = news.due_at {
        line("期限", local(due_at, rules));
    }
    if let Some(unit) = &news.unit {
        line("承办单位", unit_names(unit, rules).0);
    }
    line("发生时间", local(news.at, rules));
    let of = to
        .unit
        .as_ref()
        .map(|unit| format!("（{}）", unit_names(unit, rules).0));
    line(
        "请处理",
        format!("{}{}", addressee_names(&to.addressee).0, of.unwrap_or_default()),
    );
    if news.system_was_down {
        lines.push_str("系统停机期间到期，不计入考核。\n");
    }
    lines.push_str("本通知不含诉求人身份和诉求内容，请登录系统办理。\n");
    lines
}

fn in_english(news: &News, to: &To, rules: &Rules) -> String {
    let mut lines = format!("Ticket {}: {}\n", news.number, what(news).1);
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{name}: {value}");
    };
    if let Some(clock) = &news.clock {
        line("Clock", clock_names(clock).1);
    }
    if let Some(cause) = &news.cause {
        line("Cause", cause_names(cause).1.to_owned());
    }
    if let Some(order) = news.order {
        line("Supervision order", format!("no. {order}"));
    }
    if let Some(by) = &news.by {
        line("Urged by", urger_names(by).1.to_owned());
    }
    if let Some(due_at) = news.due_at {
        line("Due", local(due_at, rules));
    }
    if let Some(unit) = &news.unit {
        line("Unit", unit_names(unit, rules).1);
    }
    line("Happened", local(news.at, rules));
    let of = to
        .unit
        .as_ref()
        .map(|unit| format!(" ({})", unit_names(unit, rules).1));
    line(
        "To act",
        format!("{}{}", addressee_names(&to.addressee).1, of.unwrap_or_default()),
    );
    if news.system_was_down {
        lines.push_str("Due while the system was down: charged to nobody.\n");
    }
    lines.push_str("This notice holds no identity and no words of the matter: see the system.\n");
    lines
}

/// The same for a machine.
pub(crate) fn body(id: &NoticeId, news: &News, to: &To, is_sealed: bool, rules: &Rules) -> Value {
    let text = text(news, to, is_sealed, rules);
    let text = json!({ "subject": text.subject, "zh": text.zh, "en": text.en });
    let whom = json!({ "addressee": &*to.addressee, "unit": to.unit });
    if is_sealed {
        return json!({
            "key": id,
            "number": news.number.to_string(),
            "level": news.level,
            "to": whom,
            "text": text,
        });
    }
    let unit = news.unit.as_ref().map(|unit| {
        let (zh, en) = unit_names(unit, rules);
        json!({ "id": unit, "zh": zh, "en": en })
    });
    json!({
        "key": id,
        "number": news.number.to_string(),
        "version": news.version,
        "event": news.event.as_str(),
        "event_time": news.at.to_string(),
        "level": news.level,
        "clock": news.clock,
        "cause": news.cause,
        "due_time": news.due_at.map(|at| at.to_string()),
        "due_local": news.due_at.map(|at| local(at, rules)),
        "order": news.order,
        "urged_by": news.by,
        "unit": unit,
        "system_was_down": news.system_was_down,
        "to": whom,
        "text": text,
    })
}

fn local(at: Timestamp, rules: &Rules) -> String {
    rules.calendar().local(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// What has happened, in both languages.
fn what(news: &News) -> (String, String) {
    let Some(level) = &news.level else {
        return match news.event {
            Event::OrderIssued => ("督办单".to_owned(), "supervision order".to_owned()),
            Event::Urged => ("催办".to_owned(), "urged".to_owned()),
            Event::LevelFired | Event::Escalated | Event::LevelProposed => {
                ("督办".to_owned(), "supervision".to_owned())
            }
        };
    };
    let known = Level::parse(level);
    let zh = known.map_or("督办", Level::zh);
    let en = match level.as_str() {
        "l0" => "near due",
        "l1" => "reminder",
        "l2" => "supervision",
        "l3" => "listed supervision",
        "call" => "telephone the city duty leader",
        "l4" => "interview",
        "l5" => "public notice or referral",
        _ => "supervision",
    };
    let code = level.to_uppercase();
    let is_only_proposed = news.event != Event::Escalated && known.is_some_and(Level::is_decided);
    if is_only_proposed {
        return (
            format!("提请决定：{zh}（{code}）"),
            format!("to be decided: {en} ({code})"),
        );
    }
    (format!("{zh}（{code}）"), format!("{en} ({code})"))
}

fn clock_names(code: &str) -> (String, String) {
    let zh = Kind::parse(code).map_or("时限", Kind::zh);
    let en = match code {
        "c0" => "the resident's limit",
        "c1" => "triage",
        "c2" => "sign",
        "c3" => "first contact",
        "c4" => "handle",
        "c4s" => "stage report",
        "c5" => "decision",
        "c5p" => "decision on a proposed level",
        "c6" => "audit",
        "c7" => "callback",
        "c8" => "rating window",
        "c9" => "waiting for the resident",
        "c10" => "promise check",
        "c11" => "answer to an order",
        "c12" => "call back",
        _ => "limit",
    };
    let code = code.to_uppercase();
    (format!("{zh}（{code}）"), format!("{en} ({code})"))
}

fn cause_names(code: &str) -> (&str, &str) {
    let zh = match Cause::parse(code) {
        Some(cause) => cause.zh(),
        None => code,
    };
    let en = match code {
        "supervisor" => "raised by a supervisor",
        "urged_twice" => "the resident urged twice",
        "second_rework" => "second rework",
        "refused_returns" => "a return refused again",
        "duty_not_done" => "a review found the duty not done",
        "listeners" => "several persons about one matter",
        "incident" => "an incident of many listeners",
        "overdue" => "long overdue",
        "repeated_l2" => "supervised too often in a month",
        "false_closing" => "proven false closing",
        "leak" => "a leak",
        "retaliation" => "retaliation",
        newer => newer,
    };
    (zh, en)
}

fn urger_names(code: &str) -> (&str, &str) {
    match code {
        "citizen" => ("诉求人", "the resident"),
        "supervisor" => ("督办人员", "a supervisor"),
        "system" => ("系统", "the system"),
        newer => (newer, newer),
    }
}

fn addressee_names(code: &str) -> (&str, &str) {
    match code {
        "clerk" => ("承办联络员", "unit clerk"),
        "unit_leader" => ("分管领导", "unit leader"),
        "unit_head" => ("主要负责人", "unit head"),
        "district" => ("区", "district"),
        "district_leader" => ("区领导", "district leader"),
        "city_office" => ("热线办", "city office"),
        "duty_leader" => ("市值班领导", "city duty leader"),
        "discipline_inspection" => ("纪检监察", "discipline inspection"),
        "triage_desk" => ("派单席", "triage desk"),
        "audit_desk" => ("审核席", "audit desk"),
        "callback_desk" => ("回访席", "callback desk"),
        "supervisor_desk" => ("督办席", "supervisors"),
        "arbiter" => ("裁定员", "arbiter"),
        newer => (newer, newer),
    }
}

fn unit_names(code: &UnitId, rules: &Rules) -> (String, String) {
    match rules.units.get(code) {
        Some(unit) => (unit.zh.clone(), unit.en.clone()),
        None => (code.to_string(), code.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use domain::id::TicketNumber;

    use super::*;
    use crate::notices::notice::Channel;
    use crate::test_city::{rules, unit};

    fn news() -> News {
        News {
            number: TicketNumber::parse("20261123-0000021").unwrap(),
            version: 17,
            at: "2026-11-24T09:30:00Z".parse().unwrap(),
            event: Event::LevelFired,
            level: Some("l2".to_owned()),
            clock: Some("c4".to_owned()),
            due_at: Some("2026-11-23T09:30:00Z".parse().unwrap()),
            cause: None,
            order: None,
            by: None,
            system_was_down: true,
            urgent: false,
            unit: Some(unit("water")),
            marked: true,
        }
    }

    fn to() -> To {
        To {
            addressee: Box::from("unit_head"),
            unit: Some(unit("water")),
        }
    }

    #[test]
    fn it_says_what_must_be_known_in_both_languages() {
        let said = text(&news(), &to(), false, &rules());
        expect_test::expect![[r#"
            【12345】20261123-0000021 督办（L2） · supervision (L2)
            工单 20261123-0000021：督办（L2）
            时钟：办理时限（C4）
            期限：2026-11-23 17:30
            承办单位：water
            发生时间：2026-11-24 17:30
            请处理：主要负责人（water）
            系统停机期间到期，不计入考核。
            本通知不含诉求人身份和诉求内容，请登录系统办理。
            Ticket 20261123-0000021: supervision (L2)
            Clock: handle (C4)
            Due: 2026-11-23 17:30
            Unit: water
            Happened: 2026-11-24 17:30
            To act: unit head (water)
            Due while the system was down: charged to nobody.
            This notice holds no identity and no words of the matter: see the system.
        "#]]
        .assert_eq(&format!("{}\n{}{}", said.subject, said.zh, said.en));
    }

    #[test]
    fn of_a_sealed_ticket_it_says_number_and_level() {
        let said = text(&news(), &to(), true, &rules());
        let all = format!("{}\n{}{}", said.subject, said.zh, said.en);
        expect_test::expect![[r#"
            12345 20261123-0000021 督办（L2） supervision (L2)
            20261123-0000021 督办（L2）
            请登录系统查看。
            20261123-0000021 supervision (L2)
            See the system.
        "#]]
        .assert_eq(&all);
        let id = NoticeId::of(&news(), &to(), Channel::Webhook);
        let body = body(&id, &news(), &to(), true, &rules());
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["key", "level", "number", "text", "to"]);
    }

    #[test]
    fn an_urge_says_that_somebody_urged_and_on_a_sealed_ticket_not_who() {
        let urged = News {
            event: Event::Urged,
            level: None,
            clock: None,
            due_at: None,
            by: Some("citizen".to_owned()),
            system_was_down: false,
            ..news()
        };
        let to = To {
            addressee: Box::from("clerk"),
            ..to()
        };
        let said = |is_sealed| {
            let said = text(&urged, &to, is_sealed, &rules());
            format!("{}\n{}{}", said.subject, said.zh, said.en)
        };
        expect_test::expect![[r#"
            【12345】20261123-0000021 催办 · urged
            工单 20261123-0000021：催办
            催办方：诉求人
            承办单位：water
            发生时间：2026-11-24 17:30
            请处理：承办联络员（water）
            本通知不含诉求人身份和诉求内容，请登录系统办理。
            Ticket 20261123-0000021: urged
            Urged by: the resident
            Unit: water
            Happened: 2026-11-24 17:30
            To act: unit clerk (water)
            This notice holds no identity and no words of the matter: see the system.
        "#]]
        .assert_eq(&said(false));
        expect_test::expect![[r#"
            12345 20261123-0000021 催办 urged
            20261123-0000021 催办
            请登录系统查看。
            20261123-0000021 urged
            See the system.
        "#]]
        .assert_eq(&said(true));
    }

    #[test]
    fn what_the_city_office_is_to_decide_is_not_told_as_decided() {
        let of = |event, level: &str| {
            let news = News {
                event,
                level: Some(level.to_owned()),
                ..news()
            };
            what(&news).1
        };
        assert_eq!(of(Event::LevelFired, "l4"), "to be decided: interview (L4)");
        assert_eq!(
            of(Event::LevelProposed, "l5"),
            "to be decided: public notice or referral (L5)"
        );
        assert_eq!(of(Event::Escalated, "l4"), "interview (L4)");
    }

    #[test]
    fn what_is_newer_than_this_program_is_told_by_its_code() {
        let newer = News {
            level: Some("l9".to_owned()),
            clock: Some("c99".to_owned()),
            cause: Some("comet".to_owned()),
            ..news()
        };
        let said = text(&newer, &to(), false, &rules());
        assert!(said.en.contains("(L9)") && said.en.contains("(C99)") && said.en.contains("comet"));
    }
}
