//! `hotline ticket escalate`: a supervisor raises the level.

use proto::common::v1::{EscalationCause, Level};
use proto::tickets::v1::EscalateRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::exit::{Exit, Stop};
use crate::out::Out;
use crate::terms::{term_where, word};

pub(crate) const ABOUT: &str = "提级督办(督办员);约谈与通报报热线办审批
Escalate to a higher level, as a supervisor does; L4 and L5 are laid before the city office";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket escalate 20261121-0000015 --level l2 --reason 多次催办未见进展
  hotline ticket escalate 20261121-0000015 --level l4 --cause false_closing --reason 现场查看路面仍未修复";

/// How far, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 级别,须高于现级 · the level, above the present one
    #[arg(long, value_parser = term_where(is_raised_to))]
    level: Level,
    /// 约谈、通报的事由 · the ground of L4 and L5
    #[arg(long, value_parser = term_where(is_a_ground))]
    cause: Option<EscalationCause>,
    /// 约谈、通报涉及的单位,默认主办 · whose conduct L4 and L5 are about; the lead's by default
    #[arg(long)]
    unit: Option<String>,
    /// 理由,- 表示标准输入 · why; - reads standard input
    #[arg(long)]
    reason: String,
}

/// The duty leader is telephoned by the clock alone.
fn is_raised_to(level: Level) -> bool {
    level != Level::Call
}

/// Those of the system itself are nobody's to give.
fn is_a_ground(cause: EscalationCause) -> bool {
    let word = word::<EscalationCause>(cause.into());
    let of_domain = domain::ticket::Cause::ALL.iter();
    of_domain
        .filter(|one| one.is_proposed())
        .any(|one| one.as_str() == word)
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let is_decided = matches!(args.level, Level::L4 | Level::L5);
    if !is_decided
        && args
            .cause
            .is_some_and(|cause| cause != EscalationCause::Supervisor)
    {
        let message = out.say(
            "--cause 只用于约谈(l4)和通报(l5)",
            "--cause is for L4 and L5 only",
        );
        return Err(Stop::because(Exit::Usage, message));
    }
    let request = EscalateRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        level: args.level.into(),
        cause: args.cause.unwrap_or_default().into(),
        reason: text(args.reason)?,
        unit: args.unit.unwrap_or_default(),
    };
    done(client.tickets().escalate(request).await.answer()?.ticket, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Term as _;

    #[test]
    fn only_levels_and_grounds_that_the_rules_take_are_offered() {
        assert!(Level::parse("l5").is_some_and(is_raised_to) && !is_raised_to(Level::Call));
        let grounds = domain::ticket::Cause::ALL
            .iter()
            .filter_map(|one| EscalationCause::parse(one.as_str()));
        let offered: Vec<&str> = grounds
            .filter(|one| is_a_ground(*one))
            .map(|one| one.word())
            .collect();
        assert_eq!(
            offered,
            [
                "supervisor",
                "repeated_l2",
                "false_closing",
                "leak",
                "retaliation"
            ]
        );
    }
}
