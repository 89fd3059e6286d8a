//! `hotline classifier export`: corrections as a file to train from.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use proto::triage::v1::{Correction, ListCorrectionsRequest};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::exit::{Exit, Stop};
use crate::out::Out;
use crate::view::{CITY, instant};

pub(in crate::cli) const ABOUT: &str = "导出更正记录作训练数据;文件含诉求人原话,请妥善保管,用后删除
Corrections as training data; THE FILE HOLDS RESIDENTS' WORDS: guard it, delete it after use";

pub(in crate::cli) const EXAMPLES: &str = "文件含诉求人原话(标题和正文),仅所有者可读;密件和已抹除的不在其中。
The file holds residents' words, readable by its owner only; sealed and erased tickets are not in it.

示例 · Examples:
  hotline classifier export --out 更正.jsonl
  hotline classifier export --out 更正.jsonl --from 2026-11-01 --to 2026-11-30
  hotline classifier export --out 更正.jsonl --by category --json";

/// Corrections of one page.
const PAGE: u32 = 200;

/// What stands as `label1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// 模型的标签 · the label of the model
    Label,
    /// 类别代码 · the category's code
    Category,
}

/// Where to and which.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 新文件 · a new file, one message a line
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// 此日及以后的更正 · corrected on or after this day
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    from: String,
    /// 此日及以前的更正 · corrected on or before this day
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    to: String,
    /// 标签取自 · what stands as label1
    #[arg(long, value_enum, default_value_t = By::Label)]
    by: By,
}

/// How many became what.
#[derive(Debug, Default)]
struct Counts {
    written: u64,
    /// Not for the caller to read, or gone.
    missing: u64,
    /// Only the unit is known to be wrong, or the model has no label for it.
    unlabelled: u64,
}

pub(in crate::cli) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let part = part_of(&args.out);
    let file = create(&args.out, &part, out)?;
    let written = write(client, &args, file).await;
    let counts = match written {
        Ok(counts) => counts,
        Err(error) => {
            // Nothing of what residents said is left lying about half written.
            let _ = fs::remove_file(&part);
            return Err(error);
        }
    };
    let path = args.out.display();
    fs::rename(&part, &args.out).with_context(|| format!("cannot write {path}"))?;
    let Counts {
        written,
        missing,
        unlabelled,
    } = counts;
    if out.json() {
        return out.object(&json!({ "written": written, "missing": missing, "unlabelled": unlabelled }));
    }
    out.line(out.say(
        format_args!("已写入 {written} 条;不可读 {missing} 条,无标签 {unlabelled} 条"),
        format_args!("{written} written; {missing} not readable, {unlabelled} without a label"),
    ))?;
    out.note(
        "文件含诉求人原话,用后请删除",
        "the file holds residents' words: delete it after use",
    );
    Ok(())
}

async fn write(client: Client, args: &Args, file: File) -> anyhow::Result<Counts> {
    let mut file = BufWriter::new(file);
    let (mut counts, mut page_token) = (Counts::default(), String::new());
    loop {
        let request = ListCorrectionsRequest {
            from_date: args.from.clone(),
            to_date: args.to.clone(),
            words: true,
            page_size: PAGE,
            page_token,
        };
        let page = client.triage().list_corrections(request).await.answer()?;
        counts.missing += u64::from(page.missing);
        for correction in &page.corrections {
            match line(correction, args.by) {
                Some(line) => {
                    writeln!(file, "{line}").context("cannot write the corrections")?;
                    counts.written += 1;
                }
                None => counts.unlabelled += 1,
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let file = file.into_inner().context("cannot write the corrections")?;
    file.sync_all().context("cannot write the corrections")?;
    Ok(counts)
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Nobody else reads it, and nothing is overwritten.
fn create(path: &Path, part: &Path, out: &Out) -> anyhow::Result<File> {
    if path.exists() {
        let path = path.display();
        let message = out.say(
            format_args!("{path} 已存在,请另取文件名"),
            format_args!("{path} exists already: name a new file"),
        );
        return Err(Stop::because(Exit::Usage, message));
    }
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(part)
        .with_context(|| format!("cannot write {}", part.display()))
}

/// A message to train from; none where it is not known what it is about.
fn line(correction: &Correction, by: By) -> Option<Value> {
    let label = match by {
        By::Label => &correction.label,
        By::Category => &correction.right,
    };
    let time = instant(&correction.say_time)
        .map(|at| CITY.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string());
    (!label.is_empty()).then(|| {
        json!({
            "subject": correction.subject,
            "body": correction.body,
            "label1": label,
            "group": correction.number,
            "time": time,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_keys_that_training_reads() {
        let correction = Correction {
            number: "20261116-0000018".to_owned(),
            subject: "路灯".to_owned(),
            body: "路灯不亮".to_owned(),
            label: "城乡建设".to_owned(),
            right: "urban.lamp".to_owned(),
            ..Correction::default()
        };
        let told = line(&correction, By::Label).unwrap();
        assert_eq!(told["label1"], "城乡建设");
        assert_eq!(told["group"], "20261116-0000018");
        assert_eq!(line(&correction, By::Category).unwrap()["label1"], "urban.lamp");
        let returned = Correction {
            label: String::new(),
            right: String::new(),
            ..correction
        };
        assert_eq!(line(&returned, By::Category), None);
    }
}
