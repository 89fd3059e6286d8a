//! The compiled lexicon of the rules in force: built once per version.

use std::sync::{Arc, Mutex, PoisonError};

use domain::id::RulesVersion;
use domain::rules::Rules;
use kit::fault::Fault;

use crate::suggest::Lexis;

/// The last lexicon compiled.
#[derive(Default)]
pub(crate) struct Lexica {
    last: Mutex<Option<(RulesVersion, Arc<Lexis>)>>,
}

impl Lexica {
    /// The lexicon of `rules`. Whoever asks first compiles it, a matter of milliseconds; the others wait for it.
    pub(crate) fn of(&self, rules: &Rules) -> Result<Arc<Lexis>, Fault> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, lexis)) = &*last
            && version == rules.version()
        {
            return Ok(Arc::clone(lexis));
        }
        let lexis = Lexis::new(rules)
            .map_err(|error| Fault::internal(format_args!("the lexicon does not compile: {error}")))?;
        let lexis = Arc::new(lexis);
        *last = Some((rules.version().clone(), Arc::clone(&lexis)));
        Ok(lexis)
    }
}
