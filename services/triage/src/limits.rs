//! Every limit of this crate.

use std::time::Duration;

/// Tickets triaged at once.
pub(crate) const IN_FLIGHT_MAX: usize = 64;
/// Changes read ahead of those in flight.
pub(crate) const AHEAD_MAX: usize = 128;
/// Evidence of one decision, in characters.
pub(crate) const EVIDENCE_CHARS_MAX: usize = 400;
/// Labels of a model looked at.
pub(crate) const OPINIONS_MAX: usize = 6;
/// Labels of a model for which the words that spoke are told.
pub(crate) const LABELS_EXPLAINED: usize = 3;
/// Pieces of evidence named per question.
pub(crate) const EVIDENCE_WORDS_MAX: usize = 5;
/// The longest text of a `SuggestTriage`, in bytes: what a registration takes, four bytes a character.
pub(crate) const TEXT_BYTES_MAX: usize = 80_000;
/// Changes handled between two writings of the cursor.
pub(crate) const CURSOR_EVERY: u32 = 1_000;
/// The longest cursor, in bytes.
pub(crate) const CURSOR_BYTES_MAX: u64 = 4_096;
/// Tries at a ticket that fails for a reason that does not pass by itself; then the triage desk has it.
pub(crate) const BROKEN_TRIES_MAX: u32 = 5;
/// The first pause after a failure; doubled with each further one.
pub(crate) const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause between two tries.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(5);
/// From this lag on it is told.
pub(crate) const LAG_TOLD_SECONDS: i64 = 10;
/// Tickets that are compared with, the latest. A kilobyte each.
pub(crate) const TICKETS_MAX: usize = 1_000_000;
/// How long after its registration a ticket is taken up when the index is made anew, in days.
pub(crate) const KEPT_WITHIN_DAYS: i64 = 730;
/// Tickets read at once while the index is made.
pub(crate) const READS_MAX: usize = 8;
/// Rarest pairs of characters by which a ticket is found again.
pub(crate) const RARE_PAIRS_HELD: usize = 16;
/// Rarest pairs of what is asked about by which others are looked for.
pub(crate) const RARE_PAIRS_ASKED: usize = 24;
/// Tickets found by one pair, the latest.
pub(crate) const HOLDERS_MAX: usize = 2_000;
/// Tickets that are compared in full when the closest are looked for.
pub(crate) const CLOSE_LOOKED_AT: usize = 64;
/// Below this closeness a past ticket has nothing to say.
pub(crate) const CLOSENESS_MIN: f64 = 0.1;
/// Past tickets shown.
pub(crate) const SIMILAR_MAX: usize = 3;
/// Tickets that are compared in full when what tells the same is looked for: the nearest by their sketches.
pub(crate) const ALIKE_LOOKED_AT: usize = 4_000;
/// Candidates shown.
pub(crate) const DUPLICATES_MAX: usize = 10;
/// Candidates read through tickets: some may be out of the caller's sight, some parts of one incident.
pub(crate) const RECHECKED_MAX: usize = 24;
/// Tickets of the caller read at once.
pub(crate) const CALLER_PAGE_SIZE: u32 = 200;
/// Pages of them.
pub(crate) const CALLER_PAGES_MAX: usize = 2;
/// Lessons kept one by one, the latest; older ones are counted by week and category only.
pub(crate) const LESSONS_MAX: usize = 100_000;
/// Lessons of one record.
pub(crate) const LESSONS_OF_A_STEP: usize = 500;
/// Records of the ledger of lessons from which on it is written anew, shorter, when it is opened.
pub(crate) const LESSON_RECORDS_MAX: usize = 50_000;
/// Weeks that are counted.
pub(crate) const WEEKS_MAX: usize = 520;
/// Changes of the feed in one step of the lessons.
pub(crate) const STEP_CHANGES_MAX: u32 = 1_000;
/// How long a step of the lessons gathers changes.
pub(crate) const STEP_WITHIN: Duration = Duration::from_millis(500);
/// Tickets whose chosen category is remembered; that of others is read.
pub(crate) const STANDING_MAX: usize = 65_536;
/// Events of a ticket read at once.
pub(crate) const HISTORY_PAGE: u32 = 200;
/// Pages of a ticket's history read at most.
pub(crate) const HISTORY_PAGES_MAX: usize = 50;
/// Versions of the model remembered, and refusals.
pub(crate) const VERSIONS_MAX: usize = 500;
/// Versions and refusals shown.
pub(crate) const VERSIONS_SHOWN_MAX: usize = 50;
/// Tickets named with a refusal.
pub(crate) const REFUSED_NUMBERS_MAX: usize = 20;
/// Learned models kept as files, the latest.
pub(crate) const MODELS_MAX: usize = 10;
/// The longest file of a model read, in bytes.
pub(crate) const MODEL_FILE_BYTES_MAX: u64 = 64 << 20;
/// How long corrections are gathered before they are learned.
pub(crate) const LEARN_WITHIN: Duration = Duration::from_secs(1);
/// Corrections learned in one step.
pub(crate) const LEARN_AT_ONCE_MAX: usize = 64;
/// Tickets read at once to learn from them.
pub(crate) const LESSON_READS_MAX: usize = 8;
/// Every so many-th ticket's lessons are held out.
pub(crate) const HELD_OUT_EVERY: u64 = 5;
/// Lessons held out that the gate asks about, the latest.
pub(crate) const HELD_OUT_MAX: usize = 300;
/// Questions made of the city's lexicon.
pub(crate) const LEXICON_ITEMS_MAX: usize = 400;
/// Terms of the lexicon in one question.
pub(crate) const LEXICON_TERMS_OF_AN_ITEM: usize = 3;
/// So much of the lessons held out may be answered worse.
pub(crate) const HELD_OUT_LOSS_PERCENT: u32 = 1;
/// So much of the lexicon's words may be answered worse.
pub(crate) const LEXICON_LOSS_PERCENT: u32 = 2;
/// So much of one category may be answered worse.
pub(crate) const CATEGORY_LOSS_PERCENT: u32 = 10;
/// Below so many questions nothing is said of one category.
pub(crate) const CATEGORY_ITEMS_MIN: u32 = 10;
/// By so much, on average, a label may become less probable for the words of the lexicon that speak for it.
pub(crate) const FADE_MAX: f64 = 0.10;
/// Weeks of drift shown where nobody says how many.
pub(crate) const DRIFT_WEEKS: usize = 12;
/// Weeks of drift shown at most.
pub(crate) const DRIFT_WEEKS_MAX: usize = 260;
/// The latest weeks with something known that are compared with those before.
pub(crate) const FALL_WEEKS: usize = 4;
/// Below so many known on either side nothing is said of a fall.
pub(crate) const FALL_KNOWN_MIN: u64 = 20;
/// Corrections of a page, where nobody says how many.
pub(crate) const CORRECTIONS_DEFAULT: usize = 50;
/// Corrections of a page at most.
pub(crate) const CORRECTIONS_MAX: usize = 200;
/// How soon a caller may try again when the ledger is busy.
pub(crate) const RETRY_BUSY: Duration = Duration::from_millis(200);
