//! `hotline triage`: what a matter is about and who is responsible, with evidence; and what the triage desk does
//! beside dispatching.

pub(super) mod consult;
pub(super) mod duplicates;
pub(super) mod merge;
pub(super) mod recuse;
pub(super) mod redispatch;
pub(super) mod split;
mod suggest;
pub(super) mod unmerge;

use super::ticket::dispatch;
use crate::client::Client;
use crate::out::Out;

pub(super) const ABOUT: &str = "派单席:分类派单建议、会商、改派、拆单、并单、回避
The triage desk: suggestions, consultation, redispatch, split, merge, recusal";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline triage suggest 龙湖区火炬路工地半夜施工,吵得睡不着
  hotline triage consult 20261121-0000015 --unit longhu-chengguan --unit longhu-zhujian
  hotline triage merge 20261121-0000015 --into 20261121-0000007 --reason 同一处水管爆裂";

/// What to triage.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = suggest::ABOUT, after_help = suggest::EXAMPLES)]
    Suggest(suggest::Args),
    #[command(about = duplicates::ABOUT, after_help = duplicates::EXAMPLES)]
    Duplicates(Box<duplicates::Args>),
    #[command(about = consult::ABOUT, after_help = consult::EXAMPLES)]
    Consult(consult::Args),
    #[command(about = redispatch::ABOUT, after_help = redispatch::EXAMPLES)]
    Redispatch(Box<dispatch::Args>),
    #[command(about = split::ABOUT, after_help = split::EXAMPLES)]
    Split(Box<split::Args>),
    #[command(about = merge::ABOUT, after_help = merge::EXAMPLES)]
    Merge(merge::Args),
    #[command(about = unmerge::ABOUT, after_help = unmerge::EXAMPLES)]
    Unmerge(unmerge::Args),
    #[command(about = recuse::ABOUT, after_help = recuse::EXAMPLES)]
    Recuse(recuse::Args),
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Suggest(args) => suggest::run(client, args, out).await,
        Verb::Duplicates(args) => duplicates::run(client, *args, out).await,
        Verb::Consult(args) => consult::run(client, args, out).await,
        Verb::Redispatch(args) => redispatch::run(client, *args, out).await,
        Verb::Split(args) => split::run(client, *args, out).await,
        Verb::Merge(args) => merge::run(client, args, out).await,
        Verb::Unmerge(args) => unmerge::run(client, args, out).await,
        Verb::Recuse(args) => recuse::run(client, args, out).await,
    }
}
