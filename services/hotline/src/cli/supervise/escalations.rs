//! `hotline supervise escalations` and `ack`: what has fired, who was told, who has seen it.

use std::collections::HashSet;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use owo_colors::OwoColorize as _;
use proto::common::v1::{ClockKind, EscalationCause, Level};
use proto::supervision::v1::{
    AcknowledgeEscalationRequest, Escalation, ListEscalationsRequest, ListProposalsRequest,
};
use serde_json::{Value, json};

use crate::cli::common::{RequestName, local_time, text};
use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out, pad};
use crate::terms::{ADDRESSEES, holder_name, name, term, word};
use crate::view::{instant, json_time, short_time, wire_time};

pub(super) const ABOUT: &str = "列出已触发的督办,最近的在前
List the levels that have fired, latest first";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline supervise escalations --open --level l2
  hotline supervise escalations --district district-longhu --since 2026-11-01 --until 2026-12-01
  hotline supervise escalations --told city-office --cause repeated-l2 --json";

pub(super) const ACK_ABOUT: &str = "确认:已知悉并处理,可附说明(记入工单备注,加密保存)
Acknowledge: somebody has seen it and acts; what is done becomes a note of the ticket";

pub(super) const ACK_EXAMPLES: &str = "示例 · Examples:
  hotline supervise ack 20261121-0000015:c4:1:1:l2
  hotline supervise ack 20261121-0000015:c4:1:1:l2 --note 已约主办单位负责人明日现场办理";

/// Of whom and why.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// 承办单位及其下级 · of this unit and those below it
    #[arg(long)]
    pub(super) unit: Option<String>,
    /// 区县及其下级 · of this district and the units below it
    #[arg(long)]
    pub(super) district: Option<String>,
    /// 不低于此级 · at or above this level
    #[arg(long, value_parser = term::<Level>())]
    pub(super) level: Option<Level>,
    /// 事由 · reached or proposed for this cause
    #[arg(long, value_parser = term::<EscalationCause>())]
    pub(super) cause: Option<EscalationCause>,
    /// 告知对象 · told to this addressee
    #[arg(long, value_parser = addressees(), value_name = "WHO")]
    pub(super) told: Option<String>,
    /// 自何时起 · fired at or after, such as 2026-11-21T09:30
    #[arg(long, value_parser = local_time, value_name = "TIME")]
    pub(super) since: Option<Timestamp>,
}

/// Which.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// 至何时止 · fired before, such as 2026-11-21T09:30
    #[arg(long, value_parser = local_time, value_name = "TIME")]
    until: Option<Timestamp>,
    /// 只列未确认的 · only those nobody has acknowledged
    #[arg(long)]
    open: bool,
    /// 至多几条 · at most this many
    #[arg(long, default_value_t = 1_000, value_name = "COUNT")]
    limit: usize,
}

/// Which is seen, and what is done.
#[derive(Debug, clap::Args)]
pub(super) struct Ack {
    /// 督办名称,见列表 · the escalation, as listed
    escalation: String,
    /// 如何处理,记入工单备注,- 表示标准输入 · what is done, a note of the ticket; - reads standard input
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    request: RequestName,
}

/// Reads who is told; `-` stands for `_`, as people type it.
fn addressees() -> impl TypedValueParser<Value = String> {
    let values = ADDRESSEES.map(|code| {
        let zh = holder_name(code, Lang::Zh);
        PossibleValue::new(code).help(zh).alias(code.replace('_', "-"))
    });
    PossibleValuesParser::new(values).map(|code| code.replace('-', "_"))
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let which = args.which;
    let mut request = ListEscalationsRequest {
        unit: which.unit.unwrap_or_default(),
        district: which.district.unwrap_or_default(),
        level: which.level.unwrap_or_default().into(),
        cause: which.cause.unwrap_or_default().into(),
        told: which.told.unwrap_or_default(),
        since_time: which.since.map(wire_time),
        until_time: args.until.map(wire_time),
        open_only: args.open,
        page_size: 200,
        page_token: String::new(),
    };
    let mut count = 0;
    let mut waiting = None;
    loop {
        let page = client
            .supervision()
            .list_escalations(request.clone())
            .await
            .answer()?;
        for escalation in &page.escalations {
            if count == args.limit {
                out.note(
                    format_args!("只列前 {count} 条:用 --limit 调大"),
                    format_args!("only the first {count}: raise --limit"),
                );
                return Ok(());
            }
            if escalation.proposed && waiting.is_none() {
                waiting = Some(Waiting::read(&client).await?);
            }
            show(escalation, waiting.as_ref().unwrap_or(&Waiting::Unknown), out)?;
            count += 1;
        }
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

/// What of L4 and L5 still waits for the city office.
pub(super) enum Waiting {
    /// Whoever lists may not know, or has not asked.
    Unknown,
    /// By ticket, level and when it was proposed.
    Known(HashSet<(String, i32, Option<Timestamp>)>),
}

impl Waiting {
    async fn read(client: &Client) -> anyhow::Result<Self> {
        let mut request = ListProposalsRequest {
            page_size: 200,
            ..ListProposalsRequest::default()
        };
        let mut known = HashSet::new();
        loop {
            let page = match client
                .supervision()
                .list_proposals(request.clone())
                .await
                .answer()
            {
                Ok(page) => page,
                Err(failure) if failure.code == tonic::Code::PermissionDenied => return Ok(Self::Unknown),
                Err(failure) => return Err(failure.into()),
            };
            let places = page.proposals.into_iter();
            known.extend(places.map(|one| (one.number, one.level, instant(&one.propose_time))));
            if page.next_page_token.is_empty() {
                return Ok(Self::Known(known));
            }
            request.page_token = page.next_page_token;
        }
    }

    /// Whether a proposal waits; none where nothing was proposed or it is not known.
    fn of(&self, one: &Escalation) -> Option<bool> {
        let place = (one.number.clone(), one.level, instant(&one.fire_time));
        match self {
            Self::Known(known) => one.proposed.then(|| known.contains(&place)),
            Self::Unknown => None,
        }
    }
}

pub(super) async fn acknowledge(client: Client, args: Ack, out: &Out) -> anyhow::Result<()> {
    let request = AcknowledgeEscalationRequest {
        escalation: args.escalation,
        request_id: args.request.take(),
        note: text(args.note.unwrap_or_default())?,
    };
    let answer = client
        .supervision()
        .acknowledge_escalation(request)
        .await
        .answer()?;
    show(&answer.escalation.unwrap_or_default(), &Waiting::Unknown, out)
}

fn show(one: &Escalation, waiting: &Waiting, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        let mut told = object(one);
        told["waits"] = waiting.of(one).into();
        return out.object(&told);
    }
    out.line(line(one, waiting, out.lang()))?;
    Ok(())
}

/// One as people read it.
pub(super) fn line(one: &Escalation, waiting: &Waiting, lang: Lang) -> String {
    let seen = if one.acknowledged_by.is_empty() {
        lang.word("未确认", "open").red().to_string()
    } else {
        let noted = if one.noted {
            lang.word(",有说明", ", noted")
        } else {
            ""
        };
        format!(
            "{} {}{noted}",
            lang.word("已确认", "seen by"),
            one.acknowledged_by
        )
    };
    let waits = waiting.of(one);
    let beside = [
        (
            waits == Some(true),
            "(待热线办审批)",
            "(waits for the city office)",
        ),
        (
            waits == Some(false),
            "(热线办已审批)",
            "(the city office has decided)",
        ),
        (
            one.proposed && waits.is_none(),
            "(报热线办审批)",
            "(laid before the city office)",
        ),
        (
            one.system_was_down,
            "(系统停机期间到期)",
            "(due while the system was down)",
        ),
    ];
    let beside = beside.iter().filter(|(is_so, ..)| *is_so);
    let beside: String = beside.map(|(_, zh, en)| lang.word(zh, en)).collect();
    let why = match one.cause {
        0 => name::<ClockKind>(one.clock, lang),
        cause => name::<EscalationCause>(cause, lang),
    };
    let told: Vec<&str> = one.told.iter().map(|told| holder_name(told, lang)).collect();
    format!(
        "{}  {}{}{}{}  {seen} {beside} {}  {}",
        short_time(&one.fire_time),
        pad(name::<Level>(one.level, lang), 10).bold(),
        pad(why, 16),
        pad(&one.unit, 26),
        one.number,
        told.join(" ").dimmed(),
        one.escalation.dimmed()
    )
}

/// One as scripts read it.
pub(super) fn object(one: &Escalation) -> Value {
    json!({
        "escalation": one.escalation,
        "number": one.number,
        "level": word::<Level>(one.level),
        "clock": word::<ClockKind>(one.clock),
        "cause": word::<EscalationCause>(one.cause),
        "proposed": one.proposed,
        "due_time": json_time(&one.due_time),
        "fire_time": json_time(&one.fire_time),
        "system_was_down": one.system_was_down,
        "told": one.told,
        "unit": one.unit,
        "points": f64::from(one.points_tenths) / 10.0,
        "acknowledged_by": one.acknowledged_by,
        "acknowledge_time": json_time(&one.acknowledge_time),
        "noted": one.noted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_that_is_decided_does_not_say_that_it_waits() {
        let at = |time: &str| time.parse::<Timestamp>().unwrap();
        let proposed = |time: &str| Escalation {
            number: "20261121-0000015".to_owned(),
            level: Level::L4.into(),
            proposed: true,
            fire_time: Some(wire_time(at(time))),
            ..Escalation::default()
        };
        let (first, second) = (proposed("2026-11-24T02:00:00Z"), proposed("2026-11-25T02:00:00Z"));
        let waits = (
            first.number.clone(),
            first.level,
            Some(at("2026-11-25T02:00:00Z")),
        );
        let known = Waiting::Known(HashSet::from([waits]));
        let said = |one: &Escalation, waiting: &Waiting| line(one, waiting, Lang::Zh);
        assert!(said(&first, &known).contains("(热线办已审批)"));
        assert!(said(&second, &known).contains("(待热线办审批)"));
        assert!(said(&second, &Waiting::Unknown).contains("(报热线办审批)"));
        let fired = Escalation {
            proposed: false,
            ..first
        };
        assert!(!said(&fired, &known).contains("审批"));
    }
}
