//! Where a limit stands: the field of the profile, or the statute's clause.

use super::super::{Kind, Run};
use crate::rules::Rules;
use crate::ticket::{Asked, CloseKind, LegRole, Phase, Ticket};
use crate::time::Limit;

/// Where a limit stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clause {
    /// A field of the profile.
    Field(String),
    /// A law and its clause.
    Statute(String),
    /// A date somebody has set.
    Given,
    /// That of a ticket that was merged into it, under the rules of its own day.
    Merged,
    /// None of the limits of these rules.
    Unknown,
}

impl Clause {
    /// The field's path or the law's clause; empty where there is neither.
    pub fn text(&self) -> &str {
        match self {
            Self::Field(text) | Self::Statute(text) => text,
            Self::Given | Self::Merged | Self::Unknown => "",
        }
    }
}

/// The clause of a run's limit: of those its kind may have, the first that says what was recorded.
pub(super) fn find(rules: &Rules, ticket: &Ticket, run: &Run) -> Clause {
    if run.kind == Kind::Promise {
        return Clause::Given;
    }
    let says = |(_, limit): &(Clause, Limit)| *limit == run.limit;
    let found = candidates(rules, ticket, run).into_iter().find(says);
    let shared = || Clause::Field(format!("co_percent × {}", handle_path(ticket)));
    match found {
        Some((clause, _)) => clause,
        None if role(ticket, run) == Some(LegRole::Co) => shared(),
        None => Clause::Unknown,
    }
}

fn role(ticket: &Ticket, run: &Run) -> Option<LegRole> {
    let legs = ticket.phase.legs()?;
    Some(legs.root_of(legs.get(run.leg?)?).role)
}

fn handle_path(ticket: &Ticket) -> String {
    let matter = &ticket.classification;
    format!("{}.handle.{}", matter.grade.as_str(), matter.kind.as_str())
}

fn candidates(rules: &Rules, ticket: &Ticket, run: &Run) -> Vec<(Clause, Limit)> {
    let profile = rules.profile();
    let grade = ticket.classification.grade;
    let (limits, procedures) = (profile.grade(grade), &profile.procedures);
    let field = |path: &str, limit: Limit| vec![(Clause::Field(path.to_owned()), limit)];
    let graded = |name: &str, limit: Limit| field(&format!("{}.{name}", grade.as_str()), limit);
    match run.kind {
        Kind::Citizen => {
            let usual = limits.handle.of(ticket.classification.kind);
            let cap = graded("cap", limits.cap.over(usual));
            [cap, statutory(rules, ticket), field(&handle_path(ticket), usual)].concat()
        }
        Kind::Handle => {
            let usual = field(&handle_path(ticket), limits.handle.of(ticket.classification.kind));
            let rework = match ticket.round {
                0 => Vec::new(),
                _ => graded("rework", limits.rework),
            };
            [rework, statutory(rules, ticket), usual].concat()
        }
        Kind::Stage => {
            let own = limits.stage.map_or_else(Vec::new, |stage| {
                [
                    graded("stage.first", stage.first),
                    graded("stage.every", stage.every),
                ]
                .concat()
            });
            [own, notices(rules, ticket)].concat()
        }
        Kind::Triage => graded("triage", limits.triage),
        Kind::Sign => graded("sign", limits.sign),
        Kind::FirstContact => graded("contact", limits.contact),
        Kind::Audit => graded("audit", limits.audit),
        Kind::Callback => {
            let tries = field("callback_tries_within", profile.callback_tries_within);
            [graded("callback", limits.callback), tries].concat()
        }
        Kind::Rating => field("callback_link", profile.callback_link),
        Kind::Waiting => field("procedures.citizen_wait", procedures.citizen_wait),
        Kind::Order => field("procedures.order", procedures.order),
        Kind::CallBack => field("transfer_confirm", profile.transfer_confirm),
        Kind::Proposal => field("triggers.proposal", profile.triggers.proposal),
        Kind::Decision => deciding(rules, ticket, run),
        Kind::Promise => Vec::new(),
    }
}

/// What a law sets for the matter.
fn statutory(rules: &Rules, ticket: &Ticket) -> Vec<(Clause, Limit)> {
    let matter = &ticket.classification;
    let category = matter.category.as_ref();
    let statute = category.and_then(|category| rules.categories.statute(category, matter.kind));
    let said = statute.map(|statute| (Clause::Statute(statute.clause.clone()), statute.handle));
    said.into_iter().collect()
}

/// When a law wants the resident told how far it is.
fn notices(rules: &Rules, ticket: &Ticket) -> Vec<(Clause, Limit)> {
    let matter = &ticket.classification;
    let category = matter.category.as_ref();
    let statute = category.and_then(|category| rules.categories.statute(category, matter.kind));
    let each = statute
        .into_iter()
        .flat_map(|statute| statute.stages.iter().map(move |limit| (statute, limit)));
    each.map(|(statute, limit)| (Clause::Statute(statute.clause.clone()), *limit))
        .collect()
}

fn deciding(rules: &Rules, ticket: &Ticket, run: &Run) -> Vec<(Clause, Limit)> {
    let (grade, procedures) = (ticket.classification.grade, &rules.profile().procedures);
    let asking = procedures.of(grade);
    let asked = run
        .leg
        .and_then(|leg| ticket.pending(leg))
        .map(|decision| &decision.asked);
    let (name, limit) = match (asked, &ticket.phase) {
        (Some(Asked::Return { ruling: false, .. }), _) => {
            ("returns.review", asking.returns.map(|one| one.review))
        }
        (Some(Asked::Return { ruling: true, .. }), _) => {
            ("returns.ruling", asking.returns.map(|one| one.ruling))
        }
        (Some(Asked::Extension { .. }), _) => ("extension.decide", asking.extension.map(|one| one.decide)),
        (Some(Asked::Suspension { .. }), _) => ("suspension", asking.suspension),
        (Some(Asked::Termination { .. }), _) => ("termination", asking.termination),
        (None, Phase::Consulting { .. }) => ("consult", Some(procedures.consult)),
        (
            None,
            Phase::Closed {
                how: CloseKind::Declined(_),
                ..
            },
        ) => ("objection", Some(procedures.objection)),
        (None, Phase::Closed { .. }) => ("exclusion", Some(procedures.exclusion)),
        (None, Phase::CallbackDue { .. }) => ("review", Some(procedures.review)),
        (None, _) => ("", None),
    };
    let path = match run.leg {
        Some(_) => format!("procedures.{}.{name}", grade.as_str()),
        None => format!("procedures.{name}"),
    };
    limit
        .map(|limit| (Clause::Field(path), limit))
        .into_iter()
        .collect()
}
