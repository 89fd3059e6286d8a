//! Every limit of this crate.

use std::time::Duration;

use jiff::SignedDuration;

/// Pages by default and at most.
pub(crate) const PAGE_DEFAULT: usize = 50;
/// See [`PAGE_DEFAULT`].
pub(crate) const PAGE_MAX: usize = 200;
/// Rows of one page whose visibility is asked of tickets; it may be short before the end (AIP-158).
pub(crate) const SCAN_MAX: usize = 2_000;
/// Fired levels one page may pass over in memory.
pub(crate) const PASSED_OVER_MAX: usize = 20_000;
/// Tickets looked at between two looks at whether the page is full.
pub(crate) const LOOK_AHEAD: usize = 64;
/// Questions to tickets at once.
pub(crate) const ASKED_AT_ONCE_MAX: usize = 16;
/// Levels asked for at once.
pub(crate) const DUE_PAGE: u32 = 1_000;
/// Tickets whose levels are fired at once: enough to fill a group commit.
pub(crate) const FIRED_AT_ONCE_MAX: usize = 64;
/// How long firing one level may take before the others go on.
pub(crate) const FIRED_WITHIN: Duration = Duration::from_secs(10);
/// Seconds in a row in which nothing could be fired, for reasons that may pass, before the loop waits.
pub(crate) const BARREN_MAX: usize = 3;
/// How long a ticket rests whose level could not be fired, at first; doubled with each further time.
pub(crate) const REST_MIN: SignedDuration = SignedDuration::from_secs(1);
/// How long it rests at most.
pub(crate) const REST_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Such tickets remembered at once.
pub(crate) const STUCK_MAX: usize = 100_000;
/// Between two looks at whether the clock is believed again.
pub(crate) const HALTED_LOOK: Duration = Duration::from_secs(1);
/// Merged tickets told of their incident's answer at once.
pub(crate) const TOLD_AT_ONCE_MAX: usize = 16;
/// The latest fired levels kept in memory. Older ones stay in the tickets' histories and leave the list.
pub(crate) const ESCALATIONS_MAX: usize = 200_000;
/// The latest acknowledgements kept in memory; all are in the ledger.
pub(crate) const ACKNOWLEDGEMENTS_MAX: usize = 200_000;
/// The longest name of an escalation, in bytes.
pub(crate) const ESCALATION_BYTES_MAX: usize = 80;
/// A level due this much before the system was up, or that could not be fired for so long, is late by the system's fault.
pub(crate) const DOWN_GRACE: SignedDuration = SignedDuration::from_secs(60);
/// The longest sleep of the due loop, in real time, so that a clock that was set and a lost wake are noticed.
pub(crate) const NAP_MAX: Duration = Duration::from_secs(30);
/// The same while the projection has not caught up and cannot tell of new clocks in time.
pub(crate) const NAP_MAX_BEHIND: Duration = Duration::from_secs(1);
/// After so long by the machine's boot clock the due loop breaks off and asks anew what is due, well before tickets takes
/// it to be down (after a minute).
pub(crate) const ASKED_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(20);
/// The first pause of the due loop when it cannot go on; doubled with each further one.
pub(crate) const PAUSE_MIN: Duration = Duration::from_millis(20);
/// The longest pause between two tries.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(5);
/// A heartbeat says that nothing more had happened when it was sent; it may have been on its way for this long.
pub(crate) const HEARTBEAT_AGE: SignedDuration = SignedDuration::from_secs(5);
/// Events of a ticket's history read at once.
pub(crate) const HISTORY_PAGE: u32 = 200;
/// When to try again after the ledger was busy or full.
pub(crate) const RETRY_BUSY: Duration = Duration::from_millis(200);
/// Who may watch escalations at once; one more is refused.
pub(crate) const WATCHERS_MAX: usize = 500;
/// When a refused watcher may try again.
pub(crate) const RETRY_WATCH: Duration = Duration::from_secs(5);
/// Escalations looked at by a watcher at once.
pub(crate) const WATCH_BATCH: usize = 256;
/// Escalations a slow watcher may be behind in its own buffer.
pub(crate) const WATCH_BUFFER: usize = 64;
/// A heartbeat to those who watch, whatever happens.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);
/// The longest name of an addressee, in bytes.
pub(crate) const ADDRESSEE_BYTES_MAX: usize = 40;
/// The longest name of a notice, in bytes.
pub(crate) const NOTICE_BYTES_MAX: usize = 110;
/// The largest file of addresses.
pub(crate) const ADDRESSES_BYTES_MAX: usize = 4 << 20;
/// Addresses of one addressee of one unit.
pub(crate) const ADDRESSES_OF_ONE_MAX: usize = 50;
/// Ordinary notices of a channel that wait in memory. Beyond it those that happened first wait on disk alone, so that a
/// channel that is away for weeks keeps nothing from the others; they come back once half of the line is gone.
pub(crate) const ORDINARY_MAX: usize = 100_000;
/// The same of urgent ones, which no ordinary one takes the room of.
pub(crate) const URGENT_MAX: usize = 50_000;
/// The same of those that wait for somebody to look.
pub(crate) const PARKED_MAX: usize = 50_000;
/// Of each line that is full, so many make room at once.
pub(crate) const CROWDED_OUT_AT_ONCE: usize = 500;
/// Open notices that one reading of the ledger holds; what more there is takes another reading.
pub(crate) const READ_AT_ONCE: usize = 200_000;
/// The latest notices that are done with, kept in memory to be shown.
pub(crate) const FINISHED_MAX: usize = 20_000;
/// Requests for another try that are known again.
pub(crate) const RETRIES_KEPT: usize = 10_000;
/// A notice that has failed for this long is stuck, though it is still tried.
pub(crate) const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// The first pause before a notice is tried again; doubled with each further one.
pub(crate) const BACKOFF_MIN: SignedDuration = SignedDuration::from_secs(4);
/// The longest.
pub(crate) const BACKOFF_MAX: SignedDuration = SignedDuration::from_mins(20);
/// Waiting notices looked at for one that can go because its receiver is back.
pub(crate) const HASTEN_LOOK: usize = 256;
/// Notices under way at once, of each channel.
pub(crate) const SENT_AT_ONCE_MAX: usize = 8;
/// Of these, ordinary ones: an urgent one never waits for a slow receiver to be done with them.
pub(crate) const SENT_ORDINARY_MAX: usize = 6;
/// How long the webhook may take to answer.
pub(crate) const WEBHOOK_WITHIN: Duration = Duration::from_secs(10);
/// The longest wait a webhook may ask for.
pub(crate) const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Idle connections to the webhook.
pub(crate) const WEBHOOK_IDLE_MAX: usize = 4;
/// How long the mail server may take to be reached, and for one mail in all.
pub(crate) const MAIL_CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// See [`MAIL_CONNECT_WITHIN`].
pub(crate) const MAIL_WITHIN: Duration = Duration::from_secs(30);
/// How long what is under way may go on when the process drains.
pub(crate) const SENDING_ENDS_WITHIN: Duration = Duration::from_secs(5);
/// Changes of the feed without a notice between two records of its place.
pub(crate) const PLACE_EVERY: u32 = 1_000;
/// How far before the last change heard a feed of another history is read again: commands that were decided at the same
/// time may stand in it in another order.
pub(crate) const OVERLAP: SignedDuration = SignedDuration::from_mins(1);
/// A ledger of notices with this many records is tidied up when it is opened, if most of them do not matter any more.
pub(crate) const COMPACT_RECORDS: usize = 100_000;
/// Records of such a copy written at once.
pub(crate) const COPY_RECORDS: usize = 1_000;
/// How often what waits is told in the log, while anything is stuck.
pub(crate) const STUCK_TOLD_EVERY: SignedDuration = SignedDuration::from_mins(10);
