//! `hotline serve`: arguments only; serving is [`crate::serve`].

use std::path::PathBuf;

use crate::config::{self, Overrides};
use crate::out::Out;

pub(super) const ABOUT: &str = "启动服务
Start a server";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline serve --data ./data --listen 127.0.0.1:7345
  hotline serve --config /etc/hotline/hotline.toml --log-format text
  hotline serve --config front.toml --roles tickets,vault --rules ./city

首次启动在数据目录写入 admin.token(0600)· The first start writes admin.token (mode 0600) into the data directory";

/// A configuration file, and what stands above it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 配置文件,其中的相对路径从当前工作目录算起 · configuration file; relative paths in it begin at the working directory
    #[arg(long, env = "HOTLINE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
}

pub(super) async fn run(args: Args, out: &Out) -> anyhow::Result<()> {
    let config = config::load(args.config.as_deref(), &args.overrides)
        .map_err(|problems| problems.into_stop(out.lang()))?;
    Box::pin(crate::serve::run(config)).await
}
