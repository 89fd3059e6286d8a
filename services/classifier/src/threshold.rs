//! How sure is sure enough: the lowest sureness at which what is above it was right as often as wanted.

/// Answers of the whole that a label's own answers are weighed against, so that a small label follows the whole.
const LEND: f64 = 100.0;

/// The share of the errors that are allowed which the judged answers may have.
const CAUTION: f64 = 0.88;

/// An answer to a message that was not trained on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) top: usize,
    pub(crate) sureness: f64,
    pub(crate) is_right: bool,
}

/// The thresholds of a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thresholds {
    /// For all labels together.
    pub(crate) shared: f64,
    /// For each label.
    pub(crate) labels: Vec<f64>,
}

impl Thresholds {
    /// Thresholds at which a share `precision` of what is routed should be right on messages never seen.
    ///
    /// A label on its own must have been right as often as wanted; all together somewhat more often, since a threshold
    /// chosen on some answers fits these a little too well.
    pub(crate) fn choose(answers: &[Judged], labels: usize, precision: f64) -> Self {
        let errors_max = 1.0 - precision;
        let mut all = answers.to_vec();
        all.sort_by(|one, other| other.sureness.total_cmp(&one.sureness));
        let wrong_above: Vec<usize> = std::iter::once(0)
            .chain(all.iter().scan(0, |wrong, answer| {
                *wrong += usize::from(!answer.is_right);
                Some(*wrong)
            }))
            .collect();
        let lent = |sureness: f64| {
            let above = all.partition_point(|answer| answer.sureness >= sureness);
            (LEND * wrong_above[above] as f64 / above.max(1) as f64, LEND)
        };
        let floors: Vec<f64> = (0..labels)
            .map(|label| {
                let own: Vec<Judged> = all.iter().filter(|answer| answer.top == label).copied().collect();
                // Of what was never the answer nothing is known: what holds for all holds for it.
                if own.is_empty() {
                    0.0
                } else {
                    lowest(&own, lent, errors_max)
                }
            })
            .collect();
        all.retain(|answer| answer.sureness >= floors[answer.top]);
        let shared = lowest(&all, |_| (0.0, 0.0), errors_max * CAUTION);
        let labels = floors.into_iter().map(|floor| floor.max(shared)).collect();
        Self { shared, labels }
    }
}

/// The lowest sureness of sorted answers at which the share of errors is low enough; above 1 where there is none.
fn lowest(sorted: &[Judged], lent: impl Fn(f64) -> (f64, f64), errors_max: f64) -> f64 {
    let mut wrong = 0_usize;
    let mut found = 1.01;
    for (at, answer) in sorted.iter().enumerate() {
        wrong += usize::from(!answer.is_right);
        let (lent_wrong, lent_count) = lent(answer.sureness);
        let share = (wrong as f64 + lent_wrong) / ((at + 1) as f64 + lent_count);
        if share <= errors_max {
            found = answer.sureness;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of one label, the surest first, wrong where it says so.
    fn answers(top: usize, count: usize, wrong: &[usize]) -> Vec<Judged> {
        (0..count)
            .map(|at| Judged {
                top,
                sureness: 1.0 - at as f64 / count as f64,
                is_right: !wrong.contains(&at),
            })
            .collect()
    }

    #[test]
    fn the_threshold_is_the_lowest_that_keeps_the_precision() {
        let mut wrong: Vec<usize> = (800..1_000).step_by(4).collect();
        wrong.push(100);
        let judged = answers(0, 1_000, &wrong);
        let thresholds = Thresholds::choose(&judged, 1, 0.98);
        let routed = judged
            .iter()
            .filter(|answer| answer.sureness >= thresholds.labels[0]);
        let (count, right) = routed.fold((0, 0), |(count, right), one| {
            (count + 1, right + usize::from(one.is_right))
        });
        assert!((800..900).contains(&count), "{count}");
        assert!(right as f64 / count as f64 >= 0.98);
    }

    #[test]
    fn a_label_that_is_often_wrong_needs_more() {
        let mut judged = answers(0, 2_000, &(1_900..2_000).collect::<Vec<_>>());
        judged.extend(answers(1, 400, &(5..400).step_by(12).collect::<Vec<_>>()));
        judged.extend(answers(3, 40, &(0..40).step_by(2).collect::<Vec<_>>()));
        let thresholds = Thresholds::choose(&judged, 4, 0.98);
        assert!(thresholds.labels[1] > thresholds.labels[0]);
        assert!(thresholds.labels[3] > 1.0, "half of it wrong, and never routed");
        assert!(
            (thresholds.labels[2] - thresholds.shared).abs() < 1e-9,
            "nothing is known of it"
        );
    }

    #[test]
    fn where_nothing_is_good_enough_nothing_is_routed() {
        let judged = answers(0, 100, &(0..100).step_by(2).collect::<Vec<_>>());
        let thresholds = Thresholds::choose(&judged, 1, 0.98);
        assert!(thresholds.shared > 1.0 && thresholds.labels[0] > 1.0);
    }
}
