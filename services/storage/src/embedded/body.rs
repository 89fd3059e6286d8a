//! What the journal's records hold, as JSON. Frozen with the envelope: fields are only ever added, with defaults.
//! The time is the envelope's.

use domain::access::Actor;
use domain::id::RulesVersion;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::Record;
use crate::port::{Commit, Failure, Request, Write};

pub(crate) const COMMIT: &str = "commit";
pub(crate) const RULES: &str = "rules";

#[derive(Serialize)]
struct CommitRef<'a> {
    actor: &'a Actor,
    rules: &'a RulesVersion,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a Request>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
    writes: &'a [Write],
}

#[derive(Deserialize)]
struct CommitOwned {
    actor: Actor,
    rules: RulesVersion,
    #[serde(default)]
    request: Option<Request>,
    #[serde(default)]
    trace: Option<String>,
    writes: Vec<Write>,
}

/// A rules bundle as published.
#[derive(Serialize, Deserialize)]
pub(crate) struct Rules {
    pub(crate) version: RulesVersion,
    pub(crate) actor: Actor,
    pub(crate) json: String,
}

pub(crate) fn encode(commit: &Commit) -> Result<Vec<u8>, Failure> {
    let Commit {
        actor,
        rules,
        request,
        trace,
        writes,
        ..
    } = commit;
    let body = CommitRef {
        actor,
        rules,
        request: request.as_ref(),
        trace: trace.as_deref(),
        writes,
    };
    serde_json::to_vec(&body).map_err(|error| Failure::Damaged(format!("not JSON: {error}")))
}

pub(crate) fn encode_rules(rules: &Rules) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(rules).map_err(|error| Failure::Damaged(format!("not JSON: {error}")))
}

/// The commit of a record, with the time it was recorded with.
pub(crate) fn decode(body: &[u8], at: Timestamp) -> Result<Commit, serde_json::Error> {
    let CommitOwned {
        actor,
        rules,
        request,
        trace,
        writes,
    } = serde_json::from_slice(body)?;
    Ok(Commit {
        at,
        actor,
        rules,
        request,
        trace,
        writes,
    })
}

/// The commit of a record that the journal was asked for.
pub(crate) fn commit_of(record: &Record) -> Result<Commit, Failure> {
    decode(&record.body, record.at)
        .map_err(|error| Failure::Damaged(format!("record {} of the journal: {error}", record.sequence)))
}
