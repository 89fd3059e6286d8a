//! Where a matter stands and how it ended, in words a resident understands.

use domain::ticket::{DeclineReason, Emergency, PhaseName, SuspensionGround, TerminationGround};
use kit::call::Language;
use kit::wire::ClosedSet as _;
use proto::tickets::v1::Ticket;

/// Where a ticket stands.
pub(crate) fn status(ticket: &Ticket, language: Language) -> &'static str {
    let Some(phase) = PhaseName::from_wire(ticket.phase) else {
        return "";
    };
    if !ticket.merged_into.is_empty() && !ticket.rejoined && phase != PhaseName::Closed {
        return language.choose(
            "与同一事件的其他诉求合并办理，将统一答复",
            "handled together with others about the same matter; one answer will reach all",
        );
    }
    let (zh, en) = match phase {
        PhaseName::Accepted => (
            "已受理，正在安排承办单位",
            "accepted; a unit is being found for it",
        ),
        PhaseName::Consulting => (
            "已受理，正在会商承办单位",
            "accepted; several units are being consulted",
        ),
        PhaseName::Dispatched => (
            "已派单，等待承办单位签收",
            "sent to a unit, which has yet to sign for it",
        ),
        PhaseName::Handling if ticket.round > 0 => ("承办单位正在重新办理", "being handled once more"),
        PhaseName::Handling => ("承办单位正在办理", "being handled"),
        PhaseName::AwaitingCitizen => ("等待您补充情况", "waiting for you to tell us more"),
        PhaseName::Suspended => (
            "已挂账，条件具备后继续办理",
            "put off until it can be handled; it is not forgotten",
        ),
        PhaseName::ReplyReview => ("已有办理结果，正在审核", "there is a result; it is being checked"),
        PhaseName::CallbackDue if ticket.step_holder == "city_office" => (
            "正在组织评议",
            "a panel is deciding whether the unit has done its duty",
        ),
        PhaseName::CallbackDue if ticket.outcome.is_some() => (
            "已收到您的评价，正在研究后续处理",
            "your word is noted; what follows is being decided",
        ),
        PhaseName::CallbackDue => ("已答复，等待您的评价", "answered; waiting for your word on it"),
        PhaseName::Closed => ("已办结", "closed"),
    };
    language.choose(zh, en)
}

/// How a ticket was closed and what can be done about it; empty while it is not. `explanation` is what was written for
/// the resident of a declined matter.
pub(crate) fn closing(close_kind: &str, explanation: &str, language: Language) -> String {
    if let Some(reason) = close_kind
        .strip_prefix("declined_")
        .and_then(DeclineReason::parse)
    {
        return declined(reason, explanation, language);
    }
    if let Some(service) = close_kind.strip_prefix("transferred_").and_then(Emergency::parse) {
        return transferred(service, language);
    }
    if let Some(ground) = close_kind
        .strip_prefix("terminated_")
        .and_then(TerminationGround::parse)
    {
        return terminated(ground, language).to_owned();
    }
    let (zh, en) = match close_kind {
        "resolved" => (
            "承办单位已解决您反映的问题。问题再次出现的，可在十日内申请重开。",
            "The matter has been put right. Should it come back, you can have it reopened within ten days.",
        ),
        "explained" => (
            "承办单位已依法说明情况和理由。有新情况的，可在十日内申请重开。",
            "The matter cannot be put right as asked; why has been explained. With new facts you can have it reopened \
             within ten days.",
        ),
        "answered_directly" => (
            "您的来件已直接答复。",
            "Your question has been answered directly.",
        ),
        "withdrawn" => ("诉求已按您的意愿撤回。", "The matter was withdrawn at your wish."),
        "unreachable" => (
            "多次回访未能联系到您，也未收到评价，现按已答复办结。有不同意见的，可在十日内拨打12345申请重开。",
            "We could not reach you and received no rating, so the matter is closed with the answer given. If you see it \
             otherwise, call 12345 within ten days to have it reopened.",
        ),
        _ => ("", ""),
    };
    language.choose(zh, en).to_owned()
}

fn declined(reason: DeclineReason, explanation: &str, language: Language) -> String {
    let (zh, en) = match reason {
        DeclineReason::LegalRoute => (
            "该事项应通过诉讼、仲裁、行政复议等法定途径解决",
            "a lawful route of its own is open for it, such as a court, arbitration or reconsideration",
        ),
        DeclineReason::Secret => (
            "内容涉及国家秘密、商业秘密或个人隐私",
            "it concerns a state secret, a trade secret or somebody's privacy",
        ),
        DeclineReason::OutsideAuthority => (
            "该事项不属于本市政府职权范围，请向有权机关反映",
            "it is outside the authority of this city's government; please turn to the body named",
        ),
        DeclineReason::Repeated => (
            "同一事项正在办理或已经办结，且没有新的情况",
            "the same matter is being handled or is finished, and there are no new facts",
        ),
        DeclineReason::Unlawful => (
            "诉求内容违反法律法规或公序良俗",
            "what is asked for is unlawful or against public order",
        ),
        DeclineReason::BeyondDuty => (
            "诉求超出各承办单位的法定职责",
            "what is asked for is no public body's duty",
        ),
        DeclineReason::Harassment => (
            "来件没有实质内容或属恶意重复",
            "it has no substance, or repeats itself maliciously",
        ),
        DeclineReason::Finished => (
            "该事项已由有关单位依法处理完毕",
            "it has already been finished lawfully by the unit responsible",
        ),
    };
    let explanation = explanation.trim();
    match (language, explanation) {
        (Language::Zh, "") => format!("不予受理：{zh}。有异议的，可在十日内拨打12345提出一次。"),
        (Language::Zh, said) => {
            format!("不予受理：{zh}。说明：{said} 有异议的，可在十日内拨打12345提出一次。")
        }
        (Language::En, "") => {
            format!("Not accepted: {en}. You may object once within ten days by calling 12345.")
        }
        (Language::En, said) => format!(
            "Not accepted: {en}. What we were asked to tell you: {said} You may object once within ten days by calling \
             12345."
        ),
    }
}

fn terminated(ground: TerminationGround, language: Language) -> &'static str {
    let (zh, en) = match ground {
        TerminationGround::LegalRoute => (
            "该事项已进入诉讼、仲裁、行政复议等法定途径，办理终止。",
            "The matter is before a court, an arbitrator or another lawful procedure now, so handling ends here.",
        ),
        TerminationGround::Repeated => (
            "同一事项此前已经办结，且没有新的情况，办理终止。",
            "The same matter has been finished before and there are no new facts, so handling ends here.",
        ),
        TerminationGround::Unlawful => (
            "诉求内容违反法律法规或公序良俗，办理终止。",
            "What is asked for is unlawful or against public order, so handling ends here.",
        ),
        TerminationGround::Finished => (
            "该事项此前已由有关单位依法处理完毕，办理终止。",
            "The matter had already been finished lawfully by the unit responsible, so handling ends here.",
        ),
        TerminationGround::NoCooperation => (
            "因缺少您的配合无法继续办理，办理终止。情况变化的，可在十日内申请重开。",
            "Without your help it could not be handled further, so handling ends here. Should that change, you can have it \
             reopened within ten days.",
        ),
    };
    language.choose(zh, en)
}

/// Why a matter is put off.
pub(crate) fn suspension(ground: &str, language: Language) -> &'static str {
    let (zh, en) = match SuspensionGround::parse(ground) {
        Some(SuspensionGround::LegalProcess) => ("法定程序进行中", "a lawful procedure decides first"),
        Some(SuspensionGround::Planning) => {
            ("已纳入规划建设", "it is part of what is being planned or built")
        }
        Some(SuspensionGround::Funds) => ("资金待落实", "the money is still to be found"),
        Some(SuspensionGround::Policy) => ("政策待明确", "a policy is still being made"),
        Some(SuspensionGround::Conditions) => {
            ("客观条件暂不具备", "season, weather or site do not allow it yet")
        }
        None => ("暂不具备办理条件", "it cannot be handled yet"),
    };
    language.choose(zh, en)
}

fn transferred(service: Emergency, language: Language) -> String {
    let number = service.as_str();
    match language {
        Language::Zh => {
            let name = service.zh();
            format!("该事项属于{name}（{number}）职责，已转交处理。情况紧急请直接拨打{number}。")
        }
        Language::En => {
            format!(
                "This belongs to the emergency service {number} and was handed over to it. When urgent, call {number}."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::common::v1::Phase;
    use proto::tickets::v1::Outcome;

    use super::*;

    fn all_close_kinds() -> Vec<String> {
        let declined = DeclineReason::ALL
            .iter()
            .map(|reason| format!("declined_{}", reason.as_str()));
        let transferred = Emergency::ALL
            .iter()
            .map(|service| format!("transferred_{}", service.as_str()));
        let plain = [
            "resolved",
            "explained",
            "answered_directly",
            "withdrawn",
            "unreachable",
        ]
        .map(str::to_owned);
        let terminated = TerminationGround::ALL
            .iter()
            .map(|ground| format!("terminated_{}", ground.as_str()));
        plain
            .into_iter()
            .chain(declined)
            .chain(transferred)
            .chain(terminated)
            .collect()
    }

    #[test]
    fn every_phase_and_every_way_to_close_has_its_words_in_both_languages() {
        for language in [Language::Zh, Language::En] {
            for phase in PhaseName::ALL {
                let ticket = Ticket {
                    phase: phase.to_wire(),
                    ..Ticket::default()
                };
                assert!(!status(&ticket, language).is_empty(), "{phase:?}");
            }
            for kind in all_close_kinds() {
                assert!(!closing(&kind, "", language).is_empty(), "{kind}");
            }
        }
        assert_eq!(closing("", "", Language::Zh), "");
    }

    #[test]
    fn a_resident_is_told_why_a_matter_was_not_accepted_and_that_he_may_object() {
        let told = closing("declined_r2", "请向人民法院起诉。", Language::Zh);
        assert!(told.contains("法定途径") && told.contains("请向人民法院起诉。") && told.contains("12345"));
        let told = closing("declined_r4", "", Language::En);
        assert!(told.contains("outside the authority") && !told.contains("asked to tell"));
    }

    #[test]
    fn an_emergency_is_sent_to_its_own_number() {
        assert!(closing("transferred_119", "", Language::Zh).contains("消防（119）"));
        assert!(closing("transferred_122", "", Language::En).contains("call 122"));
    }

    #[test]
    fn a_merged_matter_is_told_to_wait_for_the_one_answer_until_that_has_come() {
        let merged = Ticket {
            phase: Phase::Handling.into(),
            merged_into: "20261121-0000018".to_owned(),
            ..Ticket::default()
        };
        assert!(status(&merged, Language::Zh).contains("统一答复"));
        let rejoined = Ticket {
            phase: Phase::CallbackDue.into(),
            rejoined: true,
            ..merged
        };
        assert_eq!(status(&rejoined, Language::Zh), "已答复，等待您的评价");
    }

    #[test]
    fn once_the_resident_has_spoken_he_is_not_asked_again() {
        let ringing = Ticket {
            phase: Phase::CallbackDue.into(),
            ..Ticket::default()
        };
        assert_eq!(status(&ringing, Language::Zh), "已答复，等待您的评价");
        let unsolved = Ticket {
            outcome: Some(Outcome::default()),
            ..ringing
        };
        assert_eq!(
            status(&unsolved, Language::Zh),
            "已收到您的评价，正在研究后续处理"
        );
    }
}
