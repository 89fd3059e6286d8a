//! `hotline demo`: arguments only; the demonstration is [`crate::demo`].

use std::path::PathBuf;

use crate::out::Out;

pub(super) const ABOUT: &str = "演示:一座城市的一天,高速播放,留下可用的服务
Play a day of a demonstration city at high speed, and leave the server running";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline demo
  hotline demo --data ./demo --listen 127.0.0.1:8345
  hotline demo --listen 127.0.0.1:0 --exit --json";

/// How to play it.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// 数据目录,默认新建临时目录 · data directory; a new temporary one by default
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 监听地址 · where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:7345")]
    pub listen: std::net::SocketAddr,
    /// 播放完即退出 · exit when the day is over
    #[arg(long)]
    pub exit: bool,
}

pub(super) async fn run(args: Args, out: &Out) -> anyhow::Result<()> {
    Box::pin(crate::demo::run(args, out)).await
}
