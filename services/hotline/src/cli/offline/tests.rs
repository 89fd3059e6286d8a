use clap::Parser as _;
use storage::{Embedded, Log, LogOptions, Options};

use super::*;
use crate::cli::Cli;

#[test]
fn every_ledger_of_a_directory_is_found_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    for path in [
        "tickets/journal",
        "tickets/index/journal",
        "vault/journal",
        "intake/calls/journal",
        "supervision/journal",
        "supervision/notices/journal",
        "other/empty",
    ] {
        std::fs::create_dir_all(data.path().join(path)).unwrap();
    }
    let names: Vec<String> = ledgers(data.path())
        .unwrap()
        .into_iter()
        .map(|found| found.name)
        .collect();
    let expected = [
        "intake/calls",
        "supervision",
        "supervision/notices",
        "tickets",
        "vault",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_directory_without_a_ledger_is_not_found() {
    let data = tempfile::tempdir().unwrap();
    let error = ledgers(data.path()).unwrap_err();
    assert_eq!(crate::exit::of(&error), Exit::NotFound);
}

/// A data directory as a server leaves it: an empty ledger of tickets and a log of three values.
async fn city() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let tickets = data.path().join(TICKETS);
    let ledger = Embedded::open(&tickets, Options::default(), |_, _| {})
        .await
        .unwrap();
    storage::port::Ledger::close(&*ledger).await.unwrap();
    let dir = data.path().join("intake/calls");
    let (log, _) = Log::<String>::open(&dir, "call", LogOptions::default())
        .await
        .unwrap();
    for value in ["one", "two", "three"] {
        log.append(jiff::Timestamp::UNIX_EPOCH, value.to_owned())
            .await
            .unwrap();
    }
    log.close().await.unwrap();
    data
}

/// Runs a command line and answers its exit code.
async fn hotline(words: &[&str]) -> Exit {
    let cli = Cli::try_parse_from(["hotline"].iter().chain(words).chain(&["--quiet"])).unwrap();
    let out = cli.out();
    match cli.run(&out).await {
        Ok(()) => Exit::Done,
        Err(error) => crate::exit::of(&error),
    }
}

#[tokio::test]
async fn what_a_server_left_verifies_and_its_index_can_be_rebuilt() {
    let data = city().await;
    let dir = data.path().to_str().unwrap();
    assert_eq!(hotline(&["verify", "--data", dir]).await, Exit::Done);

    std::fs::remove_dir_all(data.path().join("tickets/index")).unwrap();
    assert_eq!(hotline(&["rebuild", "--data", dir]).await, Exit::Done);
    assert_eq!(hotline(&["verify", "--data", dir, "--json"]).await, Exit::Done);
}

#[tokio::test]
async fn a_changed_byte_in_any_ledger_is_damage() {
    let data = city().await;
    let journal = data.path().join("intake/calls/journal");
    let segment = std::fs::read_dir(journal)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&segment).unwrap();
    std::fs::write(&segment, text.replace("two", "tow")).unwrap();

    assert_eq!(
        hotline(&["verify", "--data", data.path().to_str().unwrap()]).await,
        Exit::Damaged
    );
}

#[tokio::test]
async fn a_backup_restored_elsewhere_holds_what_was_there() {
    let data = city().await;
    let copy = tempfile::tempdir().unwrap();
    let (backup, restored) = (copy.path().join("backup"), copy.path().join("restored"));
    let (from, backup_dir, to) = (
        data.path().to_str().unwrap(),
        backup.to_str().unwrap(),
        restored.to_str().unwrap(),
    );

    assert_eq!(
        hotline(&["backup", "--data", from, "--to", backup_dir]).await,
        Exit::Done
    );
    assert_eq!(hotline(&["verify", "--data", backup_dir]).await, Exit::Done);
    assert_eq!(
        hotline(&["backup", "--data", from, "--to", backup_dir]).await,
        Exit::Usage,
        "not over another"
    );
    assert_eq!(
        hotline(&["restore", "--from", backup_dir, "--data", to]).await,
        Exit::Done
    );

    assert_eq!(hotline(&["verify", "--data", to]).await, Exit::Done);
    let dir = restored.join("intake/calls");
    let (log, entries) = Log::<String>::open(&dir, "call", LogOptions::default())
        .await
        .unwrap();
    let values: Vec<&str> = entries.iter().map(|entry| entry.value.as_str()).collect();
    assert_eq!(values, ["one", "two", "three"]);
    log.close().await.unwrap();
}

#[tokio::test]
async fn a_backup_has_the_keys_but_never_the_master_key() {
    let data = city().await;
    let vault_dir = data.path().join("vault");
    open_and_close(&vault_dir).await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    let (backup, restored) = (copy.path().join("backup"), copy.path().join("restored"));
    let (from, backup_dir, to) = (
        data.path().to_str().unwrap(),
        backup.to_str().unwrap(),
        restored.to_str().unwrap(),
    );

    assert_eq!(
        hotline(&["backup", "--data", from, "--to", backup_dir]).await,
        Exit::Done
    );
    assert!(backup.join("vault/keys").is_file() && !backup.join("vault/master.key").exists());
    assert_eq!(hotline(&["verify", "--data", backup_dir]).await, Exit::Done);

    assert_eq!(
        hotline(&["restore", "--from", backup_dir, "--data", to]).await,
        Exit::Done
    );
    assert!(
        open_and_close(&restored.join("vault")).await.is_err(),
        "nothing opens without the master key"
    );

    let again = copy.path().join("again");
    let master = vault_dir.join("master.key");
    let words = [
        "restore",
        "--from",
        backup_dir,
        "--data",
        again.to_str().unwrap(),
        "--master-key",
    ];
    let words: Vec<&str> = words.into_iter().chain(master.to_str()).collect();
    assert_eq!(hotline(&words).await, Exit::Done);
    open_and_close(&again.join("vault")).await.unwrap();
}

async fn open_and_close(dir: &Path) -> Result<(), vault::OpenError> {
    let drain = kit::drain::Drain::new();
    let vault = vault::Vault::open(dir, std::sync::Arc::new(kit::clock::SystemClock), drain.clone()).await?;
    drain.shutdown(Duration::from_secs(5)).await;
    vault.close().await;
    Ok(())
}
