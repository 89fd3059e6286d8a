//! `hotline triage suggest`: what a text or a ticket is about and who is responsible, with what spoke for it; whether it is
//! ours at all; and what to do next.

use owo_colors::OwoColorize as _;
use places::Coordinates;
use proto::common::v1::{EmergencyService, Grade, Phase, RequestType};
use proto::triage::v1::suggest_triage_request::Matter;
use proto::triage::v1::{
    AdmissibilityHint, SimilarTicket, SuggestTriageRequest, SuggestTriageResponse, Suggestion, Text,
};
use serde_json::{Value, json};

use crate::cli::common::{coordinates, place, text};
use crate::cli::ticket::life::hold_name;
use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out, pad};
use crate::terms::{name, term, word};

pub(super) const ABOUT: &str = "对一段文字或一件工单给出建议及依据
Suggest for a text or a ticket, with evidence";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline triage suggest 龙湖区火炬路工地半夜施工,吵得睡不着
  hotline triage suggest - --area 440507 < 来信.txt
  hotline triage suggest --ticket 20261121-0000015 --json";

/// How long a bar is that stands for certainty.
const BAR_COLUMNS: usize = 10;
/// How wide what is proposed is told.
const WHAT_COLUMNS: usize = 44;

/// A text, or a ticket.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
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
    /// 区域代码 · area code, where said
    #[arg(long, requires = "text")]
    area: Option<String>,
    /// 诉求类型 · what is wanted, where said
    #[arg(long, requires = "text", value_parser = term::<RequestType>())]
    r#type: Option<RequestType>,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let number = args.ticket.clone();
    let matter = match (args.ticket, args.text) {
        (Some(number), _) => Matter::Number(number),
        (None, given) => Matter::Text(Text {
            subject: args.subject.unwrap_or_default(),
            body: text(given.unwrap_or_default())?,
            place: place(args.place, args.at),
            r#type: args.r#type.unwrap_or_default().into(),
            area: args.area.unwrap_or_default(),
        }),
    };
    let request = SuggestTriageRequest { matter: Some(matter) };
    let answer = client.triage().suggest_triage(request).await.answer()?;

    if out.json() {
        out.object(&as_json(&answer))
    } else {
        print(&answer, number.as_deref(), out)
    }
}

fn as_json(answer: &SuggestTriageResponse) -> Value {
    let category = |one: &Suggestion| {
        json!({
            "code": one.code, "name": one.name, "confidence": one.confidence, "evidence": one.evidence,
            "model_words": one.model_words, "source": one.source, "rule": one.rule,
        })
    };
    let area = |one: &Suggestion| json!({ "code": one.code, "name": one.name, "confidence": one.confidence, "evidence": one.evidence });
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
        "categories": answer.categories.iter().map(category).collect::<Vec<_>>(),
        "types": types.collect::<Vec<_>>(),
        "grade": answer.grade.as_ref().map(|one| {
            json!({
                "grade": word::<Grade>(one.grade), "confidence": one.confidence, "evidence": one.evidence
            })
        }),
        "areas": answer.areas.iter().map(area).collect::<Vec<_>>(),
        "units": units.collect::<Vec<_>>(),
        "hints": answer.hints.iter().map(hint_json).collect::<Vec<_>>(),
        "rules": answer.rules,
        "model": { "version": answer.model_version, "sureness": answer.sureness, "threshold": answer.threshold },
        "hold": answer.hold,
        "similar": answer.similar.iter().map(similar_json).collect::<Vec<_>>(),
    })
}

fn hint_json(one: &AdmissibilityHint) -> Value {
    json!({
        "ground": one.ground, "name": one.name, "service": word::<EmergencyService>(one.service),
        "referral": one.referral, "route_zh": one.route_zh, "route_en": one.route_en,
        "confidence": one.confidence, "evidence": one.evidence, "rule": one.rule,
    })
}

fn similar_json(one: &SimilarTicket) -> Value {
    json!({
        "number": one.number, "similarity": one.similarity, "category": one.category,
        "lead_unit": one.lead_unit, "phase": word::<Phase>(one.phase), "close_kind": one.close_kind,
    })
}

fn print(answer: &SuggestTriageResponse, number: Option<&str>, out: &Out) -> anyhow::Result<()> {
    print_hints(answer, number, out)?;
    for line in lines(answer, out.lang()) {
        line.print(out)?;
    }
    print_similar(answer, out)?;
    print_model(answer, out)?;
    match answer.hold.as_str() {
        "" => out.note("可自动派单", "would be dispatched by itself"),
        hold => {
            let name = hold_name(hold, out.lang());
            out.note(
                format_args!("待人工派单:{name}({hold})"),
                format_args!("waits for a triager: {name} ({hold})"),
            );
        }
    }
    Ok(())
}

/// Why it may not be ours, where it goes instead, and the command that sends it there.
fn print_hints(answer: &SuggestTriageResponse, number: Option<&str>, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    for hint in &answer.hints {
        let ground = hint.ground.to_uppercase();
        let name = lang.phrase(
            format_args!("{ground} {}", hint.name),
            format_args!("{ground} {}", hint.referral),
        );
        let line = Line {
            head: lang.word("受理", "admissible?"),
            what: name,
            confidence: hint.confidence,
            why: because(&hint.evidence, &[], &hint.rule, lang),
        };
        line.print(out)?;
        out.line(format_args!(
            "      {}",
            lang.phrase(&hint.route_zh, &hint.route_en)
        ))?;
        let next = next(hint, number.unwrap_or(lang.word("工单编号", "NUMBER")));
        out.line(format_args!("      → {}", next.dimmed()))?;
    }
    Ok(())
}

/// What a person may do about it; a hint does nothing by itself.
fn next(hint: &AdmissibilityHint, number: &str) -> String {
    match (hint.ground.as_str(), word::<EmergencyService>(hint.service)) {
        ("r1", service) => format!("hotline ticket transfer {number} --to {service}"),
        ("r5", _) => format!("hotline triage merge {number} --into …"),
        (ground, _) => {
            let route = &hint.route_zh;
            format!("hotline ticket decline {number} --reason {ground} --explanation \"{route}\"")
        }
    }
}

fn print_model(answer: &SuggestTriageResponse, out: &Out) -> anyhow::Result<()> {
    if answer.model_version.is_empty() {
        return Ok(());
    }
    let (sureness, threshold) = (answer.sureness, answer.threshold);
    let least = match threshold > 1.0 {
        true => out.say("从不自动", "never acted on"),
        false => format!("{threshold:.2}"),
    };
    let mark = if sureness >= threshold { "≥" } else { "<" };
    let version = &answer.model_version;
    let told = out.say(
        format_args!("模型 {version},把握 {sureness:.2} {mark} 门槛 {least}"),
        format_args!("model {version}, sureness {sureness:.2} {mark} threshold {least}"),
    );
    out.line(told.dimmed())?;
    Ok(())
}

/// Past tickets about something alike, one a line: which, who had it, how it ended.
fn print_similar(answer: &SuggestTriageResponse, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    for one in &answer.similar {
        let (head, percent) = (lang.word("相似", "similar"), one.similarity * 100.0);
        let (phase, ended) = (name::<Phase>(one.phase, lang), &one.close_kind);
        out.line(format_args!(
            "{}  {}  {percent:.0}%  {}  {}  {phase} {ended}",
            head.bold(),
            one.number,
            one.category,
            one.lead_unit,
        ))?;
    }
    Ok(())
}

/// One proposal on a line: what it is for, what is proposed, how sure, and why.
struct Line {
    head: &'static str,
    what: String,
    confidence: f64,
    why: String,
}

impl Line {
    fn print(&self, out: &Out) -> anyhow::Result<()> {
        let percent = self.confidence * 100.0;
        out.line(format_args!(
            "{}  {} {} {percent:>3.0}%  {}",
            self.head.bold(),
            pad(&self.what, WHAT_COLUMNS),
            bar(self.confidence),
            self.why.dimmed()
        ))?;
        Ok(())
    }
}

/// A share as a bar.
fn bar(share: f64) -> String {
    let full = (0..BAR_COLUMNS)
        .filter(|step| share * 10.0 >= f64::from(u32::try_from(*step).unwrap_or(0)) + 0.5)
        .count();
    format!("{}{}", "█".repeat(full), "░".repeat(BAR_COLUMNS - full))
}

/// The words that spoke: those of the lexicon, those of the model, and the rule.
fn because(evidence: &[String], model_words: &[String], rule: &str, lang: Lang) -> String {
    let mut parts = vec![evidence.join(" ")];
    if !model_words.is_empty() {
        let head = lang.word("模型", "model");
        parts.push(format!("{head}: {}", model_words.join(" ")));
    }
    if !rule.is_empty() {
        let head = lang.word("规则", "rule");
        parts.push(format!("{head}: {rule}"));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" | ")
}

/// Who says what a matter is about.
fn source(word: &str, lang: Lang) -> &'static str {
    match word {
        "words" => lang.word("仅词库", "lexicon alone"),
        "model" => lang.word("仅模型", "model alone"),
        "both" => lang.word("模型+词库", "model and lexicon"),
        "given" => lang.word("人工", "a person"),
        _ => "",
    }
}

fn lines(answer: &SuggestTriageResponse, lang: Lang) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    lines.extend(answer.categories.iter().map(|one| {
        let why = because(&one.evidence, &one.model_words, &one.rule, lang);
        let by = source(&one.source, lang);
        Line {
            head: lang.word("类别", "category"),
            what: format!("{} {}", one.code, one.name),
            confidence: one.confidence,
            why: [by, &why]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" | "),
        }
    }));
    lines.extend(answer.types.iter().map(|one| Line {
        head: lang.word("类型", "type"),
        what: name::<RequestType>(one.r#type, lang).to_owned(),
        confidence: one.confidence,
        why: one.evidence.join(" "),
    }));
    lines.extend(answer.grade.iter().map(|one| Line {
        head: lang.word("等级", "grade"),
        what: name::<Grade>(one.grade, lang).to_owned(),
        confidence: one.confidence,
        why: one.evidence.join(" "),
    }));
    lines.extend(answer.areas.iter().map(|one| Line {
        head: lang.word("区域", "area"),
        what: format!("{} {}", one.code, one.name),
        confidence: one.confidence,
        why: one.evidence.join(" "),
    }));
    lines.extend(answer.units.iter().map(|one| {
        let co = match one.co_units.is_empty() {
            true => String::new(),
            false => format!(" + {}", one.co_units.join(" ")),
        };
        Line {
            head: lang.word("主办", "lead"),
            what: format!("{} {}{co}", one.unit, one.name),
            confidence: one.confidence,
            why: format!("{} {}", one.entry, one.basis),
        }
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_the_share() {
        assert_eq!(bar(0.0), "░░░░░░░░░░");
        assert_eq!(bar(0.5), "█████░░░░░");
        assert_eq!(bar(0.99), "██████████");
    }

    #[test]
    fn what_to_do_next_is_a_command() {
        let hint = |ground: &str, service: EmergencyService| AdmissibilityHint {
            ground: ground.to_owned(),
            service: service.into(),
            route_zh: "请起诉".to_owned(),
            ..AdmissibilityHint::default()
        };
        assert_eq!(
            next(&hint("r1", EmergencyService::Fire), "20261121-0000015"),
            "hotline ticket transfer 20261121-0000015 --to 119"
        );
        assert_eq!(
            next(&hint("r2", EmergencyService::Unspecified), "20261121-0000015"),
            "hotline ticket decline 20261121-0000015 --reason r2 --explanation \"请起诉\""
        );
    }
}
