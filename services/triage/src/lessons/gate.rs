//! Whether a copy that has learned may take the place of the model in force: pure.
//!
//! It must answer better what it was corrected in, and no worse what it was not: lessons held out, and the words of the
//! city's own lexicon, which a city has from its first day. A loss in one category is not made up for by a gain in another:
//! so a series of wrong corrections of one clear matter is found out. "Worse" is measured against the model in force and
//! against the city's original, whichever is better, so that many small losses do not add up to a great one.

use std::collections::BTreeMap;
use std::sync::Arc;

use classifier::{Features, Model};

use super::version::{Figures, Reason, Share};
use crate::limits::{
    CATEGORY_ITEMS_MIN, CATEGORY_LOSS_PERCENT, FADE_MAX, HELD_OUT_LOSS_PERCENT, LEXICON_LOSS_PERCENT,
};

/// A message as hashes, and its right label.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) features: Arc<Features>,
    pub(crate) label: String,
}

/// What both models are asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Questions {
    /// What the copy has learned from.
    pub(crate) learned: Vec<Item>,
    /// Lessons it has not.
    pub(crate) held_out: Vec<Item>,
    /// Words of the lexicon.
    pub(crate) lexicon: Vec<Item>,
}

/// The models that are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared<'a> {
    /// The city's.
    pub(crate) original: &'a Model,
    /// In force.
    pub(crate) before: &'a Model,
    /// The copy that has learned.
    pub(crate) after: &'a Model,
}

/// How one model answers a message.
#[derive(Debug, Clone, Copy, Default)]
struct Answer {
    is_right: bool,
    /// How probable the right label is.
    probability: f64,
}

/// How all three do.
#[derive(Debug, Clone, Copy)]
struct Answered<'a> {
    label: &'a str,
    original: Answer,
    before: Answer,
    after: Answer,
}

/// What is counted of some messages.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    of: u32,
    original: Side,
    before: Side,
    after: Side,
}

#[derive(Debug, Clone, Copy, Default)]
struct Side {
    right: u32,
    probability: f64,
}

/// Compares them; says why not, where the model in force stays.
pub(crate) fn judge(models: Compared<'_>, questions: &Questions) -> (Figures, Option<Reason>) {
    let [learned, held_out, lexicon] =
        [&questions.learned, &questions.held_out, &questions.lexicon].map(|items| answers(models, items));
    let (taught, kept, words) = (Sum::of(&learned), Sum::of(&held_out), Sum::of(&lexicon));
    let is_learned =
        taught.after.probability > taught.before.probability && taught.after.right >= taught.before.right;
    let reason = if !is_learned {
        Some(Reason::NotLearned)
    } else if kept.falls(HELD_OUT_LOSS_PERCENT) {
        Some(Reason::HeldOutFalls)
    } else if words.falls(LEXICON_LOSS_PERCENT) || by_label(&lexicon).values().any(Sum::fades) {
        Some(Reason::LexiconFalls)
    } else if by_label(held_out.iter().chain(&lexicon))
        .values()
        .any(category_falls)
    {
        Some(Reason::CategoryFalls)
    } else {
        None
    };
    let figures = Figures {
        learned: taught.share(),
        held_out: kept.share(),
        lexicon: words.share(),
    };
    (figures, reason)
}

fn answers<'a>(models: Compared<'_>, items: &'a [Item]) -> Vec<Answered<'a>> {
    let one = |item: &'a Item| Answered {
        label: &item.label,
        original: answer(models.original, item),
        before: answer(models.before, item),
        after: answer(models.after, item),
    };
    items.iter().map(one).collect()
}

fn answer(model: &Model, item: &Item) -> Answer {
    let Some(right) = model.label(&item.label) else {
        return Answer::default();
    };
    let ranked = model.answer(&item.features).ranked;
    let found = ranked.iter().find(|(label, _)| *label == right);
    Answer {
        is_right: ranked.first().is_some_and(|(best, _)| *best == right),
        probability: found.map_or(0.0, |(_, probability)| *probability),
    }
}

fn by_label<'a>(answers: impl IntoIterator<Item = &'a Answered<'a>>) -> BTreeMap<&'a str, Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for one in answers {
        sums.entry(one.label).or_default().add(one);
    }
    sums
}

fn category_falls(sum: &Sum) -> bool {
    sum.of >= CATEGORY_ITEMS_MIN && sum.falls(CATEGORY_LOSS_PERCENT)
}

impl Sum {
    fn of(answers: &[Answered<'_>]) -> Self {
        let mut sum = Self::default();
        answers.iter().for_each(|one| sum.add(one));
        sum
    }

    fn add(&mut self, one: &Answered<'_>) {
        self.of += 1;
        self.original.add(one.original);
        self.before.add(one.before);
        self.after.add(one.after);
    }

    /// More is answered wrong than a share of what was asked; of few questions, none may be.
    fn falls(&self, percent: u32) -> bool {
        let right = self.before.right.max(self.original.right);
        right.saturating_sub(self.after.right) > self.of.saturating_mul(percent) / 100
    }

    /// The right label is clearly less probable than it was, even where it still comes first.
    fn fades(&self) -> bool {
        let was = self.before.probability.max(self.original.probability);
        was - self.after.probability > f64::from(self.of) * FADE_MAX
    }

    fn share(&self) -> Share {
        Share {
            of: self.of,
            before: self.before.right,
            after: self.after.right,
        }
    }
}

impl Side {
    fn add(&mut self, answer: Answer) {
        self.right += u32::from(answer.is_right);
        self.probability += answer.probability;
    }
}

#[cfg(test)]
mod tests;
