//! `hotline classifier`: what the trained model knows, how well it does, what it has learned since.

mod drift;
mod evaluate;
mod explain;
mod export;
mod figures;
mod picture;
mod records;
mod rollback;
mod source;
mod status;
mod train;

use super::common::Remote;
use crate::out::Out;

pub(super) const ABOUT: &str = "分类模型:训练、检验、说明(不需要服务);版本、回退、准确率走势、更正导出
The classifier: train, evaluate, explain (no server); versions, way back, accuracy by week, corrections as training data";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline classifier explain 小区门口的路灯坏了三天
  hotline classifier train 历史来件.jsonl --out 本市.model --report 报告.html
  hotline classifier evaluate 检验.jsonl --model 本市.model --json
  hotline classifier status
  hotline classifier drift --weeks 26
  hotline classifier rollback
  hotline classifier export --out 更正.jsonl";

/// What to do with the model.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = train::ABOUT, after_help = train::EXAMPLES)]
    Train(train::Args),
    #[command(about = evaluate::ABOUT, after_help = evaluate::EXAMPLES)]
    Evaluate(evaluate::Args),
    #[command(about = explain::ABOUT, after_help = explain::EXAMPLES)]
    Explain(explain::Args),
    #[command(about = status::ABOUT, after_help = status::EXAMPLES)]
    Status(Remote<status::Args>),
    #[command(about = rollback::ABOUT, after_help = rollback::EXAMPLES)]
    Rollback(Remote<rollback::Args>),
    #[command(about = drift::ABOUT, after_help = drift::EXAMPLES)]
    Drift(Remote<drift::Args>),
    #[command(about = export::ABOUT, after_help = export::EXAMPLES)]
    Export(Remote<export::Args>),
}

pub(super) async fn run(args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Train(args) => train::run(&args, out),
        Verb::Evaluate(args) => evaluate::run(&args, out),
        Verb::Explain(args) => explain::run(&args, out),
        Verb::Status(remote) => status::run(remote.open(out)?, remote.args, out).await,
        Verb::Rollback(remote) => rollback::run(remote.open(out)?, remote.args, out).await,
        Verb::Drift(remote) => drift::run(remote.open(out)?, remote.args, out).await,
        Verb::Export(remote) => export::run(remote.open(out)?, remote.args, out).await,
    }
}
