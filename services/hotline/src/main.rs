//! `hotline`, the one binary.

use std::process::ExitCode;

use clap::Parser as _;
use hotline::cli::Cli;
use hotline::exit;

/// A call costs some hundred small allocations; this allocator spends half the time on them. See `services/decisions`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let out = cli.out();

    match Box::pin(cli.run(&out)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error, &out),
    }
}
