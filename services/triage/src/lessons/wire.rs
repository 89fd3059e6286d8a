//! Between the contract and what is learned, and nowhere else.

use domain::id::{CategoryId, HolderId, RequestId, TicketNumber};
use domain::rules::Rules;
use domain::ticket::ReturnReason;
use jiff::Timestamp;
use jiff::civil::Date;
use kit::fault::Fault;
use kit::page::page_size;
use kit::wire::{self, missing, timestamp};
use proto::common::v1 as common;
use proto::tickets::v1 as tickets;
use proto::triage::v1 as pb;

use super::book::Tally;
use super::desk::{Asked, Corrected, Corrections, Drifted, Known, RollBack, Told};
use super::drift::{Fall, Row};
use super::fold::{Happened, What};
use super::lesson::Key;
use super::version::{Figures, Refused, Share};
use crate::given::Texts;
use crate::limits::{
    CORRECTIONS_DEFAULT, CORRECTIONS_MAX, DRIFT_WEEKS, DRIFT_WEEKS_MAX, HISTORY_PAGE, REFUSED_NUMBERS_MAX,
};

/// A change of the feed, as far as it teaches.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) number: TicketNumber,
    pub(crate) at: Timestamp,
    /// Its words are not for us, or gone.
    pub(crate) is_sealed: bool,
    pub(crate) is_erased: bool,
    pub(crate) happened: Vec<Happened>,
}

/// A change of the feed; none where it carries no ticket.
pub(crate) fn seen(change: &tickets::TicketChange) -> Result<Option<Seen>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    Ok(Some(Seen {
        number: wire::number(&ticket.number)?,
        at: instant(last)?,
        is_sealed: ticket.sealed,
        is_erased: change.events.iter().any(|event| event.kind == "erased"),
        happened: happened(&change.events)?,
    }))
}

fn instant(event: &tickets::TicketEvent) -> Result<Timestamp, Fault> {
    let at = event.event_time.as_ref().ok_or_else(|| missing("event_time"))?;
    wire::instant("event_time", at)
}

/// Events as far as they say whether the system was right.
pub(crate) fn happened(events: &[tickets::TicketEvent]) -> Result<Vec<Happened>, Fault> {
    let one = |event: &tickets::TicketEvent| {
        Ok(Happened {
            version: event.version,
            at: instant(event)?,
            by_system: event.role() == common::Role::System,
            what: what(event)?,
        })
    };
    events.iter().map(one).collect()
}

fn what(event: &tickets::TicketEvent) -> Result<What, Fault> {
    let fact = |name: &str| event.facts.get(name).map_or("", String::as_str);
    let category = || wire::optional_category("category", fact("category"));
    let leg = || fact("leg").parse().map_err(|_| missing("leg"));
    Ok(match event.kind.as_str() {
        "registered" => What::Registered {
            category: category()?,
        },
        "classified" => What::Classified {
            category: category()?,
            sureness: fact("confidence_percent").parse().unwrap_or(0),
        },
        "dispatched" => What::Dispatched,
        "return_requested" => What::ReturnRequested {
            leg: leg()?,
            another_units: fact("reason") == ReturnReason::WrongUnit.as_str(),
        },
        "return_approved" => What::ReturnApproved { leg: leg()? },
        "return_refused" => What::ReturnRefused,
        "ruled" => What::Ruled,
        "recalled" => What::Recalled,
        "leg_ended" => What::LegEnded,
        "redispatched" => What::Redispatched,
        "closed" => What::Closed {
            says_nothing: says_nothing(fact("close_kind")),
        },
        _ => What::Other,
    })
}

/// Closed without a unit having dealt with it.
fn says_nothing(close_kind: &str) -> bool {
    ["withdrawn", "declined", "transferred", "answered"]
        .iter()
        .any(|kind| close_kind.starts_with(kind))
}

/// A page of a ticket's history, without words.
pub(crate) fn history_page(number: TicketNumber, page_token: String) -> tickets::ListTicketEventsRequest {
    tickets::ListTicketEventsRequest {
        number: number.to_string(),
        words: false,
        page_size: HISTORY_PAGE,
        page_token,
    }
}

/// The words of a ticket; none where it is sealed or they are gone.
pub(crate) fn words(answer: tickets::GetTicketResponse) -> Result<Option<Texts>, Fault> {
    let ticket = answer.ticket.ok_or_else(|| missing("ticket"))?;
    Ok((!ticket.sealed && !ticket.erased).then_some(Texts {
        subject: ticket.subject,
        body: ticket.body,
        place: ticket.place,
    }))
}

/// A ticket without its words: whether the caller may know of it.
pub(crate) fn glance(number: TicketNumber) -> tickets::GetTicketRequest {
    tickets::GetTicketRequest {
        number: number.to_string(),
        view: tickets::TicketView::Basic.into(),
    }
}

/// Which version is to be in force, for whom.
pub(crate) fn roll_back(request: &pb::RollBackClassifierRequest, by: &HolderId) -> Result<RollBack, Fault> {
    let request_id =
        RequestId::parse(&request.request_id).map_err(|error| wire::id_fault("request_id", &error))?;
    Ok(RollBack {
        request: request_id,
        by: by.clone(),
        version: Some(request.version).filter(|version| *version > 0),
        learn_again: request.learn_again,
    })
}

/// What is known of the model.
pub(crate) fn classifier(known: &Known) -> pb::GetClassifierResponse {
    let passed = known.passed_over.iter();
    pb::GetClassifierResponse {
        versions: known.versions.iter().map(version).collect(),
        refusals: known.refused.iter().map(refusal).collect(),
        learned: known.learned,
        refused: known.refused_count,
        waiting: known.waiting,
        passed_over: passed.map(|(why, count)| ((*why).to_owned(), *count)).collect(),
        withheld: known.withheld,
    }
}

/// A version.
pub(crate) fn version(told: &Told) -> pb::ClassifierVersion {
    let version = &told.version;
    pb::ClassifierVersion {
        version: version.number,
        start_time: Some(timestamp(version.at)),
        origin: version.origin.as_str().to_owned(),
        model: version.model.clone(),
        of_version: version.of.unwrap_or_default(),
        lessons: count(version.from.len()),
        figures: version.figures.map(figures),
        actor: version
            .by
            .as_ref()
            .map(|by| by.as_str().to_owned())
            .unwrap_or_default(),
        in_force: told.in_force,
        kept: told.kept,
    }
}

fn refusal(refused: &Refused) -> pb::ClassifierRefusal {
    let numbers = refused.from.iter().take(REFUSED_NUMBERS_MAX);
    pb::ClassifierRefusal {
        refuse_time: Some(timestamp(refused.at)),
        version: refused.stays,
        reason: refused.reason.as_str().to_owned(),
        numbers: numbers.map(|key| key.number.to_string()).collect(),
        lessons: count(refused.from.len()),
        figures: Some(figures(refused.figures)),
    }
}

fn figures(figures: Figures) -> pb::GateFigures {
    let agreement = |share: Share| {
        Some(pb::Agreement {
            messages: share.of,
            before: share.before,
            after: share.after,
        })
    };
    pb::GateFigures {
        learned: agreement(figures.learned),
        held_out: agreement(figures.held_out),
        lexicon: agreement(figures.lexicon),
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// How many weeks, and of which part of the tree.
pub(crate) fn asked(request: &pb::GetDriftRequest) -> Result<(usize, Option<CategoryId>), Fault> {
    let weeks = match usize::try_from(request.weeks).unwrap_or(usize::MAX) {
        0 => DRIFT_WEEKS,
        weeks if weeks <= DRIFT_WEEKS_MAX => weeks,
        _ => {
            return Err(Fault::invalid(
                "weeks",
                format!("最多 {DRIFT_WEEKS_MAX} 周"),
                format!("weeks: at most {DRIFT_WEEKS_MAX}"),
            ));
        }
    };
    Ok((weeks, wire::optional_category("category", &request.category)?))
}

/// The figures, with names.
pub(crate) fn drifted(drifted: &Drifted) -> pb::GetDriftResponse {
    let Drifted {
        drift,
        withheld,
        as_of,
        rules,
    } = drifted;
    pb::GetDriftResponse {
        weeks: drift.weeks.iter().map(ToString::to_string).collect(),
        tops: drift.tops.iter().map(|row| drift_row(row, rules)).collect(),
        leaves: drift.leaves.iter().map(|row| drift_row(row, rules)).collect(),
        falls: drift.falls.iter().map(|fall| drift_fall(fall, rules)).collect(),
        withheld: *withheld,
        as_of_time: as_of.map(timestamp),
    }
}

fn name_of(category: &CategoryId, rules: &Rules) -> String {
    rules
        .categories
        .get(category)
        .map(|category| category.zh.clone())
        .unwrap_or_default()
}

fn drift_row(row: &Row, rules: &Rules) -> pb::DriftRow {
    let Tally {
        said,
        alone,
        right,
        corrected,
        returned,
        ruled,
        redispatched,
    } = row.tally;
    pb::DriftRow {
        week: row.week.to_string(),
        category: row.category.to_string(),
        name: name_of(&row.category, rules),
        said,
        alone,
        right,
        corrected,
        returned,
        ruled,
        redispatched,
    }
}

fn drift_fall(fall: &Fall, rules: &Rules) -> pb::DriftFall {
    let category = fall.category.as_ref();
    pb::DriftFall {
        category: category.map(ToString::to_string).unwrap_or_default(),
        name: category
            .map(|category| name_of(category, rules))
            .unwrap_or_default(),
        earlier_right: fall.earlier.0,
        earlier_known: fall.earlier.1,
        latest_right: fall.latest.0,
        latest_known: fall.latest.1,
        chance: fall.chance,
    }
}

/// A day of the city; none where it is not said.
pub(crate) fn day(field: &'static str, text: &str) -> Result<Option<Date>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Fault::invalid(
            field,
            format!("{field}：应为日期，如 2026-11-21"),
            format!("{field}: expected a day such as 2026-11-21"),
        )
    })
}

/// Which corrections are asked for.
pub(crate) fn corrections_asked(request: pb::ListCorrectionsRequest) -> Result<Asked, Fault> {
    Ok(Asked {
        from: day("from_date", &request.from_date)?,
        to: day("to_date", &request.to_date)?,
        words: request.words,
        size: page_size(request.page_size, CORRECTIONS_DEFAULT, CORRECTIONS_MAX)?,
        page_token: request.page_token,
    })
}

/// The version that is in force.
pub(crate) fn rolled_back(told: &Told) -> pb::RollBackClassifierResponse {
    pb::RollBackClassifierResponse {
        version: Some(version(told)),
    }
}

/// A page of corrections.
pub(crate) fn corrections(page: Corrections) -> pb::ListCorrectionsResponse {
    pb::ListCorrectionsResponse {
        corrections: page.corrections.into_iter().map(correction).collect(),
        missing: page.missing,
        next_page_token: page.next_page_token,
    }
}

fn correction(corrected: Corrected) -> pb::Correction {
    let Corrected { lesson, label, words } = corrected;
    let Key { number, .. } = lesson.key;
    let words = words.unwrap_or_default();
    pb::Correction {
        number: number.to_string(),
        say_time: Some(timestamp(lesson.said_at)),
        known_time: Some(timestamp(lesson.at)),
        said: lesson.said.to_string(),
        confidence_percent: lesson.sureness.into(),
        alone: lesson.alone,
        right: lesson.right.map(|right| right.to_string()).unwrap_or_default(),
        label: label.unwrap_or_default(),
        how: lesson.how.as_str().to_owned(),
        model: lesson.model.unwrap_or_default(),
        subject: words.subject,
        body: words.body,
    }
}

#[cfg(test)]
mod tests;
