//! Publishing rules: refused whole where anything contradicts, kept under their content hash, in force at once or from a
//! day on. One bundle at a time waits for its day; another one takes its place.

use domain::access::Actor;
use domain::id::RulesVersion;
use domain::rules::{Bundle, Publication, Rules};
use jiff::Timestamp;
use jiff::civil::Date;
use kit::call::Call;
use kit::fault::Fault;
use storage::port::Ledger;

use crate::in_force::Bundled;
use crate::limits::{PROBLEMS_MAX, VERSIONS_LISTED_MAX};
use crate::rulings::carried_over;
use crate::service::{Tickets, checked, failed, read_rules};
use crate::{Deps, FirstRules, rulings};

/// A version as it is listed.
pub(crate) struct Listed {
    pub(crate) rules: Bundled,
    /// Where it stands.
    pub(crate) state: Standing,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Only looked at.
    Checked,
    /// It waits for its day.
    Waits,
    /// In force.
    InForce,
    /// It was in force.
    Past,
}

impl Tickets {
    /// Publishes a city's rules; from a day on where one is named. Answers the version and whether it is in force.
    pub(crate) async fn publish(
        &self,
        call: &Call,
        bundle: Bundle,
        from: Option<Date>,
        only_validate: bool,
    ) -> Result<Listed, Fault> {
        let _one = self.publishing.lock().await;
        let now = self.clock.now();
        let (current, next) = (self.in_force.at(now), self.in_force.next());
        let today = current.rules.calendar().local(now).date();
        let from = from.unwrap_or(today);
        if from < today {
            return Err(Fault::invalid(
                "from_date",
                format!("生效日期 {from} 已过，今天是 {today}"),
                format!("{from} has passed: today is {today}"),
            ));
        }
        refuse_problems(&bundle)?;
        let bundle = carried_over(bundle, current.rules.bundle());
        if only_validate {
            let follows = current.rules.version().clone();
            let rules = following(bundle, Publication { from, follows })?;
            return Ok(Listed {
                rules,
                state: Standing::Checked,
            });
        }
        if from > today {
            let follows = current.rules.version().clone();
            let next = following(bundle, Publication { from, follows })?;
            keep(&*self.ledger, &next, now, call.actor.clone()).await?;
            self.in_force.put(current, Some(next.clone()));
            return Ok(Listed {
                rules: next,
                state: Standing::Waits,
            });
        }
        let current = if bundle.says_the_same(current.rules.bundle()) {
            current
        } else {
            self.replace(call, bundle, next.map(|next| next.rules.bundle().clone()), now)
                .await?
        };
        Ok(Listed {
            rules: current,
            state: Standing::InForce,
        })
    }

    /// Other rules at once, and what waits for its day after them.
    pub(crate) async fn replace(
        &self,
        call: &Call,
        bundle: Bundle,
        next: Option<Bundle>,
        now: Timestamp,
    ) -> Result<Bundled, Fault> {
        let before = self.in_force.at(now).rules;
        let from = before.calendar().local(now).date();
        let follows = before.version().clone();
        let current = following(bundle, Publication { from, follows })?;
        keep(&*self.ledger, &current, now, call.actor.clone()).await?;
        let next = match next {
            Some(bundle) => {
                let from = bundle.publication.as_ref().map_or(from, |one| one.from);
                let follows = current.rules.version().clone();
                let next = following(bundle, Publication { from, follows })?;
                keep(&*self.ledger, &next, now, call.actor.clone()).await?;
                Some(next)
            }
            None => None,
        };
        self.in_force.put(current.clone(), next);
        self.rederive.notify_one();
        Ok(current)
    }

    /// Versions, the latest first: what takes force next, what is in force, what was before.
    pub(crate) async fn versions(&self) -> Result<Vec<Listed>, Fault> {
        let current = self.in_force.at(self.clock.now());
        let mut listed: Vec<Listed> = Vec::new();
        listed.extend(self.in_force.next().map(|rules| Listed {
            rules,
            state: Standing::Waits,
        }));
        let (mut rules, mut state) = (current, Standing::InForce);
        while listed.len() < VERSIONS_LISTED_MAX {
            let before = follows(&rules).cloned();
            listed.push(Listed { rules, state });
            let Some(before) = before else { break };
            let (version, json) = self.rules_json(Some(before)).await?;
            (rules, state) = (Bundled::new(read_rules(&version, &json)?), Standing::Past);
        }
        Ok(listed)
    }
}

fn follows(bundled: &Bundled) -> Option<&RulesVersion> {
    let publication = bundled.rules.bundle().publication.as_ref()?;
    Some(&publication.follows)
}

/// A bundle is taken whole or not at all; what is in force stays in force.
fn refuse_problems(bundle: &Bundle) -> Result<(), Fault> {
    let problems = bundle.problems();
    let Some(first) = problems.first() else {
        return Ok(());
    };
    let told = |of: fn(&domain::rules::Problem) -> &str| {
        let lines = problems.iter().take(PROBLEMS_MAX);
        let lines: Vec<String> = lines.map(|one| format!("{}: {}", one.at, of(one))).collect();
        lines.join("\n")
    };
    Err(Fault::invalid(
        first.at.clone(),
        format!(
            "规则有 {} 处问题，全部不予发布：\n{}",
            problems.len(),
            told(|one| &one.zh)
        ),
        format!(
            "{} problems in the rules, nothing of them is published:\n{}",
            problems.len(),
            told(|one| &one.en)
        ),
    ))
}

fn following(mut bundle: Bundle, publication: Publication) -> Result<Bundled, Fault> {
    bundle.publication = Some(publication);
    Ok(Bundled::new(checked(bundle)?))
}

async fn keep(ledger: &dyn Ledger, rules: &Bundled, at: Timestamp, actor: Actor) -> Result<(), Fault> {
    let version = rules.rules.version();
    ledger
        .publish_rules(version.clone(), rules.json.to_string(), at, actor)
        .await
        .map_err(failed)?;
    tracing::info!(version = %version.0, "rules published");
    Ok(())
}

/// The rules to begin with, and those that follow them. What rulings have added to those kept is added to a new bundle of
/// the city's files, too.
pub(crate) async fn first_rules(deps: &Deps) -> Result<(Bundled, Option<Bundled>), Fault> {
    let actor = Call::of_role(crate::NAME).actor;
    let now = deps.clock.now();
    let (kept, mut next) = kept(&*deps.ledger, now).await?;
    let put = async |bundle: Bundle, before: Option<&Rules>| {
        let rules = match before {
            Some(before) => {
                let from = before.calendar().local(now).date();
                let follows = before.version().clone();
                following(bundle, Publication { from, follows })?
            }
            None => Bundled::new(checked(bundle)?),
        };
        keep(&*deps.ledger, &rules, now, actor.clone()).await?;
        Ok::<Bundled, Fault>(rules)
    };
    let was = kept.as_ref().map(|kept| kept.rules.version().clone());
    let mut first = match (kept, &deps.rules) {
        (Some(kept), FirstRules::IfNone(_)) => kept,
        (Some(kept), FirstRules::Now(bundle)) => {
            let bundle = carried_over((**bundle).clone(), kept.rules.bundle());
            if bundle.says_the_same(kept.rules.bundle()) {
                kept
            } else {
                put(bundle, Some(&kept.rules)).await?
            }
        }
        (None, FirstRules::IfNone(bundle) | FirstRules::Now(bundle)) => put((**bundle).clone(), None).await?,
    };
    // A process that ended between a decision and its publication left this to do.
    if let Some(bundle) = rulings::missing(&*deps.ledger, &first.rules).await? {
        first = put(bundle, Some(&first.rules)).await?;
    }
    // What waits for its day is kept last, after what it now follows.
    if let Some(waiting) = next.take_if(|_| was.as_ref() != Some(first.rules.version())) {
        let from = waiting.rules.bundle().publication.as_ref().map(|one| one.from);
        let follows = first.rules.version().clone();
        if let Some(from) = from {
            let waiting = following(waiting.rules.bundle().clone(), Publication { from, follows })?;
            keep(&*deps.ledger, &waiting, now, actor.clone()).await?;
            next = Some(waiting);
        }
    }
    Ok((first, next))
}

/// What a ledger holds: the rules in force, and those that wait for their day.
async fn kept(ledger: &dyn Ledger, now: Timestamp) -> Result<(Option<Bundled>, Option<Bundled>), Fault> {
    let read = async |version: Option<&RulesVersion>| match ledger.rules(version).await.map_err(failed)? {
        Some((version, json)) => Ok::<_, Fault>(Some(Bundled::new(read_rules(&version, &json)?))),
        None => Ok(None),
    };
    let Some(last) = read(None).await? else {
        return Ok((None, None));
    };
    match follows(&last) {
        Some(before) if last.from().is_some_and(|from| from > now) => {
            Ok((read(Some(before)).await?, Some(last)))
        }
        Some(_) | None => Ok((Some(last), None)),
    }
}
