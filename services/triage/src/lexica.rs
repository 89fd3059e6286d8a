//! The compiled lexicon of the rules in force, beside the labels of the model in force: built once for both.

use std::sync::{Arc, Mutex, PoisonError};

use classifier::Model;
use domain::id::RulesVersion;
use domain::rules::Rules;
use kit::fault::Fault;

use crate::suggest::Lexis;

/// The last lexicon compiled.
#[derive(Default)]
pub(crate) struct Lexica {
    last: Mutex<Option<Compiled>>,
}

struct Compiled {
    rules: RulesVersion,
    labels: Vec<String>,
    lexis: Arc<Lexis>,
}

impl Lexica {
    /// The lexicon of `rules`. Whoever asks first compiles it, a matter of milliseconds; the others wait for it.
    pub(crate) fn of(&self, rules: &Rules, model: Option<&Model>) -> Result<Arc<Lexis>, Fault> {
        let labels = model.map_or(&[][..], Model::labels);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = &*last
            && compiled.rules == *rules.version()
            && compiled.labels == labels
        {
            return Ok(Arc::clone(&compiled.lexis));
        }
        let lexis = Lexis::with_labels(rules, labels)
            .map_err(|error| Fault::internal(format_args!("the lexicon does not compile: {error}")))?;
        if !lexis.lost_labels().is_empty() {
            let lost = lexis.lost_labels().join(", ");
            tracing::warn!(
                lost,
                "labels of the classifier stand for no category and are left out"
            );
        }
        let lexis = Arc::new(lexis);
        *last = Some(Compiled {
            rules: rules.version().clone(),
            labels: labels.to_vec(),
            lexis: Arc::clone(&lexis),
        });
        Ok(lexis)
    }
}
