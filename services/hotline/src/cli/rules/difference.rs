//! What differs between two bundles, key by key.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde_json::Value;

/// A value that is not the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Where: `profile.c.handle.complaint`, `units[water].parent`, `calendar.off`.
    pub(super) key: String,
    /// None: it was not there.
    pub(super) before: Option<Value>,
    /// None: it is there no more.
    pub(super) after: Option<Value>,
}

/// Every difference, in the order of keys. When each was published is none.
pub(super) fn between(before: &str, after: &str) -> anyhow::Result<Vec<Difference>> {
    let read = |json: &str| -> anyhow::Result<BTreeMap<String, Value>> {
        let value: Value = serde_json::from_str(json).context("rules that are not JSON")?;
        let mut leaves = BTreeMap::new();
        flatten("", &value, &mut leaves);
        Ok(leaves)
    };
    let (before, after) = (read(before)?, read(after)?);
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |key: &&&String| before.get(**key) != after.get(**key) && !key.starts_with("publication");
    let differences = keys.iter().filter(differs).map(|key| Difference {
        key: (*key).clone(),
        before: before.get(*key).cloned(),
        after: after.get(*key).cloned(),
    });
    Ok(differences.collect())
}

/// Things with a code by their code, lists of plain values by what is in them.
fn flatten(above: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let key = match above {
                    "" => name.clone(),
                    _ => format!("{above}.{name}"),
                };
                flatten(&key, field, leaves);
            }
        }
        // Lists of lists are the grounds of areas: thousands of numbers, one value.
        Value::Array(items) if items.first().is_some_and(Value::is_array) => {
            leaves.insert(above.to_owned(), value.clone());
        }
        Value::Array(items) => {
            for item in items {
                match (item.get("id"), item) {
                    (Some(Value::String(id)), _) => flatten(&format!("{above}[{id}]"), item, leaves),
                    (_, Value::String(text)) => {
                        leaves.insert(format!("{above}[{text}]"), Value::String(text.clone()));
                    }
                    _ => {
                        leaves.insert(format!("{above}[{item}]"), item.clone());
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            leaves.insert(above.to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_ground_drawn_anew_is_one_difference() {
        let before = r#"{"boundaries":[{"id":"d1","polygons":[[[[0,0],[1,0],[1,1],[0,0]]]]}]}"#;
        let after = r#"{"boundaries":[{"id":"d1","polygons":[[[[0,0],[2,0],[2,2],[0,0]]]]}]}"#;
        let found = between(before, after).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].key, "boundaries[d1].polygons");
    }

    #[test]
    fn differences_name_their_key_and_both_values() {
        let before = r#"{"profile":{"c":{"sign":"1 wd"}},"calendar":{"off":["2026-10-01"]},
            "units":[{"id":"water","parent":"city"},{"id":"roads"}],"publication":{"from":"2026-01-01"}}"#;
        let after = r#"{"profile":{"c":{"sign":"2 wd"}},"calendar":{"off":["2026-10-01","2026-10-02"]},
            "units":[{"id":"roads"},{"id":"water","parent":"state"}]}"#;
        let lines: Vec<String> = between(before, after)
            .unwrap()
            .into_iter()
            .map(|one| format!("{}: {:?} → {:?}", one.key, one.before, one.after))
            .collect();
        expect![[r#"
            calendar.off[2026-10-02]: None → Some(String("2026-10-02"))
            profile.c.sign: Some(String("1 wd")) → Some(String("2 wd"))
            units[water].parent: Some(String("city")) → Some(String("state"))"#]]
        .assert_eq(&lines.join("\n"));
    }
}
