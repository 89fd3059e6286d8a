//! `hotline erase`: destroys a key for good.

use proto::vault::v1::DestroyKeyRequest;
use proto::vault::v1::destroy_key_request::What;
use serde_json::json;

use super::common::RequestName;
use crate::client::{Answer as _, Client};
use crate::exit::{Exit, Stop};
use crate::out::Out;

pub(super) const ABOUT: &str = "销毁密钥:永久抹去身份或正文,不可恢复
Destroy a key: a contact's identity or a ticket's words are gone for good";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline erase 20261121-0000015 --contact 1 --purpose 诉求人依法要求删除个人信息
  hotline erase 20261121-0000015 --words --purpose 涉及国家秘密,不予留存 --yes";

/// What to destroy, and why.
#[derive(Debug, clap::Args)]
#[group(id = "what", required = true, multiple = false, args = ["contact", "words"])]
pub(super) struct Args {
    /// 工单编号 · the ticket's number
    number: String,
    /// 抹去第几件来件的身份 · the identity of this contact, from 1
    #[arg(long)]
    contact: Option<u32>,
    /// 抹去工单的全部正文 · all words of the ticket
    #[arg(long)]
    words: bool,
    /// 依据,留痕 · on what ground; recorded
    #[arg(long)]
    purpose: String,
    /// 不再询问 · do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    request: RequestName,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    if !args.yes {
        let number = &args.number;
        let question = out.say(
            format_args!("不可恢复。输入工单编号 {number} 确认:"),
            format_args!("this cannot be undone; type the number {number} to go on:"),
        );
        if !out.confirm(question, number)? {
            let message = out.say(
                "未确认,未作任何改动(可用 --yes)",
                "not confirmed, nothing was done (see --yes)",
            );
            return Err(Stop::because(Exit::Usage, message));
        }
    }
    let what = match args.contact {
        Some(contact) => What::Contact(contact),
        None => What::Words(true),
    };
    let request = DestroyKeyRequest {
        number: args.number.clone(),
        purpose: args.purpose,
        request_id: args.request.take(),
        what: Some(what),
    };
    let answer = client.vault().destroy_key(request).await.answer()?;

    if out.json() {
        return out.object(&json!({ "number": args.number, "slot": answer.slot, "destroyed": true }));
    }
    out.line(format_args!(
        "{}  #{}",
        out.say("已销毁", "destroyed"),
        answer.slot
    ))?;
    out.note(
        "30 天内的密钥备份仍可能含有此密钥,恢复时会再次销毁",
        "key backups of the last 30 days may still hold it; a restore destroys it again",
    );
    Ok(())
}
