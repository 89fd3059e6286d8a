//! The files of learned models, `DIR/triage/models/<hash>.model`: written whole or not at all, the latest kept.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use classifier::Model;

use crate::limits::MODEL_FILE_BYTES_MAX;

/// Where models lie in the role's directory.
const FOLDER: &str = "models";
const EXTENSION: &str = "model";

/// The folder of models.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    folder: PathBuf,
}

impl Files {
    /// The folder below the role's directory.
    pub(crate) fn below(dir: &Path) -> Self {
        Self {
            folder: dir.join(FOLDER),
        }
    }

    /// Writes a model. Once this returns no crash loses it.
    pub(crate) fn write(&self, model: &Model) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let path = self.path(model.version());
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(&model.to_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, &path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// Reads the model of a hash.
    pub(crate) fn read(&self, hash: &str) -> io::Result<Arc<Model>> {
        let file = File::open(self.path(hash))?;
        let mut bytes = Vec::new();
        file.take(MODEL_FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        let model = Model::read(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        if model.version() == hash {
            Ok(Arc::new(model))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "it is another model"))
        }
    }

    /// Whether there is one.
    pub(crate) fn has(&self, hash: &str) -> bool {
        self.path(hash).is_file()
    }

    /// Removes all but these.
    pub(crate) fn keep_only(&self, hashes: &[String]) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_ours = path
                .extension()
                .is_some_and(|extension| extension == EXTENSION || extension == "new");
            let is_kept = hashes.iter().any(|hash| self.path(hash) == path);
            if is_ours && !is_kept {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// A hash is hexadecimal: it leads to no other folder.
    fn path(&self, hash: &str) -> PathBuf {
        let name: String = hash.chars().filter(char::is_ascii_alphanumeric).collect();
        self.folder.join(name).with_extension(EXTENSION)
    }
}
