//! The habits, guarded: arrows between crates, bans, dead configuration, honest documents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace's folder")
        .to_owned()
}

pub(crate) fn sources(under: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(under).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

const CRATES: [&str; 17] = [
    "proto",
    "services/domain",
    "services/text",
    "services/classifier",
    "services/places",
    "services/storage",
    "services/kit",
    "services/tickets",
    "services/intake",
    "services/triage",
    "services/supervision",
    "services/feedback",
    "services/insight",
    "services/vault",
    "services/hotline",
    "tests",
    "load-tests",
];

const ROLES: [&str; 7] = [
    "tickets",
    "intake",
    "triage",
    "supervision",
    "feedback",
    "insight",
    "vault",
];

fn ours(folder: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let names: Vec<&str> = CRATES
        .iter()
        .map(|folder| folder.rsplit('/').next().unwrap())
        .collect();
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let dependencies = tables
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .flat_map(|table| table.keys());
    dependencies
        .filter(|name| names.contains(&name.as_str()))
        .cloned()
        .collect()
}

/// Invariant A-2: domain → storage; proto, domain → kit; text → classifier; domain, text → places; those → roles → hotline → tests, load-tests.
#[test]
fn arrows_between_crates_point_one_way() {
    let mut allowed: BTreeMap<&str, Vec<&str>> = BTreeMap::from([
        ("proto", vec![]),
        ("domain", vec![]),
        ("text", vec![]),
        ("classifier", vec!["text"]),
        ("places", vec!["domain", "text"]),
        ("storage", vec!["domain"]),
        ("kit", vec!["proto", "domain"]),
    ]);
    for role in ROLES {
        allowed.insert(role, vec!["domain", "storage", "kit", "proto", "text"]);
    }
    allowed
        .entry("triage")
        .or_default()
        .extend(["classifier", "places"]);
    let everything = [
        "domain",
        "storage",
        "kit",
        "proto",
        "text",
        "classifier",
        "places",
    ]
    .into_iter()
    .chain(ROLES);
    allowed.insert("hotline", everything.clone().collect());
    for crate_name in ["tests", "load-tests"] {
        allowed.insert(crate_name, everything.clone().chain(["hotline"]).collect());
    }
    for folder in CRATES {
        let name = folder.rsplit('/').next().unwrap();
        for dependency in ours(folder) {
            assert!(
                allowed[name].contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

fn refuse(word: &str, may: impl Fn(&str) -> bool) {
    for folder in CRATES {
        for (path, text) in sources(&root().join(folder)) {
            let path = shown(&path);
            let code = |line: &&str| !line.trim_start().starts_with("//") && line.contains(word);
            if let Some(line) = text.lines().find(code) {
                assert!(may(&path), "{path} must not name {word}: {line}");
            }
        }
    }
}

/// Invariant A-3.
#[test]
fn only_storage_names_sled() {
    refuse(&["sled", "::"].concat(), |path| {
        path.starts_with("services/storage/")
    });
}

/// Invariant A-3.
#[test]
fn only_the_rim_names_tonic() {
    refuse("tonic::", |path| {
        let is_rim = path.ends_with("/rpc.rs")
            || path.ends_with("/wire.rs")
            || path.contains("/wire/")
            || path.ends_with("/tests.rs")
            || path.contains("/tests/");
        let is_outside = [
            "proto/",
            "services/kit/",
            "services/hotline/",
            "tests/",
            "load-tests/",
        ];
        is_rim || is_outside.iter().any(|folder| path.starts_with(folder))
    });
}

/// Invariant A-3.
#[test]
fn only_the_binary_names_telemetry_environment_and_exit_codes() {
    let binary = |path: &str| {
        ["services/hotline/", "tests/", "load-tests/", "proto/build.rs"]
            .iter()
            .any(|folder| path.starts_with(folder))
    };
    refuse("opentelemetry", binary);
    refuse("env::var", binary);
    refuse("process::exit", binary);
    refuse("tokio::signal", binary);
}

/// Invariant A-1.
#[test]
fn the_domain_is_pure() {
    let allowed = |path: &str| !path.starts_with("services/domain/");
    for word in [
        "tokio",
        "async fn",
        "std::fs",
        "std::net",
        "Timestamp::now",
        "SystemTime",
        "new_v4",
        "new_v7",
        "rand::",
    ] {
        refuse(word, allowed);
    }
}

/// Invariant A-8: tasks are spawned through kit::drain, and tests wait on conditions.
#[test]
fn nobody_spawns_past_the_drain() {
    refuse("tokio::spawn(", |path| {
        [
            "services/kit/src/drain.rs",
            "tests/",
            "load-tests/",
            "services/storage/",
        ]
        .iter()
        .any(|start| path.starts_with(start))
    });
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_undone() {
    let marks = [
        ["#[", "ignore"].concat(),
        ["todo", "!("].concat(),
        ["unimplemented", "!("].concat(),
    ];
    for mark in &marks {
        refuse(mark, |_| false);
    }
}

#[test]
fn no_path_of_a_machine_is_in_the_project() {
    let listed = std::process::Command::new("git")
        .args(["ls-files"])
        .current_dir(root())
        .output();
    let Ok(listed) = listed else { return };
    let word = ["/wo", "rk/"].concat();
    for file in String::from_utf8_lossy(&listed.stdout).lines() {
        let Ok(text) = std::fs::read_to_string(root().join(file)) else {
            continue;
        };
        assert!(!text.contains(&word), "{file} names a path of this machine");
    }
}

/// Dead configuration: a key that is read nowhere is a promise nobody keeps.
#[test]
fn every_key_of_the_configuration_is_read() {
    let text = std::fs::read_to_string(root().join("config/hotline.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let readers: String = sources(&root().join("services/hotline/src"))
        .into_iter()
        .filter(|(path, _)| !shown(path).contains("config"))
        .map(|(_, text)| text)
        .collect();
    let mut keys = Vec::new();
    leaves("", &table, &mut keys);
    assert!(keys.len() > 5, "config/hotline.toml lists the defaults");
    // What only the check of the others needs.
    let checked_only = ["allow_plaintext"];
    for key in keys
        .into_iter()
        .filter(|key| !checked_only.contains(&key.as_str()))
    {
        // The validated field has the unit of the type: drain_seconds becomes drain, segment_mib segment_bytes.
        let field = key
            .rsplit('.')
            .next()
            .unwrap()
            .trim_end_matches("_seconds")
            .trim_end_matches("_mib");
        assert!(
            readers.contains(&format!(".{field}")),
            "config key {key} is read nowhere"
        );
    }
}

fn leaves(prefix: &str, table: &toml::Table, keys: &mut Vec<String>) {
    for (name, value) in table {
        match value.as_table() {
            Some(inner) => leaves(&format!("{prefix}{name}."), inner, keys),
            None => keys.push(format!("{prefix}{name}")),
        }
    }
}

#[test]
fn the_architecture_page_names_every_crate_and_stays_short() {
    let page = std::fs::read_to_string(root().join("services/ARCHITECTURE.md")).unwrap();
    assert!(page.lines().count() < 250);
    for folder in CRATES {
        let name = folder.rsplit('/').next().unwrap();
        assert!(
            page.contains(&format!("`{name}")),
            "services/ARCHITECTURE.md does not name {name}"
        );
    }
    for number in 1..=10 {
        assert!(
            page.contains(&format!("A-{number} ")),
            "services/ARCHITECTURE.md does not state A-{number}"
        );
    }
}
