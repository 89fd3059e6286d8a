//! The model a verb asks: one of a file, or the one the binary ships.

use std::path::Path;

use anyhow::Context as _;
use classifier::Model;
use classifier::limits::MODEL_BYTES_MAX;

use crate::exit::{Exit, Stop};

/// Reads the model of a file, or the shipped one.
///
/// # Errors
/// When the file cannot be read, or holds no model.
pub(super) fn model(file: Option<&Path>) -> anyhow::Result<Model> {
    let Some(file) = file else {
        let bytes = crate::city::shipped_model().context("没有随附的模型 · no model is shipped")?;
        return Model::read(&bytes).context("随附的模型 · the shipped model");
    };
    let name = file.display();
    let refuse = |exit, why: String| Stop::because(exit, format!("{name}: 不是可用的模型 · {why}"));
    let meta = std::fs::metadata(file).map_err(|error| refuse(Exit::NotFound, error.to_string()))?;
    if meta.len() > MODEL_BYTES_MAX as u64 {
        return Err(refuse(Exit::Damaged, format!("has {} bytes", meta.len())));
    }
    let bytes = std::fs::read(file).map_err(|error| refuse(Exit::Failed, error.to_string()))?;
    Model::read(&bytes).map_err(|error| refuse(Exit::Damaged, error.to_string()))
}
