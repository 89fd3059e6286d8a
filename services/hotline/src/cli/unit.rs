//! `hotline unit`: what a handling unit does, one file each.

pub(super) mod contact;
pub(super) mod inbox;
pub(super) mod reply;
pub(super) mod sign;
pub(super) mod stage;

use crate::client::Client;
use crate::out::Out;

pub(super) const ABOUT: &str = "承办单位:收件箱、签收、联系、阶段反馈、回复
Handling units: inbox, sign, contact, stage report, reply";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline unit inbox --unit longhu-chengguan
  hotline unit sign 20261121-0000015
  hotline unit contact 20261121-0000015 --reached yes --note 已与诉求人约定上门时间";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = inbox::ABOUT, after_help = inbox::EXAMPLES)]
    Inbox(inbox::Args),
    #[command(about = sign::ABOUT, after_help = sign::EXAMPLES)]
    Sign(sign::Args),
    #[command(about = contact::ABOUT, after_help = contact::EXAMPLES)]
    Contact(contact::Args),
    #[command(about = stage::ABOUT, after_help = stage::EXAMPLES)]
    Stage(stage::Args),
    #[command(about = reply::ABOUT, after_help = reply::EXAMPLES)]
    Reply(Box<reply::Args>),
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Inbox(args) => inbox::run(client, args, out).await,
        Verb::Sign(args) => sign::run(client, args, out).await,
        Verb::Contact(args) => contact::run(client, args, out).await,
        Verb::Stage(args) => stage::run(client, args, out).await,
        Verb::Reply(args) => reply::run(client, *args, out).await,
    }
}
