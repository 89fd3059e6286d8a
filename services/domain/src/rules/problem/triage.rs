//! What triage goes by: rules, referrals, words that take an emergency back, labels of a model.

use std::collections::{BTreeMap, BTreeSet};

use super::{BASIS_CHARS_MAX, Found, Problem, TERM_CHARS_MAX};
use crate::rules::{Bundle, Categories, Pattern, Rule, Triage};
use crate::ticket::Grade;

/// The most rules a bundle may hold.
const RULES_MAX: usize = 20_000;
/// The most words one rule may look for, of each kind.
const RULE_WORDS_MAX: usize = 50;
/// The most referrals a bundle may hold.
const REFERRALS_MAX: usize = 200;
/// The most words that take something back, of each kind.
const TAKING_BACK_MAX: usize = 500;
/// The most labels that are read otherwise than as written.
const LABELS_MAX: usize = 5_000;
/// The most parts of the tree one label may stand for.
const PARTS_MAX: usize = 50;
/// What all patterns together may compile to, in bytes.
const PATTERNS_BYTES_MAX: usize = 128 * 1024 * 1024;
/// The most patterns that no fixed word announces: each of them is run on every message.
const UNANNOUNCED_MAX: usize = 100;

/// What no release could work with.
pub(super) fn triage(found: &mut Found, triage: &Triage, categories: &Categories) {
    found.count("rules", triage.rules.len(), RULES_MAX);
    found.twice("rules", triage.rules.iter().map(|rule| &rule.id));
    found.count("referrals", triage.referrals.len(), REFERRALS_MAX);
    found.twice("referrals", triage.referrals.iter().map(|one| &one.id));
    for one in &triage.referrals {
        let at = format!("referrals[{}]", one.id);
        found.text(format!("{at}.zh"), &one.zh, BASIS_CHARS_MAX);
        found.text(format!("{at}.en"), &one.en, BASIS_CHARS_MAX);
    }
    for rule in &triage.rules {
        self::rule(found, rule, triage, categories);
    }
    for (at, words) in [("negations", &triage.negations), ("not_now", &triage.not_now)] {
        found.count(at, words.len(), TAKING_BACK_MAX);
        words.iter().for_each(|word| found.text(at, word, TERM_CHARS_MAX));
    }
    labels(found, triage);
}

fn rule(found: &mut Found, rule: &Rule, triage: &Triage, categories: &Categories) {
    let at = format!("rules[{}]", rule.id);
    if rule.pattern.is_none() && rule.all.is_empty() && rule.any.is_empty() {
        found.add(
            &at,
            "没有要找的内容：请给出 pattern、all 或 any",
            "looks for nothing: give it a pattern, all or any",
        );
    }
    let settles = rule.category.is_some() || rule.kind.is_some() || rule.grade.is_some();
    if !settles && rule.referral.is_none() {
        found.add(
            &at,
            "不决定任何事：请给出 category、kind、grade 或 referral",
            "settles nothing: give it a category, kind, grade or referral",
        );
    }
    for (key, words) in [("all", &rule.all), ("any", &rule.any), ("none", &rule.none)] {
        let at = format!("{at}.{key}");
        found.count(&at, words.len(), RULE_WORDS_MAX);
        words
            .iter()
            .for_each(|word| found.text(&at, word, TERM_CHARS_MAX));
    }
    if let Some(category) = rule.category.as_ref().filter(|id| categories.get(id).is_none()) {
        found.add(
            format!("{at}.category"),
            format!("没有类别 {category}"),
            format!("{category} is no category"),
        );
    }
    if rule.grade == Some(Grade::D) {
        found.add(
            format!("{at}.grade"),
            "疑难复杂只能由人判定：请用 a、b 或 c",
            "only people say that a matter is difficult: use a, b or c",
        );
    }
    referral(found, format!("{at}.referral"), rule.referral.as_ref(), triage);
}

/// A referral that is not there.
pub(super) fn referral(
    found: &mut Found,
    at: String,
    named: Option<&crate::id::ReferralId>,
    triage: &Triage,
) {
    if let Some(id) = named.filter(|id| triage.referral(id).is_none()) {
        found.add(at, format!("没有分流途径 {id}"), format!("{id} is no referral"));
    }
}

fn labels(found: &mut Found, triage: &Triage) {
    let classifier = &triage.classifier;
    found.count("classifier.labels", classifier.labels.len(), LABELS_MAX);
    found.count("classifier.thresholds", classifier.thresholds.len(), LABELS_MAX);
    for (label, parts) in &classifier.labels {
        let at = format!("classifier.labels[{label}]");
        found.text(&at, label, super::NAME_CHARS_MAX);
        found.count(&at, parts.len(), PARTS_MAX);
        if parts.is_empty() {
            found.add(
                at,
                "为空：请写明对应类别，或删去此行",
                "is empty: name its categories, or take the row out",
            );
        }
    }
    for (label, threshold) in &classifier.thresholds {
        if !(0.0..=1.0).contains(threshold) {
            found.add(
                format!("classifier.thresholds[{label}]"),
                format!("{threshold} 不在 0 到 1 之间"),
                format!("{threshold} is not within 0 to 1"),
            );
        }
    }
}

/// Patterns that are none, or too many or too large together. Of what is to be published only: triage leaves out what
/// it cannot compile, so that a bundle published under another release stays in force.
pub(super) fn patterns(found: &mut Found, triage: &Triage) {
    let (mut bytes, mut unannounced) = (0, 0);
    for rule in &triage.rules {
        let Some(text) = &rule.pattern else { continue };
        match Pattern::parse(text) {
            Ok(pattern) => {
                bytes += pattern.bytes();
                let is_announced =
                    !pattern.needed().is_empty() || !rule.all.is_empty() || !rule.any.is_empty();
                unannounced += usize::from(!is_announced);
            }
            Err(error) => found.add(
                format!("rules[{}].pattern", rule.id),
                error.zh(),
                error.to_string(),
            ),
        }
        if bytes > PATTERNS_BYTES_MAX {
            found.add(
                format!("rules[{}].pattern", rule.id),
                format!("至此全部 pattern 编译后超过 {PATTERNS_BYTES_MAX} 字节：请减少"),
                format!(
                    "with it the patterns compile to more than {PATTERNS_BYTES_MAX} bytes: take some out"
                ),
            );
            return;
        }
    }
    if unannounced > UNANNOUNCED_MAX {
        found.add(
            "rules",
            format!("有 {unannounced} 个 pattern 不含固定文字，最多 {UNANNOUNCED_MAX} 个：请加固定文字，或用 all、any"),
            format!(
                "{unannounced} patterns hold no fixed word, at most {UNANNOUNCED_MAX} are taken: add words, all or any"
            ),
        );
    }
}

/// Labels that stand for what is no category, or thresholds of what is none: left out. No problem, since a taxonomy
/// changes under a model.
pub(in crate::rules) fn lost_labels(bundle: &Bundle) -> Vec<Problem> {
    let known: BTreeSet<&str> = bundle.categories.iter().map(|one| one.id.as_str()).collect();
    let classifier = &bundle.triage.classifier;
    let lost = classifier.labels.iter().flat_map(|(label, parts)| {
        let lost = parts.iter().filter(|part| !known.contains(part.as_str()));
        lost.map(move |part| (format!("classifier.labels[{label}]"), part.as_str()))
    });
    let is_label = |label: &str| classifier.labels.contains_key(label) || known.contains(label);
    let idle = classifier.thresholds.keys().filter(|label| !is_label(label));
    let idle = idle.map(|label| (format!("classifier.thresholds[{label}]"), label.as_str()));
    let problem = |(at, what): (String, &str)| Problem {
        at,
        zh: format!("没有类别 {what}，已略过：类别改动后请更新 classifier.toml"),
        en: format!("{what} is no category and is left out: bring classifier.toml up to date"),
    };
    let by_place: BTreeMap<_, _> = lost.chain(idle).map(|one| (one.clone(), problem(one))).collect();
    by_place.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CategoryId, ReferralId, RuleId};
    use crate::routing::test_city::{bundle, term};
    use crate::rules::{Ground, Referral, Rules};
    use crate::ticket::DeclineReason;

    fn a_rule(id: &str) -> Rule {
        Rule {
            id: RuleId::parse(id).unwrap(),
            pattern: None,
            all: vec!["半夜".to_owned()],
            any: vec![],
            none: vec![],
            category: Some(CategoryId::parse("urban.noise").unwrap()),
            kind: None,
            grade: None,
            referral: None,
        }
    }

    fn a_referral() -> Referral {
        Referral {
            id: ReferralId::parse("court").unwrap(),
            ground: Ground::Decline(DeclineReason::LegalRoute),
            zh: "请向法院提起诉讼".to_owned(),
            en: "go to court".to_owned(),
        }
    }

    /// Spoils a city with one sound rule and one referral, and names the places found wrong.
    #[track_caller]
    fn check(spoil: impl FnOnce(&mut Bundle), expected: &[&str]) {
        let mut bundle = bundle();
        bundle.triage.rules.push(a_rule("night"));
        bundle.triage.referrals.push(a_referral());
        spoil(&mut bundle);
        let problems = bundle.problems();
        for problem in &problems {
            assert!(!problem.zh.is_ascii() && problem.en.is_ascii(), "{problem}");
        }
        let places: Vec<String> = problems.into_iter().map(|problem| problem.at).collect();
        assert_eq!(places, expected);
    }

    #[test]
    fn a_sound_rule_is_taken() {
        check(|_| {}, &[]);
        check(|b| b.triage.rules[0].pattern = Some("打桩|电钻".to_owned()), &[]);
    }

    #[test]
    fn a_rule_looks_for_something_and_settles_something() {
        check(|b| b.triage.rules[0].all.clear(), &["rules[night]"]);
        check(|b| b.triage.rules[0].category = None, &["rules[night]"]);
        check(
            |b| b.triage.rules[0].all.push(String::new()),
            &["rules[night].all"],
        );
        check(
            |b| b.triage.rules[0].none.push("长".repeat(41)),
            &["rules[night].none"],
        );
        check(
            |b| b.triage.rules[0].category = Some(CategoryId::parse("nothing").unwrap()),
            &["rules[night].category"],
        );
        check(
            |b| b.triage.rules[0].grade = Some(Grade::D),
            &["rules[night].grade"],
        );
        check(|b| b.triage.rules.push(a_rule("night")), &["rules[night]"]);
    }

    #[test]
    fn a_referral_is_there_and_says_something() {
        let nowhere = || Some(ReferralId::parse("nowhere").unwrap());
        check(
            |b| b.triage.rules[0].referral = nowhere(),
            &["rules[night].referral"],
        );
        check(
            |b| {
                b.lexicon.push(crate::rules::Term {
                    referral: nowhere(),
                    ..term("x", None)
                })
            },
            &["lexicon[x].referral"],
        );
        check(|b| b.triage.referrals[0].en.clear(), &["referrals[court].en"]);
    }

    #[test]
    fn a_bad_pattern_keeps_a_bundle_from_being_published_and_not_from_being_worked_with() {
        let spoil = |b: &mut Bundle| b.triage.rules[0].pattern = Some("煤气(味".to_owned());
        check(spoil, &["rules[night].pattern"]);
        let mut bundle = bundle();
        bundle.triage.rules.push(a_rule("night"));
        spoil(&mut bundle);
        assert!(Rules::new(bundle).is_ok());
    }

    #[test]
    fn few_patterns_go_without_a_fixed_word() {
        let add = |count: usize, text: &'static str, all: &'static [&'static str]| {
            move |b: &mut Bundle| {
                let rule = |n: usize| Rule {
                    pattern: Some(text.to_owned()),
                    all: all.iter().map(|word| (*word).to_owned()).collect(),
                    ..a_rule(&format!("r{n}"))
                };
                b.triage.rules.extend((0..count).map(rule));
            }
        };
        check(add(UNANNOUNCED_MAX, r"\d{11}", &[]), &[]);
        check(add(UNANNOUNCED_MAX + 1, r"\d{11}", &[]), &["rules"]);
        check(add(UNANNOUNCED_MAX + 1, r"\d{11}", &["电话"]), &[]);
    }

    #[test]
    fn a_label_without_a_category_is_told_and_refuses_nothing() {
        let category = |id: &str| CategoryId::parse(id).unwrap();
        let mut bundle = bundle();
        let classifier = &mut bundle.triage.classifier;
        let parts = vec![category("urban"), category("gone")];
        classifier.labels.insert("城市".to_owned(), parts);
        classifier.thresholds.insert("城市".to_owned(), 0.9);
        classifier.thresholds.insert("urban".to_owned(), 0.9);
        classifier.thresholds.insert("lost".to_owned(), 0.9);
        assert_eq!(bundle.problems(), []);
        let warnings = lost_labels(&bundle);
        let places: Vec<&str> = warnings.iter().map(|one| one.at.as_str()).collect();
        assert_eq!(places, ["classifier.labels[城市]", "classifier.thresholds[lost]"]);
        check(
            |b| {
                b.triage.classifier.labels.insert("空".to_owned(), vec![]);
                b.triage.classifier.thresholds.insert("urban".to_owned(), 98.0);
            },
            &["classifier.labels[空]", "classifier.thresholds[urban]"],
        );
    }
}
