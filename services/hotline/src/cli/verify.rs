//! `hotline verify`: walks every ledger of a data directory.

use std::path::PathBuf;

use owo_colors::OwoColorize as _;
use serde_json::json;
use storage::Report;

use super::offline::{Found, advance, bar, ledgers, stop};
use crate::exit::{Exit, Stop};
use crate::out::Out;

pub(super) const ABOUT: &str = "校验账本:逐条核对校验和与哈希链(服务须已停止)
Verify the ledgers: every checksum and every link of the chain (of a stopped server)";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline verify --data ./data
  hotline verify --data ./data --json

有任何问题则退出码为 7 · exits with 7 if anything is wrong
最后一条的哈希可另行保存,用来发现末尾被截断 · the last hash, kept elsewhere, later shows whether records were cut from the end";

/// Which directory.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 数据目录 · data directory, or a backup of one
    #[arg(long, env = "HOTLINE_DATA_DIR", value_name = "DIR")]
    data: PathBuf,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let mut problems = 0;
    for found in ledgers(&args.data)? {
        let bar = bar(&found.name, out);
        let report = storage::verify(&found.dir, advance(&bar));
        bar.finish_and_clear();
        let report = report.map_err(|error| stop(error, &found.name))?;
        problems += report.problems.len();
        show(&found, &report, out)?;
    }
    if problems > 0 {
        let message = out.say(
            format_args!("共 {problems} 处问题;请勿改动此目录,将最近的备份恢复到新目录"),
            format_args!(
                "{problems} problems; keep this directory as it is and restore the last backup into a new one"
            ),
        );
        return Err(Stop::because(Exit::Damaged, message));
    }
    Ok(())
}

fn show(found: &Found, report: &Report, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "ledger": found.name,
            "sound": report.is_sound(),
            "records": report.records,
            "segments": report.segments,
            "bytes": report.bytes,
            "histories": report.histories,
            "first_time": report.first_at.map(|at| at.to_string()),
            "last_time": report.last_at.map(|at| at.to_string()),
            "last_sequence": report.last_sequence,
            "last_hash": report.last_hash,
            "problems": report.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }));
    }
    let verdict = if report.is_sound() {
        out.say("完好", "sound").green().to_string()
    } else {
        out.say("有问题", "NOT SOUND").red().bold().to_string()
    };
    let (records, segments, bytes) = (report.records, report.segments, report.bytes);
    let facts = out.say(
        format_args!("{records} 条,{segments} 个文件,{bytes} 字节"),
        format_args!("{records} records, {segments} files, {bytes} bytes"),
    );
    out.line(format_args!("{}  {verdict}  {facts}", found.name.bold()))?;
    out.line(format_args!(
        "  #{} {}",
        report.last_sequence,
        report.last_hash.dimmed()
    ))?;
    for problem in &report.problems {
        out.line(format_args!("  {problem}"))?;
    }
    Ok(())
}
