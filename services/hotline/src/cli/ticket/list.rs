//! `hotline ticket list`: every page of it.

use std::collections::HashSet;

use proto::common::v1::{Light, Phase, RequestType};
use proto::tickets::v1::{ListTicketsRequest, Ticket, TicketView};

use crate::cli::common::local_time;
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;
use crate::view::{TicketLine, head, row, wire_time};

pub(crate) const ABOUT: &str = "列出可见的工单(全部页)
List the tickets one may see, all pages";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket list
  hotline ticket list --unit longhu-chengguan --phase handling --light red
  hotline ticket list --since 2026-11-01 --until 2026-12-01 --type complaint --json";

/// Filters; every one that is given must fit.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 承办单位 · a unit that has or had a part in it
    #[arg(long)]
    unit: Option<String>,
    /// 环节 · where it stands
    #[arg(long, value_parser = term::<Phase>())]
    phase: Option<Phase>,
    /// 灯 · its light now
    #[arg(long, value_parser = term::<Light>())]
    light: Option<Light>,
    /// 诉求类型 · what is wanted
    #[arg(long, value_parser = term::<RequestType>())]
    r#type: Option<RequestType>,
    /// 区域及其下级 · an area and all that is part of it
    #[arg(long)]
    area: Option<String>,
    /// 类别及其下级 · a category and all below it
    #[arg(long)]
    category: Option<String>,
    /// 登记时间不早于 · registered at or after
    #[arg(long, value_name = "TIME", value_parser = local_time)]
    since: Option<jiff::Timestamp>,
    /// 登记时间早于 · registered before
    #[arg(long, value_name = "TIME", value_parser = local_time)]
    until: Option<jiff::Timestamp>,
    /// 只列有未答复督办单的 · only those with a supervision order that is not answered
    #[arg(long)]
    open_order: bool,
    /// 只列应到期回访的 · only those due without a reply whose resident is to be asked anyway
    #[arg(long)]
    deadline_callback: bool,
    /// 至多几件 · at most this many
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    /// 含正文(仅 JSON)· with the words one may read (JSON only)
    #[arg(long)]
    full: bool,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let view = if args.full {
        TicketView::Full
    } else {
        TicketView::Basic
    };
    let request = ListTicketsRequest {
        unit: args.unit.unwrap_or_default(),
        phase: args.phase.unwrap_or_default().into(),
        light: args.light.unwrap_or_default().into(),
        r#type: args.r#type.unwrap_or_default().into(),
        area: args.area.unwrap_or_default(),
        category: args.category.unwrap_or_default(),
        start_time: args.since.map(wire_time),
        end_time: args.until.map(wire_time),
        view: view.into(),
        open_order: args.open_order,
        deadline_callback: args.deadline_callback,
        ..Default::default()
    };
    let count = each(
        &client,
        request,
        args.limit.unwrap_or(usize::MAX),
        &mut |at, ticket| show(at, ticket, args.full, out),
    )
    .await?;

    if !out.json() {
        out.note(format_args!("共 {count} 件"), format_args!("{count} tickets"));
    }
    Ok(())
}

/// Shows the `at`-th ticket of a list.
pub(crate) fn show(at: usize, ticket: &Ticket, full: bool, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&if full {
            TicketLine::full(ticket)
        } else {
            TicketLine::basic(ticket)
        });
    }
    if at == 0 {
        out.line(head(out.lang()))?;
    }
    out.line(row(ticket, out.lang()))?;
    Ok(())
}

/// Walks every page and hands over at most `limit` tickets; says how many there were.
pub(crate) async fn each(
    client: &Client,
    mut request: ListTicketsRequest,
    limit: usize,
    show: &mut dyn FnMut(usize, &Ticket) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let mut tickets = client.tickets();
    let mut count = 0;
    let mut pages = HashSet::new();
    // With words a page is kept small: 200 tickets of 20,000 characters would be one answer of 12 MB.
    request.page_size = if request.view == i32::from(TicketView::Full) {
        50
    } else {
        200
    };
    while count < limit {
        let page = tickets.list_tickets(request.clone()).await.answer()?;
        for ticket in page.tickets.iter().take(limit - count) {
            show(count, ticket)?;
            count += 1;
        }
        if page.next_page_token.is_empty() {
            break;
        }
        if !pages.insert(page.next_page_token.clone()) {
            anyhow::bail!("the server repeats the page token {}", page.next_page_token);
        }
        request.page_token = page.next_page_token;
    }
    Ok(count)
}
