//! Between the contract and the domain, and nowhere else.

use domain::id::{AreaId, CategoryId, RequestId, TicketNumber, UnitId};
use domain::rules::{Ground, Rules};
use domain::ticket::{Classify, PhaseName, RequestType, Support};
use domain::words::Field;
use kit::fault::Fault;
use kit::wire::{self, ClosedSet as _, missing, number_or_zero, optional, required};
use proto::common::v1::Phase;
use proto::tickets::v1 as tickets;
use proto::triage::v1 as pb;

use crate::decision::Decision;
use crate::given::{Reading, Texts};
use crate::limits::TEXT_BYTES_MAX;
use crate::service::{Matter, Suggested};
use crate::similar::wire::HANDLED;
use crate::similar::{Found, Like};
use crate::suggest::{About, By, Candidate, Evidence, Hint, Scored};
use crate::trigger::{Happening, Seen};

/// What is asked about.
pub(crate) fn matter(request: pb::SuggestTriageRequest) -> Result<Matter, Fault> {
    use pb::suggest_triage_request::Matter as Asked;
    match request.matter {
        None => Err(missing("matter")),
        Some(Asked::Number(number)) => wire::number(&number).map(Matter::Ticket),
        Some(Asked::Text(text)) => {
            let length = text.subject.len() + text.body.len() + text.place.len();
            if length > TEXT_BYTES_MAX {
                let max = TEXT_BYTES_MAX;
                return Err(Fault::invalid(
                    "text",
                    format!("文本最多 {max} 字节"),
                    format!("text: at most {max} bytes"),
                ));
            }
            Ok(Matter::Text {
                kind: optional("text.type", text.r#type)?,
                area: wire::optional_area("text.area", &text.area)?,
                words: Texts {
                    subject: text.subject,
                    body: text.body,
                    place: text.place,
                },
            })
        }
    }
}

/// The proposals, with names.
pub(crate) fn suggested(suggested: &Suggested) -> pb::SuggestTriageResponse {
    let Suggested {
        suggestion,
        hold,
        spoken,
        rules,
        backlog_ms,
    } = suggested;
    let category_name = |id: &CategoryId| {
        rules
            .categories
            .get(id)
            .map(|one| one.zh.clone())
            .unwrap_or_default()
    };
    let area_name = |id: &AreaId| rules.areas.get(id).map(|one| one.zh.clone()).unwrap_or_default();
    pb::SuggestTriageResponse {
        backlog_ms: *backlog_ms,
        similar: Vec::new(),
        categories: suggestion
            .categories
            .iter()
            .map(|one| about(one, category_name(&one.value)))
            .collect(),
        types: suggestion.kinds.iter().map(kind).collect(),
        grade: Some(pb::GradeSuggestion {
            grade: suggestion.grade.value.to_wire(),
            confidence: suggestion.grade.confidence,
            evidence: texts(&suggestion.grade.evidence),
        }),
        areas: suggestion
            .areas
            .iter()
            .map(|one| scored(one, one.value.as_str(), area_name(&one.value)))
            .collect(),
        units: suggestion.units.iter().map(|one| unit(one, rules)).collect(),
        hold: hold.map(|hold| hold.as_str().to_owned()).unwrap_or_default(),
        hints: suggestion.hints.iter().map(hint).collect(),
        rules: suggestion.rules.iter().map(ToString::to_string).collect(),
        model_version: suggestion.model.clone().unwrap_or_default(),
        sureness: spoken.as_ref().map_or(0.0, |one| one.sureness),
        threshold: spoken.as_ref().map_or(0.0, |one| one.threshold),
    }
}

/// The proposals, and what earlier tickets say beside them.
pub(crate) fn beside(
    suggested: &Suggested,
    like: &[Like],
    told_before: Option<&Found>,
) -> pb::SuggestTriageResponse {
    let mut answer = self::suggested(suggested);
    answer.similar = crate::similar::wire::like(like);
    let earlier = told_before.and_then(|found| self::told_before(found, &suggested.rules));
    answer.hints.extend(earlier);
    answer
}

fn about(one: &About, name: String) -> pb::Suggestion {
    let rule = match &one.by {
        By::Rule(rule) => rule.to_string(),
        By::Words | By::Model | By::Both | By::Given => String::new(),
    };
    pb::Suggestion {
        code: one.value.to_string(),
        name,
        confidence: one.confidence,
        evidence: texts(&one.evidence),
        model_words: one.model_words.clone(),
        source: one.by.as_str().to_owned(),
        rule,
    }
}

fn hint(one: &Hint) -> pb::AdmissibilityHint {
    let referral = &one.referral;
    let service = match referral.ground {
        Ground::Transfer(service) => Some(service),
        Ground::Decline(_) => None,
    };
    pb::AdmissibilityHint {
        ground: referral.ground.as_str().to_owned(),
        name: referral.ground.zh().to_owned(),
        service: number_or_zero(service),
        referral: referral.id.to_string(),
        route_zh: referral.zh.clone(),
        route_en: referral.en.clone(),
        confidence: one.confidence,
        evidence: texts(&one.evidence),
        rule: one.rule.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What an earlier ticket of the very same matter says: R5 while it is open, R9 once a unit has finished it. One that was
/// withdrawn or declined says nothing.
pub(crate) fn told_before(found: &Found, rules: &Rules) -> Option<pb::AdmissibilityHint> {
    let is_finished = found.ticket.phase() == Phase::Closed;
    if is_finished && !HANDLED.contains(&found.ticket.close_kind.as_str()) {
        return None;
    }
    let mut earlier = Hint::of_earlier(rules, is_finished, found.likeness)?;
    earlier.evidence.push(Evidence {
        text: found.ticket.number.clone(),
        count: 1,
        weight: 1,
    });
    Some(hint(&earlier))
}

fn scored<T>(one: &Scored<T>, code: &str, name: String) -> pb::Suggestion {
    pb::Suggestion {
        code: code.to_owned(),
        name,
        confidence: one.confidence,
        evidence: texts(&one.evidence),
        ..pb::Suggestion::default()
    }
}

fn kind(one: &Scored<RequestType>) -> pb::TypeSuggestion {
    pb::TypeSuggestion {
        r#type: one.value.to_wire(),
        confidence: one.confidence,
        evidence: texts(&one.evidence),
    }
}

fn unit(one: &Candidate, rules: &Rules) -> pb::UnitSuggestion {
    let route = &one.route;
    pb::UnitSuggestion {
        unit: route.lead.to_string(),
        name: rules
            .units
            .get(&route.lead)
            .map(|unit| unit.zh.clone())
            .unwrap_or_default(),
        co_units: route.co.iter().map(UnitId::to_string).collect(),
        entry: route.entry.to_string(),
        basis: route.basis.clone(),
        confidence: one.confidence,
    }
}

fn texts(evidence: &[Evidence]) -> Vec<String> {
    evidence.iter().map(|one| one.text.clone()).collect()
}

/// A change of the feed, none where it carries no ticket.
pub(crate) fn seen(change: &tickets::TicketChange) -> Result<Option<Seen>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    let at = last.event_time.as_ref().ok_or_else(|| missing("event_time"))?;
    Ok(Some(Seen {
        number: wire::number(&ticket.number)?,
        version: last.version,
        at: wire::instant("event_time", at)?,
        is_waiting: is_waiting(ticket),
        happenings: change.events.iter().map(happening).collect(),
        reading: sent_along(ticket, &change.events)?,
    }))
}

/// What the change itself lets triage read; none where its words did not come along.
fn sent_along(ticket: &tickets::Ticket, events: &[tickets::TicketEvent]) -> Result<Option<Reading>, Fault> {
    let Some(said) = events.iter().find(|event| !event.words.is_empty()) else {
        return Ok(None);
    };
    let text = |field: Field| said.words.get(field.as_str()).cloned().unwrap_or_default();
    let words = Texts {
        subject: text(Field::Subject),
        body: text(Field::Body),
        place: text(Field::Place),
    };
    reading_of(ticket, words).map(Some)
}

/// A merged ticket follows its incident.
fn is_waiting(ticket: &tickets::Ticket) -> bool {
    let is_merged = !ticket.merged_into.is_empty();
    ticket.phase == PhaseName::Accepted.to_wire() && ticket.hold.is_empty() && !is_merged
}

fn happening(event: &tickets::TicketEvent) -> Happening {
    match event.kind.as_str() {
        "registered" => Happening::Registered,
        "reopened" => Happening::Reopened,
        "recalled" => Happening::Recalled,
        "classified" => Happening::Classified {
            held: event.facts.contains_key("hold"),
        },
        _ => Happening::Other,
    }
}

/// A ticket with its words.
pub(crate) fn get_ticket(number: TicketNumber) -> tickets::GetTicketRequest {
    tickets::GetTicketRequest {
        number: number.to_string(),
        view: tickets::TicketView::Full.into(),
    }
}

/// A ticket as triage reads it.
pub(crate) fn reading(answer: tickets::GetTicketResponse) -> Result<Reading, Fault> {
    let mut ticket = answer.ticket.ok_or_else(|| missing("ticket"))?;
    let words = Texts {
        subject: std::mem::take(&mut ticket.subject),
        body: std::mem::take(&mut ticket.body),
        place: std::mem::take(&mut ticket.place),
    };
    reading_of(&ticket, words)
}

fn reading_of(ticket: &tickets::Ticket, words: Texts) -> Result<Reading, Fault> {
    Ok(Reading {
        version: ticket.version,
        is_waiting: is_waiting(ticket),
        sealed: ticket.sealed,
        kind: required("type", ticket.r#type)?,
        grade: required("grade", ticket.grade)?,
        category: wire::optional_category("category", &ticket.category)?,
        area: wire::optional_area("area", &ticket.area)?,
        confidence_percent: u8::try_from(ticket.confidence_percent).unwrap_or(u8::MAX),
        words,
    })
}

/// The dispatch of a decision; empty for one that holds.
pub(crate) fn dispatch(
    number: TicketNumber,
    request: &RequestId,
    expected_version: Option<u32>,
    decision: &Decision,
) -> tickets::DispatchRequest {
    let Decision::Dispatch {
        lead,
        co,
        entry,
        classify,
        evidence,
        support,
    } = decision
    else {
        return tickets::DispatchRequest::default();
    };
    tickets::DispatchRequest {
        number: number.to_string(),
        request_id: request.as_str().to_owned(),
        expected_version,
        lead_unit: lead.to_string(),
        co_units: co.iter().map(UnitId::to_string).collect(),
        entry: entry.to_string(),
        reason: String::new(),
        classification: classify.as_ref().map(classification),
        evidence: evidence.clone(),
        support: Some(dispatch_support(support)),
    }
}

/// What else speaks for a dispatch.
fn dispatch_support(support: &Support) -> tickets::DispatchSupport {
    tickets::DispatchSupport {
        area_source: support
            .area_from
            .map(|from| from.as_str().to_owned())
            .unwrap_or_default(),
        confidence_percent: support.percent.map(u32::from),
        model_version: support.model.clone().unwrap_or_default(),
        similar_tickets: support.similar.iter().map(ToString::to_string).collect(),
    }
}

fn classification(classify: &Classify) -> tickets::Classification {
    tickets::Classification {
        r#type: number_or_zero(classify.kind),
        grade: number_or_zero(classify.grade),
        category: classify
            .category
            .as_ref()
            .map(CategoryId::to_string)
            .unwrap_or_default(),
        area: classify.area.as_ref().map(AreaId::to_string).unwrap_or_default(),
        confidence_percent: classify.confidence_percent.into(),
    }
}

/// The hold of a decision; empty for one that dispatches.
pub(crate) fn classify(
    number: TicketNumber,
    request: &RequestId,
    expected_version: Option<u32>,
    decision: &Decision,
) -> tickets::ClassifyRequest {
    let Decision::Hold { classify, evidence } = decision else {
        return tickets::ClassifyRequest::default();
    };
    let said = classification(classify);
    tickets::ClassifyRequest {
        number: number.to_string(),
        request_id: request.as_str().to_owned(),
        expected_version,
        r#type: said.r#type,
        grade: said.grade,
        category: said.category,
        area: said.area,
        confidence_percent: said.confidence_percent,
        hold: classify
            .hold
            .map(|hold| hold.as_str().to_owned())
            .unwrap_or_default(),
        evidence: evidence.clone(),
    }
}

#[cfg(test)]
mod tests;
