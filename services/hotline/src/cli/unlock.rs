//! `hotline unlock`: sees who a resident is, for a stated purpose.

use proto::vault::v1::UnlockRequest;
use serde_json::json;

use super::common::RequestName;
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::view::{json_time, short_time};

pub(super) const ABOUT: &str = "启封:说明用途后查看诉求人身份,15 分钟内有效,留痕
Unlock a contact's identity for a stated purpose, for 15 minutes; it is recorded";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline unlock 20261121-0000015 --purpose 上门核实需要联系诉求人
  hotline unlock 20261121-0000015 --contact 2 --purpose 送达书面答复 --json";

/// Whose, and what for.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 工单编号 · the ticket's number
    number: String,
    /// 第几件来件 · which contact, from 1
    #[arg(long, default_value = "1")]
    contact: u32,
    /// 用途,留痕 · what for; recorded
    #[arg(long)]
    purpose: String,
    #[command(flatten)]
    request: RequestName,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = UnlockRequest {
        number: args.number,
        contact: args.contact,
        purpose: args.purpose,
        request_id: args.request.take(),
    };
    let answer = client.vault().unlock(request).await.answer()?;
    let identity = answer.identity.unwrap_or_default();

    if out.json() {
        return out.object(&json!({
            "unlock_id": answer.unlock_id,
            "expire_time": json_time(&answer.expire_time),
            "name": identity.name,
            "phone": identity.phone,
            "id_number": identity.id_number,
            "home_address": identity.home_address,
        }));
    }
    for (zh, en, value) in [
        ("姓名", "name", identity.name),
        ("电话", "phone", identity.phone),
        ("证件号码", "id number", identity.id_number),
        ("住址", "home address", identity.home_address),
    ] {
        if !value.is_empty() {
            out.line(format_args!("{}: {value}", out.lang().word(zh, en)))?;
        }
    }
    let until = short_time(&answer.expire_time);
    out.note(
        format_args!("有效至 {until},本次查看已留痕"),
        format_args!("until {until}; this unlock is recorded"),
    );
    Ok(())
}
