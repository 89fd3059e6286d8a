//! `hotline ticket`: one file per thing one can do to a ticket from the desk.

pub(super) mod add_contact;
pub(super) mod annotate;
pub(super) mod answer;
pub(super) mod classify;
pub(super) mod decline;
pub(super) mod dispatch;
pub(super) mod escalate;
pub(super) mod life;
pub(super) mod list;
pub(super) mod register;
pub(super) mod reopen;
pub(super) mod same;
pub(super) mod seal;
pub(super) mod show;
pub(super) mod transfer;
pub(super) mod urge;
pub(super) mod watch;
pub(super) mod withdraw;

use crate::client::Client;
use crate::out::Out;

pub(super) const ABOUT: &str = "工单:查看、列表、关注,以及热线各席的操作
Tickets: show, list, watch, and what the hotline's desks do to them";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket list --unit longhu-chengguan --light red
  hotline ticket show 20261121-0000015
  hotline ticket dispatch 20261121-0000015 --lead longhu-chengguan --entry lighting.longhu";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = show::ABOUT, after_help = show::EXAMPLES)]
    Show(show::Args),
    #[command(about = list::ABOUT, after_help = list::EXAMPLES)]
    List(Box<list::Args>),
    #[command(about = watch::ABOUT, after_help = watch::EXAMPLES)]
    Watch(watch::Args),
    #[command(about = register::ABOUT, after_help = register::EXAMPLES)]
    Register(Box<register::Args>),
    #[command(about = add_contact::ABOUT, after_help = add_contact::EXAMPLES)]
    AddContact(Box<add_contact::Args>),
    #[command(about = classify::ABOUT, after_help = classify::EXAMPLES)]
    Classify(classify::Args),
    #[command(about = dispatch::ABOUT, after_help = dispatch::EXAMPLES)]
    Dispatch(Box<dispatch::Args>),
    #[command(about = answer::ABOUT, after_help = answer::EXAMPLES)]
    Answer(answer::Args),
    #[command(about = decline::ABOUT, after_help = decline::EXAMPLES)]
    Decline(decline::Args),
    #[command(about = transfer::ABOUT, after_help = transfer::EXAMPLES)]
    Transfer(transfer::Args),
    #[command(about = annotate::ABOUT, after_help = annotate::EXAMPLES)]
    Annotate(annotate::Args),
    #[command(about = urge::ABOUT, after_help = urge::EXAMPLES)]
    Urge(urge::Args),
    #[command(about = escalate::ABOUT, after_help = escalate::EXAMPLES)]
    Escalate(escalate::Args),
    #[command(about = seal::ABOUT, after_help = seal::EXAMPLES)]
    Seal(seal::Args),
    #[command(about = withdraw::ABOUT, after_help = withdraw::EXAMPLES)]
    Withdraw(withdraw::Args),
    #[command(about = reopen::ABOUT, after_help = reopen::EXAMPLES)]
    Reopen(reopen::Args),
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Show(args) => show::run(client, args, out).await,
        Verb::List(args) => list::run(client, *args, out).await,
        Verb::Watch(args) => watch::run(client, args, out).await,
        Verb::Register(args) => register::run(client, *args, out).await,
        Verb::AddContact(args) => add_contact::run(client, *args, out).await,
        Verb::Classify(args) => classify::run(client, args, out).await,
        Verb::Dispatch(args) => dispatch::run(client, *args, out).await,
        Verb::Answer(args) => answer::run(client, args, out).await,
        Verb::Decline(args) => decline::run(client, args, out).await,
        Verb::Transfer(args) => transfer::run(client, args, out).await,
        Verb::Annotate(args) => annotate::run(client, args, out).await,
        Verb::Urge(args) => urge::run(client, args, out).await,
        Verb::Escalate(args) => escalate::run(client, args, out).await,
        Verb::Seal(args) => seal::run(client, args, out).await,
        Verb::Withdraw(args) => withdraw::run(client, args, out).await,
        Verb::Reopen(args) => reopen::run(client, args, out).await,
    }
}
