//! The thread that hands batches to the engine. Commits go on meanwhile, as far as they ask for nothing that is only in
//! the engine: it locks everybody out of itself while a batch goes in.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::{Unusable, guarded};
use crate::embedded::trust::Trust;

type Ended = Result<(), Unusable>;

/// One thread as long as the index is open, and at most one batch with it. What fails there is distrusted there, at
/// once: a process that is killed before anybody asks must not find the index trusted. Waits for its thread when dropped: the
/// engine's files are held until then.
pub(super) struct Settling<Batch> {
    line: Mutex<Line<Batch>>,
    thread: Option<JoinHandle<()>>,
}

struct Line<Batch> {
    /// None once nothing more comes.
    begin: Option<SyncSender<Batch>>,
    ended: Receiver<Ended>,
    is_under_way: bool,
}

impl<Batch: Send + 'static> Settling<Batch> {
    /// Starts the thread, which does `settle` with each batch it is given.
    pub(super) fn start(
        trust: Arc<Trust>,
        mut settle: impl FnMut(Batch) -> sled::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let (begin, begun) = sync_channel::<Batch>(1);
        let (end, ended) = sync_channel(1);
        let run = move || {
            for batch in begun {
                let ended = guarded(|| settle(batch));
                if let Err(Unusable(why)) = &ended {
                    trust.distrust(why);
                }
                if end.send(ended).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("index".to_owned()).spawn(run)?;
        let line = Line {
            begin: Some(begin),
            ended,
            is_under_way: false,
        };
        Ok(Settling {
            line: Mutex::new(line),
            thread: Some(thread),
        })
    }

    /// Hands a batch over; the one before must have been waited for.
    pub(super) fn begin(&self, batch: Batch) -> Ended {
        let mut line = self.lock();
        let sent = line.begin.as_ref().is_some_and(|begin| begin.send(batch).is_ok());
        line.is_under_way = sent;
        if sent { Ok(()) } else { Err(gone()) }
    }

    /// Waits until what was begun is done, and says how it ended.
    pub(super) fn wait(&self) -> Ended {
        let mut line = self.lock();
        if !std::mem::take(&mut line.is_under_way) {
            return Ok(());
        }
        line.ended.recv().unwrap_or_else(|_| Err(gone()))
    }
}

impl<Batch> Settling<Batch> {
    fn lock(&self) -> MutexGuard<'_, Line<Batch>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Batch> Drop for Settling<Batch> {
    fn drop(&mut self) {
        self.lock().begin = None;
        if let Some(thread) = self.thread.take() {
            // How it ended is in the mark by now; what is missing is made up from the journal.
            let _ended = thread.join();
        }
    }
}

fn gone() -> Unusable {
    Unusable("its thread has ended".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn a_failure_or_a_panic_is_distrusted_at_once_and_told_to_who_waits() {
        let failures: [fn(u8) -> sled::Result<()>; 2] = [
            |_| Err(sled::Error::Unsupported("no".to_owned())),
            |_| panic!("in mid-batch"),
        ];
        for fail in failures {
            let dir = tempfile::tempdir().unwrap();
            let trust = Arc::new(Trust::new(dir.path(), 0));
            let settling = Settling::start(Arc::clone(&trust), fail).unwrap();
            assert_eq!(settling.wait(), Ok(()), "nothing was begun");
            settling.begin(1).unwrap();
            settling.wait().unwrap_err();
            assert!(trust.is_damaged());
        }
    }

    #[test]
    fn one_thread_takes_every_batch_in_turn_and_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let (seen, told) = sync_channel(9);
        let settle = move |batch| {
            seen.send((thread::current().id(), batch)).unwrap();
            Ok(())
        };
        let settling = Settling::start(Arc::new(Trust::new(dir.path(), 0)), settle).unwrap();
        for batch in 1..=3 {
            settling.wait().unwrap();
            settling.begin(batch).unwrap();
        }
        drop(settling);
        let (threads, batches): (Vec<_>, Vec<_>) = told.iter().unzip();
        assert_eq!(batches, [1, 2, 3]);
        assert!(threads.iter().all(|thread| *thread == threads[0]));
    }
}
