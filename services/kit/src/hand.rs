//! Streams within one process: their messages are handed over as the values they are, not as bytes and back. Nothing that
//! comes from the network can ask for it, and a caller that does not ask gets bytes.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

/// The messages of a streaming answer.
pub type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The mark of a request whose caller takes values.
#[derive(Clone)]
struct TakesValues;

/// Messages on their way from the answer to the caller.
struct Handed<T>(Arc<Mutex<Option<Messages<T>>>>);

impl<T> Clone for Handed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// A request whose answer is to be read with [`messages`].
pub fn request<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(TakesValues);
    request
}

/// Whether whoever made a request takes values.
pub fn takes_values<T>(request: &Request<T>) -> bool {
    request.extensions().get::<TakesValues>().is_some()
}

/// The answer to a request: `messages` as values where it `takes_values`, else as bytes.
pub fn answer<T: Send + 'static>(takes_values: bool, messages: Messages<T>) -> Response<Messages<T>> {
    if !takes_values {
        return Response::new(messages);
    }
    let mut response = Response::new(futures::stream::empty().boxed());
    let handed = Handed(Arc::new(Mutex::new(Some(messages))));
    response.extensions_mut().insert(handed);
    response
}

/// The messages of an answer, however they come.
pub fn messages<T: Send + 'static>(mut response: Response<Streaming<T>>) -> Messages<T> {
    let handed = response.extensions_mut().remove::<Handed<T>>();
    let values =
        handed.and_then(|Handed(handed)| handed.lock().unwrap_or_else(PoisonError::into_inner).take());
    values.unwrap_or_else(|| response.into_inner().boxed())
}
