//! `hotline supervise notices`: what is still to be told, what is stuck, and another try.

use owo_colors::OwoColorize as _;
use proto::supervision::v1::{ListNoticesRequest, Notice, NoticeSummary, RetryNoticeRequest};
use serde_json::json;

use crate::cli::common::RequestName;
use crate::client::{Answer as _, Client};
use crate::out::{Out, pad};
use crate::terms::holder_name;
use crate::view::{json_time, short_time};

pub(super) const ABOUT: &str = "通知发件箱:待发、受阻;重发
The outbox of notices: what waits, what is stuck, another try";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline supervise notices --stuck
  hotline supervise notices --number 20261121-0000015 --all --json
  hotline supervise notices --retry 20261121-0000015.17.unit_head.mail
  hotline supervise notices --stuck --retry all";

/// Every notice that is listed is to be tried again.
const ALL: &str = "all";

/// Which notices, and what to do with them.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 只列受阻的 · only those that are stuck
    #[arg(long)]
    stuck: bool,
    /// 某工单的 · of this ticket
    #[arg(long)]
    number: Option<String>,
    /// 也列已发出的 · also those that are done with
    #[arg(long)]
    all: bool,
    /// 立即重发:通知名称,all 表示所列全部 · try this notice again now; all: every one that is listed
    #[arg(long, value_name = "NOTICE")]
    retry: Option<String>,
    #[command(flatten)]
    request: RequestName,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let list = ListNoticesRequest {
        number: args.number.unwrap_or_default(),
        stuck_only: args.stuck,
        with_done: args.all,
        page_size: 200,
        page_token: String::new(),
    };
    match args.retry.as_deref() {
        None => show_all(client, list, out).await,
        Some(ALL) => retry_all(client, list, args.request.take(), out).await,
        Some(notice) => {
            let notice = retry(&client, notice.to_owned(), args.request.take()).await?;
            show(&notice, out)
        }
    }
}

async fn show_all(client: Client, mut request: ListNoticesRequest, out: &Out) -> anyhow::Result<()> {
    loop {
        let page = client
            .supervision()
            .list_notices(request.clone())
            .await
            .answer()?;
        for notice in &page.notices {
            show(notice, out)?;
        }
        if page.next_page_token.is_empty() {
            return show_summary(&page.summary.unwrap_or_default(), out);
        }
        request.page_token = page.next_page_token;
    }
}

/// Everything that is listed: read first, because what is tried again may not be listed any more.
async fn retry_all(
    client: Client,
    mut request: ListNoticesRequest,
    name: String,
    out: &Out,
) -> anyhow::Result<()> {
    let mut notices = Vec::new();
    loop {
        let page = client
            .supervision()
            .list_notices(request.clone())
            .await
            .answer()?;
        notices.extend(page.notices);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    for (at, notice) in notices.into_iter().enumerate() {
        let notice = retry(&client, notice.notice, format!("{name}.{at}")).await?;
        show(&notice, out)?;
    }
    Ok(())
}

async fn retry(client: &Client, notice: String, request_id: String) -> anyhow::Result<Notice> {
    let request = RetryNoticeRequest { notice, request_id };
    let answer = client.supervision().retry_notice(request).await.answer()?;
    Ok(answer.notice.unwrap_or_default())
}

fn show(notice: &Notice, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "notice": notice.notice,
            "number": notice.number,
            "event": notice.event,
            "event_time": json_time(&notice.event_time),
            "level": notice.level,
            "clock": notice.clock,
            "order": notice.order,
            "addressee": notice.addressee,
            "unit": notice.unit,
            "channel": notice.channel,
            "state": notice.state,
            "stuck": notice.stuck,
            "tries": notice.tries,
            "last_failure": notice.last_failure,
            "next_time": json_time(&notice.next_time),
            "done_time": json_time(&notice.done_time),
        }));
    }
    let lang = out.lang();
    let (zh, en) = match notice.state.as_str() {
        "waiting" => ("待发", "waiting"),
        "sending" => ("发送中", "sending"),
        "stuck" => ("受阻", "stuck"),
        "delivered" => ("已发", "delivered"),
        "withheld" => ("不予告知", "withheld"),
        "nobody" => ("无收件人", "nobody"),
        newer => (newer, newer),
    };
    let state = pad(lang.word(zh, en), 10);
    let state = if notice.stuck {
        state.red().bold().to_string()
    } else {
        state
    };
    let when = match (&notice.next_time, &notice.done_time) {
        (Some(next), _) => format!("→ {}", short_time(&Some(*next))),
        (None, done) => short_time(done),
    };
    out.line(format_args!(
        "{}  {state}{}{}{} {}  {when}  {}",
        short_time(&notice.event_time),
        pad(&notice.channel, 9),
        pad(holder_name(&notice.addressee, lang), 16),
        pad(&notice.unit, 24),
        notice.last_failure.red(),
        notice.notice.dimmed()
    ))?;
    Ok(())
}

fn show_summary(summary: &NoticeSummary, out: &Out) -> anyhow::Result<()> {
    let NoticeSummary {
        configured,
        pending_count,
        stuck_count,
        oldest_time,
        crowded_out_counts,
    } = summary;
    if out.json() {
        return Ok(());
    }
    if !configured {
        out.note(
            "没有配置通知:见 hotline.toml 的 [notices]",
            "no notices are configured: see [notices] in hotline.toml",
        );
        return Ok(());
    }
    let (oldest_zh, oldest_en) = match short_time(oldest_time) {
        none if none.is_empty() => (none.clone(), none),
        oldest => (format!(",最早 {oldest}"), format!(", the oldest of {oldest}")),
    };
    out.note(
        format_args!("待发 {pending_count},受阻 {stuck_count}{oldest_zh}"),
        format_args!("{pending_count} wait, {stuck_count} stuck{oldest_en}"),
    );
    for (channel, count) in crowded_out_counts {
        out.note(
            format_args!("其中 {channel} 有 {count} 条超出内存上限,在磁盘上等待,有空位后自动续发"),
            format_args!("of these {count} of {channel} wait on disk until memory has room (crowded_out)"),
        );
    }
    Ok(())
}
