//! The rules as other roles have them: fetched from tickets by version, checked, remembered.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::RulesVersion;
use domain::rules::{Bundle, Rules};
use jiff::{SignedDuration, Timestamp};
use proto::tickets::v1::GetRulesRequest;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use tokio::sync::Mutex as AsyncMutex;

use crate::clock::SharedClock;
use crate::fault::Fault;
use crate::link::Link;

/// Bundles remembered at most.
const VERSIONS_MAX: usize = 8;
/// How long the current version is believed to be the current one.
const CURRENT_FOR: SignedDuration = SignedDuration::from_secs(10);

/// Rules bundles by version. One per role; share it in an `Arc`.
pub struct RulesCache {
    tickets: Link,
    role: &'static str,
    clock: SharedClock,
    remembered: Mutex<Remembered>,
    fetching: AsyncMutex<()>,
}

#[derive(Default)]
struct Remembered {
    bundles: VecDeque<(String, Arc<Rules>)>,
    current: Option<(Arc<Rules>, Timestamp)>,
}

impl RulesCache {
    /// Fetches over `tickets` as `role`.
    pub fn new(tickets: Link, role: &'static str, clock: SharedClock) -> Self {
        Self {
            tickets,
            role,
            clock,
            remembered: Mutex::default(),
            fetching: AsyncMutex::new(()),
        }
    }

    /// The current rules, at most ten seconds old.
    pub async fn current(&self) -> Result<Arc<Rules>, Fault> {
        if let Some(rules) = self.recall_current() {
            return Ok(rules);
        }
        // One asks, the others wait for the answer.
        let _one = self.fetching.lock().await;
        if let Some(rules) = self.recall_current() {
            return Ok(rules);
        }
        let rules = self.fetch("").await?;
        let until = self
            .clock
            .now()
            .saturating_add(CURRENT_FOR)
            .unwrap_or(Timestamp::MAX);
        self.lock().current = Some((Arc::clone(&rules), until));
        Ok(rules)
    }

    /// The rules of a version: what a recorded fact was computed from.
    pub async fn version(&self, version: &RulesVersion) -> Result<Arc<Rules>, Fault> {
        if let Some(rules) = self.recall(&version.0) {
            return Ok(rules);
        }
        let _one = self.fetching.lock().await;
        if let Some(rules) = self.recall(&version.0) {
            return Ok(rules);
        }
        self.fetch(&version.0).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recall_current(&self) -> Option<Arc<Rules>> {
        let remembered = self.lock();
        let (rules, until) = remembered.current.as_ref()?;
        (self.clock.now() < *until).then(|| Arc::clone(rules))
    }

    fn recall(&self, version: &str) -> Option<Arc<Rules>> {
        let remembered = self.lock();
        remembered
            .bundles
            .iter()
            .find(|(name, _)| name == version)
            .map(|(_, rules)| Arc::clone(rules))
    }

    async fn fetch(&self, version: &str) -> Result<Arc<Rules>, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(self.role));
        let answer = tickets
            .get_rules(GetRulesRequest {
                version: version.to_owned(),
            })
            .await?
            .into_inner();
        if let Some(rules) = self.recall(&answer.version) {
            return Ok(rules);
        }
        let bundle: Bundle = serde_json::from_str(&answer.json).map_err(|error| {
            Fault::data_loss(format_args!("rules {} do not read: {error}", answer.version))
        })?;
        let rules = Rules::new(bundle).map_err(|problems| {
            Fault::data_loss(format_args!(
                "rules {}: {} problems",
                answer.version,
                problems.len()
            ))
        })?;
        let rules = Arc::new(rules);
        let mut remembered = self.lock();
        if remembered.bundles.len() >= VERSIONS_MAX {
            remembered.bundles.pop_front();
        }
        remembered.bundles.push_back((answer.version, Arc::clone(&rules)));
        Ok(rules)
    }
}
