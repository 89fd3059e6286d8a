//! A child process that is measured: started with its output in a file, waited for, stopped.

use std::ffi::OsStr;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::clock;

/// How long a child may take to answer at all.
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(5);
/// Of a child's output, what is shown when it fails.
const SHOWN_BYTES: usize = 2_000;

/// A running child; killed when dropped.
pub(crate) struct Process {
    child: Child,
    pid: u32,
    log: PathBuf,
}

impl Process {
    /// Starts `program`; what it writes is appended to `log`.
    pub(crate) fn start<S: AsRef<OsStr>>(program: &Path, args: &[S], log: &Path) -> anyhow::Result<Self> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let child = Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let pid = child.id().context("the child ended at once")?;
        Ok(Self {
            child,
            pid,
            log: log.to_owned(),
        })
    }

    /// Its number, for `/proc`.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Fails with its last words when it has ended.
    pub(crate) fn running(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("the child ended early, {status}:\n{}", self.last_words()),
        }
    }

    /// Waits until it takes connections at `addr`.
    pub(crate) async fn listening(&mut self, addr: SocketAddr) -> anyhow::Result<()> {
        let begun = clock::now();
        while TcpStream::connect(addr).await.is_err() {
            self.running()?;
            if begun.elapsed() > READY_WITHIN {
                bail!(
                    "nothing listens at {addr} after {READY_WITHIN:?}:\n{}",
                    self.last_words()
                );
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        Ok(())
    }

    /// Asks it to end (SIGTERM) and answers how long that took. It must end well.
    pub(crate) async fn stop(mut self, within: Duration) -> anyhow::Result<Duration> {
        let begun = clock::now();
        let pid = i32::try_from(self.pid)
            .ok()
            .and_then(Pid::from_raw)
            .context("not a process number")?;
        kill_process(pid, Signal::TERM)?;
        let ended = tokio::time::timeout(within, self.child.wait()).await;
        let status = ended.with_context(|| format!("SIGTERM was not obeyed within {within:?}"))??;
        if !status.success() {
            bail!("the child did not end well, {status}:\n{}", self.last_words());
        }
        Ok(begun.elapsed())
    }

    /// Ends it at once.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    fn last_words(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        let shown = bytes.len().saturating_sub(SHOWN_BYTES);
        String::from_utf8_lossy(&bytes[shown..]).into_owned()
    }
}

/// Runs a program to its end and answers how long it took; its output goes to `log`.
pub(crate) async fn finish<S: AsRef<OsStr>>(
    program: &Path,
    args: &[S],
    log: &Path,
) -> anyhow::Result<Duration> {
    let begun = clock::now();
    let mut process = Process::start(program, args, log)?;
    let status: ExitStatus = process.child.wait().await?;
    let spent = begun.elapsed();
    if !status.success() {
        bail!(
            "{} failed, {status}:\n{}",
            program.display(),
            process.last_words()
        );
    }
    Ok(spent)
}

/// A port of the loopback that was free a moment ago.
pub(crate) fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failing_child_says_its_last_words() {
        let dir = tempfile::tempdir().unwrap();
        let failed = finish(
            Path::new("/bin/sh"),
            &["-c", "echo no room; exit 3"],
            &dir.path().join("log"),
        )
        .await;
        assert!(failed.unwrap_err().to_string().contains("no room"));
    }

    #[tokio::test]
    async fn a_child_that_obeys_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done";
        let log = dir.path().join("log");
        let mut child = Process::start(Path::new("/bin/sh"), &["-c", script], &log).unwrap();
        while std::fs::read(&log).unwrap().is_empty() {
            child.running().unwrap();
            tokio::time::sleep(POLL_EVERY).await;
        }
        child.stop(Duration::from_secs(5)).await.unwrap();
    }
}
