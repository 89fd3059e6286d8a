//! What a reading of the ledger finds: never more at once than a limit, however much is open.

use storage::Entry;

use super::ledger::Record;
use super::queue::Queue;
use crate::limits::READ_AT_ONCE;

/// One reading from a sequence on, with all that came of what was heard there up to the ledger's end.
#[derive(Debug)]
pub(crate) struct Reading {
    /// What was found.
    pub(crate) queue: Queue,
    /// Where the next reading begins; none when this one has found everything.
    pub(crate) next: Option<u64>,
    /// Records the ledger has.
    pub(crate) count: usize,
    from: u64,
    at_once: usize,
}

impl Reading {
    /// Before it is shown anything.
    pub(crate) fn on_from(sequence: u64) -> Self {
        Self {
            queue: Queue::default(),
            next: None,
            count: 0,
            from: sequence,
            at_once: READ_AT_ONCE,
        }
    }

    /// Is shown a record.
    pub(crate) fn show(&mut self, Entry { sequence, at, value }: Entry<Record>) {
        self.count += 1;
        if matches!(value, Record::Heard { .. }) {
            if sequence < self.from {
                return;
            }
            if self.next.is_some() || self.queue.open_count() >= self.at_once {
                self.next.get_or_insert(sequence);
                return;
            }
        }
        self.queue.replay(value, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_one_after_the_other_find_each_open_notice_once() {
        let heard = |version| {
            format!(
                r#"{{"record":"heard","news":{{"number":"20261123-0000021","version":{version},
                "at":"1970-01-01T00:00:07Z","event":"escalated"}},"to":[{{"addressee":"clerk"}}],"channels":["mail"]}}"#
            )
        };
        let done = |version| {
            let notice = format!("20261123-0000021.{version}.clerk.mail");
            format!(r#"{{"record":"done","notice":"{notice}","how":"delivered"}}"#)
        };
        let ledger = [
            heard(1),
            heard(2),
            done(1),
            heard(3),
            heard(4),
            heard(5),
            done(4),
            done(3),
            heard(6),
            heard(7),
        ];
        let (mut found, mut from) = (Vec::new(), Some(0));
        while let Some(sequence) = from {
            let mut reading = Reading {
                at_once: 2,
                ..Reading::on_from(sequence)
            };
            for (sequence, record) in (2..).zip(&ledger) {
                reading.show(Entry {
                    sequence,
                    at: jiff::Timestamp::UNIX_EPOCH,
                    value: serde_json::from_str(record).unwrap(),
                });
            }
            assert_eq!(reading.count, ledger.len());
            let open = reading.queue.take_open().into_iter();
            found.push(open.map(|(id, _)| id.version).collect::<Vec<_>>());
            from = reading.next;
        }
        assert_eq!(found, [vec![2], vec![5, 6], vec![7]]);
    }
}
