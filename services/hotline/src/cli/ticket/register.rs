//! `hotline ticket register`: an operator takes a matter in on the call.

use places::Coordinates;
use proto::common::v1::{Channel, Grade, RequestType};
use proto::tickets::v1::RegisterRequest;
use serde::Serialize;

use super::same::{self, Answers};
use crate::cli::common::{AccusedBy, Person, RequestName, coordinates, done, local_time, place, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;
use crate::view::{TicketLine, wire_time};

pub(crate) const ABOUT: &str = "登记工单(话务员)
Register a ticket, as an operator does on the call";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket register --type complaint --subject 路灯不亮 --body 坏了三天 --area 440507 --phone 13800000000
  hotline ticket register --type report --subject 举报 --body - --accused-outsider --call-id c-42 < 记录.txt
  hotline ticket register --type complaint --subject 路灯不亮 --body 坏了三天 --not-same-as 20261121-0000015";

/// What the operator knows.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 诉求类型 · what is wanted
    #[arg(long, value_parser = term::<RequestType>())]
    r#type: RequestType,
    /// 标题,至多 400 字 · what it is about in a line, at most 400 characters
    #[arg(long)]
    subject: String,
    /// 正文,- 表示标准输入 · the matter in the resident's words; - reads standard input
    #[arg(long)]
    body: String,
    /// 来源渠道 · the way in
    #[arg(long, default_value = "phone", value_parser = term::<Channel>(), hide_possible_values = true)]
    channel: Channel,
    /// 等级,默认 c · how urgent; c by default
    #[arg(long, value_parser = term::<Grade>())]
    grade: Option<Grade>,
    /// 事发地点 · the place of the matter
    #[arg(long)]
    place: Option<String>,
    /// 坐标:纬度,经度(WGS 84)· coordinates of the place, in decimal degrees, WGS 84
    #[arg(long, value_name = "LAT,LON", allow_hyphen_values = true, value_parser = coordinates)]
    at: Option<Coordinates>,
    /// 类别代码 · category code
    #[arg(long)]
    category: Option<String>,
    /// 区域代码 · area code
    #[arg(long)]
    area: Option<String>,
    /// 要求保密 · asks to be kept confidential
    #[arg(long)]
    confidential: bool,
    #[command(flatten)]
    accused: AccusedBy,
    /// 呼叫号 · the call it came by
    #[arg(long, value_name = "ID")]
    call_id: Option<String>,
    /// 在来源系统中的编号 · its name in the system it came from
    #[arg(long, value_name = "ID")]
    source_id: Option<String>,
    /// 发生或书写时间 · when it happened or was written
    #[arg(long, value_name = "TIME", value_parser = local_time)]
    occur_time: Option<jiff::Timestamp>,
    #[command(flatten)]
    answers: Answers,
    #[command(flatten)]
    request: RequestName,
    #[command(flatten)]
    person: Person,
}

#[derive(Serialize)]
struct Registered<'a> {
    query_code: &'a str,
    #[serde(flatten)]
    ticket: TicketLine<'a>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let (standing, identity) = args.person.take();
    let request = RegisterRequest {
        request_id: args.request.take(),
        channel: args.channel.into(),
        r#type: args.r#type.into(),
        grade: args.grade.unwrap_or_default().into(),
        subject: args.subject,
        body: text(args.body)?,
        place: place(args.place, args.at),
        category: args.category.unwrap_or_default(),
        area: args.area.unwrap_or_default(),
        standing: standing.into(),
        identity,
        confidential: args.confidential,
        accused: args.accused.take(),
        call_id: args.call_id.unwrap_or_default(),
        source_id: args.source_id.unwrap_or_default(),
        occur_time: args.occur_time.map(wire_time),
    };
    if let Some(number) = args.answers.same() {
        let request = same::as_contact(number, request);
        return done(client.tickets().add_contact(request).await.answer()?.ticket, out);
    }
    args.answers.suffice(&client, &request, out).await?;
    let request_id = request.request_id.clone();
    let answer = client.tickets().register(request).await.answer()?;

    let ticket = answer.ticket.unwrap_or_default();
    args.answers.keep(&client, &request_id, &ticket, out).await;
    if out.json() {
        return out.object(&Registered {
            query_code: &answer.query_code,
            ticket: TicketLine::basic(&ticket),
        });
    }
    out.line(format_args!("{}  {}", out.say("编号", "number"), ticket.number))?;
    out.line(format_args!(
        "{}  {}",
        out.say("查询码", "query code"),
        answer.query_code
    ))?;
    Ok(())
}
