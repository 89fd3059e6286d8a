//! Where a matter lies: what the gazetteer of the city says of place, subject, body and the declared area.

use domain::id::AreaId;
use places::{Gazetteer, Question};

use super::lexis::Lexis;
use super::{Evidence, Scored, SuggestInput};

impl Lexis {
    /// At most three areas, best first. Where text, house number, landmark, coordinates and declared area contradict one
    /// another all of them stay below [`super::AREA_CONFIDENCE_MIN`]; the evidence says where each comes from.
    pub(super) fn places(&self, input: &SuggestInput<'_>) -> Vec<Scored<AreaId>> {
        let answer = self.gazetteer.find(&Question {
            place: input.place,
            subject: input.subject,
            body: input.body,
            declared: input.declared_area.as_ref(),
            learned: input.landmarks,
        });
        let areas = answer.areas.into_iter();
        areas
            .map(|found| Scored {
                value: found.area,
                confidence: found.confidence,
                evidence: found.evidence.iter().map(evidence).collect(),
            })
            .collect()
    }

    /// The names and grounds of the city's areas, for whoever learns landmarks from confirmed tickets.
    pub fn gazetteer(&self) -> &Gazetteer {
        &self.gazetteer
    }
}

fn evidence(one: &places::Evidence) -> Evidence {
    Evidence {
        text: one.to_string(),
        count: one.count,
        weight: 1,
    }
}

#[cfg(test)]
mod tests;
