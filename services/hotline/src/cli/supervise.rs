//! `hotline supervise`: what is late, who was told, who has seen it.

mod books;

use owo_colors::OwoColorize as _;
use proto::common::v1::{ClockKind, Level, Light, Phase};
use proto::supervision::v1::{
    AcknowledgeEscalationRequest, DueTicket, Escalation, ListDueRequest, ListEscalationsRequest,
};
use proto::tickets::v1::IssueOrderRequest;
use serde_json::{Value, json};

use super::common::{OnTicket, RequestName, done, text};
use crate::client::{Answer as _, Client};
use crate::out::{Out, pad};
use crate::terms::{holder_name, name, term, word};
use crate::view::{json_time, light_cell, short_time};

pub(super) const ABOUT: &str = "督办:临期和超期、逐级督办、督办单、挂账台账
Supervision: near and past due, escalations, orders, the book of promises";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline supervise list --overdue
  hotline supervise escalations --open --level l2
  hotline supervise ack 20261121-0000015.c4.1.1.l2
  hotline supervise order 20261121-0000015 --demand 三日内恢复供水并书面说明";

const LIST_EXAMPLES: &str = "示例 · Examples:
  hotline supervise list --unit longhu-chengguan --overdue
  hotline supervise list --json";

const ESCALATIONS_EXAMPLES: &str = "示例 · Examples:
  hotline supervise escalations --open --level l2
  hotline supervise escalations --unit longhu-chengguan --json";

const ACK_EXAMPLES: &str = "示例 · Examples:
  hotline supervise ack 20261121-0000015.c4.1.1.l2";

const ORDER_EXAMPLES: &str = "示例 · Examples:
  hotline supervise order 20261121-0000015 --demand 三日内恢复供水并书面说明";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(
        about = "列出临期和超期的工单,最超期的在前\nList what is near or past due, the most overdue first"
    )]
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// 承办单位 · of this unit
        #[arg(long)]
        unit: Option<String>,
        /// 只列超期 · only what is past due
        #[arg(long)]
        overdue: bool,
    },
    #[command(about = "列出已触发的督办,最近的在前\nList the levels that have fired, latest first")]
    #[command(after_help = ESCALATIONS_EXAMPLES)]
    Escalations {
        /// 承办单位 · of this unit
        #[arg(long)]
        unit: Option<String>,
        /// 不低于此级 · at or above this level
        #[arg(long, value_parser = term::<Level>())]
        level: Option<Level>,
        /// 只列未确认的 · only those nobody has acknowledged
        #[arg(long)]
        open: bool,
    },
    #[command(about = "确认:已知悉并处理\nAcknowledge: somebody has seen it and acts")]
    #[command(after_help = ACK_EXAMPLES)]
    Ack {
        /// 督办名称,见列表 · the escalation, as listed
        escalation: String,
        #[command(flatten)]
        request: RequestName,
    },
    #[command(about = "签发督办单:编号、限期\nIssue a numbered supervision order with a hard date")]
    #[command(after_help = ORDER_EXAMPLES)]
    Order {
        #[command(flatten)]
        on: OnTicket,
        /// 督办要求,- 表示标准输入 · what is demanded; - reads standard input
        #[arg(long)]
        demand: String,
    },
    #[command(about = books::PROMISES_ABOUT, after_help = books::PROMISES_EXAMPLES)]
    Promises {
        /// 承办单位 · of this unit
        #[arg(long)]
        unit: Option<String>,
        /// 只列错过复核的 · only those whose check was missed
        #[arg(long)]
        missed: bool,
    },
    #[command(about = books::ORDERS_ABOUT, after_help = books::ORDERS_EXAMPLES)]
    Orders {
        /// 承办单位 · to this unit
        #[arg(long)]
        unit: Option<String>,
        /// 只列过期的 · only those past their hard date
        #[arg(long)]
        overdue: bool,
    },
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::List { unit, overdue } => due(client, unit.unwrap_or_default(), overdue, out).await,
        Verb::Escalations { unit, level, open } => {
            let request = ListEscalationsRequest {
                unit: unit.unwrap_or_default(),
                level: level.unwrap_or_default().into(),
                open_only: open,
                page_size: 200,
                page_token: String::new(),
            };
            escalations(client, request, out).await
        }
        Verb::Ack { escalation, request } => {
            let request = AcknowledgeEscalationRequest {
                escalation,
                request_id: request.take(),
            };
            let answer = client
                .supervision()
                .acknowledge_escalation(request)
                .await
                .answer()?;
            show_escalation(&answer.escalation.unwrap_or_default(), out)
        }
        Verb::Order { on, demand } => {
            let request = IssueOrderRequest {
                number: on.number,
                request_id: on.request.take(),
                expected_version: on.expected_version,
                demand: text(demand)?,
            };
            done(client.tickets().issue_order(request).await.answer()?.ticket, out)
        }
        Verb::Promises { unit, missed } => {
            books::promises(client, unit.unwrap_or_default(), missed, out).await
        }
        Verb::Orders { unit, overdue } => books::orders(client, unit.unwrap_or_default(), overdue, out).await,
    }
}

async fn due(client: Client, unit: String, overdue_only: bool, out: &Out) -> anyhow::Result<()> {
    let mut request = ListDueRequest {
        unit,
        overdue_only,
        page_size: 200,
        page_token: String::new(),
    };
    loop {
        let page = client.supervision().list_due(request.clone()).await.answer()?;
        for ticket in &page.tickets {
            show_due(ticket, out)?;
        }
        if page.next_page_token.is_empty() {
            let until = short_time(&page.as_of_time);
            if !out.json() && !until.is_empty() {
                out.note(format_args!("截至 {until}"), format_args!("as of {until}"));
            }
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

fn show_due(ticket: &DueTicket, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "number": ticket.number,
            "phase": word::<Phase>(ticket.phase),
            "clock": word::<ClockKind>(ticket.clock),
            "due_time": json_time(&ticket.due_time),
            "light": word::<Light>(ticket.light),
            "level": word::<Level>(ticket.level),
            "step_holder": ticket.step_holder,
            "lead_unit": ticket.lead_unit,
        }));
    }
    let lang = out.lang();
    out.line(format_args!(
        "{}  {}{}{}{}{}  {}",
        ticket.number,
        light_cell(ticket.light, lang, 10),
        pad(name::<Level>(ticket.level, lang), 10),
        pad(name::<Phase>(ticket.phase, lang), 17),
        pad(name::<ClockKind>(ticket.clock, lang), 14),
        pad(holder_name(&ticket.step_holder, lang), 26),
        short_time(&ticket.due_time)
    ))?;
    Ok(())
}

async fn escalations(client: Client, mut request: ListEscalationsRequest, out: &Out) -> anyhow::Result<()> {
    loop {
        let page = client
            .supervision()
            .list_escalations(request.clone())
            .await
            .answer()?;
        for escalation in &page.escalations {
            show_escalation(escalation, out)?;
        }
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

fn show_escalation(one: &Escalation, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&escalation_json(one));
    }
    let lang = out.lang();
    let seen = if one.acknowledged_by.is_empty() {
        lang.word("未确认", "open").red().to_string()
    } else {
        format!("{} {}", lang.word("已确认", "seen by"), one.acknowledged_by)
    };
    let down = if one.system_was_down {
        lang.word("(系统停机期间到期)", "(due while the system was down)")
    } else {
        ""
    };
    let level = pad(name::<Level>(one.level, lang), 10);
    let clock = pad(name::<ClockKind>(one.clock, lang), 14);
    let unit = pad(&one.unit, 26);
    let told: Vec<&str> = one.told.iter().map(|told| holder_name(told, lang)).collect();
    let told = told.join(" ");
    out.line(format_args!(
        "{}  {}{clock}{unit}{}  {seen} {down} {}  {}",
        short_time(&one.fire_time),
        level.bold(),
        one.number,
        told.dimmed(),
        one.escalation.dimmed()
    ))?;
    Ok(())
}

fn escalation_json(one: &Escalation) -> Value {
    json!({
        "escalation": one.escalation,
        "number": one.number,
        "level": word::<Level>(one.level),
        "clock": word::<ClockKind>(one.clock),
        "due_time": json_time(&one.due_time),
        "fire_time": json_time(&one.fire_time),
        "system_was_down": one.system_was_down,
        "told": one.told,
        "unit": one.unit,
        "points": f64::from(one.points_tenths) / 10.0,
        "acknowledged_by": one.acknowledged_by,
        "acknowledge_time": json_time(&one.acknowledge_time),
    })
}
