//! Which command met which phase, and how often.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use serde::Serialize;

use crate::ticket::PhaseName;

/// How often a command was taken and refused in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Met {
    /// Taken.
    pub taken: u64,
    /// Refused.
    pub refused: u64,
}

/// Commands by phase. Displays as a table of what was taken; `·` where it was only refused.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Coverage {
    met: BTreeMap<String, BTreeMap<PhaseName, Met>>,
}

impl Coverage {
    pub(super) fn note(&mut self, command: String, phase: PhaseName, is_taken: bool) {
        let met = self.met.entry(command).or_default().entry(phase).or_default();
        if is_taken {
            met.taken += 1;
        } else {
            met.refused += 1;
        }
    }

    /// What a command met in each phase.
    pub fn of(&self, command: &str) -> impl Iterator<Item = (PhaseName, Met)> {
        let met = self.met.get(command).into_iter().flatten();
        met.map(|(phase, met)| (*phase, *met))
    }

    /// Every command that was tried.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.met.keys().map(String::as_str)
    }

    /// Commands that were tried and never taken.
    pub fn never_taken(&self) -> impl Iterator<Item = &str> {
        let never = |command: &&str| self.of(command).all(|(_, met)| met.taken == 0);
        self.commands().filter(never)
    }
}

impl AddAssign<&Coverage> for Coverage {
    fn add_assign(&mut self, other: &Coverage) {
        for (command, phases) in &other.met {
            let mine = self.met.entry(command.clone()).or_default();
            for (phase, met) in phases {
                let sum = mine.entry(*phase).or_default();
                sum.taken += met.taken;
                sum.refused += met.refused;
            }
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |phase: &PhaseName| phase.as_str().len().max(8);
        write!(f, "{:<18}", "")?;
        for phase in PhaseName::ALL {
            write!(f, " {:>width$}", phase.as_str(), width = width(phase))?;
        }
        for (command, phases) in &self.met {
            write!(f, "\n{command:<18}")?;
            for phase in PhaseName::ALL {
                let met = phases.get(phase).copied().unwrap_or_default();
                let text = match met {
                    Met { taken: 0, refused: 0 } => String::new(),
                    Met { taken: 0, .. } => "·".to_owned(),
                    Met { taken, .. } => taken.to_string(),
                };
                write!(f, " {text:>width$}", width = width(phase))?;
            }
        }
        Ok(())
    }
}
