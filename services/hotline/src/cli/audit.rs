//! `hotline audit`: replies that wait for an auditor, and the self-audit of the clocks.

mod clocks;

use proto::common::v1::{AuditFault, AuditItem, Phase};
use proto::tickets::v1::{AuditReplyRequest, ListTicketsRequest};

use super::common::{OnTicket, Remote, done};
use super::ticket::list;
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(super) const ABOUT: &str = "审核:列出待审、通过、退回;时限自查
Audit replies: list what waits, pass, fail; audit the clocks";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline audit list
  hotline audit pass 20261121-0000015
  hotline audit fail 20261121-0000015 --fault substance --reason 未说明为何无法修复
  hotline audit clocks --data ./copy";

const LIST_EXAMPLES: &str = "示例 · Examples:
  hotline audit list
  hotline audit list --unit longhu-chengguan --json";

const PASS_EXAMPLES: &str = "示例 · Examples:
  hotline audit pass 20261121-0000015";

const FAIL_EXAMPLES: &str = "示例 · Examples:
  hotline audit fail 20261121-0000015 --fault form --reason 缺少现场照片
  hotline audit fail 20261121-0000015 --fault substance --item answered --item basis --reason 未说明为何无法修复";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = "列出待审核的回复\nList replies that wait for an auditor")]
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// 承办单位 · of this unit
        #[arg(long)]
        unit: Option<String>,
    },
    #[command(about = "审核通过\nPass a reply")]
    #[command(after_help = PASS_EXAMPLES)]
    Pass {
        #[command(flatten)]
        on: OnTicket,
    },
    #[command(about = "审核退回\nSend a reply back")]
    #[command(after_help = FAIL_EXAMPLES)]
    Fail {
        #[command(flatten)]
        on: OnTicket,
        /// 问题性质 · what is wrong
        #[arg(long, value_parser = term::<AuditFault>())]
        fault: AuditFault,
        /// 审核清单中不合格的项,可多次 · what of the checklist is wrong; may be repeated
        #[arg(long = "item", value_name = "ITEM", value_parser = term::<AuditItem>())]
        items: Vec<AuditItem>,
        /// 原因 · why
        #[arg(long)]
        reason: String,
    },
    #[command(about = clocks::ABOUT, after_help = clocks::EXAMPLES)]
    Clocks(clocks::Args),
}

pub(super) async fn run(remote: Remote<Args>, out: &Out) -> anyhow::Result<()> {
    if let Verb::Clocks(args) = &remote.args.verb
        && let Some(data) = &args.data
    {
        return clocks::offline(data, args, out);
    }
    let client = remote.open(out)?;
    match remote.args.verb {
        Verb::Clocks(args) => clocks::of_server(client, &args, out).await,
        Verb::List { unit } => {
            let unit = unit.unwrap_or_default();
            let request = ListTicketsRequest {
                unit,
                phase: Phase::ReplyReview.into(),
                ..Default::default()
            };
            list::each(&client, request, usize::MAX, &mut |at, ticket| {
                list::show(at, ticket, false, out)
            })
            .await?;
            Ok(())
        }
        Verb::Pass { on } => audit(client, on, None, out).await,
        Verb::Fail {
            on,
            fault,
            items,
            reason,
        } => audit(client, on, Some((fault, items, reason)), out).await,
    }
}

async fn audit(
    client: Client,
    on: OnTicket,
    failed: Option<(AuditFault, Vec<AuditItem>, String)>,
    out: &Out,
) -> anyhow::Result<()> {
    let passed = failed.is_none();
    let (fault, items, reason) = failed.unwrap_or_default();
    let request = AuditReplyRequest {
        number: on.number,
        request_id: on.request.take(),
        expected_version: on.expected_version,
        passed,
        fault: fault.into(),
        reason,
        items: items.into_iter().map(Into::into).collect(),
    };
    done(client.tickets().audit_reply(request).await.answer()?.ticket, out)
}
