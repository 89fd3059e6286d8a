//! `hotline supervise promises`, `orders` and `proposals`: what was promised, what was demanded and is not answered, and
//! what waits for the city office.

use owo_colors::OwoColorize as _;
use proto::common::v1::{EscalationCause, Level, SuspensionGround};
use proto::supervision::v1::{
    ListOrdersRequest, ListPromisesRequest, ListProposalsRequest, OpenOrder, OpenPromise, OpenProposal,
};
use serde_json::json;

use crate::client::{Answer as _, Client};
use crate::out::{Out, pad};
use crate::terms::{name, word};
use crate::view::{json_time, short_time};

pub(super) const PROMISES_ABOUT: &str = "挂账台账:责任人、理由、下次复核、最迟恢复
The book of open promises: owner, ground, next check, latest date";

pub(super) const PROMISES_EXAMPLES: &str = "示例 · Examples:
  hotline supervise promises
  hotline supervise promises --missed --json";

pub(super) const ORDERS_ABOUT: &str = "列出未答复的督办单
List supervision orders that are not answered";

pub(super) const ORDERS_EXAMPLES: &str = "示例 · Examples:
  hotline supervise orders --overdue
  hotline supervise orders --unit district-longhu --json";

pub(super) const PROPOSALS_ABOUT: &str = "列出待热线办审批的约谈和通报移送
List L4 and L5 as they wait for the city office";

pub(super) const PROPOSALS_EXAMPLES: &str = "示例 · Examples:
  hotline supervise proposals
  hotline supervise proposals --unit district-longhu --overdue --json";

pub(super) async fn promises(
    client: Client,
    unit: String,
    missed_only: bool,
    out: &Out,
) -> anyhow::Result<()> {
    let mut request = ListPromisesRequest {
        unit,
        missed_only,
        page_size: 200,
        page_token: String::new(),
    };
    let mut count = 0;
    loop {
        let page = client
            .supervision()
            .list_promises(request.clone())
            .await
            .answer()?;
        count += page.promises.len();
        for promise in &page.promises {
            show_promise(promise, out)?;
        }
        if page.next_page_token.is_empty() {
            total(count, out);
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

fn show_promise(promise: &OpenPromise, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "number": promise.number,
            "lead_unit": promise.lead_unit,
            "ground": word::<SuspensionGround>(promise.ground),
            "owner": promise.owner,
            "since_time": json_time(&promise.since_time),
            "check_time": json_time(&promise.check_time),
            "until_time": json_time(&promise.until_time),
            "missed": promise.missed,
        }));
    }
    let lang = out.lang();
    let missed = if promise.missed {
        lang.word("错过复核", "check missed")
    } else {
        ""
    };
    out.line(format_args!(
        "{}  {}{}{}{} {}  {} {}  {}",
        promise.number,
        pad(&promise.lead_unit, 26),
        pad(name::<SuspensionGround>(promise.ground, lang), 18),
        pad(&promise.owner, 22),
        lang.word("复核", "check"),
        short_time(&promise.check_time),
        lang.word("最迟", "until"),
        short_time(&promise.until_time),
        missed.red().bold()
    ))?;
    Ok(())
}

pub(super) async fn orders(
    client: Client,
    unit: String,
    overdue_only: bool,
    out: &Out,
) -> anyhow::Result<()> {
    let mut request = ListOrdersRequest {
        unit,
        overdue_only,
        page_size: 200,
        page_token: String::new(),
    };
    let mut count = 0;
    loop {
        let page = client.supervision().list_orders(request.clone()).await.answer()?;
        count += page.orders.len();
        for order in &page.orders {
            show_order(order, out)?;
        }
        if page.next_page_token.is_empty() {
            total(count, out);
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

fn show_order(order: &OpenOrder, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "number": order.number,
            "order": order.order,
            "unit": order.unit,
            "issue_time": json_time(&order.issue_time),
            "due_time": json_time(&order.due_time),
            "overdue": order.overdue,
        }));
    }
    let lang = out.lang();
    let overdue = if order.overdue {
        lang.word("已过期", "overdue")
    } else {
        ""
    };
    let named = format!("{}-D{}", order.number, order.order);
    out.line(format_args!(
        "{}{}{} {}  {} {}  {}",
        pad(&named, 22),
        pad(&order.unit, 26),
        lang.word("签发", "issued"),
        short_time(&order.issue_time),
        lang.word("限期", "due"),
        short_time(&order.due_time),
        overdue.red().bold()
    ))?;
    Ok(())
}

pub(super) async fn proposals(
    client: Client,
    unit: String,
    overdue_only: bool,
    out: &Out,
) -> anyhow::Result<()> {
    let mut request = ListProposalsRequest {
        unit,
        overdue_only,
        page_size: 200,
        page_token: String::new(),
    };
    let mut count = 0;
    loop {
        let page = client
            .supervision()
            .list_proposals(request.clone())
            .await
            .answer()?;
        count += page.proposals.len();
        for proposal in &page.proposals {
            show_proposal(proposal, out)?;
        }
        if page.next_page_token.is_empty() {
            total(count, out);
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

fn show_proposal(one: &OpenProposal, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "number": one.number,
            "level": word::<Level>(one.level),
            "cause": word::<EscalationCause>(one.cause),
            "unit": one.unit,
            "propose_time": json_time(&one.propose_time),
            "due_time": json_time(&one.due_time),
            "overdue": one.overdue,
            "ticket_level": word::<Level>(one.ticket_level),
        }));
    }
    let lang = out.lang();
    let overdue = if one.overdue {
        lang.word("审批超期", "overdue")
    } else {
        ""
    };
    out.line(format_args!(
        "{}  {}{}{}{} {}  {} {}  {}",
        one.number,
        pad(name::<Level>(one.level, lang), 10),
        pad(name::<EscalationCause>(one.cause, lang), 18),
        pad(&one.unit, 26),
        lang.word("提出", "proposed"),
        short_time(&one.propose_time),
        lang.word("限期", "due"),
        short_time(&one.due_time),
        overdue.red().bold()
    ))?;
    Ok(())
}

fn total(count: usize, out: &Out) {
    if !out.json() {
        out.note(format_args!("共 {count} 件"), format_args!("{count} in all"));
    }
}
