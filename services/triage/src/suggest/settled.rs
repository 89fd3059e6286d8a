//! What the rules of the lexicon settle: they go before the model and before the words.

use domain::id::{CategoryId, RuleId};
use domain::rules::Rules;
use domain::ticket::{Grade, RequestType};

use super::rulebook::Matched;
use super::{About, By, Evidence, Scored};

/// How sure a rule is: as sure as anything that is no person's word.
const RULE_CONFIDENCE: f64 = 0.99;
/// How loudly the words of a rule speak.
const RULE_WEIGHT: u8 = 10;

/// What the rules that match a message say together.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) category: Option<About>,
    pub(super) kind: Option<Scored<RequestType>>,
    pub(super) grade: Option<Scored<Grade>>,
    /// By their place among the city's referrals, each with the words and the rule that named it.
    pub(super) referrals: Vec<(usize, RuleId, Vec<Evidence>)>,
    /// The rules that match, in the order of the city.
    pub(super) rules: Vec<RuleId>,
    /// Whether two of them say what cannot both be.
    pub(super) is_contradictory: bool,
}

impl Settled {
    /// Adds up what matched. Of two categories one above the other the deeper holds, of two grades the more urgent; two
    /// parts of the tree, two types or an emergency that another rule denies contradict each other.
    pub(super) fn of(matched: &[Matched<'_>], rules: &Rules) -> Self {
        let mut settled = Self::default();
        for one in matched {
            settled.rules.push(one.rule.id.clone());
            if let Some(category) = &one.rule.category {
                settled.take_category(category, one);
            }
            if let Some(kind) = one.rule.kind {
                settled.is_contradictory |= settled.kind.as_ref().is_some_and(|had| had.value != kind);
                settled.kind.get_or_insert_with(|| scored(kind, one));
            }
            if let Some(grade) = one.rule.grade {
                settled.take_grade(grade, one);
            }
            let referral = one.rule.referral.as_ref();
            let place = referral.and_then(|id| {
                rules
                    .bundle()
                    .triage
                    .referrals
                    .iter()
                    .position(|had| had.id == *id)
            });
            if let Some(place) = place.filter(|place| settled.referrals.iter().all(|had| had.0 != *place)) {
                settled
                    .referrals
                    .push((place, one.rule.id.clone(), evidence(one)));
            }
        }
        settled
    }

    fn take_category(&mut self, category: &CategoryId, by: &Matched<'_>) {
        match &self.category {
            Some(had) if had.value.is_within(category) => {}
            Some(had) if !category.is_within(&had.value) => self.is_contradictory = true,
            Some(_) | None => {
                self.category = Some(About {
                    value: category.clone(),
                    confidence: RULE_CONFIDENCE,
                    evidence: evidence(by),
                    model_words: Vec::new(),
                    by: By::Rule(by.rule.id.clone()),
                });
            }
        }
    }

    fn take_grade(&mut self, grade: Grade, by: &Matched<'_>) {
        let Some(had) = &self.grade else {
            self.grade = Some(scored(grade, by));
            return;
        };
        self.is_contradictory |= (had.value == Grade::C) != (grade == Grade::C);
        if grade < had.value {
            self.grade = Some(scored(grade, by));
        }
    }
}

fn scored<T>(value: T, by: &Matched<'_>) -> Scored<T> {
    Scored {
        value,
        confidence: RULE_CONFIDENCE,
        evidence: evidence(by),
    }
}

fn evidence(by: &Matched<'_>) -> Vec<Evidence> {
    let word = |text: &String| Evidence {
        text: text.clone(),
        count: 1,
        weight: RULE_WEIGHT,
    };
    by.words.iter().map(word).collect()
}
