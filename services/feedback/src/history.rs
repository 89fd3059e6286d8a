//! What the history of a ticket tells its resident: the steps in plain words, the answer in one voice, and why a matter
//! was declined. What is internal (notes, levels, clocks, classification, who did it) is not told at all.

use std::collections::HashMap;

use kit::call::Language;
use prost_types::Timestamp;
use proto::feedback::v1::{Answer, TrackStep};
use proto::tickets::v1::TicketEvent;

use crate::limits::STEPS_MAX;
use crate::plain;

/// What is told.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// The latest steps, oldest first.
    pub(crate) steps: Vec<TrackStep>,
    /// The latest answer that has passed the audit and that no rework or reopening has overtaken.
    pub(crate) answer: Option<Answer>,
    /// When the answer of the incident it was merged into became its own; none since it has been answered by itself, or has
    /// to be.
    pub(crate) rejoined_at: Option<Timestamp>,
    /// What was written for the resident of a declined matter.
    pub(crate) explanation: String,
    /// What he was asked last.
    pub(crate) question: String,
}

/// To whom it is told.
pub(crate) struct Listener<'a> {
    pub(crate) language: Language,
    /// The name of a unit by its code; none for every unit of a confidential matter.
    pub(crate) unit_name: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The local day of an instant, as the feed writes it.
    pub(crate) day: &'a (dyn Fn(&str) -> String + Sync),
}

/// Tells a history, oldest first.
pub(crate) fn tell(events: &[TicketEvent], listener: &Listener<'_>) -> Told {
    let mut teller = Teller {
        listener,
        told: Told::default(),
        legs_opened: 0,
        lead: None,
        written: None,
        replied: None,
    };
    for event in events {
        teller.hear(event);
    }
    let superfluous = teller.told.steps.len().saturating_sub(STEPS_MAX);
    teller.told.steps.drain(..superfluous);
    teller.told
}

/// An incident's history as far as the answer that was published when a merged ticket was told: what came of the incident
/// since, a rework say, is between it and its own resident.
pub(crate) fn as_answered(events: &[TicketEvent], told_at: Timestamp) -> &[TicketEvent] {
    let is_it = |event: &TicketEvent| {
        let published = event.event_time.map(|at| (at.seconds, at.nanos));
        event.kind == "audit_passed" && published <= Some((told_at.seconds, told_at.nanos))
    };
    events
        .iter()
        .rposition(is_it)
        .map_or(&[], |last| &events[..=last])
}

struct Teller<'a> {
    listener: &'a Listener<'a>,
    told: Told,
    legs_opened: u32,
    /// The lead's leg of the latest dispatch.
    lead: Option<String>,
    /// A reply's words. They belong to the first fact of the reply's commit, which need not be the reply itself.
    written: Option<HashMap<String, String>>,
    /// The lead's latest reply, not audited yet.
    replied: Option<HashMap<String, String>>,
}

impl Teller<'_> {
    fn hear(&mut self, event: &TicketEvent) {
        if event.words.contains_key("decided") {
            self.written = Some(event.words.clone());
        }
        match event.kind.as_str() {
            "dispatched" => self.dispatched(event),
            "sub_assigned" => self.legs_opened += 1,
            "rejoined" => self.rejoined(event),
            "citizen_asked" => self.told.question = word(&event.words, "note"),
            "replied" => {
                let written = self.written.take();
                if self.is_leads(event) {
                    self.replied = written;
                }
            }
            "audit_passed" => {
                self.overtake();
                self.told.answer = self.replied.take().and_then(|words| answer(&words, event));
            }
            "rework_ordered" | "reopened" => self.overtake(),
            // The duty is not done: handled once more.
            "review_decided" if event.facts.get("duty_done").is_some_and(|done| done == "false") => {
                self.overtake();
            }
            "answered_directly" => self.told.answer = direct_answer(event),
            "declined" => self.told.explanation = word(&event.words, "reason"),
            _ => {}
        }
        if let Some(text) = self.step(event) {
            self.told.steps.push(TrackStep {
                step_time: event.event_time,
                text,
            });
        }
    }

    /// Legs are counted from 1 over all dispatches, the lead's first.
    fn dispatched(&mut self, event: &TicketEvent) {
        let co_units = event
            .facts
            .get("co_units")
            .map_or(0, |units| units.split(',').count());
        self.lead = Some((self.legs_opened + 1).to_string());
        self.legs_opened += 1 + u32::try_from(co_units).unwrap_or_default();
    }

    /// The unit that answered the incident leads here from now on: a rework is its.
    fn rejoined(&mut self, event: &TicketEvent) {
        self.legs_opened += 1;
        self.lead = Some(self.legs_opened.to_string());
        self.overtake();
        self.told.rejoined_at = event.event_time;
    }

    /// The answer so far is the answer no more.
    fn overtake(&mut self) {
        self.told.answer = None;
        self.told.rejoined_at = None;
    }

    fn is_leads(&self, event: &TicketEvent) -> bool {
        self.lead.is_some() && event.facts.get("leg") == self.lead.as_ref()
    }

    fn step(&self, event: &TicketEvent) -> Option<String> {
        match event.kind.as_str() {
            "dispatched" => Some(self.sent(event)),
            "transfer_started" | "transferred_out" => Some(self.handed_over(event)),
            "signed" | "replied" | "stage_reported" if !self.is_leads(event) => None,
            "contact_tried" | "deadline_asked"
                if event.facts.get("reached").is_none_or(|reached| reached != "true") =>
            {
                None
            }
            "extension_granted" => Some(self.extended(event)),
            "suspended" => Some(self.suspended(event)),
            "promise_checked" => Some(self.checked(event)),
            "citizen_asked" => Some(self.with_words(event, "请您补充情况", "please tell us more", "note")),
            "review_decided" => Some(self.reviewed(event)),
            "objection_decided" => Some(self.objected(event)),
            "urged" => {
                let by = event.facts.get("by").map(String::as_str);
                let (zh, en) = if by? == "citizen" {
                    ("已为您催办", "urged for you")
                } else {
                    ("已催办", "urged")
                };
                Some(self.listener.language.choose(zh, en).to_owned())
            }
            kind => {
                let (zh, en) = by_kind(kind)?;
                Some(self.listener.language.choose(zh, en).to_owned())
            }
        }
    }

    /// A step with what was written for the resident, while that can be read.
    fn with_words(&self, event: &TicketEvent, zh: &str, en: &str, field: &str) -> String {
        let step = self.listener.language.choose(zh, en);
        let said = word(&event.words, field);
        match (self.listener.language, said.trim()) {
            (_, "") => step.to_owned(),
            (Language::Zh, said) => format!("{step}：{said}"),
            (Language::En, said) => format!("{step}: {said}"),
        }
    }

    /// Why more time is taken is told (domain.md, section 3).
    fn extended(&self, event: &TicketEvent) -> String {
        let days = event.facts.get("working_days").map_or("", String::as_str);
        let (zh, en) = (
            format!("经批准延期{days}个工作日"),
            format!("{days} more working days were granted"),
        );
        self.with_words(event, &zh, &en, "reason")
    }

    fn suspended(&self, event: &TicketEvent) -> String {
        let ground = event.facts.get("ground").map_or("", String::as_str);
        let ground = plain::suspension(ground, self.listener.language);
        let check = (self.listener.day)(event.facts.get("check_at").map_or("", String::as_str));
        match self.listener.language {
            Language::Zh => format!("已挂账：{ground}，{check}前复核进展"),
            Language::En => format!("put off: {ground}; looked at again by {check}"),
        }
    }

    fn checked(&self, event: &TicketEvent) -> String {
        let next = (self.listener.day)(event.facts.get("next_at").map_or("", String::as_str));
        let (zh, en) = (
            format!("已复核挂账进展，下次复核{next}"),
            format!("looked at again; next by {next}"),
        );
        self.with_words(event, &zh, &en, "note")
    }

    fn reviewed(&self, event: &TicketEvent) -> String {
        let (zh, en) = if event.facts.get("duty_done").is_some_and(|done| done == "true") {
            (
                "评议认定承办单位已履行职责",
                "the panel finds that the unit has done its duty",
            )
        } else {
            (
                "评议认定承办单位未履行职责，责成继续办理",
                "the panel finds that the unit has not done its duty; it must handle it further",
            )
        };
        self.with_words(event, zh, en, "reason")
    }

    fn objected(&self, event: &TicketEvent) -> String {
        let (zh, en) = if event.facts.get("upheld").is_some_and(|upheld| upheld == "true") {
            (
                "异议成立，恢复受理",
                "your objection stands; it is accepted after all",
            )
        } else {
            ("异议不成立", "your objection does not stand")
        };
        self.with_words(event, zh, en, "reason")
    }

    fn sent(&self, event: &TicketEvent) -> String {
        let unit = event
            .facts
            .get("lead_unit")
            .and_then(|unit| (self.listener.unit_name)(unit));
        match (self.listener.language, unit) {
            (Language::Zh, Some(unit)) => format!("已派至{unit}办理"),
            (Language::Zh, None) => "已派至承办单位办理".to_owned(),
            (Language::En, Some(unit)) => format!("sent to {unit}"),
            (Language::En, None) => "sent to the unit responsible".to_owned(),
        }
    }

    fn handed_over(&self, event: &TicketEvent) -> String {
        let service = event.facts.get("service").map_or("", String::as_str);
        match (self.listener.language, event.kind.as_str()) {
            (Language::Zh, "transfer_started") => format!("正在转接{service}"),
            (Language::Zh, _) => format!("已转交{service}"),
            (Language::En, "transfer_started") => format!("being put through to {service}"),
            (Language::En, _) => format!("handed over to {service}"),
        }
    }
}

/// Steps whose words need nothing but their kind; none for what is internal.
fn by_kind(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "registered" => ("诉求已登记受理", "registered"),
        "contact_added" => ("收到同一事项的补充来件", "more was said about the same matter"),
        "answered_directly" => ("已直接答复", "answered directly"),
        "declined" => ("经审核不予受理", "not accepted"),
        "signed" => ("承办单位已签收", "the unit has signed for it"),
        "contact_tried" => ("承办单位已与您联系", "the unit has been in touch"),
        "stage_reported" => ("承办单位已报告处置进展", "the unit has reported on its progress"),
        "replied" => (
            "承办单位已提交办理结果，进入审核",
            "the unit has replied; the reply is being checked",
        ),
        "audit_passed" => (
            "办理结果通过审核，答复已发布",
            "the reply has passed the check and is published",
        ),
        "audit_failed" => (
            "办理结果未通过审核，退回补正",
            "the reply did not pass the check and went back",
        ),
        "callback_missed" => ("回访电话未接通", "we rang you and nobody answered"),
        "link_opened" => ("已开放链接评价", "you can rate it by link"),
        "callback_answered" => ("已记录您的评价", "your word is noted"),
        "rework_ordered" => ("已责成承办单位重新办理", "the unit has to handle it once more"),
        "sealed" => ("已按保密件办理", "handled as confidential"),
        "recalled" => (
            "已收回，重新安排承办单位",
            "taken back; another unit is being found",
        ),
        "withdrawn" => ("诉求已撤回", "withdrawn"),
        "reopened" => ("已重新受理", "reopened"),
        "closed" => ("已办结", "closed"),
        kind => return beside(kind),
    })
}

/// The same beside the straight way.
fn beside(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "consult_started" => ("正在征询各相关单位意见", "the units concerned are being asked"),
        "redispatched" => ("已改派承办单位", "given to another unit"),
        "split_off" => (
            "反映的多个事项已分开办理",
            "the several matters in it are handled each by itself",
        ),
        "citizen_replied" => ("已收到您的补充", "what you told us is noted"),
        "wait_ran_out" => (
            "未收到补充，继续办理",
            "nothing more was heard; it is handled further",
        ),
        "resumed" => ("已恢复办理", "taken up again"),
        "terminated" => ("已终止办理", "handling has ended"),
        "deadline_asked" => (
            "到期未答复，已向您回访",
            "the answer was late; we have rung you about it",
        ),
        "review_requested" => ("已收到您的评议申请", "your request for a review is noted"),
        "objected" => ("已收到您的异议", "your objection is noted"),
        "merged_into" => (
            "与同一事件的其他诉求合并办理",
            "handled together with others about the same matter",
        ),
        "unmerged" => ("恢复单独办理", "handled by itself again"),
        "rejoined" => (
            "合并办理的事件已有答复",
            "the matter it was handled with has been answered",
        ),
        _ => return None,
    })
}

fn answer(words: &HashMap<String, String>, published: &TicketEvent) -> Option<Answer> {
    let answer = Answer {
        found: word(words, "found"),
        done: word(words, "done"),
        decided: word(words, "decided"),
        legal_basis: word(words, "legal_basis"),
        publish_time: published.event_time,
    };
    // Nothing is left of it once the words' key is destroyed.
    [&answer.found, &answer.done, &answer.decided]
        .iter()
        .any(|text| !text.is_empty())
        .then_some(answer)
}

fn direct_answer(event: &TicketEvent) -> Option<Answer> {
    let decided = Some(word(&event.words, "answer")).filter(|text| !text.is_empty())?;
    Some(Answer {
        decided,
        publish_time: event.event_time,
        ..Answer::default()
    })
}

fn word(words: &HashMap<String, String>, field: &str) -> String {
    words.get(field).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events from lines `kind fact=value … | field=words …`, a second apart.
    fn events(script: &str) -> Vec<TicketEvent> {
        let pairs = |text: &str| {
            let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
            pairs
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect()
        };
        let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
        lines
            .zip(0..)
            .map(|(line, seconds)| {
                let (facts, words) = line.split_once('|').unwrap_or((line, ""));
                TicketEvent {
                    kind: facts.split_whitespace().next().unwrap_or_default().to_owned(),
                    event_time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
                    facts: pairs(facts),
                    words: pairs(words),
                    ..TicketEvent::default()
                }
            })
            .collect()
    }

    fn told(script: &str, language: Language) -> Told {
        let unit_name = |code: &str| Some(format!("<{code}>"));
        tell(
            &events(script),
            &Listener {
                language,
                unit_name: &unit_name,
                day: &|at| format!("({at})"),
            },
        )
    }

    fn steps(told: &Told) -> Vec<&str> {
        told.steps.iter().map(|step| step.text.as_str()).collect()
    }

    const HANDLED: &str = "
        registered channel=web | subject=路灯 body=坏了
        clock_started clock=c0
        classified type=help
        dispatched lead_unit=light co_units=road,grid
        signed leg=2
        signed leg=1
        contact_tried leg=1 reached=false
        contact_tried leg=1 reached=true
        level_fired level=l0
        annotated | note=内部
        clock_stopped clock=c4 | found=协办查明 done=协办办理 decided=协办结果
        replied leg=2
        clock_stopped clock=c4 | found=灯泡损坏 done=已更换 decided=已修复
        replied leg=1
        audit_passed by_rule=true
    ";

    #[test]
    fn steps_are_plain_and_leave_out_what_is_internal() {
        assert_eq!(
            steps(&told(HANDLED, Language::Zh)),
            [
                "诉求已登记受理",
                "已派至<light>办理",
                "承办单位已签收",
                "承办单位已与您联系",
                "承办单位已提交办理结果，进入审核",
                "办理结果通过审核，答复已发布",
            ]
        );
        assert_eq!(
            steps(&told("dispatched lead_unit=light\n closed", Language::En)),
            ["sent to <light>", "closed"]
        );
    }

    #[test]
    fn units_of_a_confidential_matter_are_not_named() {
        let listener = Listener {
            language: Language::Zh,
            unit_name: &|_| None,
            day: &str::to_owned,
        };
        let told = tell(&events(HANDLED), &listener);
        assert!(steps(&told).contains(&"已派至承办单位办理"));
        assert!(!format!("{told:?}").contains("light"));
    }

    #[test]
    fn the_answer_is_the_leads_and_published_when_it_passed_the_audit() {
        let answer = told(HANDLED, Language::Zh).answer.unwrap();
        assert_eq!(
            (
                answer.found.as_str(),
                answer.done.as_str(),
                answer.decided.as_str()
            ),
            ("灯泡损坏", "已更换", "已修复")
        );
        assert_eq!(answer.publish_time.unwrap().seconds, 14);
    }

    #[test]
    fn a_reply_that_has_not_passed_is_not_shown() {
        let failed = "dispatched lead_unit=light
            replied leg=1 | found=甲 done=乙 decided=丙
            audit_failed fault=substance";
        assert_eq!(told(failed, Language::Zh).answer, None);
        let mended =
            format!("{failed}\n replied leg=1 | found=子 done=丑 decided=寅\n audit_passed by_rule=false");
        assert_eq!(told(&mended, Language::Zh).answer.unwrap().decided, "寅");
    }

    #[test]
    fn a_rework_overtakes_the_answer_before() {
        let reworked = format!("{HANDLED}\n callback_answered solved=false\n rework_ordered round=1");
        assert_eq!(told(&reworked, Language::Zh).answer, None);
    }

    #[test]
    fn after_a_second_dispatch_the_lead_is_the_new_one() {
        let again = format!(
            "{HANDLED}
            reopened count=1
            dispatched lead_unit=grid
            replied leg=1 | decided=旧
            replied leg=4 | decided=新
            audit_passed by_rule=false"
        );
        assert_eq!(told(&again, Language::Zh).answer.unwrap().decided, "新");
    }

    #[test]
    fn a_direct_answer_and_the_reason_of_a_refusal_are_told() {
        let answered = told("answered_directly article=k-7 | answer=周一至周五", Language::Zh);
        assert_eq!(answered.answer.unwrap().decided, "周一至周五");
        let declined = told("declined reason=r2 | reason=请向法院起诉", Language::Zh);
        assert_eq!(declined.explanation, "请向法院起诉");
    }

    #[test]
    fn what_the_resident_must_know_on_the_way_is_told_with_its_reason() {
        let way = "
            citizen_asked leg=1 | note=灯杆编号是多少
            citizen_replied | answer=A17
            extension_granted leg=1 working_days=5 | reason=配件采购
            suspension_requested leg=1 | note=内部计划
            suspended leg=1 ground=funds check_at=12-01
            promise_checked next_at=12-20 | note=资金已申报
            review_decided duty_done=true | reason=已尽责
            objection_decided upheld=false
            return_requested leg=1 | legal_basis=内部";
        let told = told(way, Language::Zh);
        assert_eq!(told.question, "灯杆编号是多少");
        assert_eq!(
            steps(&told),
            [
                "请您补充情况：灯杆编号是多少",
                "已收到您的补充",
                "经批准延期5个工作日：配件采购",
                "已挂账：资金待落实，(12-01)前复核进展",
                "已复核挂账进展，下次复核(12-20)：资金已申报",
                "评议认定承办单位已履行职责：已尽责",
                "异议不成立",
            ]
        );
    }

    #[test]
    fn legs_passed_down_do_not_shift_the_lead() {
        let script = "dispatched lead_unit=light
            sub_assigned leg=2 unit=street
            redispatched
            dispatched lead_unit=road
            replied leg=3 | decided=新
            audit_passed by_rule=false";
        assert_eq!(told(script, Language::Zh).answer.unwrap().decided, "新");
    }

    const REJOINED: &str = "
        registered channel=web
        dispatched lead_unit=light
        signed leg=1
        merged_into into=a
        rejoined leg=2 unit=water
    ";

    #[test]
    fn an_incidents_answer_is_its_own_until_it_is_overtaken() {
        let rejoined = told(REJOINED, Language::Zh);
        assert_eq!(rejoined.rejoined_at.unwrap().seconds, 4);
        assert_eq!(rejoined.answer, None, "read from the incident's history");
        let reworked = format!("{REJOINED}\n callback_answered solved=false\n rework_ordered round=1");
        assert_eq!(told(&reworked, Language::Zh).rejoined_at, None);
    }

    #[test]
    fn the_unit_that_answered_the_incident_answers_the_rework() {
        let reworked = format!(
            "{REJOINED}
            rework_ordered round=1
            replied leg=2 | decided=重办结果
            audit_passed by_rule=false"
        );
        let told = told(&reworked, Language::Zh);
        assert_eq!(told.answer.unwrap().decided, "重办结果");
        assert_eq!(told.rejoined_at, None);
    }

    #[test]
    fn what_came_of_the_incident_since_is_not_told() {
        let incident = "dispatched lead_unit=water
            replied leg=1 | decided=已修复
            audit_passed by_rule=true
            rework_ordered round=1
            replied leg=1 | decided=另一答复
            audit_passed by_rule=false";
        let incident = events(incident);
        let at = |seconds| Timestamp { seconds, nanos: 0 };
        let decided = |told_at| {
            let listener = Listener {
                language: Language::Zh,
                unit_name: &|_| None,
                day: &str::to_owned,
            };
            tell(as_answered(&incident, told_at), &listener)
                .answer
                .map(|answer| answer.decided)
        };
        assert_eq!(decided(at(1)), None);
        for seconds in [2, 3, 4] {
            assert_eq!(decided(at(seconds)).as_deref(), Some("已修复"));
        }
        assert_eq!(decided(at(5)).as_deref(), Some("另一答复"));
    }

    #[test]
    fn erased_words_leave_no_empty_answer() {
        assert_eq!(
            told(
                "dispatched lead_unit=light\n replied leg=1\n audit_passed",
                Language::Zh
            )
            .answer,
            None
        );
    }

    #[test]
    fn only_the_latest_steps_are_told() {
        let urged = "urged by=citizen\n".repeat(STEPS_MAX + 5);
        let told = told(&urged, Language::En);
        assert_eq!(told.steps.len(), STEPS_MAX);
        assert_eq!(told.steps[0].step_time.unwrap().seconds, 5);
    }
}
