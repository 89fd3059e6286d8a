//! Sends what waits: each channel by itself, a few at once, what is urgent first; what is not never in the quiet hours;
//! again after a pause where it failed. A notice counts as told only once the ledger has it: a crash before sends it again
//! under the same name.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::rules::Rules;
use futures::stream::{FuturesUnordered, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use kit::fault::{Code, Fault};
use lettre::Address;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use storage::port::Failure as NotKept;

use super::Outbox;
use super::backoff::pause;
use super::ledger::{Ending, Record};
use super::mail::{Mail, name_of};
use super::notice::{Channel, NoticeId};
use super::outcome::{CHANNEL_OFF, Failure, Sent, is_away};
use super::queue::{Job, Line};
use super::recipients::{Standing, Where, mail_to, may_be_told};
use super::text;
use crate::limits::{RETRY_BUSY, SENDING_ENDS_WITHIN, SENT_AT_ONCE_MAX, SENT_ORDINARY_MAX};
use crate::{NAME, wire};

/// What came of one attempt at a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done with.
    Ended(Ending),
    /// Its hour has not come.
    TooEarly(Timestamp),
    /// It may go later.
    Failed(Failure),
    /// It would never go like this.
    GivenUp(Failure),
}

impl From<Sent> for Outcome {
    fn from(sent: Sent) -> Self {
        match sent {
            Sent::Done => Outcome::Ended(Ending::Delivered),
            Sent::Failed(failure) => Outcome::Failed(failure),
            Sent::GivenUp(failure) => Outcome::GivenUp(failure),
        }
    }
}

impl Outbox {
    /// Sends what waits for a channel, until the process drains.
    pub(crate) async fn deliver(&self, channel: Channel) {
        let mut under_way = FuturesUnordered::new();
        while !self.drain.is_draining() && self.ledger_takes_writes() {
            while under_way.len() < SENT_AT_ONCE_MAX {
                let lines = room_for(under_way.len());
                let Some(job) = self.queue().take_due(channel, lines, self.clock.now()) else {
                    break;
                };
                under_way.push(self.deliver_one(job));
            }
            let next = self.queue().next_due(channel, room_for(under_way.len()));
            tokio::select! {
                Some(()) = under_way.next() => {}
                () = self.changed(channel) => {}
                () = self.sleep_until(next), if under_way.len() < SENT_AT_ONCE_MAX => {}
                () = self.drain.draining() => {}
            }
        }
        // What does not end in time is sent again after the restart.
        let _ = tokio::time::timeout(SENDING_ENDS_WITHIN, async {
            while under_way.next().await.is_some() {}
        })
        .await;
    }

    async fn sleep_until(&self, next: Option<Timestamp>) {
        match next {
            Some(at) => self.clock.sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    async fn deliver_one(&self, job: Job) {
        let outcome = match self.attempt(&job).await {
            Ok(outcome) => outcome,
            Err(fault) => {
                tracing::debug!(notice = %job.id, reason = fault.reason(), %fault, "a notice cannot be made up now");
                Outcome::Failed(Failure::of("system"))
            }
        };
        self.settle(&job, outcome).await;
    }

    /// Looks at the ticket as it stands, makes the notice up and sends it once.
    async fn attempt(&self, job: &Job) -> Result<Outcome, Fault> {
        let Some(standing) = self.standing(&job.id).await? else {
            return Ok(Outcome::GivenUp(Failure::of("no_ticket")));
        };
        let rules = self.rules.current().await?;
        if !(job.news.urgent || standing.urgent) {
            let now = self.clock.now();
            let goes_at = rules.calendar().callback_from(now);
            if goes_at > now {
                return Ok(Outcome::TooEarly(goes_at));
            }
        }
        if !may_be_told(&job.to, &standing, &rules) {
            return Ok(Outcome::Ended(Ending::Withheld));
        }
        match job.id.channel {
            Channel::Webhook => Ok(self.post(job, &standing, &rules).await),
            Channel::Mail => self.mail(job, &standing, &rules).await,
        }
    }

    /// The ticket's secrecy now; none when there is no such ticket.
    async fn standing(&self, id: &NoticeId) -> Result<Option<Standing>, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        match tickets
            .get_ticket(wire::get_ticket(id.number))
            .await
            .map_err(Fault::from)
        {
            Ok(answer) => wire::standing_of(answer.into_inner()).map(Some),
            Err(fault) if fault.code() == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn post(&self, job: &Job, standing: &Standing, rules: &Rules) -> Outcome {
        let Some(webhook) = &self.webhook else {
            return Outcome::GivenUp(Failure::of(CHANNEL_OFF));
        };
        let body = text::body(&job.id, &job.news, &job.to, standing.sealed, rules);
        webhook.send(&job.id, body.to_string()).await.into()
    }

    /// To each recipient who does not have it yet. Those who have it are remembered before anything else goes wrong.
    async fn mail(&self, job: &Job, standing: &Standing, rules: &Rules) -> Result<Outcome, Fault> {
        let Some((mail, addresses)) = &self.mail else {
            return Ok(Outcome::GivenUp(Failure::of(CHANNEL_OFF)));
        };
        let recipients = match mail_to(&job.to, standing, rules, addresses) {
            Where::Addresses(recipients) => recipients,
            Where::Nowhere => return Ok(Outcome::Ended(Ending::Nobody)),
            Where::Unknown => return Ok(Outcome::GivenUp(Failure::of("no_address"))),
        };
        let text = text::text(&job.news, &job.to, standing.sealed, rules);
        let left: Vec<&Address> = recipients
            .iter()
            .filter(|address| !job.reached.contains(&name_of(address)))
            .collect();
        let is_only_one = recipients.len() == 1;
        let mut worst = Sent::Done;
        for address in left {
            let sent = mail.send(&job.id, &text, address, self.clock.now()).await;
            if sent == Sent::Done && !is_only_one {
                self.remember_recipient(&job.id, name_of(address)).await?;
            }
            worst = worse(worst, sent);
        }
        Ok(worst.into())
    }

    async fn remember_recipient(&self, id: &NoticeId, recipient: String) -> Result<(), Fault> {
        let record = Record::Reached {
            notice: id.clone(),
            recipient: recipient.clone(),
        };
        self.keep(record).await?;
        self.queue().reached(id, recipient);
        Ok(())
    }

    /// Keeps what came of it, in the ledger first.
    pub(super) async fn settle(&self, job: &Job, outcome: Outcome) {
        let (id, now) = (job.id.clone(), self.clock.now());
        match outcome {
            Outcome::Ended(how) => {
                if self
                    .keep_surely(Record::Done {
                        notice: id.clone(),
                        how,
                    })
                    .await
                {
                    let mut queue = self.queue();
                    queue.done(&id, how, now);
                    self.delivered
                        .fetch_add(u64::from(how == Ending::Delivered), Ordering::Relaxed);
                    queue.hasten(id.channel, now, is_away);
                    drop(queue);
                    self.again(id.channel);
                }
            }
            Outcome::TooEarly(at) => self.queue().wait(&id, at),
            Outcome::Failed(failure) => {
                let pause = pause(&id, job.tries + 1).max(failure.not_before.unwrap_or(SignedDuration::ZERO));
                let next = now.saturating_add(pause).unwrap_or(now);
                self.failing(&id, &failure);
                self.failed.fetch_add(1, Ordering::Relaxed);
                self.queue().failed(&id, failure.code.into_owned(), now, next);
            }
            Outcome::GivenUp(failure) => {
                let code = failure.code.into_owned();
                tracing::warn!(notice = %id, failure = code, "a notice is stuck: look, mend, and have it tried again");
                let record = Record::Parked {
                    notice: id.clone(),
                    failure: code.clone(),
                };
                self.failed.fetch_add(1, Ordering::Relaxed);
                if self.keep_surely(record).await {
                    self.queue().parked(&id, code, now);
                }
            }
        }
        self.left.notify_one();
    }

    /// Keeps a record however long it takes. False when the ledger takes no more.
    async fn keep_surely(&self, record: Record) -> bool {
        loop {
            match self.ledger.keep(vec![record.clone()], self.clock.now()).await {
                Ok(()) => return true,
                Err(NotKept::Busy | NotKept::Full) => tokio::time::sleep(RETRY_BUSY).await,
                Err(failure @ (NotKept::Stopped | NotKept::Limit { .. } | NotKept::Damaged(_))) => {
                    tracing::error!(%failure, "the ledger of notices takes no more: nothing is sent until a restart");
                    self.stop();
                    return false;
                }
            }
        }
    }
}

/// What may go while so many are under way: in the end only what is urgent.
fn room_for(under_way: usize) -> &'static [Line] {
    if under_way < SENT_ORDINARY_MAX {
        &Line::GOING
    } else {
        &[Line::Urgent]
    }
}

/// What counts of two: that somebody may still be reached outweighs that somebody cannot.
fn worse(one: Sent, other: Sent) -> Sent {
    match (one, other) {
        (Sent::Failed(failure), _) | (_, Sent::Failed(failure)) => Sent::Failed(failure),
        (Sent::GivenUp(failure), _) | (_, Sent::GivenUp(failure)) => Sent::GivenUp(failure),
        (Sent::Done, Sent::Done) => Sent::Done,
    }
}

/// Who takes mail, and where people are reached.
pub(crate) type Post = (Mail, Arc<super::addresses::Addresses>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_receivers_of_ordinary_notices_never_keep_the_urgent_waiting() {
        assert_eq!(room_for(SENT_ORDINARY_MAX - 1), Line::GOING);
        assert_eq!(room_for(SENT_ORDINARY_MAX), [Line::Urgent]);
        const { assert!(SENT_ORDINARY_MAX < SENT_AT_ONCE_MAX) }
    }

    #[test]
    fn who_may_still_be_reached_is_tried_again() {
        let failed = || Sent::Failed(Failure::of("timeout"));
        let given_up = || Sent::GivenUp(Failure::of("smtp_550"));
        assert_eq!(worse(Sent::Done, Sent::Done), Sent::Done);
        assert_eq!(worse(Sent::Done, given_up()), given_up());
        assert_eq!(worse(given_up(), failed()), failed());
        assert_eq!(worse(failed(), Sent::Done), failed());
    }
}
