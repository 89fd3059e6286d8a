//! Group commit: one thread takes what waits, keeps it with one sync, and answers all.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::limits::{GROUP_BYTES_MAX, GROUP_WRITES_MAX, QUEUE_BYTES_MAX};
use crate::port::Failure;

/// What the thread does with the items it takes. It owns everything it writes to.
pub(crate) trait Keeper: Send + 'static {
    type Item: Send + 'static;

    /// Keeps a group and answers each of its items.
    fn keep(&mut self, group: Vec<Self::Item>);

    /// Ends cleanly and lets go of everything.
    fn close(self) -> Result<(), Failure>;
}

enum Message<Item> {
    Keep { item: Item, writes: usize, bytes: usize },
    Close(SyncSender<Result<(), Failure>>),
}

/// The waiting line before the thread. Dropping it lets the thread finish what waits, without a clean close, and waits
/// for that.
pub(crate) struct Queue<Item> {
    sender: Mutex<Option<SyncSender<Message<Item>>>>,
    gauge: Arc<Gauge>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Gauge {
    bytes: AtomicUsize,
    open: AtomicBool,
}

impl<Item: Send + 'static> Queue<Item> {
    /// Starts the thread. At most `items` items wait.
    pub(crate) fn start<K>(name: &str, keeper: K, items: usize) -> std::io::Result<Queue<Item>>
    where
        K: Keeper<Item = Item>,
    {
        let (sender, receiver) = sync_channel(items.max(1));
        let gauge = Arc::new(Gauge {
            bytes: AtomicUsize::new(0),
            open: AtomicBool::new(true),
        });
        let ends = Ends(Arc::clone(&gauge));
        let run = move || {
            run(keeper, &receiver, &ends.0);
            drop(ends);
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Queue {
            sender: Mutex::new(Some(sender)),
            gauge,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Hands an item over, at once or not at all.
    pub(crate) fn push(&self, item: Item, writes: usize, bytes: usize) -> Result<(), Failure> {
        if !self.is_open() {
            return Err(Failure::Stopped);
        }
        if self.gauge.bytes.fetch_add(bytes, Ordering::Relaxed) >= QUEUE_BYTES_MAX {
            self.gauge.bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(Failure::Busy);
        }
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sent =
            match sender.as_ref() {
                Some(sender) => sender
                    .try_send(Message::Keep { item, writes, bytes })
                    .map_err(|error| match error {
                        TrySendError::Full(_) => Failure::Busy,
                        TrySendError::Disconnected(_) => Failure::Stopped,
                    }),
                None => Err(Failure::Stopped),
            };
        if sent.is_err() {
            self.gauge.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        sent
    }

    /// Whether items are still taken.
    pub(crate) fn is_open(&self) -> bool {
        self.gauge.open.load(Ordering::Acquire)
    }

    /// Takes no more items, lets the thread finish what waits and close, and gives its answer. Blocks.
    pub(crate) fn close(&self) -> Result<(), Failure> {
        if !self.gauge.open.swap(false, Ordering::AcqRel) {
            return Err(Failure::Stopped);
        }
        let sender = self
            .sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or(Failure::Stopped)?;
        let (answer, answered) = sync_channel(1);
        sender
            .send(Message::Close(answer))
            .map_err(|_| Failure::Stopped)?;
        drop(sender);
        let result = answered.recv().unwrap_or(Err(Failure::Stopped));
        self.join();
        result
    }

    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("a ledger's writer ended by a panic");
        }
    }
}

impl<Item> Drop for Queue<Item> {
    fn drop(&mut self) {
        self.sender
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // A panic was reported where it happened; there is nobody to hand it to here.
            let _ended = thread.join();
        }
    }
}

/// Says that nothing is taken any more, however the thread ends.
struct Ends(Arc<Gauge>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.open.store(false, Ordering::Release);
    }
}

fn run<K: Keeper>(mut keeper: K, receiver: &Receiver<Message<K::Item>>, gauge: &Gauge) {
    let mut carried = None;
    loop {
        let Some(message) = carried.take().or_else(|| receiver.recv().ok()) else {
            return;
        };
        let (mut group, mut writes_sum, mut bytes_sum) = (Vec::new(), 0, 0);
        let mut next = Some(message);
        let mut closing = None;
        while let Some(message) = next {
            match message {
                Message::Keep { item, writes, bytes } => {
                    let fits =
                        writes_sum + writes <= GROUP_WRITES_MAX && bytes_sum + bytes <= GROUP_BYTES_MAX;
                    if !fits && !group.is_empty() {
                        carried = Some(Message::Keep { item, writes, bytes });
                        break;
                    }
                    group.push(item);
                    (writes_sum, bytes_sum) = (writes_sum + writes, bytes_sum + bytes);
                }
                Message::Close(answer) => {
                    closing = Some(answer);
                    break;
                }
            }
            next = receiver.try_recv().ok();
        }
        gauge.bytes.fetch_sub(bytes_sum, Ordering::Relaxed);
        if !group.is_empty() {
            keeper.keep(group);
        }
        if let Some(answer) = closing {
            let result = keeper.close();
            // Who asked may be gone; the store is closed all the same.
            let _gone = answer.send(result);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps numbers, one group whenever the test lets it.
    struct Slow {
        begun: SyncSender<()>,
        go: Receiver<()>,
        kept: SyncSender<Vec<u32>>,
    }

    impl Keeper for Slow {
        type Item = u32;

        fn keep(&mut self, group: Vec<u32>) {
            self.begun.send(()).unwrap();
            self.go.recv().unwrap();
            self.kept.send(group).unwrap();
        }

        fn close(self) -> Result<(), Failure> {
            Ok(())
        }
    }

    struct Test {
        queue: Queue<u32>,
        begun: Receiver<()>,
        go: SyncSender<()>,
        kept: Receiver<Vec<u32>>,
    }

    fn start(items: usize) -> Test {
        let ((begun, has_begun), (go, may_go), (kept, was_kept)) =
            (sync_channel(64), sync_channel(64), sync_channel(64));
        let queue = Queue::start(
            "slow",
            Slow {
                begun,
                go: may_go,
                kept,
            },
            items,
        )
        .unwrap();
        Test {
            queue,
            begun: has_begun,
            go,
            kept: was_kept,
        }
    }

    #[test]
    fn what_waits_while_a_group_is_kept_becomes_the_next_group() {
        let Test {
            queue,
            begun,
            go,
            kept,
        } = start(8);
        queue.push(1, 1, 10).unwrap();
        begun.recv().unwrap();
        (2..=4).for_each(|item| queue.push(item, 1, 10).unwrap());
        (0..2).for_each(|_| go.send(()).unwrap());
        assert_eq!(kept.recv().unwrap(), [1]);
        assert_eq!(kept.recv().unwrap(), [2, 3, 4]);
        queue.close().unwrap();
        assert_eq!(queue.close(), Err(Failure::Stopped));
        assert_eq!(queue.push(5, 1, 10), Err(Failure::Stopped));
    }

    #[test]
    fn groups_have_limits_and_an_item_beyond_them_goes_alone() {
        let Test {
            queue,
            begun,
            go,
            kept,
        } = start(8);
        queue.push(1, 1, 10).unwrap();
        begun.recv().unwrap();
        queue.push(2, GROUP_WRITES_MAX - 1, 10).unwrap();
        queue.push(3, 1, 10).unwrap();
        queue.push(4, 1, 10).unwrap();
        queue.push(5, 1, GROUP_BYTES_MAX + 1).unwrap();
        queue.push(6, 1, 10).unwrap();
        (0..5).for_each(|_| go.send(()).unwrap());
        let groups: Vec<_> = (0..5).map(|_| kept.recv().unwrap()).collect();
        assert_eq!(groups, [vec![1], vec![2, 3], vec![4], vec![5], vec![6]]);
    }

    #[test]
    fn a_full_line_is_busy_and_what_was_taken_is_kept_before_closing() {
        let Test {
            queue,
            begun,
            go,
            kept,
        } = start(2);
        queue.push(1, 1, 10).unwrap();
        begun.recv().unwrap();
        queue.push(2, 1, QUEUE_BYTES_MAX).unwrap();
        assert_eq!(queue.push(3, 1, 10), Err(Failure::Busy), "too many bytes");
        go.send(()).unwrap();
        begun.recv().unwrap();
        queue.push(4, 1, 10).unwrap();
        queue.push(5, 1, 10).unwrap();
        assert_eq!(queue.push(6, 1, 10), Err(Failure::Busy), "too many items");
        (0..2).for_each(|_| go.send(()).unwrap());
        queue.close().unwrap();
        assert_eq!(kept.iter().collect::<Vec<_>>(), [vec![1], vec![2], vec![4, 5]]);
    }

    #[test]
    fn a_writer_that_panics_takes_no_more() {
        let Test {
            queue,
            begun,
            go,
            kept,
        } = start(2);
        drop(kept);
        queue.push(1, 1, 10).unwrap();
        begun.recv().unwrap();
        go.send(()).unwrap();
        queue.join();
        assert!(!queue.is_open());
        assert_eq!(queue.push(2, 1, 10), Err(Failure::Stopped));
    }
}
