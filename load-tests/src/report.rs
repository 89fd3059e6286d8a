//! Numbers as people read them: a table, and targets beside what was reached.

use std::fmt;
use std::io::{self, Write as _};

use serde::Serialize;

/// Lines of a label and its numbers, the numbers right-aligned.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// Adds a line; one without numbers is a heading.
    pub(crate) fn row(&mut self, label: impl Into<String>, cells: impl IntoIterator<Item = String>) {
        self.rows.push((label.into(), cells.into_iter().collect()));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chars = |text: &str| text.chars().count();
        let label_width = self.rows.iter().map(|(label, _)| chars(label)).max().unwrap_or(0);
        let cells = self.rows.iter().flat_map(|(_, cells)| cells);
        let cell_width = cells.map(|cell| chars(cell)).max().unwrap_or(0);
        for (label, cells) in &self.rows {
            let mut line = format!("{label:label_width$}");
            for cell in cells {
                line.push_str(&format!("  {cell:>cell_width$}"));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Something aimed at.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Target {
    /// What is measured.
    pub(crate) what: String,
    /// What came out.
    pub(crate) value: f64,
    /// What was aimed at.
    pub(crate) aim: f64,
    /// Whether less is better.
    pub(crate) at_most: bool,
    /// Whether it was reached.
    pub(crate) reached: bool,
}

impl Target {
    /// `value` should be `aim` or more.
    pub(crate) fn at_least(what: &str, value: f64, aim: f64) -> Self {
        Self {
            what: what.to_owned(),
            value,
            aim,
            at_most: false,
            reached: value >= aim,
        }
    }

    /// `value` should be `aim` or less.
    pub(crate) fn at_most(what: &str, value: f64, aim: f64) -> Self {
        Self {
            what: what.to_owned(),
            value,
            aim,
            at_most: true,
            reached: value <= aim,
        }
    }

    /// The cells of its line.
    pub(crate) fn cells(&self, number: impl Fn(f64) -> String) -> [String; 3] {
        let sign = if self.at_most { "≤" } else { "≥" };
        let verdict = if self.reached { "reached" } else { "NOT REACHED" };
        [
            number(self.value),
            format!("{sign} {}", number(self.aim)),
            verdict.to_owned(),
        ]
    }
}

/// The middle of some numbers, or the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

/// A whole number with its thousands set apart.
pub(crate) fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits.as_str()), |digits| ("-", digits));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return "–".to_owned();
    }
    let mut text = sign.to_owned();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Two digits after the point; a dash for what is not known.
pub(crate) fn fine(value: f64) -> String {
    if value.is_finite() {
        format!("{value:.2}")
    } else {
        "–".to_owned()
    }
}

/// Bytes in megabytes.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Prints to the standard output.
pub(crate) fn print(text: &impl fmt::Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Says what is going on, where it does not mix with the outcome.
pub(crate) fn note(text: &str) {
    // Nobody may be listening; the measurement goes on.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(whole(1_234_567.4), "1,234,567");
        assert_eq!(whole(999.0), "999");
        assert_eq!(whole(-1_000.0), "-1,000");
        assert_eq!(whole(f64::NAN), "–");
        assert_eq!(fine(0.126), "0.13");
    }

    #[test]
    fn the_median_of_two_is_their_mean() {
        assert!((median(&[4.0, 2.0]) - 3.0).abs() < f64::EPSILON);
        assert!((median(&[9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_target_is_judged_in_its_own_direction() {
        assert!(Target::at_least("rate", 0.5, 0.5).reached);
        assert!(!Target::at_most("start", 2.1, 2.0).reached);
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::default();
        table.row("echo", ["1".to_owned(), "20".to_owned()]);
        table.row("a journal", ["300".to_owned()]);
        assert_eq!(table.to_string(), "echo         1   20\na journal  300\n");
    }
}
