//! `hotline ticket watch`: follows the feed until told to stop.

use std::time::Duration;

use owo_colors::OwoColorize as _;
use proto::common::v1::Phase;
use proto::tickets::v1::{TicketChange, WatchRequest};
use serde_json::json;

use super::life::{Legs, in_short, kind_name, who};
use crate::client::{Answer as _, Client, Failure};
use crate::out::{Out, pad};
use crate::terms::name;
use crate::view::{TicketLine, event_json, light_cell, short_time};

pub(crate) const ABOUT: &str = "实时关注工单变动,Ctrl-C 结束
Follow what happens, as it happens; stop with Ctrl-C";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket watch --from-now
  hotline ticket watch 20261121-0000015
  hotline ticket watch --resume-token TOKEN --json";

const TRIES_MAX: u32 = 10;

/// What to follow.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 只关注此工单 · only this ticket
    number: Option<String>,
    /// 只看此后的变动 · begin with what happens next
    #[arg(long, conflicts_with = "resume_token")]
    from_now: bool,
    /// 从上次停下处继续 · go on where an earlier watch stopped
    #[arg(long, value_name = "TOKEN")]
    resume_token: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let mut place = Place {
        token: args.resume_token.unwrap_or_default(),
        from_now: args.from_now,
    };
    let number = args.number.as_deref().map(digits);
    let client = client.without_deadline();
    let stopped = tokio::select! {
        ended = follow(&client, number.as_deref(), &mut place, out) => ended,
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Into::into),
    };
    if !place.token.is_empty() {
        let next = format!("--resume-token {}", place.token);
        out.note(format_args!("续看:{next}"), format_args!("to go on: {next}"));
    }
    stopped
}

/// Where the feed has been read to.
struct Place {
    token: String,
    from_now: bool,
}

/// Reads the feed, and again from the same place when the connection breaks.
async fn follow(client: &Client, number: Option<&str>, place: &mut Place, out: &Out) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        let failure = match read(client, number, place, &mut tries, out).await {
            Ok(None) => return Ok(()),
            Ok(Some(failure)) => failure,
            Err(error) => return Err(error),
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
    number: Option<&str>,
    place: &mut Place,
    tries: &mut u32,
    out: &Out,
) -> anyhow::Result<Option<Failure>> {
    let from_now = place.from_now && place.token.is_empty();
    let request = WatchRequest {
        resume_token: place.token.clone(),
        from_now,
        words_of: Vec::new(),
    };
    let mut feed = match client.tickets().watch(request).await.answer() {
        Ok(feed) => feed,
        Err(failure) => return Ok(Some(failure)),
    };
    loop {
        let answer = match feed.message().await {
            Ok(Some(answer)) => answer,
            Ok(None) => return Ok(None),
            Err(status) => return Ok(Some(status.into())),
        };
        *tries = 0;
        if !answer.resume_token.is_empty() {
            place.token = answer.resume_token;
        }
        let Some(change) = answer.change else { continue };
        let of = change.ticket.as_ref().map_or("", |ticket| ticket.number.as_str());
        if number.is_none_or(|number| digits(of) == number) {
            show(&change, &place.token, out)?;
        }
    }
}

/// A number without dash and blanks, as people type it.
fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

fn show(change: &TicketChange, token: &str, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "resume_token": token,
            "events": change.events.iter().map(event_json).collect::<Vec<_>>(),
            "ticket": change.ticket.as_ref().map(TicketLine::basic),
            "traceparent": change.traceparent,
        }));
    }
    let lang = out.lang();
    let ticket = change.ticket.clone().unwrap_or_default();
    let legs = Legs::of(&ticket);
    for event in &change.events {
        out.line(format_args!(
            "{}  {}  {}{}{}{}  {}",
            short_time(&event.event_time).dimmed(),
            ticket.number,
            pad(name::<Phase>(ticket.phase, lang), 17),
            light_cell(ticket.light, lang, 10),
            pad(&kind_name(&event.kind, lang), 20),
            pad(&who(event, lang), 28),
            in_short(event, &legs, lang).dimmed()
        ))?;
    }
    Ok(())
}
