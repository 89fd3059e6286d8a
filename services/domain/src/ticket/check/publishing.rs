//! Other rules in the middle of a script: `publish`, with what `changes` knows, and `rederive`, by which the system takes
//! other days into account.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use super::Scene;
use super::changes::changed;
use crate::rules::{Rules, Under};
use crate::ticket::{Command, Rederive, Ticket};

/// What holds under two versions, made once.
static HELD: LazyLock<Mutex<BTreeMap<Under, &'static Rules>>> = LazyLock::new(Mutex::default);

impl Scene {
    pub(super) fn publish(&mut self, change: &[String]) {
        let bundle = changed(self.rules.bundle(), change);
        self.published.push(self.rules);
        self.rules = Box::leak(Box::new(Rules::new(bundle).unwrap()));
    }

    /// The rules under which a command is decided.
    pub(crate) fn rules_for(&self, ticket: &Ticket, command: &Command) -> &'static Rules {
        let under = Under::new(self.rules.version(), ticket.kept_rules(command));
        self.held(&under).expect("rules of this scene")
    }

    /// What holds, or held.
    pub(crate) fn held(&self, under: &Under) -> Option<&'static Rules> {
        let mut versions = self.published.iter().copied().chain([self.rules]);
        let mut version = |wanted: &_| versions.find(|rules| rules.version() == wanted);
        let Some(kept) = &under.kept else {
            return version(&under.current);
        };
        if let Some(held) = HELD.lock().unwrap().get(under) {
            return Some(held);
        }
        let kept = version(kept)?;
        let mut versions = self.published.iter().copied().chain([self.rules]);
        let current = versions.find(|rules| *rules.version() == under.current)?;
        let held: &'static Rules = Box::leak(Box::new(current.keeping(kept)));
        HELD.lock().unwrap().insert(under.clone(), held);
        Some(held)
    }

    /// What holds for a ticket as it stands.
    pub(crate) fn holding(&self, ticket: &Ticket) -> &'static Rules {
        let under = Under::new(self.rules.version(), ticket.rules.as_ref());
        self.held(&under).expect("rules of this scene")
    }

    /// What the system asks of a ticket when other days are known.
    pub(crate) fn rederive(&self) -> Command {
        let ticket = self.ticket.as_ref().expect("a script registers first");
        let version = |wanted: &_| self.held(&Under::new(wanted, None));
        Command::Rederive(Rederive::of(ticket, &self.history, version).expect("rules of this scene"))
    }
}
