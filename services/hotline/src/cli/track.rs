//! `hotline track`: what the resident may know, by number and query code.

use owo_colors::OwoColorize as _;
use proto::common::v1::Phase;
use proto::feedback::v1::{Answer as Reply, TrackTicketRequest, TrackTicketResponse};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::word;
use crate::view::{json_time, short_time};

pub(super) const ABOUT: &str = "凭编号和查询码查询进度,无需令牌
See where a matter stands, by number and query code, without a token";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline track 20261121-0000015 K7QM2XWP
  hotline track 20261121-0000015 K7QM2XWP --json";

/// What the resident was given.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 工单编号 · the ticket's number
    number: String,
    /// 查询码 · the query code
    code: String,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = TrackTicketRequest {
        number: args.number,
        query_code: args.code,
    };
    let answer = client.feedback().track_ticket(request).await.answer()?;

    if out.json() {
        out.object(&as_json(&answer))
    } else {
        print(&answer, out)
    }
}

fn as_json(answer: &TrackTicketResponse) -> Value {
    let reply = |reply: &Reply| {
        json!({
            "found": reply.found,
            "done": reply.done,
            "decided": reply.decided,
            "legal_basis": reply.legal_basis,
            "publish_time": json_time(&reply.publish_time),
        })
    };
    let steps = answer.steps.iter();
    let steps: Vec<Value> = steps
        .map(|step| json!({ "time": json_time(&step.step_time), "text": step.text }))
        .collect();
    json!({
        "number": answer.number,
        "phase": word::<Phase>(answer.phase),
        "status": answer.status,
        "register_time": json_time(&answer.register_time),
        "due_time": json_time(&answer.due_time),
        "due_reason": answer.due_reason,
        "unit_name": answer.unit_name,
        "answer": answer.answer.as_ref().map_or(Value::Null, reply),
        "rating_link": answer.rating_link,
        "steps": steps,
        "closing": answer.closing,
        "question": answer.question,
        "may_request_review": answer.may_request_review,
        "may_object": answer.may_object,
    })
}

fn print(answer: &TrackTicketResponse, out: &Out) -> anyhow::Result<()> {
    out.line(format_args!("{}  {}", answer.number.bold(), answer.status))?;
    let fact = |zh: &str, en: &str, value: &str| match value {
        "" => Ok(()),
        value => out.line(format_args!("{}: {value}", out.lang().word(zh, en))),
    };
    fact("登记时间", "registered", &short_time(&answer.register_time))?;
    fact("承办单位", "handled by", &answer.unit_name)?;
    fact("最迟答复", "answer due", &short_time(&answer.due_time))?;
    for line in &answer.due_reason {
        out.line(format_args!("  {}", line.dimmed()))?;
    }
    if let Some(reply) = &answer.answer {
        fact("答复时间", "answered", &short_time(&reply.publish_time))?;
        fact("查明情况", "found", &reply.found)?;
        fact("办理情况", "done", &reply.done)?;
        fact("处理结果", "decided", &reply.decided)?;
        fact("法律依据", "legal basis", &reply.legal_basis)?;
    }
    fact("办结", "closed", &answer.closing)?;
    for step in &answer.steps {
        out.line(format_args!(
            "  {}  {}",
            short_time(&step.step_time).dimmed(),
            step.text
        ))?;
    }
    fact("请补充", "you are asked", &answer.question)?;
    let next = [
        ("补充答复", "answer", "answer", !answer.question.is_empty()),
        (
            "申请评议",
            "ask for a review",
            "review",
            answer.may_request_review,
        ),
        ("提出异议", "object", "object", answer.may_object),
    ];
    for (zh, en, verb, may) in next {
        if may {
            let next = format!("hotline citizen {verb} {} CODE …", answer.number);
            out.note(
                format_args!("可{zh}:{next}"),
                format_args!("you may {en}: {next}"),
            );
        }
    }
    if !answer.rating_link.is_empty() {
        let next = format!(
            "hotline rate {} --solved yes --rating satisfied",
            answer.rating_link
        );
        out.note(format_args!("请评价:{next}"), format_args!("rate it: {next}"));
        out.line(format_args!(
            "{}: {}",
            out.lang().word("评价链接", "rating link"),
            answer.rating_link
        ))?;
    }
    Ok(())
}
