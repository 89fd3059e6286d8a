//! THE LEAD'S FILE: plays a day of the demonstration city. A placeholder until the roles exist.

use crate::cli::demo::Args;
use crate::out::Out;

/// Starts all roles on a fresh directory and plays a day.
pub async fn run(args: Args, _out: &Out) -> anyhow::Result<()> {
    anyhow::bail!("the demonstration at {} is not wired yet", args.listen)
}
