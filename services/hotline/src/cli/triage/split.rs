//! `hotline triage split`: several matters in one become tickets of their own.

use proto::common::v1::{Grade, RequestType};
use proto::tickets::v1::{SplitPart, SplitRequest};
use serde_json::json;

use crate::cli::common::{AccusedBy, OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::exit::{Exit, Stop};
use crate::out::Out;
use crate::terms::term;
use crate::view::TicketLine;

pub(crate) const ABOUT: &str = "拆单:一件含多个事项,拆为关联工单,登记时间不变
Split several matters in one into linked tickets with the same register time";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline triage split 20261121-0000015 --type complaint --subject 占道经营 --body 路口摆摊堵路
  hotline triage split 20261121-0000015 --type help --subject 井盖缺失 --body 人行道缺井盖 --subject 路灯不亮 --body 巷口无灯";

/// The matters that become tickets of their own, part by part.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 拆出事项的标题,每个事项一次 · what it is about in a line; once for each part
    #[arg(long = "subject", value_name = "SUBJECT", required = true)]
    subjects: Vec<String>,
    /// 拆出事项的正文,与标题逐一对应 · the matter itself; once for each part, in the same order
    #[arg(long = "body", value_name = "BODY", required = true)]
    bodies: Vec<String>,
    /// 诉求类型;一次指全部,或逐一对应 · what is wanted; once for all parts, or for each
    #[arg(long = "type", value_name = "TYPE", required = true, value_parser = term::<RequestType>())]
    types: Vec<RequestType>,
    /// 等级,默认同原工单;一次指全部,或逐一对应 · how urgent; once for all parts, or for each
    #[arg(long = "grade", value_name = "GRADE", value_parser = term::<Grade>())]
    grades: Vec<Grade>,
    /// 类别代码;一次指全部,或逐一对应 · category code; once for all parts, or for each
    #[arg(long = "category", value_name = "CATEGORY")]
    categories: Vec<String>,
    /// 区域代码;一次指全部,或逐一对应 · area code; once for all parts, or for each
    #[arg(long = "area", value_name = "AREA")]
    areas: Vec<String>,
    /// 事发地点;一次指全部,或逐一对应 · the place; once for all parts, or for each
    #[arg(long = "place", value_name = "PLACE")]
    places: Vec<String>,
    #[command(flatten)]
    accused: AccusedBy,
}

impl Args {
    /// The parts, each with what was said of it or of all.
    fn parts(&mut self) -> anyhow::Result<Vec<SplitPart>> {
        let count = self.subjects.len();
        if self.bodies.len() != count {
            return Err(uneven("body", count, self.bodies.len()));
        }
        let types = spread("type", &self.types, count)?;
        let grades = spread("grade", &self.grades, count)?;
        let categories = spread("category", &self.categories, count)?;
        let areas = spread("area", &self.areas, count)?;
        let places = spread("place", &self.places, count)?;
        let accused = self.accused.clone().take();
        let part = |at: usize| SplitPart {
            r#type: types[at].into(),
            grade: grades[at].into(),
            category: categories[at].clone(),
            area: areas[at].clone(),
            place: places[at].clone(),
            subject: self.subjects[at].clone(),
            body: self.bodies[at].clone(),
            accused: accused.clone(),
        };
        Ok((0..count).map(part).collect())
    }
}

/// One value for each part: none given, one for all, or one each.
fn spread<T: Clone + Default>(flag: &str, given: &[T], count: usize) -> anyhow::Result<Vec<T>> {
    match given {
        [] => Ok(vec![T::default(); count]),
        [one] => Ok(vec![one.clone(); count]),
        each if each.len() == count => Ok(each.to_vec()),
        each => Err(uneven(flag, count, each.len())),
    }
}

fn uneven(flag: &str, parts: usize, given: usize) -> anyhow::Error {
    let message =
        format!("有 {parts} 个 --subject 却有 {given} 个 --{flag} · {parts} --subject but {given} --{flag}");
    Stop::because(Exit::Usage, message)
}

pub(crate) async fn run(client: Client, mut args: Args, out: &Out) -> anyhow::Result<()> {
    let request = SplitRequest {
        parts: args.parts()?,
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
    };
    let answer = client.tickets().split(request).await.answer()?;

    if out.json() {
        let parts = answer.parts.iter().map(|part| {
            json!({
                "query_code": part.query_code,
                "ticket": part.ticket.as_ref().map(TicketLine::basic),
            })
        });
        return out.object(&json!({
            "ticket": answer.ticket.as_ref().map(TicketLine::basic),
            "parts": parts.collect::<Vec<_>>(),
        }));
    }
    done(answer.ticket, out)?;
    for part in answer.parts {
        let code = part.query_code;
        let number = part
            .ticket
            .as_ref()
            .map(|ticket| ticket.number.clone())
            .unwrap_or_default();
        done(part.ticket, out)?;
        out.note(
            format_args!("{number} 查询码 {code}"),
            format_args!("{number} query code {code}"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_for_all_parts_or_for_each() {
        let spread = |given: &[&str]| {
            spread(
                "area",
                &given.iter().map(ToString::to_string).collect::<Vec<_>>(),
                2,
            )
        };
        assert_eq!(spread(&[]).unwrap(), ["", ""]);
        assert_eq!(spread(&["s"]).unwrap(), ["s", "s"]);
        assert_eq!(spread(&["s", "v"]).unwrap(), ["s", "v"]);
        let refused = spread(&["s", "v", "w"]).unwrap_err();
        assert_eq!(crate::exit::of(&refused), Exit::Usage);
        assert!(
            refused.to_string().contains("2 --subject but 3 --area"),
            "{refused}"
        );
    }
}
