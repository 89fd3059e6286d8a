//! `hotline triage duplicates`: earlier tickets that may be about the same matter.

use owo_colors::OwoColorize as _;
use places::Coordinates;
use proto::common::v1::Phase;
use proto::triage::v1::suggest_duplicates_request::Matter;
use proto::triage::v1::{Duplicate, SuggestDuplicatesRequest, SuggestDuplicatesResponse, Text};
use serde_json::{Value, json};

use crate::cli::common::{coordinates, place, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::{name, word};
use crate::view::{json_time, short_time};

pub(crate) const ABOUT: &str = "重复诉求:可能是同一事项的已有工单,最相似的在前
Earlier tickets that may be about the same matter, the likest first";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline triage duplicates 丹霞庄西区楼下烧烤店半夜噪音很大 --category urban.noise --place 丹霞庄西区3幢
  hotline triage duplicates - --at 23.3541,116.7128 --phone 13800000000 < 记录.txt
  hotline triage duplicates --ticket 20261121-0000015 --json";

/// A text, or a ticket.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
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
    /// 坐标:纬度,经度(WGS 84)· coordinates of the place, in decimal degrees, WGS 84
    #[arg(long, value_name = "LAT,LON", allow_hyphen_values = true, value_parser = coordinates, requires = "text")]
    at: Option<Coordinates>,
    /// 类别代码 · category code
    #[arg(long, requires = "text")]
    category: Option<String>,
    /// 区域代码 · area code
    #[arg(long, requires = "text")]
    area: Option<String>,
    /// 来电号码:同一人同类的未办结工单也列出 · the number that rings: the caller's own open tickets are listed too
    #[arg(long, requires = "text")]
    phone: Option<String>,
    /// 至多几件 · at most this many
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10))]
    limit: u32,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let matter = match (args.ticket, args.text) {
        (Some(number), _) => Matter::Number(number),
        (None, given) => Matter::Text(Text {
            subject: args.subject.unwrap_or_default(),
            body: text(given.unwrap_or_default())?,
            place: place(args.place, args.at),
            area: args.area.unwrap_or_default(),
            ..Text::default()
        }),
    };
    let request = SuggestDuplicatesRequest {
        matter: Some(matter),
        category: args.category.unwrap_or_default(),
        position: None,
        caller_number: args.phone.unwrap_or_default(),
        limit: args.limit,
    };
    let answer = client.triage().suggest_duplicates(request).await.answer()?;

    for one in &answer.duplicates {
        if out.json() {
            out.object(&as_json(one))?;
        } else {
            out.line(line(one, out))?;
        }
    }
    tell(&answer, out);
    Ok(())
}

fn tell(answer: &SuggestDuplicatesResponse, out: &Out) {
    if !answer.complete {
        let as_of = short_time(&answer.as_of_time);
        out.note(
            format_args!("索引仍在重建,目前比对到 {as_of},可能还有未列出的"),
            format_args!("the index is being made anew and has come to {as_of}: some may be missing"),
        );
    }
    if answer.duplicates.is_empty() && !out.json() {
        out.note("没有相似的工单", "no ticket like it");
    }
    if answer.duplicates.iter().any(|one| one.must_answer) {
        out.note(
            "标 ! 的须答复:同一事项用 ticket register --same-as,不同用 --not-same-as",
            "those marked ! must be answered: the same with ticket register --same-as, another with --not-same-as",
        );
    }
}

/// One candidate on a line.
pub(crate) fn line(one: &Duplicate, out: &Out) -> String {
    let lang = out.lang();
    let mark = if one.must_answer { "!" } else { " " };
    let percent = one.similarity * 100.0;
    let near = match (one.distance_m, one.same_place) {
        (Some(metres), _) => lang.phrase(format_args!("相距{metres}米"), format_args!("{metres} m apart")),
        (None, true) => lang.word("同一地点", "same place").to_owned(),
        (None, false) => lang.word("地点未知", "place unknown").to_owned(),
    };
    let caller = match one.same_caller {
        true => lang.word("  同一来电人", "  same caller"),
        false => "",
    };
    let listeners = lang.phrase(
        format_args!("关注{}人", one.listeners),
        format_args!("{} listeners", one.listeners),
    );
    format!(
        "{mark} {}  {percent:.0}%  {near}  {}  {}  {listeners}  {}{caller}",
        one.number.bold(),
        name::<Phase>(one.phase, lang),
        one.category,
        short_time(&one.register_time).dimmed(),
    )
}

fn as_json(one: &Duplicate) -> Value {
    json!({
        "number": one.number,
        "similarity": one.similarity,
        "must_answer": one.must_answer,
        "distance_m": one.distance_m,
        "same_place": one.same_place,
        "same_caller": one.same_caller,
        "category": one.category,
        "area": one.area,
        "phase": word::<Phase>(one.phase),
        "lead_unit": one.lead_unit,
        "listeners": one.listeners,
        "register_time": json_time(&one.register_time),
        "merged": one.merged,
    })
}
