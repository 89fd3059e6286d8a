//! `hotline`, the one binary.

use std::process::ExitCode;

use clap::Parser as _;
use hotline::cli::Cli;
use hotline::exit;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let out = cli.out();

    match Box::pin(cli.run(&out)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error, &out),
    }
}
