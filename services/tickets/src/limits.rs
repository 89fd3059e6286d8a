//! Every limit of this crate.

use std::time::Duration;

use jiff::SignedDuration;

/// How often a command without an expected version is decided anew when the ticket has moved: at the close of a day a
/// clock of every leg may fire at once.
pub(crate) const DECISIONS_MAX: usize = 16;
/// Pages by default and at most.
pub(crate) const PAGE_DEFAULT: usize = 50;
/// See [`PAGE_DEFAULT`].
pub(crate) const PAGE_MAX: usize = 200;
/// Rows one page may scan; it may be short before the end (AIP-158).
pub(crate) const SCAN_MAX: usize = 2_000;
/// Due clocks of one answer.
pub(crate) const DUE_MAX: usize = 1_000;
/// Due clocks of one answer when nothing is said.
pub(crate) const DUE_DEFAULT: usize = 200;
/// After so long without a look at what is due by a loop that fires, the system was down.
pub(crate) const UNLOOKED_MAX: SignedDuration = SignedDuration::from_secs(60);
/// The longest reason for confirming the machine's clock, in characters.
pub(crate) const CLOCK_REASON_CHARS_MAX: usize = 200;
/// Facts of one ticket that an explanation reads.
pub(crate) const EXPLAINED_FACTS_MAX: usize = 100_000;
/// Facts read from the ledger at once by a watcher.
pub(crate) const WATCH_BATCH: usize = 256;
/// Changes a slow watcher may be behind in its own buffer.
pub(crate) const WATCH_BUFFER: usize = 64;
/// Watchers of one process at once; one more is refused.
pub(crate) const WATCHERS_MAX: usize = 2_000;
/// When a refused watcher may try again.
pub(crate) const RETRY_WATCH: Duration = Duration::from_secs(5);
/// Kinds of events a watcher may ask the words of.
pub(crate) const WORDS_OF_MAX: usize = 8;
/// A heartbeat, whatever happens.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);
/// The longest code, article or source id in bytes.
pub(crate) const CODE_BYTES_MAX: usize = 200;
/// When to try again after the ledger was busy or full.
pub(crate) const RETRY_BUSY: Duration = Duration::from_millis(200);
/// Matters split off one ticket at a time.
pub(crate) const PARTS_MAX: usize = 8;
/// Units named in one request.
pub(crate) const UNITS_MAX: usize = 20;
/// Members of a review panel.
pub(crate) const PANEL_MAX: usize = 20;
/// Earlier rulings of one answer when nothing is said.
pub(crate) const RULINGS_DEFAULT: usize = 3;
/// Earlier rulings of one answer.
pub(crate) const RULINGS_MAX: usize = 50;
/// Earlier rulings looked at for one answer.
pub(crate) const RULINGS_SCAN_MAX: usize = 10_000;
/// Versions of the rules remembered, with what holds for tickets that keep earlier ones.
pub(crate) const VERSIONS_MAX: usize = 32;
/// Versions one list names.
pub(crate) const VERSIONS_LISTED_MAX: usize = 100;
/// Problems of a bundle that a refusal names.
pub(crate) const PROBLEMS_MAX: usize = 20;
/// Tickets whose clocks are derived anew at once.
pub(crate) const REDERIVED_AT_ONCE_MAX: usize = 16;
/// How often the open tickets are gone through for one calendar.
pub(crate) const REDERIVE_PASSES_MAX: usize = 20;
/// How often it is looked whether other rules have taken force.
pub(crate) const REDERIVE_LOOK: Duration = Duration::from_secs(30);
/// When to try again after clocks could not be derived anew.
pub(crate) const REDERIVE_RETRY: Duration = Duration::from_secs(2);
/// The largest bundle as JSON.
pub(crate) const BUNDLE_BYTES_MAX: usize = 1_000_000;
/// Tickets that one step of a clock audit reads.
pub(crate) const AUDIT_PAGE: usize = 64;
/// How many times longer than it has worked a clock audit rests after each step.
pub(crate) const AUDIT_REST: u32 = 3;
/// When a clock audit begins anew that could not go on.
pub(crate) const AUDIT_RETRY: Duration = Duration::from_secs(60);
/// Differences one answer names.
pub(crate) const AUDIT_SHOWN_MAX: usize = 100;
/// Differences the log names.
pub(crate) const AUDIT_NAMED_MAX: usize = 20;
