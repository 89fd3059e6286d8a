//! The one place where tasks begin. They all know when the process is draining, and [`Drain::shutdown`] waits for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Tasks of a process.
#[derive(Clone)]
pub struct Drain {
    inner: Arc<Inner>,
}

struct Inner {
    draining: watch::Sender<bool>,
    tasks: Mutex<Tasks>,
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct Tasks {
    last: u64,
    running: BTreeMap<u64, &'static str>,
}

/// What came of a shutdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Names of the tasks that did not end in time, sorted.
    pub unfinished: Vec<&'static str>,
}

impl Report {
    /// Whether every task has ended.
    pub fn is_clean(&self) -> bool {
        self.unfinished.is_empty()
    }
}

impl Drain {
    /// Nothing runs yet.
    #[expect(clippy::new_without_default, reason = "made once per process, on purpose")]
    pub fn new() -> Self {
        let inner = Inner {
            draining: watch::Sender::new(false),
            tasks: Mutex::default(),
            count: watch::Sender::new(0),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Runs `work` in a task of its own, in the current span. A task that never ends by itself selects on
    /// [`Drain::draining`].
    #[expect(clippy::disallowed_methods, reason = "the only place that spawns")]
    pub fn spawn<F>(&self, name: &'static str, work: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let running = self.enter(name);
        tokio::spawn(tracing::Instrument::in_current_span(async move {
            let _running = running;
            work.await
        }))
    }

    /// Runs `work`, which blocks (files, long computing), on a thread made for that, and answers what it answers.
    pub async fn block<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let running = self.enter(name);
        let span = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let _running = running;
            span.in_scope(work)
        });
        match done.await {
            Ok(value) => value,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is gone: nobody waits for an answer any more.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Completes when the process begins to drain; at once when it does already.
    pub fn draining(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut draining = self.inner.draining.subscribe();
        async move {
            // The sender going away means the same.
            let _ = draining.wait_for(|draining| *draining).await;
        }
    }

    /// Whether the process is draining.
    pub fn is_draining(&self) -> bool {
        *self.inner.draining.borrow()
    }

    /// How many tasks run.
    pub fn running_count(&self) -> usize {
        *self.inner.count.borrow()
    }

    /// Tells every task to end and waits for them, at most `within`.
    pub async fn shutdown(&self, within: Duration) -> Report {
        self.inner.draining.send_replace(true);
        let mut count = self.inner.count.subscribe();
        // Running out of time is told by what is left.
        let _ = tokio::time::timeout(within, count.wait_for(|count| *count == 0)).await;
        let tasks = self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unfinished: Vec<_> = tasks.running.values().copied().collect();
        unfinished.sort_unstable();
        Report { unfinished }
    }

    fn enter(&self, name: &'static str) -> Running {
        let mut tasks = self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.last += 1;
        let id = tasks.last;
        tasks.running.insert(id, name);
        self.inner.count.send_replace(tasks.running.len());
        Running {
            inner: Arc::clone(&self.inner),
            id,
            name,
        }
    }
}

struct Running {
    inner: Arc<Inner>,
    id: u64,
    name: &'static str,
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(task = self.name, "a task panicked");
        }
        let mut tasks = self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.running.remove(&self.id);
        self.inner.count.send_replace(tasks.running.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_task_ends_on_shutdown() {
        let drain = Drain::new();
        for _ in 0..3 {
            let draining = drain.draining();
            drain.spawn("loop", draining);
        }
        assert_eq!(drain.running_count(), 3);
        let report = drain.shutdown(Duration::from_secs(5)).await;
        assert!(report.is_clean());
        assert!(drain.is_draining());
    }

    #[tokio::test]
    async fn a_task_that_does_not_end_is_named() {
        let drain = Drain::new();
        drain.spawn("stuck", std::future::pending::<()>());
        let report = drain.shutdown(Duration::from_millis(1)).await;
        assert_eq!(report.unfinished, ["stuck"]);
    }

    #[tokio::test]
    async fn blocking_work_answers() {
        assert_eq!(Drain::new().block("sum", || 1 + 1).await, 2);
    }
}
