//! `hotline hot`: what many people lately say about one place and one problem; on a server, or in a file of messages.

mod file;
mod show;

use std::path::PathBuf;

use proto::insight::v1::ListHotTopicsRequest;

use super::common::Remote;
use crate::client::Answer as _;
use crate::out::Out;

pub(super) const ABOUT: &str = "热点:多人反映的同一地点同一问题,按热度排列
Hot topics: what many people say about one place and one problem, the hottest first";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline hot --window 30
  hotline hot --area 440507 --json
  hotline hot --file messages.jsonl --top 10
  hotline hot --file messages.jsonl --at 2026-09-01T00:00:00 --window 60

文件每行一个 JSON 对象:id、user、time、subject、body,可有 likes、area、category
A line of the file is one JSON object: id, user, time, subject, body; likes, area, category where known";

/// Which topics, and of what.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 不连服务器,按时间重放文件 · replay a file of messages in the order of time, without a server
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// 最多几个 · at most so many
    #[arg(long, value_name = "COUNT", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=100))]
    top: u32,
    /// 最近几天;重放时为话题聚集的天数 · the last so many days; of a file, how long a topic has to come together
    #[arg(long, value_name = "DAYS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=366))]
    window: u32,
    /// 至少几人 · of at least so many people
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    people: Option<u32>,
    /// 某区域及其下级 · of one area and all below it
    #[arg(long, value_name = "CODE", conflicts_with = "file")]
    area: Option<String>,
    /// 只重放到此刻,列出此前窗口内的话题 · replay up to here, and show the topics of the window before it
    #[arg(long, value_name = "TIME", requires = "file")]
    at: Option<String>,
}

pub(super) async fn run(remote: Remote<Args>, out: &Out) -> anyhow::Result<()> {
    if let Some(file) = &remote.args.file {
        return file::run(file, &remote.args, out);
    }
    let request = ListHotTopicsRequest {
        window_days: remote.args.window,
        area: remote.args.area.clone().unwrap_or_default(),
        people_min: remote.args.people.unwrap_or_default(),
        limit: remote.args.top,
    };
    let client = remote.open(out)?;
    let answer = client.insight().list_hot_topics(request).await.answer()?;
    show::of_server(&answer, out)
}
