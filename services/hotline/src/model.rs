//! The classifier a configuration names: shipped with the binary, in the folder of a city, or a file of its own.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use classifier::Model;

use crate::config::{Config, ModelFrom};

/// The model beside a city's rules.
const FILE: &str = "classifier.model";

/// Reads the classifier; none where there is none.
///
/// # Errors
/// When a file that is named or there cannot be read, or is no model.
pub fn of(config: &Config) -> anyhow::Result<Option<Arc<Model>>> {
    let dir = config.rules.as_ref().and_then(|files| files.dir.as_ref());
    match (&config.model, dir) {
        (ModelFrom::None, _) => Ok(None),
        (ModelFrom::File(file), _) => read(file).map(Some),
        (ModelFrom::Auto, Some(dir)) => beside(dir),
        (ModelFrom::Shipped, _) | (ModelFrom::Auto, None) => shipped(),
    }
}

/// The model in the folder of a city; none where there is none.
///
/// # Errors
/// When it cannot be read, or is none.
pub(crate) fn beside(dir: &Path) -> anyhow::Result<Option<Arc<Model>>> {
    let file = dir.join(FILE);
    file.exists().then(|| read(&file)).transpose()
}

/// The model we ship, trained for the demonstration city.
///
/// # Errors
/// When it is no model, which a test rules out.
pub(crate) fn shipped() -> anyhow::Result<Option<Arc<Model>>> {
    let read = |bytes: &[u8]| Model::read(bytes).map(Arc::new).context(FILE);
    crate::city::built_in_bytes(FILE)
        .map(|bytes| read(&bytes))
        .transpose()
}

fn read(file: &Path) -> anyhow::Result<Arc<Model>> {
    let bytes = std::fs::metadata(file)
        .with_context(|| file.display().to_string())?
        .len();
    let most = classifier::limits::MODEL_BYTES_MAX as u64;
    if bytes > most {
        return Err(anyhow!(
            "{}: has {bytes} bytes, at most {most} are read",
            file.display()
        ));
    }
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let model = Model::read(&bytes).with_context(|| file.display().to_string())?;
    Ok(Arc::new(model))
}
