//! The numbers missed calls go by: those of the rules in force. No call is lost because tickets, which has the rules,
//! is away: then the last known ones are taken, and before any were known the built-in ones.

use std::sync::{Arc, Mutex, PoisonError};

use domain::missed_call::Clock;
use domain::rules::{MissedCalls, Rules};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use kit::rules::RulesCache;

use crate::limits::RULES_WITHIN;

/// The city's offset until its rules are known: China has one.
const OFFSET: Offset = Offset::constant(8);

/// Where the numbers come from.
pub(crate) struct Numbers {
    rules: RulesCache,
    last: Mutex<Option<Arc<Rules>>>,
}

/// Numbers and the rules they stand in, if any are known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken(Option<Arc<Rules>>);

impl Numbers {
    pub(crate) fn new(rules: RulesCache) -> Self {
        Self {
            rules,
            last: Mutex::default(),
        }
    }

    /// The numbers in force, asked for no longer than a moment.
    pub(crate) async fn taken(&self) -> Taken {
        let asked = tokio::time::timeout(RULES_WITHIN, self.rules.current()).await;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match asked {
            Ok(Ok(rules)) => *last = Some(rules),
            Ok(Err(fault)) => {
                tracing::warn!(
                    reason = fault.reason(),
                    "the rules cannot be asked: missed calls go by the last ones"
                );
            }
            Err(_) => tracing::warn!("the rules do not answer: missed calls go by the last ones"),
        }
        Taken(last.clone())
    }
}

impl Taken {
    /// The clock of a call missed at an instant.
    pub(crate) fn clock(&self, danger: bool, started_at: Timestamp) -> Clock {
        let Some(rules) = &self.0 else {
            return Clock::begin(&MissedCalls::default(), danger, started_at, None);
        };
        let version = Some(rules.version().clone());
        Clock::begin(&rules.profile().missed_call, danger, started_at, version)
    }

    /// The city's date at an instant.
    pub(crate) fn day(&self, at: Timestamp) -> Date {
        match &self.0 {
            Some(rules) => rules.calendar().local(at).date(),
            None => OFFSET.to_datetime(at).date(),
        }
    }
}
