//! Whether a matter is ours at all (domain.md, section 7): hints R1 to R9, each with where it goes instead.
//!
//! A hint declines nothing by itself. It comes from the words and rules of the city's lexicon; what earlier tickets say
//! (R5, R9) is joined to it by whoever knows them, see [`Hint::of_earlier`].

use domain::id::RuleId;
use domain::rules::{Ground, Referral, Rules};
use domain::ticket::DeclineReason;

use super::lexis::Hit;
use super::settled::Settled;
use super::subject::{evidence, sum};
use super::{Evidence, Lexis};

/// Hints given at most.
const HINTS_MAX: usize = 3;
/// Summed weight of terms from which a hint is given: one plain word or two that hint at it.
const HINT_MIN: f64 = 6.0;
/// How sure a rule is.
const RULE_CONFIDENCE: f64 = 0.95;

/// A matter that may not be ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// Where it goes instead, and why.
    pub referral: Referral,
    /// 0 to 1.
    pub confidence: f64,
    /// The words that spoke.
    pub evidence: Vec<Evidence>,
    /// The rule that says so; none: the words of the lexicon do.
    pub rule: Option<RuleId>,
}

impl Hint {
    /// R1: an emergency service gets it at once, on the live call.
    pub fn is_emergency(&self) -> bool {
        matches!(self.referral.ground, Ground::Transfer(_))
    }

    /// What an earlier ticket of the same matter says: R5 while it is open, R9 once it is finished. None where the city
    /// names no referral for that.
    pub fn of_earlier(rules: &Rules, is_finished: bool, confidence: f64) -> Option<Hint> {
        let reason = match is_finished {
            true => DeclineReason::Finished,
            false => DeclineReason::Repeated,
        };
        let mut referrals = rules.bundle().triage.referrals.iter();
        let referral = referrals
            .find(|one| one.ground == Ground::Decline(reason))?
            .clone();
        Some(Hint {
            referral,
            confidence,
            evidence: Vec::new(),
            rule: None,
        })
    }
}

impl Lexis {
    /// At most three hints with different referrals: emergencies first, then the surest.
    pub(super) fn hints(&self, rules: &Rules, hits: &[Hit<'_>], settled: &Settled) -> Vec<Hint> {
        let referrals = &rules.bundle().triage.referrals;
        let mut hints: Vec<Hint> = Vec::new();
        for (place, rule, evidence) in &settled.referrals {
            hints.extend(referrals.get(*place).map(|referral| Hint {
                referral: referral.clone(),
                confidence: RULE_CONFIDENCE,
                evidence: evidence.clone(),
                rule: Some(rule.clone()),
            }));
        }
        for (place, referral) in referrals.iter().enumerate() {
            let speaks = |meaning: &super::lexis::Meaning| meaning.referral == Some(place);
            let is_said = hints.iter().any(|hint| hint.referral.id == referral.id);
            let mass = sum(hits, |hit| hit.present, speaks);
            if !is_said && mass >= HINT_MIN {
                hints.push(Hint {
                    referral: referral.clone(),
                    confidence: mass / (mass + HINT_MIN),
                    evidence: evidence(hits, |hit| hit.present, speaks),
                    rule: None,
                });
            }
        }
        let rank = |hint: &Hint| (!hint.is_emergency(), -hint.confidence);
        hints.sort_by(|a, b| rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)));
        hints.truncate(HINTS_MAX);
        hints
    }
}
