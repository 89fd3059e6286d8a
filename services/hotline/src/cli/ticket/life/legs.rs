//! Whose each leg is, also of those that have ended: events name a leg by its number.

use std::collections::BTreeMap;

use proto::tickets::v1::{Ticket, TicketEvent};

/// Units by leg.
#[derive(Debug, Default)]
pub(crate) struct Legs {
    units: BTreeMap<u32, String>,
}

impl Legs {
    /// Those a ticket has now.
    pub(crate) fn of(ticket: &Ticket) -> Self {
        let units = ticket.legs.iter().map(|leg| (leg.leg, leg.unit.clone()));
        Self {
            units: units.collect(),
        }
    }

    /// Those a ticket has and had, as its history tells.
    pub(crate) fn of_history(ticket: &Ticket, events: &[TicketEvent]) -> Self {
        let mut legs = Self::default();
        events.iter().for_each(|event| legs.learn(event));
        legs.units.extend(Self::of(ticket).units);
        legs
    }

    /// Takes note of legs that an event opens. A dispatch numbers its legs on from those before, the lead first.
    fn learn(&mut self, event: &TicketEvent) {
        let fact = |name: &str| event.facts.get(name).map(String::as_str).unwrap_or_default();
        match event.kind.as_str() {
            "dispatched" => {
                let co = fact("co_units").split(',').filter(|unit| !unit.is_empty());
                for unit in std::iter::once(fact("lead_unit")).chain(co) {
                    let next = self.units.last_key_value().map_or(1, |(last, _)| last + 1);
                    self.units.insert(next, unit.to_owned());
                }
            }
            "sub_assigned" | "rejoined" => {
                if let Ok(leg) = fact("leg").parse() {
                    self.units.insert(leg, fact("unit").to_owned());
                }
            }
            _ => {}
        }
    }

    /// The unit of a leg, with the leg's number; the number alone where the unit is not known.
    pub(crate) fn name(&self, leg: &str) -> String {
        let unit = leg.parse().ok().and_then(|leg: u32| self.units.get(&leg));
        unit.map_or_else(|| format!("#{leg}"), |unit| format!("{unit}#{leg}"))
    }

    /// The unit of a leg.
    pub(crate) fn unit(&self, leg: &str) -> Option<&str> {
        self.units.get(&leg.parse().ok()?).map(String::as_str)
    }
}
