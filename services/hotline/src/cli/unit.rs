//! `hotline unit`: what a handling unit does, one file each.

pub(super) mod answer_order;
pub(super) mod ask;
pub(super) mod check;
pub(super) mod contact;
pub(super) mod endorse;
pub(super) mod exclude;
pub(super) mod excuse;
pub(super) mod extend;
pub(super) mod give_back;
pub(super) mod inbox;
pub(super) mod opinion;
pub(super) mod reply;
pub(super) mod resume;
pub(super) mod sign;
pub(super) mod stage;
pub(super) mod subassign;
pub(super) mod suspend;
pub(super) mod terminate;

use crate::client::Client;
use crate::out::Out;

pub(super) const ABOUT: &str = "承办单位:签收、联系、回复,以及退单、延期、挂账、转派等申请
Handling units: inbox, sign, contact, reply; return, extend, suspend, pass down";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline unit inbox --unit longhu-chengguan
  hotline unit sign 20261121-0000015
  hotline unit contact 20261121-0000015 --reached yes --note 已与诉求人约定上门时间
  hotline unit return 20261121-0000015 --reason wrong-unit --basis 供水管道属水务局 --to water";

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
    #[command(about = endorse::ABOUT, after_help = endorse::EXAMPLES)]
    Endorse(endorse::Args),
    #[command(about = ask::ABOUT, after_help = ask::EXAMPLES)]
    Ask(ask::Args),
    #[command(about = subassign::ABOUT, after_help = subassign::EXAMPLES)]
    Subassign(subassign::Args),
    #[command(about = excuse::ABOUT, after_help = excuse::EXAMPLES)]
    Excuse(excuse::Args),
    #[command(about = opinion::ABOUT, after_help = opinion::EXAMPLES)]
    Opinion(opinion::Args),
    #[command(about = give_back::ABOUT, after_help = give_back::EXAMPLES)]
    Return(give_back::Args),
    #[command(about = extend::ABOUT, after_help = extend::EXAMPLES)]
    Extend(extend::Args),
    #[command(about = suspend::ABOUT, after_help = suspend::EXAMPLES)]
    Suspend(suspend::Args),
    #[command(about = check::ABOUT, after_help = check::EXAMPLES)]
    Check(check::Args),
    #[command(about = resume::ABOUT, after_help = resume::EXAMPLES)]
    Resume(resume::Args),
    #[command(about = terminate::ABOUT, after_help = terminate::EXAMPLES)]
    Terminate(terminate::Args),
    #[command(about = answer_order::ABOUT, after_help = answer_order::EXAMPLES)]
    AnswerOrder(answer_order::Args),
    #[command(about = exclude::ABOUT, after_help = exclude::EXAMPLES)]
    Exclude(exclude::Args),
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Inbox(args) => inbox::run(client, args, out).await,
        Verb::Sign(args) => sign::run(client, args, out).await,
        Verb::Contact(args) => contact::run(client, args, out).await,
        Verb::Stage(args) => stage::run(client, args, out).await,
        Verb::Reply(args) => reply::run(client, *args, out).await,
        Verb::Endorse(args) => endorse::run(client, args, out).await,
        Verb::Ask(args) => ask::run(client, args, out).await,
        Verb::Subassign(args) => subassign::run(client, args, out).await,
        Verb::Excuse(args) => excuse::run(client, args, out).await,
        Verb::Opinion(args) => opinion::run(client, args, out).await,
        Verb::Return(args) => give_back::run(client, args, out).await,
        Verb::Extend(args) => extend::run(client, args, out).await,
        Verb::Suspend(args) => suspend::run(client, args, out).await,
        Verb::Check(args) => check::run(client, args, out).await,
        Verb::Resume(args) => resume::run(client, args, out).await,
        Verb::Terminate(args) => terminate::run(client, args, out).await,
        Verb::AnswerOrder(args) => answer_order::run(client, args, out).await,
        Verb::Exclude(args) => exclude::run(client, args, out).await,
    }
}
