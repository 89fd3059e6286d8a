//! Category, request type and grade from the words that were found.

use domain::ticket::{Grade, RequestType};

use super::labels::above;
use super::lexis::{Hit, Meaning, mass as mass_of};
use super::{EMERGENCY_MIN, Evidence, HELP_PRIOR, Lexis, SUGGESTED_MAX, Scored};

/// Pieces of evidence shown for one suggestion.
const EVIDENCE_MAX: usize = 8;

/// A suggestion goes down to a child that carries at least this share of what was found for its parent.
const DESCEND_SHARE: f64 = 0.34;

/// How much of what its top category carries counts for a second-level category when they are ranked.
const TOP_SHARE: f64 = 0.5;

/// A category as the words of the lexicon read it.
pub(super) struct Read {
    /// Its row.
    pub(super) row: usize,
    /// 0 to 1.
    pub(super) confidence: f64,
    /// What speaks for it.
    pub(super) evidence: Vec<Evidence>,
}

impl Lexis {
    /// At most three categories. What speaks for a category speaks for those above it; the best top category comes
    /// first, and from there it goes down as long as one child stands out.
    pub(super) fn read(&self, hits: &[Hit<'_>], mass: &[f64]) -> Vec<Read> {
        let total: f64 = self.of_level(0).map(|row| mass[row]).sum();
        let mut branches: Vec<(f64, usize)> = Vec::new();
        for row in (0..mass.len()).filter(|row| mass[*row] > 0.0) {
            match self.categories[row].parent {
                // A top category without any evidence below it stands for itself.
                None if !self.children(row).any(|child| mass[child] > 0.0) => {
                    branches.push((mass[row] * (1.0 + TOP_SHARE), row));
                }
                Some(top) if self.categories[row].level == 1 => {
                    branches.push((mass[row] + TOP_SHARE * mass[top], row));
                }
                None | Some(_) => {}
            }
        }
        branches.sort_by(|a, b| b.0.total_cmp(&a.0));
        let ranked = self.best_top_first(branches, mass);
        let confidences = confidences(
            &ranked.iter().map(|row| mass[self.top(*row)]).collect::<Vec<_>>(),
            total,
        );
        let mut found: Vec<Read> = Vec::with_capacity(SUGGESTED_MAX);
        for (row, confidence) in ranked.iter().zip(confidences) {
            let row = self.descend(*row, mass);
            // A wider reading of what is suggested already says nothing new.
            if found.iter().any(|one| self.is_within(one.row, row)) {
                continue;
            }
            let evidence = self.evidence_for(hits, |one| self.top(one) == self.top(row));
            found.push(Read {
                row,
                confidence,
                evidence,
            });
        }
        found
    }

    /// The best category within some parts of the tree, and how sure it is that it lies in its part rather than in
    /// another of them; none where no word speaks for any.
    pub(super) fn read_within(&self, hits: &[Hit<'_>], mass: &[f64], parts: &[usize]) -> Option<Read> {
        let mut spoken: Vec<usize> = parts.iter().copied().filter(|row| mass[*row] > 0.0).collect();
        // A part of a part is counted with it.
        let all = spoken.clone();
        spoken.retain(|row| !all.iter().any(|one| one != row && self.is_within(*row, *one)));
        spoken.sort_by(|a, b| mass[*b].total_cmp(&mass[*a]));
        let (first, rival) = (*spoken.first()?, spoken.get(1).map_or(0.0, |row| mass[*row]));
        let total: f64 = spoken.iter().map(|row| mass[*row]).sum();
        let confidence = match parts.len() {
            1 => 1.0,
            _ => logistic(
                mass[first] / total,
                (mass[first] - rival) / mass[first],
                mass[first],
            ),
        };
        let mut row = first;
        if let Some(branch) = self.loudest_child(first, mass) {
            row = branch;
        }
        Some(Read {
            row: self.descend(row, mass),
            confidence,
            evidence: self.evidence_for(hits, |one| self.is_within(one, first)),
        })
    }

    fn evidence_for(&self, hits: &[Hit<'_>], speaks: impl Fn(usize) -> bool) -> Vec<Evidence> {
        evidence(
            hits,
            |hit| hit.count,
            |meaning| meaning.category.is_some_and(&speaks),
        )
    }

    /// Whether a row is another or lies below it.
    pub(super) fn is_within(&self, row: usize, other: usize) -> bool {
        above(&self.categories, row).any(|one| one == other)
    }

    /// What was found for every category and all below it.
    pub(super) fn masses(&self, hits: &[Hit<'_>]) -> Vec<f64> {
        let mut mass = vec![0.0; self.categories.len()];
        for hit in hits {
            for meaning in &hit.word.meanings {
                let mut next = meaning.category;
                while let Some(row) = next {
                    mass[row] += mass_of(meaning.weight, hit.count);
                    next = self.categories[row].parent;
                }
            }
        }
        mass
    }

    /// One branch of each top category, the loudest top first; then the second-best branches.
    fn best_top_first(&self, branches: Vec<(f64, usize)>, mass: &[f64]) -> Vec<usize> {
        let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
        for (_, row) in branches {
            let top = self.top(row);
            let is_first = !firsts.iter().any(|one| self.top(*one) == top);
            if is_first {
                firsts.push(row)
            } else {
                seconds.push(row)
            }
        }
        firsts.sort_by(|a, b| mass[self.top(*b)].total_cmp(&mass[self.top(*a)]));
        firsts.extend(seconds);
        firsts.truncate(SUGGESTED_MAX);
        firsts
    }

    fn descend(&self, row: usize, mass: &[f64]) -> usize {
        let mut at = row;
        // A branch that carries little of its top is too narrow a reading.
        if let Some(top) = self.categories[at].parent
            && mass[at] < DESCEND_SHARE * mass[top]
        {
            return top;
        }
        while let Some(child) = self.loudest_child(at, mass) {
            at = child;
        }
        at
    }

    /// The child that carries most, where that is enough to go down to it.
    fn loudest_child(&self, row: usize, mass: &[f64]) -> Option<usize> {
        self.children(row)
            .max_by(|a, b| mass[*a].total_cmp(&mass[*b]))
            .filter(|child| mass[*child] > 0.0 && mass[*child] >= DESCEND_SHARE * mass[row])
    }

    pub(super) fn top(&self, row: usize) -> usize {
        std::iter::successors(Some(row), |one| self.categories[*one].parent)
            .last()
            .unwrap_or(row)
    }

    fn children(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        (row..self.categories.len()).filter(move |one| self.categories[*one].parent == Some(row))
    }

    fn of_level(&self, level: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.categories.len()).filter(move |row| self.categories[*row].level == level)
    }

    /// At most three request types, as the words say.
    pub(super) fn kinds(&self, hits: &[Hit<'_>]) -> Vec<Scored<RequestType>> {
        let mut found: Vec<(f64, RequestType)> = RequestType::ALL
            .iter()
            .map(|kind| {
                let prior = if *kind == RequestType::Help {
                    HELP_PRIOR
                } else {
                    0.0
                };
                let said = sum(hits, |hit| hit.stated, |meaning| meaning.kind == Some(*kind));
                (prior + said, *kind)
            })
            .filter(|(mass, _)| *mass > 0.0)
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let total: f64 = found.iter().map(|(mass, _)| mass).sum();
        let scored = found.into_iter().map(|(mass, kind)| Scored {
            value: kind,
            confidence: mass / total,
            evidence: evidence(hits, |hit| hit.stated, |meaning| meaning.kind == Some(kind)),
        });
        scored.take(SUGGESTED_MAX).collect()
    }

    /// A or B where the words call for it: better one call too many than one too few.
    pub(super) fn grade(&self, hits: &[Hit<'_>]) -> Scored<Grade> {
        let mut called = 0.0;
        for grade in [Grade::A, Grade::B] {
            // A word for A speaks for B as well: two hints of A make at least a B.
            called += sum(hits, |hit| hit.present, |meaning| meaning.grade == Some(grade));
            if called >= EMERGENCY_MIN {
                return Scored {
                    value: grade,
                    confidence: (called / (called + EMERGENCY_MIN)).min(1.0),
                    evidence: evidence(hits, |hit| hit.present, |meaning| meaning.grade.is_some()),
                };
            }
        }
        Scored {
            value: Grade::C,
            confidence: 1.0 - called / (2.0 * EMERGENCY_MIN),
            evidence: Vec::new(),
        }
    }
}

/// What all that speaks adds up to; `count` says which occurrences count.
pub(super) fn sum(
    hits: &[Hit<'_>],
    count: impl Fn(&Hit<'_>) -> u32,
    speaks: impl Fn(&Meaning) -> bool,
) -> f64 {
    let of_hit = |hit: &Hit<'_>| {
        let count = count(hit);
        let meanings = hit.word.meanings.iter().filter(|meaning| speaks(meaning));
        meanings
            .map(|meaning| mass_of(meaning.weight, count))
            .sum::<f64>()
    };
    hits.iter().map(of_hit).sum()
}

/// The words that speak, loudest first.
pub(super) fn evidence(
    hits: &[Hit<'_>],
    count: impl Fn(&Hit<'_>) -> u32,
    speaks: impl Fn(&Meaning) -> bool,
) -> Vec<Evidence> {
    let mut found: Vec<(f64, Evidence)> = Vec::new();
    for hit in hits {
        let speaking = hit.word.meanings.iter().filter(|meaning| speaks(meaning));
        let loudest = speaking.map(|one| one.weight).max();
        let count = count(hit);
        if let Some(weight) = loudest.filter(|_| count > 0) {
            let text = hit.word.text.clone();
            found.push((mass_of(weight, count), Evidence { text, count, weight }));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found
        .into_iter()
        .take(EVIDENCE_MAX)
        .map(|(_, evidence)| evidence)
        .collect()
}

/// How sure each ranked category is. The first: a logistic curve over its share of all evidence, its lead over the
/// next top category and how much was found; the further ones share what is left.
fn confidences(tops: &[f64], total: f64) -> Vec<f64> {
    let Some(first) = tops.first().copied() else {
        return Vec::new();
    };
    // The second-best branch may lie under the same top: then nobody contests the top.
    let rival = tops.iter().copied().find(|mass| *mass < first).unwrap_or(0.0);
    let sure = logistic(first / total, (first - rival) / first, first);
    let rest: f64 = tops.iter().skip(1).sum();
    std::iter::once(sure)
        .chain(
            tops.iter()
                .skip(1)
                .map(|mass| (1.0 - sure).min(sure) * mass / rest.max(f64::MIN_POSITIVE)),
        )
        .collect()
}

/// Fitted on labelled messages by logistic regression of "is the top category right?".
fn logistic(share: f64, lead: f64, mass: f64) -> f64 {
    let odds = -2.95 + 1.25 * share + 2.35 * lead + 0.75 * (1.0 + mass).ln();
    1.0 / (1.0 + (-odds).exp())
}
