//! The thread that hands a batch to the engine while commits go on. One at a time.

use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::Unusable;

type Ended = Result<(), Unusable>;

/// Waits for its thread when dropped: the engine's files are held until then.
#[derive(Default)]
pub(super) struct Settling(Mutex<Option<JoinHandle<Ended>>>);

impl Settling {
    /// Begins; what was begun before must have been waited for.
    pub(super) fn begin(&self, settle: impl FnOnce() -> Ended + Send + 'static) -> Ended {
        let named = thread::Builder::new().name("index".to_owned());
        let begun = named.spawn(settle).map_err(|error| Unusable(error.to_string()))?;
        *self.lock() = Some(begun);
        Ok(())
    }

    /// Waits until what was begun is done, and says how it ended.
    pub(super) fn wait(&self) -> Ended {
        let begun = self.lock().take();
        let panicked = |_| Err(Unusable("a panic".to_owned()));
        begun.map_or(Ok(()), |begun| begun.join().unwrap_or_else(panicked))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<Ended>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Settling {
    fn drop(&mut self) {
        // Nobody is left to be told: what is missing is made up from the journal.
        let _ended = self.wait();
    }
}
