//! Between the categories of the city and the labels of a model.

use domain::id::CategoryId;
use domain::rules::Rules;

use classifier::{Features, Message, Model};

use super::gate::Item;
use crate::limits::{LEXICON_ITEMS_MAX, LEXICON_TERMS_OF_AN_ITEM};

/// The model's label for a category: the one that stands for the smallest part of the tree it lies in, as the rules say or
/// as the code of a category; none where the model does not cover it.
pub(crate) fn label_of<'a>(model: &'a Model, rules: &Rules, category: &CategoryId) -> Option<&'a str> {
    let rows = &rules.bundle().triage.classifier.labels;
    let depth_of = |part: &CategoryId| part.as_str().split('.').count();
    let covering = |label: &str| -> Option<usize> {
        let own = || CategoryId::parse(label).ok().into_iter().collect();
        let parts = rows.get(label).cloned().unwrap_or_else(own);
        let parts = parts.iter().filter(|part| category.is_within(part));
        parts.map(depth_of).max()
    };
    let labels = model.labels().iter().enumerate();
    let covers = labels.filter_map(|(nth, label)| Some((covering(label)?, std::cmp::Reverse(nth), label)));
    covers.max().map(|(_, _, label)| label.as_str())
}

/// What the city's own lexicon says: a few terms of one category together, under its label. No word of a resident's.
pub(crate) fn of_the_lexicon(model: &Model, rules: &Rules) -> Vec<Item> {
    let mut by_label: Vec<(&str, Vec<&str>)> = Vec::new();
    for term in &rules.bundle().lexicon {
        let label = term
            .category
            .as_ref()
            .and_then(|category| label_of(model, rules, category));
        let Some(label) = label else { continue };
        match by_label.iter_mut().find(|(known, _)| *known == label) {
            Some((_, terms)) => terms.push(&term.text),
            None => by_label.push((label, vec![&term.text])),
        }
    }
    let share = LEXICON_ITEMS_MAX / by_label.len().max(1);
    let items = |(label, terms): (&str, Vec<&str>)| {
        let texts: Vec<String> = terms
            .chunks(LEXICON_TERMS_OF_AN_ITEM)
            .take(share)
            .map(|some| some.join("，"))
            .collect();
        let label = label.to_owned();
        texts.into_iter().map(move |text| Item {
            features: Features::of(&Message::text("", &text)).into(),
            label: label.clone(),
        })
    };
    by_label.into_iter().flat_map(items).collect()
}
