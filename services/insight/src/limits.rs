//! Every limit of this crate.

use jiff::SignedDuration;

/// The largest snapshot read, in bytes: some ten million tickets.
pub(crate) const SNAPSHOT_BYTES_MAX: u64 = 2 << 30;
/// Different units a projection tells apart.
pub(crate) const UNITS_MAX: u16 = u16::MAX - 1;
/// A heartbeat says that nothing more had happened when it was sent; it may have been on its way for this long.
pub(crate) const HEARTBEAT_AGE: SignedDuration = SignedDuration::from_secs(5);
/// Rows the list of tickets grows by at once: an eighth of what it holds, but at least this many.
pub(crate) const GROWTH_MIN: usize = 1_024;

// Hot topics.

/// Messages kept in memory; the oldest goes when one more comes. About 3 kB each.
pub(crate) const MESSAGES_MAX: usize = 20_000;
/// Characters of a subject that are read.
pub(crate) const SUBJECT_CHARS_MAX: usize = 80;
/// Characters of a body that are read.
pub(crate) const BODY_CHARS_MAX: usize = 400;
/// Different words that are counted; those after it are not.
pub(crate) const WORDS_MAX: usize = 500_000;
/// The length of the runs of characters that are indexed, and of the shortest name.
pub(crate) const GRAM_CHARS: usize = 3;
/// The longest name, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 12;
/// Messages looked at to see how far a name reaches.
pub(crate) const NAME_SAMPLE_MAX: usize = 60;
/// Names of one message that are looked at.
pub(crate) const NAMES_PER_MESSAGE_MAX: usize = 12;
/// Messages looked at for one name.
pub(crate) const MESSAGES_PER_NAME_MAX: usize = 1_000;
/// Words of a topic's profile.
pub(crate) const PROFILE_WORDS_MAX: usize = 40;
/// Topics kept; the one whose last message is oldest goes first.
pub(crate) const TOPICS_MAX: usize = 1_000;
/// Other names of one topic.
pub(crate) const ALIASES_MAX: usize = 8;
/// People whose messages are compared to see how much they are alike.
pub(crate) const LIKENESS_SAMPLE_MAX: usize = 24;
/// Merged tickets whose incident is remembered.
pub(crate) const MERGED_MAX: usize = 100_000;
/// Characters of the place of a matter that are read.
pub(crate) const PLACE_CHARS_MAX: usize = 60;
/// Days a list of topics looks back, where nothing else is asked for, and at most.
pub(crate) const HOT_WINDOW_DAYS: u32 = 60;
/// See [`HOT_WINDOW_DAYS`].
pub(crate) const HOT_WINDOW_DAYS_MAX: u32 = 366;
/// Topics of a list, where nothing else is asked for, and at most.
pub(crate) const HOT_LIMIT: u32 = 20;
/// See [`HOT_LIMIT`].
pub(crate) const HOT_LIMIT_MAX: u32 = 100;
/// People of a topic that is listed, where nothing else is asked for.
pub(crate) const HOT_PEOPLE_MIN: u32 = 5;
/// Parts of the course of a topic.
pub(crate) const HOT_COURSE_PARTS: usize = 24;
/// Numbers of a topic's tickets in a list.
pub(crate) const HOT_NUMBERS_MAX: usize = 200;
/// Tickets registered longer ago are not read after a start: the season of a year before, and a window.
pub(crate) const HOT_KEPT_DAYS: i64 = 450;
/// Changes waiting for their turn.
pub(crate) const HOT_AHEAD_MAX: usize = 128;
/// Tickets read at once.
pub(crate) const HOT_READS_MAX: usize = 8;
