//! `hotline backup`: ledgers and keys of a data directory, running or not; never the master key.

use std::path::PathBuf;

use owo_colors::OwoColorize as _;
use serde_json::json;

use super::offline::{advance, bar, keys, ledgers, stop};
use crate::exit::{Exit, Stop};
use crate::out::Out;

pub(super) const ABOUT: &str = "备份账本和密钥文件,服务可在运行;不含主密钥
Back up the ledgers and the key file, of a running server too; never the master key";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline backup --data ./data --to /backup/2026-11-21
  hotline backup --data ./data --to /backup/2026-11-21 --json

没有 vault/master.key,备份无法解密:请另行离线保存 · Without vault/master.key a backup opens no words: keep it elsewhere, offline
密钥备份请在 30 天内销毁 · Destroy key backups within 30 days, or erasure is not final";

/// From where to where.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 数据目录 · data directory
    #[arg(long, env = "HOTLINE_DATA_DIR", value_name = "DIR")]
    data: PathBuf,
    /// 新目录 · a new directory for the copy
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    if std::fs::read_dir(&args.to).is_ok_and(|mut entries| entries.next().is_some()) {
        let to = args.to.display();
        let message = out.say(
            format_args!("{to} 不是空目录"),
            format_args!("{to} is not empty: name a new directory"),
        );
        return Err(Stop::because(Exit::Usage, message));
    }
    // The vault comes last: a key made while the ledgers were copied is in it, and one destroyed meanwhile is not.
    let with_keys = keys::are_in(&args.data);
    for found in ledgers(&args.data)?
        .into_iter()
        .filter(|found| !(with_keys && keys::own(&found.name)))
    {
        let bar = bar(&found.name, out);
        let copied = storage::backup(&found.dir, &args.to.join(&found.name), advance(&bar));
        bar.finish_and_clear();
        let copied = copied.map_err(|error| stop(error, &found.name))?;
        if out.json() {
            out.object(&json!({
                "ledger": found.name,
                "last_sequence": copied.last_sequence,
                "last_time": copied.last_at.to_string(),
                "segments": copied.segments,
                "bytes": copied.bytes,
            }))?;
        } else {
            let (last, bytes) = (copied.last_sequence, copied.bytes);
            out.line(format_args!("{}  #{last}  {bytes} B", found.name.bold()))?;
        }
    }
    if with_keys {
        let slots = keys::backup(&args.data, &args.to)?;
        if out.json() {
            out.object(&json!({ "ledger": "vault", "keys": slots }))?;
        } else {
            out.line(format_args!(
                "{}  {slots}",
                out.say("保险库和密钥", "vault and keys").bold()
            ))?;
        }
    }
    let warning = out.say(
        "注意:备份不含主密钥(vault/master.key)。没有它,任何正文和身份都无法打开。请离线另存一份。",
        "NOTE: the master key (vault/master.key) is NOT in this backup. Without it no words and no identity can be opened. Keep a copy of it elsewhere, offline.",
    );
    out.warn(warning.yellow().bold());
    Ok(())
}
