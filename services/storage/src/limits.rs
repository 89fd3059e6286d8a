//! Every limit of this crate that the port does not already name (`A-7`).

/// Writes to tickets, or values of a log, one group, and so one `fdatasync`, holds at most, unless its first item alone
/// holds more.
pub const GROUP_WRITES_MAX: usize = 256;
/// Bytes of bodies one group holds at most, unless its first item alone is larger.
pub const GROUP_BYTES_MAX: usize = 4 << 20;
/// Items waiting for the writer.
pub const QUEUE_ITEMS_MAX: usize = 4_096;
/// Bytes of bodies waiting for the writer.
pub const QUEUE_BYTES_MAX: usize = 64 << 20;
/// The longest body of a rules record in bytes.
pub const RULES_BYTES_MAX: usize = 16 << 20;
/// Values of one [`Log::append_all`](crate::Log::append_all).
pub const LOG_VALUES_MAX: usize = 4_096;
/// Bytes of one [`Log::append_all`](crate::Log::append_all).
pub const LOG_BYTES_MAX: usize = 16 << 20;
/// The longest line of a journal in bytes: the longest body and its envelope.
pub const LINE_BYTES_MAX: usize = RULES_BYTES_MAX + 1_024;
/// A new segment is begun when the last one has reached this size, by default.
pub const SEGMENT_BYTES: u64 = 64 << 20;
/// The largest size a segment may be asked to reach; offsets within a segment fit 32 bits.
pub const SEGMENT_BYTES_MAX: u64 = 1 << 30;
/// The index's own page cache, by default.
pub const INDEX_CACHE_BYTES: u64 = 64 << 20;
/// With less free than this the disk counts as full, by default.
pub const FREE_BYTES_MIN: u64 = 64 << 20;
/// The longest value in the index.
pub const VALUE_BYTES_MAX: usize = 60 << 10;
/// The longest state of a ticket, as kept in the index.
pub const STATE_BYTES_MAX: usize = 1 << 20;
/// Tickets kept unpacked in memory, by default.
pub const HOT_TICKETS: usize = 8_192;
/// Writes of a ticket whose places stand in its own row; older ones are spilled in blocks of this many.
pub const TAIL_LINKS_MAX: usize = 16;
/// Recent commits kept in memory for followers at the head.
pub const RING_COMMITS_MAX: usize = 4_096;
/// Bytes of recent commits kept in memory for followers at the head.
pub const RING_BYTES_MAX: usize = 16 << 20;
/// Bytes of records one feed or history call reads from the journal at most, unless its first record is larger.
pub const READ_BYTES_MAX: usize = 8 << 20;
/// Commits between two sweeps of old request ids.
pub const SWEEP_COMMITS: usize = 512;
/// Request ids one sweep looks at: twice the commits between two, so that the ids kept stay below 45 days' worth.
pub const SWEEP_ROWS: usize = 1_024;
/// Changes of the index kept in memory before its engine gets them, as one batch of whole groups, by default; as many
/// again may wait while it does. The engine locks out whoever asks it for something until the batch is in: a thousand is
/// some milliseconds. Four thousand were no faster and kept the slowest commits waiting longer.
pub const RECENT_KEYS: usize = 1_024;
/// Bytes of changes of the index kept in memory before its engine gets them, by default.
pub const RECENT_BYTES: usize = 4 << 20;
/// Index rows one scan asks for at a time.
pub const SCAN_ROWS: usize = 512;
/// Writes to tickets one step of a rebuild holds, but for the last group; a batch of the index's engine is at least one
/// step. Larger steps are not faster and take more memory (30,000 records: 270 MB resident with 2,048, 230 MB with 256).
pub const REBUILD_WRITES: usize = 256;
/// Bytes of bodies one step of a rebuild holds at most, but for the last group.
pub const REBUILD_BYTES: usize = 16 << 20;
/// Problems one report names.
pub const PROBLEMS_MAX: usize = 100;
