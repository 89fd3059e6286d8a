//! `hotline classifier rollback`: an earlier model is in force again.

use proto::triage::v1::RollBackClassifierRequest;

use super::status::{line, version_json};
use crate::cli::common::RequestName;
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(in crate::cli) const ABOUT: &str = "模型回退:立即恢复较早的版本,已学过的更正不再重学
Back to an earlier model, at once; what was learned since is not learned a second time";

pub(in crate::cli) const EXAMPLES: &str = "示例 · Examples:
  hotline classifier rollback                  回到上一版本 · to the version before
  hotline classifier rollback --version 1      回到原始版本 · to the city's original
  hotline classifier rollback --learn-again --json";

/// Back to what.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 版本号,默认上一版本 · which version; by default the one before
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    version: u32,
    /// 之后学过的更正重新学习 · learn again what was learned since
    #[arg(long)]
    learn_again: bool,
    #[command(flatten)]
    request: RequestName,
}

pub(in crate::cli) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RollBackClassifierRequest {
        request_id: args.request.take(),
        version: args.version,
        learn_again: args.learn_again,
    };
    let answer = client.triage().roll_back_classifier(request).await.answer()?;
    let version = answer.version.unwrap_or_default();
    if out.json() {
        return out.object(&version_json(&version));
    }
    out.line(line(&version, out.lang()))?;
    Ok(())
}
