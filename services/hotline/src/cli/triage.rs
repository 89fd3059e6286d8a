//! `hotline triage`: what a matter is about and who is responsible, with evidence; and what the triage desk does
//! beside dispatching.

pub(super) mod consult;
pub(super) mod merge;
pub(super) mod recuse;
pub(super) mod redispatch;
pub(super) mod split;
pub(super) mod unmerge;

use owo_colors::OwoColorize as _;
use proto::common::v1::{Grade, RequestType};
use proto::triage::v1::suggest_triage_request::Matter;
use proto::triage::v1::{SuggestTriageRequest, SuggestTriageResponse, Suggestion, Text};
use serde_json::{Value, json};

use super::common::text;
use super::ticket::dispatch;
use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out};
use crate::terms::{name, term, word};

pub(super) const ABOUT: &str = "派单席:分类派单建议、会商、改派、拆单、并单、回避
The triage desk: suggestions, consultation, redispatch, split, merge, recusal";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline triage suggest 龙湖区火炬路工地半夜施工,吵得睡不着
  hotline triage consult 20261121-0000015 --unit longhu-chengguan --unit longhu-zhujian
  hotline triage merge 20261121-0000015 --into 20261121-0000007 --reason 同一处水管爆裂";

const SUGGEST_EXAMPLES: &str = "示例 · Examples:
  hotline triage suggest 龙湖区火炬路工地半夜施工,吵得睡不着
  hotline triage suggest - --area 440507 < 来信.txt
  hotline triage suggest --ticket 20261121-0000015 --json";

/// What to triage.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = "对一段文字或一件工单给出建议及依据\nSuggest for a text or a ticket, with evidence")]
    #[command(after_help = SUGGEST_EXAMPLES)]
    Suggest(Matters),
    #[command(about = consult::ABOUT, after_help = consult::EXAMPLES)]
    Consult(consult::Args),
    #[command(about = redispatch::ABOUT, after_help = redispatch::EXAMPLES)]
    Redispatch(Box<dispatch::Args>),
    #[command(about = split::ABOUT, after_help = split::EXAMPLES)]
    Split(Box<split::Args>),
    #[command(about = merge::ABOUT, after_help = merge::EXAMPLES)]
    Merge(merge::Args),
    #[command(about = unmerge::ABOUT, after_help = unmerge::EXAMPLES)]
    Unmerge(unmerge::Args),
    #[command(about = recuse::ABOUT, after_help = recuse::EXAMPLES)]
    Recuse(recuse::Args),
}

/// A text, or a ticket.
#[derive(Debug, clap::Args)]
struct Matters {
    /// 诉求文字,- 表示标准输入 · the matter; - reads standard input
    #[arg(required_unless_present = "ticket", conflicts_with = "ticket")]
    text: Option<String>,
    /// 工单编号 · a ticket's number
    #[arg(long, value_name = "NUMBER")]
    ticket: Option<String>,
    /// 标题 · what it is about in a line
    #[arg(long, requires = "text")]
    subject: Option<String>,
    /// 事发地点 · the place
    #[arg(long, requires = "text")]
    place: Option<String>,
    /// 区域代码 · area code, where said
    #[arg(long, requires = "text")]
    area: Option<String>,
    /// 诉求类型 · what is wanted, where said
    #[arg(long, requires = "text", value_parser = term::<RequestType>())]
    r#type: Option<RequestType>,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Suggest(args) => suggest(client, args, out).await,
        Verb::Consult(args) => consult::run(client, args, out).await,
        Verb::Redispatch(args) => redispatch::run(client, *args, out).await,
        Verb::Split(args) => split::run(client, *args, out).await,
        Verb::Merge(args) => merge::run(client, args, out).await,
        Verb::Unmerge(args) => unmerge::run(client, args, out).await,
        Verb::Recuse(args) => recuse::run(client, args, out).await,
    }
}

async fn suggest(client: Client, args: Matters, out: &Out) -> anyhow::Result<()> {
    let matter = match (args.ticket, args.text) {
        (Some(number), _) => Matter::Number(number),
        (None, given) => Matter::Text(Text {
            subject: args.subject.unwrap_or_default(),
            body: text(given.unwrap_or_default())?,
            place: args.place.unwrap_or_default(),
            r#type: args.r#type.unwrap_or_default().into(),
            area: args.area.unwrap_or_default(),
        }),
    };
    let request = SuggestTriageRequest { matter: Some(matter) };
    let answer = client.triage().suggest_triage(request).await.answer()?;

    if out.json() {
        out.object(&as_json(&answer))
    } else {
        print(&answer, out)
    }
}

fn as_json(answer: &SuggestTriageResponse) -> Value {
    let codes = |list: &[Suggestion]| {
        let one = |one: &Suggestion| json!({ "code": one.code, "name": one.name, "confidence": one.confidence, "evidence": one.evidence });
        list.iter().map(one).collect::<Vec<_>>()
    };
    let types = answer.types.iter().map(|one| {
        json!({
            "type": word::<RequestType>(one.r#type), "confidence": one.confidence, "evidence": one.evidence
        })
    });
    let units = answer.units.iter().map(|one| {
        json!({
            "unit": one.unit, "name": one.name, "co_units": one.co_units, "entry": one.entry,
            "basis": one.basis, "confidence": one.confidence,
        })
    });
    json!({
        "categories": codes(&answer.categories),
        "types": types.collect::<Vec<_>>(),
        "grade": answer.grade.as_ref().map(|one| {
            json!({
                "grade": word::<Grade>(one.grade), "confidence": one.confidence, "evidence": one.evidence
            })
        }),
        "areas": codes(&answer.areas),
        "units": units.collect::<Vec<_>>(),
        "hold": answer.hold,
    })
}

/// One proposal on a line: what it is for, what is proposed, how sure, and why.
struct Line<'a>(&'a str, String, f64, String);

fn print(answer: &SuggestTriageResponse, out: &Out) -> anyhow::Result<()> {
    for Line(head, what, confidence, evidence) in lines(answer, out.lang()) {
        let percent = confidence * 100.0;
        out.line(format_args!(
            "{}  {what}  {percent:.0}%  {}",
            head.bold(),
            evidence.dimmed()
        ))?;
    }
    match answer.hold.as_str() {
        "" => out.note("可自动派单", "would be dispatched by itself"),
        hold => out.note(
            format_args!("待人工派单:{hold}"),
            format_args!("waits for a triager: {hold}"),
        ),
    }
    Ok(())
}

fn lines(answer: &SuggestTriageResponse, lang: Lang) -> Vec<Line<'static>> {
    let code = |zh, en| {
        move |one: &Suggestion| {
            let what = format!("{} {}", one.code, one.name);
            Line(lang.word(zh, en), what, one.confidence, one.evidence.join(" "))
        }
    };
    let mut lines: Vec<Line<'static>> = answer.categories.iter().map(code("类别", "category")).collect();
    lines.extend(answer.types.iter().map(|one| {
        let what = name::<RequestType>(one.r#type, lang).to_owned();
        Line(
            lang.word("类型", "type"),
            what,
            one.confidence,
            one.evidence.join(" "),
        )
    }));
    lines.extend(answer.grade.iter().map(|one| {
        let what = name::<Grade>(one.grade, lang).to_owned();
        Line(
            lang.word("等级", "grade"),
            what,
            one.confidence,
            one.evidence.join(" "),
        )
    }));
    lines.extend(answer.areas.iter().map(code("区域", "area")));
    lines.extend(answer.units.iter().map(|one| {
        let co = if one.co_units.is_empty() {
            String::new()
        } else {
            format!(" + {}", one.co_units.join(" "))
        };
        let what = format!("{} {}{co}", one.unit, one.name);
        Line(
            lang.word("主办", "lead"),
            what,
            one.confidence,
            format!("{} {}", one.entry, one.basis),
        )
    }));
    lines
}
