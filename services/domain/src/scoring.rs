//! Figures: rates with their 95 % Wilson interval (domain.md, section 6).

/// A share with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rate {
    /// How many fit.
    pub part: u64,
    /// Of how many; 0: no rate.
    pub whole: u64,
}

impl Rate {
    /// Counts one more.
    pub fn count(&mut self, fits: bool) {
        self.whole += 1;
        self.part += u64::from(fits);
    }

    /// Percent; 0 when there is nothing to divide by.
    pub fn percent(self) -> f64 {
        if self.whole == 0 {
            0.0
        } else {
            100.0 * real(self.part) / real(self.whole)
        }
    }

    /// The 95 % Wilson score interval in percent (E. B. Wilson, 1927), `(low, high)`; `(0, 100)` without a whole.
    pub fn wilson_percent(self) -> (f64, f64) {
        const Z: f64 = 1.959_963_984_540_054;
        if self.whole == 0 {
            return (0.0, 100.0);
        }
        let (n, p) = (real(self.whole), real(self.part) / real(self.whole));
        let centre = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 100.0 / (1.0 + Z * Z / n);
        (
            (scale * (centre - spread)).max(0.0),
            (scale * (centre + spread)).min(100.0),
        )
    }
}

/// Exact below 2^53, far above any count of tickets.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(part: u64, whole: u64, percent: &str, interval: &str) {
        let rate = Rate { part, whole };
        let (low, high) = rate.wilson_percent();
        assert_eq!(format!("{:.2}", rate.percent()), percent);
        assert_eq!(format!("{low:.1}-{high:.1}"), interval);
    }

    #[test]
    fn rates_of_the_worked_example() {
        check(63, 84, "75.00", "64.8-83.0");
        check(107, 112, "95.54", "90.0-98.1");
        check(70, 84, "83.33", "73.9-89.8");
    }

    #[test]
    fn no_whole_is_no_certainty() {
        check(0, 0, "0.00", "0.0-100.0");
        check(3, 3, "100.00", "43.9-100.0");
    }
}
