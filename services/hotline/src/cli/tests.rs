use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::*;

fn walk(command: &clap::Command, path: &str, seen: &mut impl FnMut(&str, &clap::Command)) {
    seen(path, command);
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        walk(verb, &format!("{path} {}", verb.get_name()), seen);
    }
}

#[test]
fn the_command_tree_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_help_of_every_verb_has_an_example_of_that_verb() {
    let mut without = Vec::new();
    walk(&Cli::command(), "hotline", &mut |path, command| {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        if !help.lines().any(|line| line.trim_start().starts_with(path)) {
            without.push(path.to_owned());
        }
    });
    assert_eq!(without, Vec::<String>::new(), "no example in the help of these");
}

#[test]
fn every_verb_is_explained_in_chinese_and_then_in_english() {
    walk(&Cli::command(), "hotline", &mut |path, command| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let lines: Vec<&str> = about.lines().collect();
        assert_eq!(lines.len(), 2, "{path}: {about:?}");
        assert!(!lines[0].is_ascii() && lines[1].is_ascii(), "{path}: {about:?}");
    });
}

#[test]
fn every_argument_is_explained() {
    walk(&Cli::command(), "hotline", &mut |path, command| {
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            assert!(
                argument.get_help().is_some(),
                "{path}: {} has no help",
                argument.get_id()
            );
        }
    });
}

#[test]
fn every_example_can_be_parsed() {
    walk(&Cli::command(), "hotline", &mut |path, command| {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        for line in help
            .lines()
            .filter(|line| line.trim_start().starts_with("hotline "))
        {
            // A note stands after a gap of three blanks; redirections and pipes are the shell's.
            let example = line.trim_start().split("   ").next().unwrap_or_default();
            let words = example
                .split_whitespace()
                .take_while(|word| !matches!(*word, "<" | "|" | ">"));
            let parsed = Cli::try_parse_from(words);
            assert!(parsed.is_ok(), "{path}: {line}\n{}", parsed.unwrap_err());
        }
    });
}

#[test]
fn a_mistyped_verb_is_corrected() {
    let error = Cli::try_parse_from(["hotline", "tiket", "list"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSubcommand);
    assert!(error.to_string().contains("'ticket'"), "{error}");
    assert_eq!(error.exit_code(), i32::from(crate::exit::Exit::Usage.code()));
}

#[test]
fn a_mistyped_phase_is_corrected() {
    let error = Cli::try_parse_from(["hotline", "ticket", "list", "--phase", "handlin"]).unwrap_err();
    assert!(error.to_string().contains("'handling'"), "{error}");
}

#[test]
fn a_decision_is_yes_or_no_and_not_both() {
    let parse = |words: &str| Cli::try_parse_from(words.split(' ')).map_err(|error| error.kind());
    let decide = "hotline decide extension 20261121-0000015";
    assert_eq!(parse(decide).unwrap_err(), ErrorKind::MissingRequiredArgument);
    let both = format!("{decide} --approve --refuse");
    assert_eq!(parse(&both).unwrap_err(), ErrorKind::ArgumentConflict);
    assert!(parse(&format!("{decide} --refuse --reason no")).is_ok());
    let refused = "hotline decide return 20261121-0000015 --refuse --reason no --to water";
    assert!(parse(refused).is_err(), "who refuses sends it nowhere");
}

#[test]
fn a_mistyped_reason_is_corrected() {
    let words = "hotline unit return 20261121-0000015 --basis x --reason wrong-unt";
    let error = Cli::try_parse_from(words.split(' ')).unwrap_err();
    assert!(error.to_string().contains("'wrong_unit'"), "{error}");
    let typed = words.replace("unt", "unit");
    assert!(Cli::try_parse_from(typed.split(' ')).is_ok());
}

#[test]
fn a_suspension_needs_dates_that_are_dates() {
    let words =
        "hotline unit suspend 20261121-0000015 --ground legal-process --owner li --plan x --until 2027-05-01";
    let parse = |words: &str| Cli::try_parse_from(words.split(' ')).map_err(|error| error.kind());
    assert_eq!(parse(words).unwrap_err(), ErrorKind::MissingRequiredArgument);
    let soon = format!("{words} --check soon");
    assert_eq!(parse(&soon).unwrap_err(), ErrorKind::ValueValidation);
    assert!(parse(&format!("{words} --check 2026-12-20")).is_ok());
}

#[test]
fn one_clock_is_explained_or_all_and_a_picture_is_of_one() {
    let parse = |words: &str| Cli::try_parse_from(words.split(' ')).is_ok();
    assert!(parse("hotline explain 20261121-0000015"));
    assert!(parse(
        "hotline explain 20261121-0000015 --clock c4 --unit water --svg due.svg"
    ));
    assert!(parse("hotline explain 20261121-0000015 --all --json"));
    assert!(!parse("hotline explain"));
    assert!(!parse("hotline explain 20261121-0000015 --clock c99"));
    assert!(!parse("hotline explain 20261121-0000015 --all --clock c4"));
    assert!(!parse("hotline explain 20261121-0000015 --all --svg due.svg"));
}

#[test]
fn rulings_are_asked_for_by_ticket_or_by_category() {
    let parse = |words: &str| Cli::try_parse_from(words.split(' ')).is_ok();
    assert!(parse("hotline rulings 20261121-0000015"));
    assert!(parse("hotline rulings --category urban.noise --area 440507"));
    assert!(!parse("hotline rulings"));
    assert!(!parse("hotline rulings 20261121-0000015 --category urban.noise"));
}

#[test]
fn verify_needs_a_directory() {
    let error = Cli::try_parse_from(["hotline", "verify"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    assert!(Cli::try_parse_from(["hotline", "verify", "--data", "./data"]).is_ok());
    assert!(Cli::try_parse_from(["hotline", "verify", "--data", "./data", "--json"]).is_ok());
}

#[test]
fn client_verbs_take_an_address_and_a_token_wherever_they_stand() {
    for words in [
        "hotline ticket show --addr 127.0.0.1:1 --token x 20261121-0000015",
        "hotline ticket --addr 127.0.0.1:1 --token x show 20261121-0000015",
        "hotline submit --addr http://127.0.0.1:1 --token x --subject a --body b --json",
    ] {
        let parsed = Cli::try_parse_from(words.split(' '));
        assert!(parsed.is_ok(), "{words}: {}", parsed.unwrap_err());
    }
}
