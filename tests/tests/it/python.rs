//! Other languages: a Python program that knows only the `.proto` files walks a complaint through its whole life on a
//! real server.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{Home, Running};

/// How long the walk may take, compiling the `.proto` files included.
const WALKED_WITHIN: Duration = Duration::from_secs(60);

/// The folder of the Python programs.
pub(crate) fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// A Python with what the programs need, made once in the target folder. None where it cannot be made; says why.
pub(crate) fn python() -> Option<PathBuf> {
    let made = make();
    made.inspect_err(|why| eprintln!("SKIPPED: no Python with grpcio can be made here: {why}"))
        .ok()
}

fn make() -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let requirements =
        std::fs::read_to_string(programs().join("requirements.txt")).map_err(|error| error.to_string())?;
    let (folder, mark) = (target.join("python"), target.join("python/made-of.txt"));
    let python = folder.join("bin/python");
    // Tests run in processes of their own: one makes it, the others wait.
    let lock = File::create(target.join("python.lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if std::fs::read_to_string(&mark).is_ok_and(|made_of| made_of == requirements) {
        return Ok(python);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder))?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--timeout",
        "20",
        "--retries",
        "1",
    ];
    run(Command::new(&python)
        .args(install)
        .arg("--requirement")
        .arg(programs().join("requirements.txt")))?;
    std::fs::write(&mark, requirements).map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(())
    } else {
        Err(said.lines().last().unwrap_or("it failed").to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_program_walks_a_complaint_from_register_to_rating() {
    let Some(python) = python() else { return };
    let home = Home::new();
    let server = home.serve().await;

    let mut walk = Command::new(python);
    walk.arg(programs().join("walk.py"))
        .arg("--addr")
        .arg(server.addr().to_string());
    walk.arg("--token-file").arg(home.data().join("admin.token"));
    let mut walk = Running::begin(walk, &home.path("walk.log"));
    let status = walk.end(WALKED_WITHIN).await;

    let said = walk.log();
    assert!(status.success(), "{said}");
    let steps = [
        "register: PHASE_ACCEPTED",
        "dispatch: PHASE_DISPATCHED",
        "sign: PHASE_HANDLING",
        "contact: PHASE_HANDLING",
        "reply: PHASE_REPLY_REVIEW",
        "audit: PHASE_CALLBACK_DUE",
        "callback: ",
        "rating: PHASE_CLOSED",
        "closed: ",
    ];
    let mut rest = said.as_str();
    for step in steps {
        let at = rest
            .find(step)
            .unwrap_or_else(|| panic!("no `{step}` where it should be:\n{said}"));
        rest = &rest[at..];
    }
    server.terminate().await;
}
