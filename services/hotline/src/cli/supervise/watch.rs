//! `hotline supervise watch`: escalations as they fire, until told to stop.

use std::time::Duration;

use proto::supervision::v1::WatchEscalationsRequest;

use super::escalations::{Waiting, Which, line, object};
use crate::client::{Answer as _, Client, Failure};
use crate::out::Out;
use crate::view::wire_time;

pub(super) const ABOUT: &str = "实时关注督办,Ctrl-C 结束
Follow escalations as they fire; stop with Ctrl-C";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline supervise watch
  hotline supervise watch --district district-longhu --level l2
  hotline supervise watch --since 2026-11-21T08:00 --json
  hotline supervise watch --resume-token TOKEN --json";

const TRIES_MAX: u32 = 10;

/// What to follow.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// 从上次停下处继续 · go on where an earlier watch stopped
    #[arg(long, value_name = "TOKEN", conflicts_with = "since")]
    resume_token: Option<String>,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let which = args.which;
    let mut request = WatchEscalationsRequest {
        unit: which.unit.unwrap_or_default(),
        district: which.district.unwrap_or_default(),
        level: which.level.unwrap_or_default().into(),
        cause: which.cause.unwrap_or_default().into(),
        told: which.told.unwrap_or_default(),
        since_time: which.since.map(wire_time),
        resume_token: args.resume_token.unwrap_or_default(),
    };
    let given = request.resume_token.clone();
    let client = client.without_deadline();
    let stopped = tokio::select! {
        ended = follow(&client, &mut request, out) => ended,
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Into::into),
    };
    // One that was given and refused leads nowhere.
    if !request.resume_token.is_empty() && (stopped.is_ok() || request.resume_token != given) {
        let next = format!("--resume-token {}", request.resume_token);
        out.note(format_args!("续看:{next}"), format_args!("to go on: {next}"));
    }
    stopped
}

/// Reads the stream, and again from the same place when the connection breaks.
async fn follow(client: &Client, request: &mut WatchEscalationsRequest, out: &Out) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        let Some(failure) = read(client, request, &mut tries, out).await? else {
            return Ok(());
        };
        tries += 1;
        if !failure.is_passing() || tries > TRIES_MAX {
            return Err(failure.into());
        }
        let wait = failure
            .retry_after
            .unwrap_or(Duration::from_millis(250) * tries.min(20));
        out.note(
            format_args!("连接中断,{:.1} 秒后重连", wait.as_secs_f64()),
            format_args!("the connection broke; again in {:.1} s", wait.as_secs_f64()),
        );
        tokio::time::sleep(wait).await;
    }
}

async fn read(
    client: &Client,
    request: &mut WatchEscalationsRequest,
    tries: &mut u32,
    out: &Out,
) -> anyhow::Result<Option<Failure>> {
    let opened = client.supervision().watch_escalations(request.clone()).await;
    let mut stream = match opened.answer() {
        Ok(stream) => stream,
        Err(failure) => return Ok(Some(failure)),
    };
    loop {
        let answer = match stream.message().await {
            Ok(Some(answer)) => answer,
            Ok(None) => return Ok(None),
            Err(status) => return Ok(Some(status.into())),
        };
        *tries = 0;
        if !answer.resume_token.is_empty() {
            request.resume_token = answer.resume_token;
        }
        let Some(escalation) = answer.escalation else {
            continue;
        };
        if out.json() {
            let mut told = object(&escalation);
            told["resume_token"] = request.resume_token.clone().into();
            out.object(&told)?;
        } else {
            out.line(line(&escalation, &Waiting::Unknown, out.lang()))?;
        }
    }
}
