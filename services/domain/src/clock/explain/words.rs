//! An explanation in words: full for the staff, two lines for the resident. Chinese and English.

use jiff::Timestamp;
use jiff::civil::Date;

use super::days::{DayKind, Span};
use super::{Bound, Clause, Explanation, Move, Step, Verdict};
use crate::clock::{Kind, Level};
use crate::time::Limit;

/// One line, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

fn line(zh: impl Into<String>, en: impl Into<String>) -> Line {
    Line {
        zh: zh.into(),
        en: en.into(),
    }
}

impl Explanation<'_> {
    /// Every step from start to due, for whoever works with the ticket.
    pub fn full(&self) -> Vec<Line> {
        let (run, started) = (&self.clock.run, self.at(self.clock.run.started_at));
        let (cause_zh, cause_en) = cause(self.cause);
        let mut lines = vec![
            self.title(),
            line(
                format!("起点 {started}：{cause_zh}"),
                format!("starts {started}: {cause_en}"),
            ),
            self.rule(),
        ];
        lines.extend(self.own_hours());
        for step in &self.steps {
            lines.extend(self.step_lines(step));
        }
        if let Some(mending) = run.mending {
            let (first, until) = (self.at(mending.submitted_at), self.at(mending.until));
            lines.push(line(
                format!("形式补正：至 {until} 前提交，按首次提交 {first} 计"),
                format!("mending: a reply by {until} counts from the first submission, {first}"),
            ));
        }
        for year in self.assumed_years() {
            lines.push(line(
                format!("{year} 年日历尚未公布，暂按周末推定"),
                format!("the calendar of {year} is not published: weekends are assumed"),
            ));
        }
        let yellow = self.at(run.yellow_at);
        lines.push(line(format!("黄灯 {yellow}"), format!("yellow {yellow}")));
        lines.extend(self.level_lines());
        if let Some(stopped) = self.stopped_at() {
            let stopped = self.at(stopped);
            lines.push(line(format!("已停止 {stopped}"), format!("stopped {stopped}")));
        }
        lines.push(self.verdict_line());
        lines
    }

    /// By which hours working time counts, where the unit's class keeps its own.
    fn own_hours(&self) -> Option<Line> {
        let counts = |step: &&Step<'_>| self.counts_working_days(step);
        let unit = self.steps.iter().find(counts)?.unit.as_ref()?;
        let class = self.rules.units.get(unit)?.class;
        let hours = self.rules.calendar().class_hours.get(&class)?;
        let hours: Vec<String> = hours.iter().map(ToString::to_string).collect();
        let (hours, zh, en) = (hours.join(", "), class.zh(), class.as_str());
        Some(line(
            format!("按{zh}的工作时间 {hours} 计"),
            format!("by the working hours of class {en}: {hours}"),
        ))
    }

    /// Two lines for the resident: until when, and why then.
    pub fn short(&self) -> [Line; 2] {
        let (run, due) = (&self.clock.run, self.at(self.clock.run.due_at));
        let (from, (zh, en)) = (self.at(run.started_at), limit_words(run.limit));
        let first = line(
            format!("最迟 {due}：自 {from} 起 {zh}"),
            format!("by {due}: {en} from {from}"),
        );
        let skipped = |kind: DayKind| -> u32 {
            let spans = self.steps_now().iter().flat_map(|step| self.spans(step));
            let days = |span: Span| match (span.kind == kind, kind) {
                (true, _) => span.days,
                (false, DayKind::Weekend) => span.skipped,
                (false, _) => 0,
            };
            spans.map(days).sum()
        };
        let rests = |step: &Step<'_>| u32::from(matches!(step.what, Move::Rested { minutes: 1.., .. }));
        let facts = [
            (
                skipped(DayKind::Weekend),
                "周末不计",
                "天",
                "weekend days left out",
            ),
            (skipped(DayKind::Holiday), "节假日不计", "天", "days off left out"),
            (
                skipped(DayKind::MakeUp),
                "调休上班计入",
                "天",
                "make-up working days counted",
            ),
            (
                u32::from(run.extended_days),
                "延期",
                "个工作日",
                "working days of extension",
            ),
            (
                self.steps_now().iter().map(rests).sum(),
                "暂停顺延",
                "次",
                "rests added",
            ),
        ];
        let said = facts.into_iter().filter(|(count, ..)| *count > 0);
        let (mut zh, mut en): (Vec<String>, Vec<String>) = said
            .map(|(count, zh, unit, en)| (format!("{zh} {count} {unit}"), format!("{en}: {count}")))
            .unzip();
        for bound in self.bounds() {
            let (bound_zh, bound_en) = plain_bound(bound);
            zh.push(bound_zh.to_owned());
            en.push(bound_en.to_owned());
        }
        if zh.is_empty() {
            return [first, line("期间没有扣除的日子", "no day in between is left out")];
        }
        [first, line(zh.join("，"), en.join(", "))]
    }

    fn title(&self) -> Line {
        let (run, due) = (&self.clock.run, self.at(self.clock.run.due_at));
        let unit = self
            .unit
            .as_ref()
            .map(|unit| format!(" {unit}"))
            .unwrap_or_default();
        let name = run.kind.as_str().to_uppercase();
        line(
            format!(
                "{name} {}{unit}，第 {} 次计时：{due} 到期",
                run.kind.zh(),
                run.run
            ),
            format!("{name} {}{unit}, run {}: due {due}", kind_en(run.kind), run.run),
        )
    }

    fn rule(&self) -> Line {
        let (zh, en) = limit_words(self.clock.run.limit);
        let (profile, version) = (&self.rules.profile().name, self.version());
        match &self.clause {
            Clause::Field(path) => line(
                format!("时限 {zh}：规则 {profile} 的 {path}（版本 {version}）"),
                format!("limit {en}: {path} of profile {profile}, rules {version}"),
            ),
            Clause::Statute(clause) => line(
                format!("时限 {zh}：依据 {clause}（规则版本 {version}）"),
                format!("limit {en}: by {clause}, rules {version}"),
            ),
            Clause::Given => line(
                format!("时限 {zh}：由约定日期确定"),
                format!("limit {en}: by the date that was set"),
            ),
            Clause::Merged => line(
                format!("时限 {zh}：并入的工单原有的时限"),
                format!("limit {en}: that of the ticket that was merged into it"),
            ),
            Clause::Unknown => line(
                format!("时限 {zh}：规则版本 {version} 中没有这一时限"),
                format!("limit {en}: not a limit of rules {version}"),
            ),
        }
    }

    /// The first digits of the version that has the limit.
    pub fn version(&self) -> &str {
        let version = &self.limits_of.0;
        version.get(..12).unwrap_or(version)
    }

    fn step_lines(&self, step: &Step<'_>) -> Vec<Line> {
        let (to, recorded) = (self.at(step.to), self.at(step.at));
        let (cause_zh, cause_en) = cause(step.cause);
        let mut lines = Vec::new();
        match step.what {
            // What it rests on has been said, but for what came after the start.
            Move::Limit(_) | Move::Ringing(_) if step.cause == self.cause => {}
            Move::Limit(_) | Move::Ringing(_) => lines.push(line(
                format!("{recorded} {cause_zh}：自原起点重新计算"),
                format!("{recorded} {cause_en}: counted anew from the original start"),
            )),
            Move::Rested { since, minutes } => {
                let (zh, en) = match since.map(|since| self.at(since)) {
                    Some(since) => (format!("{since} 至 {recorded}"), format!("{since} to {recorded}")),
                    None => ("累计".to_owned(), "so far".to_owned()),
                };
                let (least_zh, least_en) = minutes_words(minutes);
                lines.push(line(
                    format!("暂停 {zh}，计 {least_zh}，顺延：{cause_zh}"),
                    format!("rested {en}, {least_en} counted, added: {cause_en}"),
                ));
            }
            Move::Extended(days) => lines.push(line(
                format!("延期 {days} 个工作日（{recorded}：{cause_zh}）"),
                format!("extended by {days} wd ({recorded}: {cause_en})"),
            )),
            Move::Stands => lines.push(line(
                format!("{recorded} {cause_zh}：到期不变"),
                format!("{recorded} {cause_en}: the due time stands"),
            )),
            Move::Rederived => lines.push(line(
                format!("{recorded} {cause_zh}：按新日历，前面计时的天数不变"),
                format!("{recorded} {cause_en}: as much time that counts lies before it"),
            )),
            Move::Bound(bound) => {
                let (zh, en) = bound_words(bound);
                lines.push(line(format!("{zh}：{to}"), format!("{en}: {to}")));
                return lines;
            }
            Move::Unexplained => {
                lines.push(line(
                    format!("推算到此为 {to}，与记录不符"),
                    format!("computed so far {to}: not what was recorded"),
                ));
                return lines;
            }
        }
        lines.extend(self.spans(step).iter().map(span_line));
        if step.what != Move::Stands {
            lines.push(line(format!("= {to}"), format!("= {to}")));
        }
        lines
    }

    fn level_lines(&self) -> Vec<Line> {
        let fired = self.fired.iter().map(|fired| {
            let (due, at) = (self.at(fired.due_at), self.at(fired.at));
            let (zh, en) = match (fired.system_was_down, fired.at > fired.due_at) {
                (true, _) => (
                    format!("{at} 补发：系统停机，不计责"),
                    format!("fired late at {at}: the system was down, charged to nobody"),
                ),
                (false, true) => (format!("{at} 触发"), format!("fired at {at}")),
                (false, false) => ("已触发".to_owned(), "fired".to_owned()),
            };
            level_line(fired.level, &due, &zh, &en)
        });
        let is_ahead = |step: &&crate::clock::Step| self.clock.is_ahead(step.level);
        let (zh, en) = match self.stopped_at() {
            None => ("未触发", "ahead"),
            // It may go on: who has the ticket at hand knows whether the matter rests.
            Some(_) if self.clock.run.kind.rests() => (
                "计时已停，停止期间不触发",
                "does not fire while the clock is stopped",
            ),
            Some(_) => ("已停止，不再触发", "stopped before it fired"),
        };
        let ahead = self.clock.run.steps.iter().filter(is_ahead);
        fired
            .chain(ahead.map(|step| level_line(step.level, &self.at(step.at), zh, en)))
            .collect()
    }

    fn verdict_line(&self) -> Line {
        let due = self.at(self.clock.run.due_at);
        match self.verdict() {
            Verdict::Agrees => line(
                format!("复算 {due}：一致"),
                format!("computed again {due}: agrees"),
            ),
            Verdict::Bounded(bounds) => {
                let (zh, en): (Vec<_>, Vec<_>) = bounds.into_iter().map(bound_words).unzip();
                line(
                    format!("复算 {due}：一致，受限于{}", zh.join("、")),
                    format!("computed again {due}: agrees, bound by {}", en.join(", ")),
                )
            }
            Verdict::Differs { computed_at } => {
                let computed = self.at(computed_at);
                line(
                    format!("复算 {computed}：与记录的 {due} 不一致"),
                    format!("computed again {computed}: differs from the recorded {due}"),
                )
            }
        }
    }

    pub(super) fn at(&self, at: Timestamp) -> String {
        let local = self.rules.calendar().local(at);
        let format = if local.second() == 0 {
            "%Y-%m-%d %H:%M"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        local.strftime(format).to_string()
    }
}

fn bound_words(bound: Bound) -> (String, String) {
    match bound {
        Bound::CitizenCap => (
            "诉求人总时限的剩余".into(),
            "what is left of the resident's time (rule 2)".into(),
        ),
        Bound::ShareOfCap => (
            "诉求人总时限剩余的协办份额".into(),
            "a co leg's share of what is left of the resident's time (rule 2)".into(),
        ),
        Bound::LeadsTime => ("主办的到期".into(), "the lead's own due time".into()),
        Bound::Floor(floor) => {
            let (zh, en) = limit_words(floor);
            (format!("至少留 {zh}"), format!("at least {en} from then (floor)"))
        }
        Bound::Merged => (
            "并单保留的较早到期".into(),
            "the earlier due time of a merged ticket (rule 4)".into(),
        ),
        Bound::Given => ("约定日期".into(), "the date that was set".into()),
        Bound::NeverEarlier => (
            "原到期不提前".into(),
            "never earlier than it was (invariant 2)".into(),
        ),
        Bound::NotLater => (
            "升级不延长原到期".into(),
            "raised, it has no more time than before (rule 3)".into(),
        ),
    }
}

/// A bound, for a resident: it tells of no other ticket.
fn plain_bound(bound: Bound) -> (&'static str, &'static str) {
    match bound {
        Bound::CitizenCap | Bound::ShareOfCap | Bound::LeadsTime => {
            ("不超过总时限", "within the whole time allowed")
        }
        Bound::Floor(_) => ("至少留出最短时限", "at least the shortest time allowed"),
        Bound::Merged | Bound::NeverEarlier | Bound::NotLater => {
            ("保留原定到期", "a due time set before stays")
        }
        Bound::Given => ("约定日期", "the date that was set"),
    }
}

fn level_line(level: Level, due: &str, zh: &str, en: &str) -> Line {
    let name = level.as_str().to_uppercase();
    line(
        format!("{name} {} {due}：{zh}", level.zh()),
        format!("{name} {due}: {en}"),
    )
}

fn span_line(span: &Span) -> Line {
    let day = |date: Date| date.strftime("%m-%d").to_string();
    let when = match span.from == span.to {
        true => day(span.from),
        false => format!("{} … {}", day(span.from), day(span.to)),
    };
    let (days, (minutes_zh, minutes_en)) = (span.days, minutes_words(span.minutes));
    let plural = if days == 1 { "" } else { "s" };
    let (zh, en) = match (span.kind, span.minutes) {
        (DayKind::Start, _) => (
            "起始日，不计".to_owned(),
            "the day it starts, does not count".to_owned(),
        ),
        (DayKind::Counted, 0) if span.skipped > 0 => (
            format!("{days} 个工作日，其间周末 {} 天不计", span.skipped),
            format!(
                "{days} working day{plural}, {} weekend days skipped",
                span.skipped
            ),
        ),
        (DayKind::Counted, 0) => (format!("{days} 个工作日"), format!("{days} working day{plural}")),
        (DayKind::Counted, _) => (format!("计 {minutes_zh}"), format!("{minutes_en} count")),
        (DayKind::MakeUp, 0) => (
            format!("调休上班 {days} 天，计入"),
            format!("{days} make-up working day{plural}, counted"),
        ),
        (DayKind::MakeUp, _) => (
            format!("调休上班，计 {minutes_zh}"),
            format!("make-up working day{plural}, {minutes_en} count"),
        ),
        (DayKind::Weekend, _) => (
            format!("周末 {days} 天，不计"),
            format!("weekend, {days} day{plural} skipped"),
        ),
        (DayKind::Holiday, _) => (
            format!("节假日 {days} 天，不计"),
            format!("holiday, {days} day{plural} skipped"),
        ),
        (DayKind::Outside, _) => (
            "在计时时段之外，不计".to_owned(),
            "outside the hours that count, skipped".to_owned(),
        ),
        (DayKind::Natural, _) => (
            format!("自然时间 {minutes_zh}，全部计入"),
            format!("natural time, {minutes_en}, all of it counts"),
        ),
    };
    let hours: Vec<String> = span
        .hours
        .iter()
        .map(|(from, to)| format!(" {}–{}", from.strftime("%H:%M"), to.strftime("%H:%M")))
        .collect();
    let hours = hours.join(",");
    line(format!("  {when}{hours}：{zh}"), format!("  {when}{hours}: {en}"))
}

fn minutes_words(minutes: u32) -> (String, String) {
    match (minutes / 60, minutes % 60) {
        (0, left) => (format!("{left} 分钟"), format!("{left} min")),
        (hours, 0) => (format!("{hours} 小时"), format!("{hours} h")),
        (hours, left) => (
            format!("{hours} 小时 {left} 分钟"),
            format!("{hours} h {left} min"),
        ),
    }
}

fn limit_words(limit: Limit) -> (String, String) {
    const DAY: u32 = 24 * 60;
    let zh = match limit {
        Limit::WorkingDays(days) => format!("{days} 个工作日"),
        Limit::Natural(minutes) if minutes > 0 && minutes % DAY == 0 => format!("{} 天", minutes / DAY),
        Limit::Natural(minutes) => minutes_words(minutes).0,
        Limit::Working(minutes) => format!("工作时间 {}", minutes_words(minutes).0),
        Limit::Desk(minutes) => format!("坐席时间 {}", minutes_words(minutes).0),
    };
    (zh, limit.to_string())
}

fn kind_en(kind: Kind) -> &'static str {
    match kind {
        Kind::Citizen => "resident",
        Kind::Triage => "triage",
        Kind::Sign => "sign",
        Kind::FirstContact => "first contact",
        Kind::Handle => "handle",
        Kind::Stage => "stage report",
        Kind::Decision => "decision",
        Kind::Proposal => "decision on a proposal",
        Kind::Audit => "audit",
        Kind::Callback => "callback",
        Kind::Rating => "rating window",
        Kind::Waiting => "waiting",
        Kind::Promise => "promise check",
        Kind::Order => "order",
        Kind::CallBack => "call back",
    }
}

/// What every event is called where a clock starts or moves by it, in the order of a ticket's life. A test holds it to the
/// events there are.
const CAUSES: [(&str, &str, &str); 78] = [
    ("registered", "登记", "registered"),
    ("contact_added", "追加来件", "a contact was added"),
    ("answered_directly", "直接答复", "answered directly"),
    ("declined", "不予受理", "declined"),
    ("objected", "提出异议", "an objection was made"),
    ("objection_decided", "异议答复", "the objection was decided"),
    ("transfer_started", "紧急转接", "an emergency transfer began"),
    ("transferred_out", "转接完成", "the transfer was confirmed"),
    ("classified", "重新分类", "classified anew (rule 3)"),
    ("consult_started", "会商", "the consultation began"),
    ("opinion_given", "会商意见", "an opinion was given"),
    ("split_off", "拆单", "split off"),
    ("dispatched", "派单", "dispatched"),
    ("redispatched", "改派", "redispatched"),
    ("signed", "签收", "signed for"),
    ("contact_tried", "先行联系", "the resident was contacted"),
    ("stage_reported", "阶段反馈", "a stage report was made"),
    ("sub_assigned", "转派", "passed down"),
    ("leg_excused", "免除", "a leg was excused"),
    ("leg_ended", "承办段结束", "a leg ended"),
    ("endorsed", "签批", "endorsed by the unit's leader"),
    ("return_requested", "退单申请", "a return was asked for"),
    ("return_approved", "同意退单", "the return was approved"),
    ("return_refused", "不同意退单", "the return was refused"),
    ("ruled", "裁定", "the arbiter ruled"),
    ("entry_decided", "目录条目决定", "the directory entry was decided"),
    ("extension_requested", "延期申请", "an extension was asked for"),
    ("extension_granted", "批准延期", "the extension was granted"),
    ("extension_refused", "不同意延期", "the extension was refused"),
    ("citizen_asked", "请诉求人补充", "the resident was asked"),
    ("citizen_replied", "诉求人已补充", "the resident answered"),
    ("wait_ran_out", "补充期满", "the wait ran out"),
    ("suspension_requested", "挂账申请", "a suspension was asked for"),
    ("suspended", "挂账", "suspended"),
    ("suspension_refused", "不同意挂账", "the suspension was refused"),
    ("promise_checked", "挂账复核", "the promise was checked"),
    ("resumed", "恢复办理", "resumed"),
    ("termination_requested", "终止申请", "a termination was asked for"),
    ("terminated", "终止", "terminated"),
    ("termination_refused", "不同意终止", "the termination was refused"),
    ("replied", "提交回复", "the reply was submitted"),
    ("audit_passed", "审核通过", "the audit passed"),
    ("audit_failed", "审核不通过", "the audit failed (rule 1)"),
    ("callback_missed", "回访未接通", "a ring was missed"),
    ("link_opened", "发出评价链接", "the link was opened"),
    ("callback_answered", "回访", "the resident answered"),
    (
        "deadline_asked",
        "到期回访",
        "the resident was asked at the due time",
    ),
    ("rework_ordered", "重办", "rework was ordered"),
    ("review_requested", "申请评议", "a review was asked for"),
    ("review_decided", "评议决定", "the review was decided"),
    ("urged", "催办", "the resident urged"),
    ("order_issued", "签发督办单", "a supervision order was issued"),
    ("order_answered", "督办答复", "the order was answered"),
    ("escalated", "提级", "raised to a higher level"),
    ("level_fired", "到期未回复", "the due time passed without a reply"),
    ("level_proposed", "提级建议", "proposed"),
    ("proposal_decided", "提级审批", "the proposal was decided"),
    ("merged_into", "并入母件", "merged into an incident"),
    ("unmerged", "解除并单", "un-merged"),
    ("child_merged", "并单", "a ticket was merged into it"),
    ("child_unmerged", "子件脱离", "a merged ticket was let go"),
    (
        "child_joined",
        "子件来件",
        "a merged ticket had a further contact",
    ),
    ("rejoined", "母件已答复", "the incident was answered"),
    ("exclusion_requested", "剔除申请", "an exclusion was asked for"),
    ("exclusion_reviewed", "剔除初审", "the exclusion was reviewed"),
    ("excluded", "剔除", "excluded"),
    ("exclusion_refused", "不同意剔除", "the exclusion was refused"),
    ("sealed", "密办", "sealed"),
    ("unit_recused", "回避", "a unit was kept out"),
    ("recalled", "收回", "called back to the triage desk"),
    ("annotated", "备注", "a note was made"),
    ("withdrawn", "撤回", "withdrawn"),
    ("reopened", "重开", "reopened"),
    ("closed", "办结", "closed"),
    ("rederived", "日历更新", "the calendar has changed (rule 6)"),
    ("clock_started", "计时", "a clock started"),
    ("clock_stopped", "停止计时", "a clock stopped"),
    ("erased", "销毁", "erased"),
];

/// In words.
fn cause(name: &'static str) -> (&'static str, &'static str) {
    let found = CAUSES.iter().find(|(one, ..)| *one == name);
    found.map_or((name, name), |(_, zh, en)| (zh, en))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::explain::explain;
    use crate::ticket::Event;
    use crate::ticket::check::Scene;

    #[test]
    fn every_event_that_there_is_has_words_and_no_other() {
        // The reader of events lists those it knows when it meets another.
        let unknown = serde_json::from_str::<Event>(r#"{"kind":"?"}"#)
            .unwrap_err()
            .to_string();
        let (_, known) = unknown.split_once("expected one of ").unwrap();
        let mut known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let mut told: Vec<&str> = CAUSES.iter().map(|(name, ..)| *name).collect();
        known.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, known);
        let is_named =
            |(name, zh, en): &(&str, &str, &str)| !zh.is_ascii() && !en.contains('_') && zh != name;
        assert!(CAUSES.iter().all(is_named));
    }

    #[test]
    fn a_clock_that_may_rest_says_that_it_stands_and_not_that_it_is_over() {
        let mut scene = Scene::new();
        scene.play("register complaint c urban.noise phone\ndispatch water\nsign water\nask water\n---");
        let all = explain(&scene.history, |under| scene.held(under)).unwrap();
        let said = |kind: Kind| {
            let one = all.iter().find(|one| one.clock.run.kind == kind).unwrap();
            let lines = one.full().into_iter().map(|line| line.zh);
            lines.collect::<Vec<_>>().join("\n")
        };
        assert!(said(Kind::Handle).contains("L1 催办 2026-11-30 17:30：计时已停，停止期间不触发"));
        assert!(said(Kind::Triage).contains("已停止，不再触发"));
        assert!(said(Kind::Waiting).contains("请诉求人补充"));
    }
}
