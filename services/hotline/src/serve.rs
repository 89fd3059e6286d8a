//! THE LEAD'S FILE: wires the roles together and serves until told to stop. A placeholder until the roles exist.

use crate::config::Config;

/// Runs the configured roles until SIGTERM or Ctrl-C.
pub async fn run(config: Config) -> anyhow::Result<()> {
    anyhow::bail!("serving {} is not wired yet", config.data.display())
}
