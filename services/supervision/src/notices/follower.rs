//! Hears of what there is to tell: follows the feed from where it left off. What a change brings and the place behind it
//! are kept together; a change that brings nothing may be read twice.

use std::sync::Arc;

use domain::id::{TicketNumber, UnitId};
use domain::rules::Rules;
use jiff::Timestamp;
use kit::fault::Fault;
use kit::follow::{Ended, Feed, Start, follow};
use proto::tickets::v1::WatchResponse;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use super::Outbox;
use super::ledger::{Place, Record};
use super::notice::{Event, News, To, is_addressee};
use super::recipients::{Standing, unit_of};
use crate::limits::{OVERLAP, PLACE_EVERY};
use crate::projection::Dispatches;
use crate::{NAME, wire};

/// A change of the feed, as far as somebody is to be told of it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) number: TicketNumber,
    /// When it was made.
    pub(crate) at: Timestamp,
    /// The ticket stands as the change has left it: nothing has happened since.
    pub(crate) is_latest: bool,
    pub(crate) standing: Standing,
    /// Who has which leg now, the lead first.
    pub(crate) legs: Vec<(u16, UnitId)>,
    pub(crate) happened: Vec<Happened>,
}

/// An event of which somebody is to be told.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub(crate) version: u32,
    pub(crate) at: Timestamp,
    pub(crate) event: Event,
    pub(crate) level: Option<String>,
    pub(crate) clock: Option<String>,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) cause: Option<String>,
    pub(crate) order: Option<u32>,
    pub(crate) by: Option<String>,
    pub(crate) system_was_down: bool,
    pub(crate) told: Vec<String>,
    pub(crate) about: About,
}

/// Which unit an event concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// This one.
    Unit(UnitId),
    /// The one that has, or had, this leg.
    Leg(u16),
    /// The one that led when it happened.
    Lead,
    /// None: no unit has the matter.
    Nobody,
}

impl Outbox {
    /// Follows the feed until the process drains.
    pub(crate) async fn listen(self: Arc<Self>) {
        loop {
            let start = self.start();
            let feed = Feed {
                tickets: self.tickets.clone(),
                role: NAME,
                words_of: &[],
            };
            let this = Arc::clone(&self);
            let mut passed_by = 0;
            let take = move |answer: Arc<WatchResponse>| {
                let this = Arc::clone(&this);
                passed_by += 1;
                let is_to_be_kept = passed_by >= PLACE_EVERY;
                if is_to_be_kept {
                    passed_by = 0;
                }
                async move { this.take(&answer, is_to_be_kept).await }
            };
            match follow(feed, self.drain.clone(), start, take).await {
                Ended::Drained => break,
                Ended::TokenVoid => {
                    tracing::warn!(
                        "the feed has another history: it is read again for what has happened since"
                    );
                    self.begin_anew();
                }
            }
        }
        let place = self.place();
        if let Err(fault) = self.keep(Record::Place(place)).await {
            tracing::warn!(reason = fault.reason(), "the place in the feed was not kept");
        }
    }

    fn start(&self) -> Start {
        match self.place().token {
            token if token.is_empty() => Start::FromBeginning,
            token => Start::Token(token),
        }
    }

    fn place(&self) -> Place {
        let place = self.queue().place().cloned();
        place.expect("an outbox that is open has a place")
    }

    /// What happened since the last change heard, as near as times tell, is read again: what is known already stays so.
    fn begin_anew(&self) {
        let place = self.place();
        let again_from = place.heard_at.saturating_sub(OVERLAP).unwrap_or(place.since);
        self.queue().move_to(Place {
            token: String::new(),
            since: place.since.max(again_from),
            heard_at: place.heard_at,
        });
    }

    /// Takes an answer of the feed.
    async fn take(&self, answer: &WatchResponse, is_to_be_kept: bool) -> Result<(), Fault> {
        let change = answer.change.as_ref().and_then(|change| {
            wire::change(change).unwrap_or_else(|fault| {
                // It must not stop those after it.
                tracing::error!(reason = fault.reason(), %fault, "a change of the feed cannot be read");
                None
            })
        });
        let before = self.place();
        let records = match change.as_ref().filter(|change| change.at >= before.since) {
            Some(change) => self.records_of(change).await?,
            None => Vec::new(),
        };
        let place = Place {
            token: answer.resume_token.clone(),
            since: before.since,
            heard_at: change.map_or(before.heard_at, |change| change.at.max(before.heard_at)),
        };
        if !records.is_empty() || is_to_be_kept {
            let mut all = records.clone();
            all.push(Record::Place(place.clone()));
            self.keep_all(all).await?;
            self.heard(records);
        }
        self.queue().move_to(place);
        Ok(())
    }

    /// What a change means for the outbox.
    async fn records_of(&self, change: &Change) -> Result<Vec<Record>, Fault> {
        let mut records = Vec::new();
        let sealed = change.standing.sealed;
        if self.queue().is_mistaken(change.number, sealed) {
            records.push(Record::Sealed {
                number: change.number,
                sealed,
            });
        }
        if change.happened.is_empty() {
            return Ok(records);
        }
        let rules = self.rules.current().await?;
        let needs_history = |one: &Happened| {
            !matches!(one.about, About::Unit(_) | About::Nobody)
                && (!change.is_latest || one.about.in_legs(&change.legs).is_none())
        };
        let dispatches = if change.happened.iter().any(needs_history) {
            self.dispatches(change.number).await?
        } else {
            Dispatches::new()
        };
        for happened in &change.happened {
            let unit = if change.is_latest {
                happened.about.in_legs(&change.legs)
            } else {
                None
            };
            let unit = unit.or_else(|| happened.about.in_history(&dispatches, happened.version));
            records.push(self.heard_of(change, happened, unit, &rules));
        }
        Ok(records)
    }

    fn heard_of(&self, change: &Change, happened: &Happened, unit: Option<UnitId>, rules: &Rules) -> Record {
        let to = addressees(&happened.told, unit.as_ref(), rules);
        Record::Heard {
            news: News {
                number: change.number,
                version: happened.version,
                at: happened.at,
                event: happened.event,
                level: happened.level.clone(),
                clock: happened.clock.clone(),
                due_at: happened.due_at,
                cause: happened.cause.clone(),
                order: happened.order,
                by: happened.by.clone(),
                system_was_down: happened.system_was_down,
                urgent: change.standing.urgent,
                unit,
                marked: true,
            },
            to,
            channels: self.channels.clone(),
            sealed: change.standing.sealed,
        }
    }

    async fn dispatches(&self, number: TicketNumber) -> Result<Dispatches, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let (mut dispatches, mut token) = (Dispatches::new(), String::new());
        loop {
            let page = tickets
                .list_ticket_events(wire::history(number, token))
                .await?
                .into_inner();
            dispatches.extend(wire::dispatches(&page.events));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(dispatches);
            }
        }
    }
}

impl About {
    fn in_legs(&self, legs: &[(u16, UnitId)]) -> Option<UnitId> {
        match self {
            About::Unit(unit) => Some(unit.clone()),
            About::Leg(leg) => legs
                .iter()
                .find(|(id, _)| id == leg)
                .map(|(_, unit)| unit.clone()),
            About::Lead => legs.first().map(|(_, unit)| unit.clone()),
            About::Nobody => None,
        }
    }

    /// The same by everything that ever opened a leg: legs are numbered over all of it.
    fn in_history(&self, dispatches: &Dispatches, version: u32) -> Option<UnitId> {
        match self {
            About::Unit(unit) => Some(unit.clone()),
            About::Leg(leg) => {
                let at = usize::from(*leg).checked_sub(1)?;
                dispatches.iter().flat_map(|one| &one.units).nth(at).cloned()
            }
            About::Lead => {
                let mut before = dispatches.iter().filter(|one| one.leads && one.version < version);
                before.next_back()?.units.first().cloned()
            }
            About::Nobody => None,
        }
    }
}

/// Each addressee once, with the unit he is of.
fn addressees(told: &[String], unit: Option<&UnitId>, rules: &Rules) -> Vec<To> {
    let mut to: Vec<To> = Vec::with_capacity(told.len());
    for name in told.iter().filter(|name| is_addressee(name)) {
        if to.iter().all(|one| *one.addressee != **name) {
            to.push(To {
                addressee: Box::from(name.as_str()),
                unit: unit_of(name, unit, rules).cloned(),
            });
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::Dispatch;
    use crate::test_city::{rules, unit};

    #[test]
    fn a_unit_is_found_by_its_leg_or_by_having_led() {
        let legs = vec![(3, unit("water")), (4, unit("ecology"))];
        assert_eq!(About::Leg(4).in_legs(&legs), Some(unit("ecology")));
        assert_eq!(About::Lead.in_legs(&legs), Some(unit("water")));
        assert_eq!(About::Leg(1).in_legs(&legs), None);

        let opened = |version, leads, codes: &[&str]| Dispatch {
            version,
            leads,
            units: codes.iter().map(|code| unit(code)).collect(),
        };
        let history = vec![
            opened(2, true, &["district-1"]),
            opened(5, false, &["street-1"]),
            opened(9, true, &["water", "ecology"]),
        ];
        assert_eq!(About::Leg(2).in_history(&history, 7), Some(unit("street-1")));
        assert_eq!(About::Lead.in_history(&history, 7), Some(unit("district-1")));
        assert_eq!(About::Lead.in_history(&history, 12), Some(unit("water")));
        assert_eq!(About::Lead.in_history(&history, 1), None);
    }

    #[test]
    fn each_addressee_is_told_once_and_what_is_no_name_is_not() {
        let told = ["clerk", "district", "clerk", "", "City Office", "whoever_is_new"].map(str::to_owned);
        let street = unit("street-1");
        let to = addressees(&told, Some(&street), &rules());
        let shown: Vec<_> = to
            .iter()
            .map(|to| (&*to.addressee, to.unit.as_ref().map(UnitId::as_str)))
            .collect();
        assert_eq!(
            shown,
            [
                ("clerk", Some("street-1")),
                ("district", Some("district-1")),
                ("whoever_is_new", None)
            ]
        );
    }
}
