//! `hotline rebuild`: makes the index anew from the journal.

use std::path::PathBuf;

use serde_json::json;
use storage::Options;

use super::offline::{TICKETS, advance, bar, stop};
use crate::out::Out;

pub(super) const ABOUT: &str = "由账本重建索引(服务须已停止)
Rebuild the index from the journal (of a stopped server)";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline rebuild --data ./data";

/// Which directory.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 数据目录 · data directory
    #[arg(long, env = "HOTLINE_DATA_DIR", value_name = "DIR")]
    data: PathBuf,
    /// 索引缓存 · the index's cache while it is built
    #[arg(long, env = "HOTLINE_CACHE_MIB", value_name = "MIB", default_value = "64")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=65_536))]
    cache_mib: u64,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let bar = bar(TICKETS, out);
    let options = Options {
        index_cache_bytes: args.cache_mib << 20,
        ..Options::default()
    };
    let rebuilt = storage::rebuild(&args.data.join(TICKETS), &options, advance(&bar));
    bar.finish_and_clear();
    let last_sequence = rebuilt.map_err(|error| stop(error, TICKETS))?;

    if out.json() {
        return out.object(&json!({ "ledger": TICKETS, "last_sequence": last_sequence }));
    }
    out.line(out.say(
        format_args!("索引已重建至第 {last_sequence} 条"),
        format_args!("the index is rebuilt up to record {last_sequence}"),
    ))?;
    Ok(())
}
