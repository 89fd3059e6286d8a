//! Trying until it is done: what passes by itself for ever, what does not a few times, with growing pauses, until the
//! process drains.

use std::time::Duration;

use crate::drain::Drain;
use crate::fault::Fault;

/// The first pause after a failure; doubled with each further one.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Tries at what fails for a reason that does not pass by itself.
const BROKEN_TRIES_MAX: u32 = 5;

/// Tries until it is done. The last fault where it was given up; none where the process drains before.
pub async fn insist<T, W>(drain: &Drain, mut attempt: impl FnMut() -> W + Send) -> Option<Result<T, Fault>>
where
    W: Future<Output = Result<T, Fault>> + Send,
{
    let (mut tries, mut pause) = (0u32, PAUSE_MIN);
    loop {
        let fault = match attempt().await {
            Ok(done) => return Some(Ok(done)),
            Err(fault) => fault,
        };
        tries = tries.saturating_add(1);
        if !fault.is_passing() && tries >= BROKEN_TRIES_MAX {
            return Some(Err(fault));
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = drain.draining() => return None,
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn tried(
        drain: &Drain,
        outcome: impl Fn(u32) -> Result<u32, Fault> + Sync,
    ) -> (Option<Result<u32, Fault>>, u32) {
        let mut tries = 0;
        let came = insist(drain, || {
            tries += 1;
            std::future::ready(outcome(tries))
        })
        .await;
        (came, tries)
    }

    #[tokio::test]
    async fn what_passes_is_tried_until_it_has_passed() {
        let fails = |tries| match tries {
            4 => Ok(7),
            _ => Err(Fault::unavailable("", "")),
        };
        let (came, tries) = tried(&Drain::new(), fails).await;
        assert_eq!((came.unwrap().unwrap(), tries), (7, 4));
    }

    #[tokio::test]
    async fn what_does_not_pass_is_given_up() {
        let (came, tries) = tried(&Drain::new(), |_| Err(Fault::not_found())).await;
        assert!(came.unwrap().is_err());
        assert_eq!(tries, BROKEN_TRIES_MAX);
    }

    #[tokio::test]
    async fn nothing_is_tried_again_while_the_process_drains() {
        let drain = Drain::new();
        drain.shutdown(Duration::ZERO).await;
        let (came, tries) = tried(&drain, |_| Err(Fault::unavailable("", ""))).await;
        assert!(came.is_none());
        assert_eq!(tries, 1);
    }
}
