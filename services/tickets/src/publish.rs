//! Publishing rules: refused whole where anything contradicts, kept under their content hash, in force at once or from a
//! day on. One bundle at a time waits for its day; another one takes its place.
//!
//! Rules that take force at once while others wait follow those that wait, until these are kept again after them: so a
//! process that ends between the two writes loses neither.

use domain::access::Actor;
use domain::id::RulesVersion;
use domain::rules::{Bundle, Publication};
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
            let rules = following(bundle, from, &current, &self.files)?;
            return Ok(Listed {
                rules,
                state: Standing::Checked,
            });
        }
        if from > today {
            let next = following(bundle, from, &current, &self.files)?;
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
        let before = self.in_force.at(now);
        let waiting = self.in_force.next();
        let current = at_once(bundle, &before, waiting.as_ref(), &self.files, now)?;
        keep(&*self.ledger, &current, now, call.actor.clone()).await?;
        let next = match next {
            Some(bundle) => {
                let next = waiting_after(bundle, &current, &self.files)?;
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
            let before = before(&*self.ledger, &rules).await?;
            listed.push(Listed { rules, state });
            let Some((before, _)) = before else { break };
            (rules, state) = (before, Standing::Past);
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

/// Rules from a day on, after others.
fn following(
    mut bundle: Bundle,
    from: Date,
    after: &Bundled,
    files: &RulesVersion,
) -> Result<Bundled, Fault> {
    bundle.publication = Some(Publication {
        from,
        follows: after.rules.version().clone(),
        files: Some(files.clone()),
    });
    Ok(Bundled::new(checked(bundle)?))
}

/// What the city's files said when they last took force: the first rules there are come from them.
fn files_of(rules: &Bundled) -> Option<RulesVersion> {
    match &rules.rules.bundle().publication {
        Some(publication) => publication.files.clone(),
        None => Some(rules.rules.version().clone()),
    }
}

/// Rules that take force at once: after those that wait, where some do, for these are in the ledger nowhere else.
fn at_once(
    bundle: Bundle,
    before: &Bundled,
    waiting: Option<&Bundled>,
    files: &RulesVersion,
    now: Timestamp,
) -> Result<Bundled, Fault> {
    let from = before.rules.calendar().local(now).date();
    following(bundle, from, waiting.unwrap_or(before), files)
}

/// Rules that keep waiting for their day, after others that have taken force meanwhile.
fn waiting_after(bundle: Bundle, current: &Bundled, files: &RulesVersion) -> Result<Bundled, Fault> {
    let from = from_day(&bundle).ok_or_else(|| Fault::internal("rules that wait for no day"))?;
    following(bundle, from, current, files)
}

fn from_day(bundle: &Bundle) -> Option<Date> {
    bundle.publication.as_ref().map(|one| one.from)
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

/// The rules to begin with, and those that follow them.
pub(crate) async fn first_rules(deps: &Deps) -> Result<(Bundled, Option<Bundled>), Fault> {
    let (kept, next) = kept(deps).await?;
    let mut bundle = match (&kept, &deps.rules) {
        (Some(kept), FirstRules::IfNone(_)) => kept.rules.bundle().clone(),
        (Some(kept), FirstRules::Now(files)) => of_files(files, kept),
        (None, FirstRules::IfNone(bundle) | FirstRules::Now(bundle)) => (**bundle).clone(),
    };
    // A process that ended between a decision and its publication left this to do.
    if let Some(ruled) = rulings::missing(&*deps.ledger, &checked(bundle.clone())?).await? {
        bundle = ruled;
    }
    let first = match kept {
        Some(kept) if bundle.says_the_same(kept.rules.bundle()) => return Ok((kept, next)),
        Some(kept) => at_once(
            bundle,
            &kept,
            next.as_ref(),
            &deps.rules.version(),
            deps.clock.now(),
        )?,
        None => Bundled::new(checked(bundle)?),
    };
    keep_as_system(deps, &first).await?;
    let next = match next {
        Some(next) => Some(keep_waiting(deps, &next, &first).await?),
        None => None,
    };
    Ok((first, next))
}

/// What the city's files say, with what rulings have added to the rules kept; those themselves where the files still say
/// what they said when they last took force: what has been published since stays.
fn of_files(files: &Bundle, kept: &Bundled) -> Bundle {
    let taken = carried_over(files.clone(), kept.rules.bundle());
    let is_known = files_of(kept) == Some(files.version());
    if !is_known {
        return taken;
    }
    if !taken.says_the_same(kept.rules.bundle()) {
        tracing::warn!(version = %kept.rules.version().0,
            "other rules were published since the city's files took force, they stay; `hotline rules publish` takes the files");
    }
    kept.rules.bundle().clone()
}

async fn keep_as_system(deps: &Deps, rules: &Bundled) -> Result<(), Fault> {
    let actor = Call::of_role(crate::NAME).actor;
    keep(&*deps.ledger, rules, deps.clock.now(), actor).await
}

/// Keeps what waits for its day after what is in force now.
async fn keep_waiting(deps: &Deps, waiting: &Bundled, current: &Bundled) -> Result<Bundled, Fault> {
    let bundle = carried_over(waiting.rules.bundle().clone(), current.rules.bundle());
    let waiting = waiting_after(bundle, current, &deps.rules.version())?;
    keep_as_system(deps, &waiting).await?;
    Ok(waiting)
}

/// What a ledger holds: the rules in force, and those that wait for their day. Where a process ended before it had kept
/// the latter again, they are kept now.
async fn kept(deps: &Deps) -> Result<(Option<Bundled>, Option<Bundled>), Fault> {
    let Some(last) = read(&*deps.ledger, None).await? else {
        return Ok((None, None));
    };
    let waits = |rules: &Bundled| rules.from().is_some_and(|from| from > deps.clock.now());
    let earlier = match before(&*deps.ledger, &last).await {
        // What was in force before and reads no longer keeps nobody from starting.
        Err(fault) if !fault.is_passing() && !waits(&last) => {
            tracing::warn!(reason = fault.reason(), %fault, "the rules before those in force cannot be read");
            None
        }
        earlier => earlier?,
    };
    match earlier {
        Some((before, _)) if waits(&last) => Ok((Some(before), Some(last))),
        Some((_, Some(waiting))) => {
            let waiting = keep_waiting(deps, &waiting, &last).await?;
            Ok(if waits(&waiting) {
                (Some(last), Some(waiting))
            } else {
                (Some(waiting), None)
            })
        }
        Some((_, None)) | None => Ok((Some(last), None)),
    }
}

/// What was in force before some rules, and what waited when they took force.
async fn before(ledger: &dyn Ledger, rules: &Bundled) -> Result<Option<(Bundled, Option<Bundled>)>, Fault> {
    let Some(before) = follows(rules) else {
        return Ok(None);
    };
    let before = read_kept(ledger, before).await?;
    if from_day(before.rules.bundle()) <= from_day(rules.rules.bundle()) {
        return Ok(Some((before, None)));
    }
    let Some(in_force) = follows(&before) else {
        return Ok(None);
    };
    Ok(Some((read_kept(ledger, in_force).await?, Some(before))))
}

async fn read_kept(ledger: &dyn Ledger, version: &RulesVersion) -> Result<Bundled, Fault> {
    read(ledger, Some(version)).await?.ok_or_else(Fault::not_found)
}

async fn read(ledger: &dyn Ledger, version: Option<&RulesVersion>) -> Result<Option<Bundled>, Fault> {
    match ledger.rules(version).await.map_err(failed)? {
        Some((version, json)) => Ok(Some(Bundled::new(read_rules(&version, &json)?))),
        None => Ok(None),
    }
}
