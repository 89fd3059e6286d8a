//! What every event is called.

use std::borrow::Cow;

use crate::out::Lang;

/// Every kind of event with its Chinese name, in the order of a ticket's life.
const KINDS: &[(&str, &str)] = &[
    ("registered", "登记"),
    ("contact_added", "追加来件"),
    ("answered_directly", "直接答复"),
    ("declined", "不予受理"),
    ("objected", "提出异议"),
    ("objection_decided", "异议答复"),
    ("transfer_started", "紧急转接"),
    ("transferred_out", "转接完成"),
    ("classified", "分类"),
    ("consult_started", "会商"),
    ("opinion_given", "会商意见"),
    ("split_off", "拆单"),
    ("dispatched", "派单"),
    ("redispatched", "改派"),
    ("signed", "签收"),
    ("contact_tried", "先行联系"),
    ("stage_reported", "阶段反馈"),
    ("sub_assigned", "转派"),
    ("leg_excused", "免除"),
    ("leg_ended", "承办段结束"),
    ("endorsed", "签批"),
    ("return_requested", "退单申请"),
    ("return_approved", "同意退单"),
    ("return_refused", "不同意退单"),
    ("ruled", "裁定"),
    ("entry_decided", "目录条目决定"),
    ("extension_requested", "延期申请"),
    ("extension_granted", "同意延期"),
    ("extension_refused", "不同意延期"),
    ("citizen_asked", "请诉求人补充"),
    ("citizen_replied", "诉求人补充"),
    ("wait_ran_out", "补充逾期"),
    ("suspension_requested", "挂账申请"),
    ("suspended", "挂账"),
    ("suspension_refused", "不同意挂账"),
    ("promise_checked", "挂账复核"),
    ("resumed", "恢复办理"),
    ("termination_requested", "终止申请"),
    ("terminated", "终止"),
    ("termination_refused", "不同意终止"),
    ("replied", "回复"),
    ("audit_passed", "审核通过"),
    ("audit_failed", "审核退回"),
    ("callback_missed", "回访未接通"),
    ("link_opened", "评价链接开放"),
    ("callback_answered", "回访结果"),
    ("deadline_asked", "到期回访"),
    ("rework_ordered", "重办"),
    ("review_requested", "申请评议"),
    ("review_decided", "评议结论"),
    ("urged", "催办"),
    ("order_issued", "签发督办单"),
    ("order_answered", "督办答复"),
    ("escalated", "提级"),
    ("level_fired", "逐级督办"),
    ("merged_into", "并单"),
    ("unmerged", "解除并单"),
    ("child_merged", "并入子件"),
    ("level_proposed", "提级建议"),
    ("rederived", "按新日历重算时限"),
    ("proposal_decided", "提级审批"),
    ("child_unmerged", "子件脱离"),
    ("child_joined", "子件来件"),
    ("rejoined", "母件已答复"),
    ("exclusion_requested", "剔除申请"),
    ("exclusion_reviewed", "剔除初审"),
    ("excluded", "剔除"),
    ("exclusion_refused", "不同意剔除"),
    ("sealed", "密办"),
    ("unit_recused", "回避"),
    ("recalled", "收回派单"),
    ("annotated", "备注"),
    ("withdrawn", "撤回"),
    ("reopened", "重开"),
    ("closed", "办结"),
    ("clock_started", "计时"),
    ("clock_stopped", "停止计时"),
    ("erased", "销毁"),
];

/// What an event is called; one that is newer than this program by its stable name.
pub(crate) fn kind_name(kind: &str, lang: Lang) -> Cow<'_, str> {
    let zh = KINDS.iter().find(|(word, _)| *word == kind).map(|(_, zh)| *zh);
    match (lang, zh) {
        (Lang::Zh | Lang::Both, Some(zh)) => zh.into(),
        (Lang::En, _) | (_, None) => match kind {
            "clock_started" => "runs".into(),
            "clock_stopped" => "stops".into(),
            other => other.replace('_', " ").into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind the domain knows, as its reader lists them when it meets an unknown one.
    fn kinds_of_the_domain() -> Vec<String> {
        let unknown = serde_json::from_str::<domain::ticket::Event>(r#"{"kind":"?"}"#).unwrap_err();
        let (_, expected) = unknown
            .to_string()
            .split_once("expected one of ")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let words = expected.split('`').skip(1).step_by(2);
        words.map(str::to_owned).collect()
    }

    #[test]
    fn every_event_of_the_domain_has_a_name_and_no_other() {
        let mut known: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        let mut kinds = kinds_of_the_domain();
        known.sort_unstable();
        kinds.sort_unstable();
        assert_eq!(known, kinds);
        assert!(kinds.len() > 70, "{kinds:?}");
    }

    #[test]
    fn chinese_comes_first_and_what_is_newer_keeps_its_word() {
        assert_eq!(kind_name("return_requested", Lang::Both), "退单申请");
        assert_eq!(kind_name("return_requested", Lang::En), "return requested");
        assert_eq!(kind_name("clock_stopped", Lang::En), "stops");
        assert_eq!(kind_name("moved_to_mars", Lang::Zh), "moved to mars");
    }
}
