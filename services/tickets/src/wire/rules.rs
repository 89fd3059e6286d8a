//! Rules as they are published and listed.

use domain::rules::Bundle;
use jiff::civil::Date;
use kit::fault::Fault;
use proto::tickets::v1 as pb;

use crate::limits::BUNDLE_BYTES_MAX;
use crate::publish::{Listed, Standing};

/// The bundle of a request and the day it takes force.
pub(crate) fn bundle(request: &pb::PublishRulesRequest) -> Result<(Bundle, Option<Date>), Fault> {
    if request.json.len() > BUNDLE_BYTES_MAX {
        return Err(Fault::invalid(
            "json",
            format!("规则过大：最多 {BUNDLE_BYTES_MAX} 字节"),
            format!("the bundle is too large: at most {BUNDLE_BYTES_MAX} bytes"),
        ));
    }
    let bundle = serde_json::from_str(&request.json).map_err(|error| {
        Fault::invalid(
            "json",
            format!("规则无法读取：{error}"),
            format!("the bundle cannot be read: {error}"),
        )
    })?;
    if request.from_date.is_empty() {
        return Ok((bundle, None));
    }
    let from = request.from_date.parse().map_err(|_| {
        Fault::invalid(
            "from_date",
            "生效日期应写作 2027-01-01",
            "a date is written 2027-01-01",
        )
    })?;
    Ok((bundle, Some(from)))
}

/// A version as it is listed.
pub(crate) fn rules_listed(listed: &Listed) -> pb::RulesVersion {
    let (rules, state) = (&listed.rules.rules, listed.state);
    let publication = rules.bundle().publication.as_ref();
    pb::RulesVersion {
        version: match state {
            Standing::Checked => String::new(),
            Standing::Waits | Standing::InForce | Standing::Past => rules.version().0.clone(),
        },
        from_date: publication.map(|one| one.from.to_string()).unwrap_or_default(),
        follows: publication.map(|one| one.follows.0.clone()).unwrap_or_default(),
        in_force: state == Standing::InForce,
        waits: state == Standing::Waits,
        profile: rules.profile().name.clone(),
        calendar_years: rules
            .calendar()
            .years
            .iter()
            .map(|year| i32::from(*year))
            .collect(),
    }
}
