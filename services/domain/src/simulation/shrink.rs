//! The shortest script that still breaks the same law: tickets that have nothing to do with it go first, then ever
//! smaller pieces of what is left (delta debugging).

use std::collections::BTreeSet;

use super::Broken;

/// Scripts that are tried at most.
const TRIES_MAX: usize = 3_000;

/// Lines that may be left out one by one until none may.
pub(super) fn shortest(script: &[String], breaks: &dyn Fn(&[&str]) -> Option<Broken>) -> Vec<String> {
    let lines: Vec<&str> = script.iter().map(String::as_str).collect();
    let mut search = Search { breaks, tries: 0 };
    let lines = search.without_tickets(lines);
    let lines = search.without_pieces(lines);
    lines.into_iter().map(str::to_owned).collect()
}

struct Search<'b> {
    breaks: &'b dyn Fn(&[&str]) -> Option<Broken>,
    tries: usize,
}

impl Search<'_> {
    fn still_breaks(&mut self, script: &[&str]) -> bool {
        self.tries += 1;
        self.tries <= TRIES_MAX && (self.breaks)(script).is_some()
    }

    /// Half of the tickets, then a quarter, down to one at a time.
    fn without_tickets<'s>(&mut self, mut lines: Vec<&'s str>) -> Vec<&'s str> {
        let mut tickets: Vec<&str> = lines
            .iter()
            .flat_map(|line| names(line))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut piece = tickets.len() / 2;
        while piece > 0 {
            let mut from = 0;
            while from < tickets.len() {
                let until = (from + piece).min(tickets.len());
                let out: BTreeSet<&str> = tickets[from..until].iter().copied().collect();
                let is_left = |line: &&&str| names(line).all(|name| !out.contains(name));
                let fewer: Vec<&str> = lines.iter().filter(is_left).copied().collect();
                if self.still_breaks(&fewer) {
                    lines = fewer;
                    tickets.drain(from..until);
                } else {
                    from = until;
                }
            }
            piece /= 2;
        }
        lines
    }

    /// The same with lines, until no single one may be left out.
    fn without_pieces<'s>(&mut self, mut lines: Vec<&'s str>) -> Vec<&'s str> {
        let mut piece = (lines.len() / 2).max(1);
        loop {
            let before = lines.len();
            let mut from = 0;
            while from < lines.len() {
                let until = (from + piece).min(lines.len());
                let fewer: Vec<&str> = lines[..from].iter().chain(&lines[until..]).copied().collect();
                if self.still_breaks(&fewer) {
                    lines = fewer;
                } else {
                    from = until;
                }
            }
            if piece > 1 {
                piece /= 2;
            } else if lines.len() == before {
                return lines;
            }
        }
    }
}

/// The tickets a line is about.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let is_name = |word: &&str| {
        let digits = word.strip_prefix('t').unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    line.split([' ', '>']).filter(is_name)
}
