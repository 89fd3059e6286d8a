//! `hotline submit`: a form taken in as a ticket.

use places::Coordinates;
use proto::common::v1::{Channel, RequestType};
use proto::intake::v1::SubmitComplaintRequest;
use serde::Serialize;

use super::common::{AccusedBy, Person, RequestName, coordinates, local_time, place, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;
use crate::view::{TicketLine, wire_time};

pub(super) const ABOUT: &str = "提交诉求,得到编号和查询码
Submit a complaint and get its number and query code";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline submit --subject 路灯不亮 --body 火炬路的路灯坏了三天 --area 440507 --phone 13800000000 --name 林
  hotline submit --body 路面塌陷 --place 金砂路88号 --at 23.3541,116.7128 --phone 13800000000
  hotline submit --subject 占道经营 --body - --anonymous < 来信.txt
  hotline submit --type report --subject 吃拿卡要 --body … --accused-unit chengguan --confidential --json";

/// A form.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 标题,至多 400 字 · what it is about in a line, at most 400 characters
    #[arg(long)]
    subject: Option<String>,
    /// 正文,- 表示标准输入 · the matter in the resident's words; - reads standard input
    #[arg(long)]
    body: String,
    /// 事发地点 · the place of the matter
    #[arg(long)]
    place: Option<String>,
    /// 坐标:纬度,经度(WGS 84)· coordinates of the place, in decimal degrees, WGS 84
    #[arg(long, value_name = "LAT,LON", allow_hyphen_values = true, value_parser = coordinates)]
    at: Option<Coordinates>,
    /// 区域代码 · area code
    #[arg(long)]
    area: Option<String>,
    /// 来源渠道 · the way in
    #[arg(long, default_value = "web", value_parser = term::<Channel>(), hide_possible_values = true)]
    channel: Channel,
    /// 诉求类型,不填则自动识别 · what is wanted; recognised from the text when left out
    #[arg(long, value_parser = term::<RequestType>())]
    r#type: Option<RequestType>,
    /// 要求保密 · asks to be kept confidential
    #[arg(long)]
    confidential: bool,
    #[command(flatten)]
    accused: AccusedBy,
    /// 在来源系统中的编号 · its name in the system it came from
    #[arg(long, value_name = "ID")]
    source_id: Option<String>,
    /// 发生或书写时间 · when it happened or was written
    #[arg(long, value_name = "TIME", value_parser = local_time)]
    occur_time: Option<jiff::Timestamp>,
    #[command(flatten)]
    request: RequestName,
    #[command(flatten)]
    person: Person,
}

#[derive(Serialize)]
struct Submitted<'a> {
    query_code: &'a str,
    #[serde(flatten)]
    ticket: TicketLine<'a>,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let (standing, identity) = args.person.take();
    let request = SubmitComplaintRequest {
        request_id: args.request.take(),
        channel: args.channel.into(),
        r#type: args.r#type.unwrap_or_default().into(),
        subject: args.subject.unwrap_or_default(),
        body: text(args.body)?,
        place: place(args.place, args.at),
        area: args.area.unwrap_or_default(),
        standing: standing.into(),
        identity,
        confidential: args.confidential,
        accused: args.accused.take(),
        source_id: args.source_id.unwrap_or_default(),
        occur_time: args.occur_time.map(wire_time),
    };
    let answer = client.intake().submit_complaint(request).await.answer()?;

    let ticket = answer.ticket.unwrap_or_else(|| proto::tickets::v1::Ticket {
        number: answer.number.clone(),
        ..Default::default()
    });
    if out.json() {
        return out.object(&Submitted {
            query_code: &answer.query_code,
            ticket: TicketLine::basic(&ticket),
        });
    }
    out.line(format_args!("{}  {}", out.say("编号", "number"), answer.number))?;
    out.line(format_args!(
        "{}  {}",
        out.say("查询码", "query code"),
        answer.query_code
    ))?;
    let next = format!("hotline track {} {}", answer.number, answer.query_code);
    out.note(format_args!("跟踪进度:{next}"), format_args!("track it: {next}"));
    Ok(())
}
