use super::*;

fn parsed(text: &str) -> (Raw, Problems) {
    let mut problems = Problems::default();
    let raw = raw::parse(text, &mut problems);
    (raw, problems)
}

fn resolved(text: &str) -> Result<Config, Problems> {
    let (raw, problems) = parsed(text);
    match resolve(raw.over(Raw::defaults())) {
        Ok(config) => problems.none_or(config),
        Err(found) => Err(problems.and(found)),
    }
}

fn keys(problems: &Problems) -> Vec<&str> {
    problems.0.iter().map(|problem| problem.key.as_str()).collect()
}

#[test]
fn the_commented_file_equals_the_defaults() {
    let (raw, problems) = parsed(include_str!("../../../../config/hotline.toml"));
    assert_eq!(problems, Problems::default());
    assert_eq!(raw, Raw::defaults());
}

#[test]
fn the_commented_file_names_every_key() {
    let uncommented: String = include_str!("../../../../config/hotline.toml")
        .lines()
        .map(|line| {
            line.strip_prefix("# ")
                .filter(|rest| is_a_key(rest))
                .unwrap_or(line)
        })
        .fold(String::new(), |text, line| text + line + "\n");
    let table: toml::Table = uncommented.parse().unwrap();
    for key in problem::KEYS {
        let mut value = Some(&table);
        let names: Vec<&str> = key.split('.').collect();
        for name in &names[..names.len() - 1] {
            value = value
                .and_then(|table| table.get(*name))
                .and_then(toml::Value::as_table);
        }
        assert!(
            value.is_some_and(|table| table.contains_key(names[names.len() - 1])),
            "{key} is not in the file"
        );
    }
}

fn is_a_key(line: &str) -> bool {
    line.split_once(" = ")
        .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

#[test]
fn every_problem_is_told_at_once_with_its_key() {
    let problems = resolved(
        r#"
        listen = "0.0.0.0:http"
        lisen = "127.0.0.1:1"
        roles = ["tickets", "valt"]
        drain_seconds = "soon"
        profile = "p.toml"
        [links]
        intake = "10.0.0.1:7345"
        nobody = "10.0.0.1:7345"
        [tls]
        cert = "c.pem"
        [log]
        level = "info=loud"
        format = "xml"
        [telemetry]
        sample_ratio = 2.0
        otlp_endpoint = "collector"
        metrics_listen = "0.0.0.0:7346"
        [limits]
        concurrent_calls = 0
        [storage]
        segment_mib = 4096
        "#,
    )
    .unwrap_err();

    let mut told = keys(&problems);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "drain_seconds",
            "limits.concurrent_calls",
            "links.intake",
            "links.nobody",
            "links.vault",
            "lisen",
            "listen",
            "log.format",
            "log.level",
            "profile",
            "role_secret_file",
            "roles",
            "storage.segment_mib",
            "telemetry.metrics_listen",
            "telemetry.otlp_endpoint",
            "telemetry.sample_ratio",
            "tls.key",
        ]
    );
    let text = problems.to_string();
    assert!(text.contains("did you mean listen?"), "{text}");
    assert!(text.contains("did you mean vault?"), "{text}");
}

#[test]
fn the_defaults_have_no_problem() {
    let config = resolved("").unwrap();
    assert_eq!(config.roles, ROLES);
    assert!(
        config.reflection,
        "reflection is on where only this machine can reach it"
    );
    assert_eq!(config.rules, None);
}

#[test]
fn flags_stand_over_the_file_and_the_file_over_the_defaults() {
    let (file, _) = parsed("listen = \"127.0.0.1:1\"\ndata = \"of-the-file\"");
    let flags = Overrides {
        listen: Some("127.0.0.1:2".to_owned()),
        ..Overrides::default()
    };
    let raw = flags
        .to_raw(&mut Problems::default())
        .over(file)
        .over(Raw::defaults());
    assert_eq!(raw.listen.as_deref(), Some("127.0.0.1:2"));
    assert_eq!(raw.data.as_deref(), Some("of-the-file"));
    assert_eq!(raw.log.level.as_deref(), Some("info"));
}

#[test]
fn plain_text_beyond_loopback_must_be_asked_for() {
    let problems = resolved("listen = \"0.0.0.0:7345\"").unwrap_err();
    assert_eq!(keys(&problems), ["allow_plaintext"]);
    let config = resolved("listen = \"0.0.0.0:7345\"\nallow_plaintext = true").unwrap();
    assert!(!config.reflection, "reflection is off where others can reach it");
    assert!(resolved("listen = \"0.0.0.0:7345\"\n[tls]\ncert = \"c\"\nkey = \"k\"").is_ok());
}

#[test]
fn the_split_is_one_whole_city() {
    let front = resolved(include_str!("../../../../config/split/front.toml")).unwrap();
    let back = resolved(include_str!("../../../../config/split/back.toml")).unwrap();
    let mut roles = [front.roles.clone(), back.roles.clone()].concat();
    roles.sort_unstable();
    let mut all = ROLES.to_vec();
    all.sort_unstable();
    assert_eq!(roles, all);
    assert!(back.links.keys().all(|role| front.roles.contains(role)));
}

#[test]
fn the_outcome_can_be_written_and_read_again() {
    let config = resolved("[telemetry]\notlp_endpoint = \"http://127.0.0.1:4317\"").unwrap();
    let text = toml::to_string(&config.to_raw()).unwrap();
    assert_eq!(resolved(&text).unwrap(), config, "{text}");
}

#[test]
fn passwords_in_urls_are_masked() {
    assert_eq!(masked("http://user:word@host:4317/x"), "http://***@host:4317/x");
    assert_eq!(masked("http://host:4317"), "http://host:4317");
}
