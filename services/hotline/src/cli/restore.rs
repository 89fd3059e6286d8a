//! `hotline restore`: a new data directory from a backup. A new history begins, so that followers notice.

use std::path::PathBuf;

use kit::clock::{Clock as _, SystemClock};
use owo_colors::OwoColorize as _;
use serde_json::json;

use super::offline::{advance, bar, keys, ledgers, stop};
use crate::exit::{Exit, Stop};
use crate::out::Out;

pub(super) const ABOUT: &str = "由备份恢复到新目录,开始新的历史
Restore a backup into a new data directory; a new history begins";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline restore --from /backup/2026-11-21 --data ./data-restored
  hotline restore --from /backup/2026-11-21 --data ./data-restored --master-key /safe/master.key";

/// From where to where.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 备份目录 · the backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// 新的数据目录 · a new data directory
    #[arg(long, env = "HOTLINE_DATA_DIR", value_name = "DIR")]
    data: PathBuf,
    /// 另存的主密钥,复制到新目录 · the master key that was kept elsewhere; put into the new directory
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    if std::fs::read_dir(&args.data).is_ok_and(|mut entries| entries.next().is_some()) {
        let data = args.data.display();
        let message = out.say(
            format_args!("{data} 不是空目录"),
            format_args!("{data} is not empty: name a new directory"),
        );
        return Err(Stop::because(Exit::Usage, message));
    }
    let at = SystemClock.now();
    let with_keys = keys::are_in(&args.from);
    for found in ledgers(&args.from)?
        .into_iter()
        .filter(|found| !(with_keys && keys::own(&found.name)))
    {
        let bar = bar(&found.name, out);
        let restored = storage::restore(&found.dir, &args.data.join(&found.name), at, advance(&bar));
        bar.finish_and_clear();
        let restored = restored.map_err(|error| stop(error, &found.name))?;
        if out.json() {
            out.object(&json!({
                "ledger": found.name,
                "history": restored.history,
                "parent": restored.parent,
                "after": restored.after,
            }))?;
        } else {
            out.line(format_args!(
                "{}  #{}  {}",
                found.name.bold(),
                restored.after,
                restored.history.dimmed()
            ))?;
        }
    }
    if with_keys {
        keys::restore(&args.from, &args.data, at)?;
    }
    match &args.master_key {
        Some(file) => keys::put_master(file, &args.data)?,
        None => out.warn(
            out.say(
                "注意:启动前请将主密钥放到 vault/master.key(权限 0600),否则任何正文和身份都无法打开。",
                "NOTE: before starting, put the master key at vault/master.key (mode 0600), or no words and no identity can be opened.",
            )
            .yellow()
            .bold(),
        ),
    }
    Ok(())
}
