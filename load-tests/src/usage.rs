//! What processes use, as `/proc` says. Where there is no `/proc`, nothing is known and nothing is printed.

use std::time::Duration;

/// The kernel reports processor time in hundredths of a second (`USER_HZ`, fixed in its interface to programs).
const TICKS_A_SECOND: u64 = 100;

/// Processor time a process has used so far, all threads, user and system.
pub(crate) fn cpu_of(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    ticks_of_process(&stat).map(spent)
}

/// Processor time this process has used so far, to the nanosecond.
pub(crate) fn own_cpu() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(used).unwrap_or_default()
}

/// Processor time the whole machine has spent on anything but waiting, since it was started.
pub(crate) fn cpu_of_machine() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    busy_ticks(&stat).map(spent)
}

/// Memory of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Memory {
    /// Resident, in bytes.
    pub(crate) resident: u64,
    /// Of that, its own and not of a file.
    pub(crate) anonymous: u64,
    /// The most there ever was resident.
    pub(crate) peak: u64,
}

/// Memory of a process now.
pub(crate) fn memory_of(pid: u32) -> Option<Memory> {
    memory(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// Processors this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn spent(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND)
}

fn ticks_of_process(stat: &str) -> Option<u64> {
    // The name stands in parentheses and may hold spaces; user and system time are the 12th and 13th field behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn busy_ticks(stat: &str) -> Option<u64> {
    // cpu user nice system idle iowait irq softirq steal guest …; guest is part of user.
    let fields = stat.lines().next()?.split_ascii_whitespace().skip(1).take(8);
    let ticks = fields.map(str::parse).collect::<Result<Vec<u64>, _>>().ok()?;
    Some(ticks.iter().sum::<u64>() - ticks.get(3)? - ticks.get(4)?)
}

fn memory(status: &str) -> Option<Memory> {
    let bytes = |name: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let kilobytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
        Some(kilobytes * 1_024)
    };
    Some(Memory {
        resident: bytes("VmRSS")?,
        anonymous: bytes("RssAnon")?,
        peak: bytes("VmHWM")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let stat = "71 (a (b) c) S 1 71 71 0 -1 4194304 10 0 0 0 250 50 0 0 20 0 3 0 100 1000 10";
        assert_eq!(ticks_of_process(stat), Some(300));
        assert_eq!(spent(300), Duration::from_secs(3));
    }

    #[test]
    fn idle_and_waiting_are_not_busy() {
        assert_eq!(
            busy_ticks("cpu  10 1 5 1000 200 2 3 4 0 0\ncpu0 1 1 1 1"),
            Some(25)
        );
    }

    #[test]
    fn memory_reads_back() {
        let status = "Name:\thotline\nVmHWM:\t    3072 kB\nVmRSS:\t    2048 kB\nRssAnon:\t    1024 kB\n";
        let megabyte = 1 << 20;
        assert_eq!(
            memory(status),
            Some(Memory {
                resident: 2 * megabyte,
                anonymous: megabyte,
                peak: 3 * megabyte
            })
        );
    }
}
