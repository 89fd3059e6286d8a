//! `hotline city`: a city's folder made from its own history, and tried on what came later.

mod history;
mod learn;
mod trial;

use crate::out::Out;

pub(super) const ABOUT: &str = "新城市:由历史工单生成规则目录,并用后来的工单试运行
A new city: make its folder of rules from its own history, and try it on what came later";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline city learn history.jsonl --category type --unit owner --out ./springfield
  hotline city try ./springfield history.jsonl --category type --unit owner --text type,address";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = learn::ABOUT, after_help = learn::EXAMPLES)]
    Learn(learn::Args),
    #[command(name = "try", about = trial::ABOUT, after_help = trial::EXAMPLES)]
    Trial(trial::Args),
}

pub(super) fn run(args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Learn(args) => learn::run(&args, out),
        Verb::Trial(args) => trial::run(&args, out),
    }
}
