//! The file of a model: magic, format, checksum, then its parts, each with a length that is checked before it is believed.

mod wire;

use self::wire::{Reader, put_f32, put_f64, put_len, put_u32, put_u64, put_varint};
use crate::coarse::Coarse;
use crate::dense::{Dense, Space};
use crate::embedding::Embedding;
use crate::features::BLOCKS;
use crate::limits::{DIMENSIONS_MAX, FEATURES_MAX, LABELS_MAX, LANDMARKS_MAX, MODEL_BYTES_MAX, WEIGHTS_MAX};
use crate::linear::{Block, Linear};
use crate::matrix::Matrix;
use crate::model::Model;
use crate::sureness::Sureness;
use crate::threshold::Thresholds;
use crate::vocabulary::Vocabulary;

const MAGIC: &[u8; 8] = b"HLMODEL\n";
const FORMAT: u32 = 1;
/// Magic, format, checksum.
const HEAD_BYTES: usize = 8 + 4 + 8;

/// Why some bytes are no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Something else altogether.
    #[error("not a model of the classifier")]
    Foreign,
    /// Written by a later program.
    #[error("format {0} is newer than this program reads, {FORMAT}")]
    Newer(u32),
    /// Cut short or changed.
    #[error("the model is damaged: {0}")]
    Damaged(&'static str),
    /// More bytes than any model of ours has.
    #[error("{0} bytes are too many for a model, at most {MODEL_BYTES_MAX} are read")]
    TooLarge(usize),
}

impl Model {
    /// Reads a model.
    ///
    /// # Errors
    /// When the bytes are no model, one of a newer format, or damaged.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() > MODEL_BYTES_MAX {
            return Err(ModelError::TooLarge(bytes.len()));
        }
        if bytes.len() < MAGIC.len() || bytes[..MAGIC.len()] != *MAGIC {
            return Err(ModelError::Foreign);
        }
        let mut reader = Reader(&bytes[MAGIC.len()..]);
        let format = reader.u32()?;
        if format != FORMAT {
            return Err(if format > FORMAT {
                ModelError::Newer(format)
            } else {
                ModelError::Foreign
            });
        }
        let checksum = reader.u64()?;
        if checksum != text::hash64(reader.0) {
            return Err(ModelError::Damaged("its checksum differs"));
        }
        let model = body(&mut reader)?;
        if !reader.0.is_empty() {
            return Err(ModelError::Damaged("something follows its end"));
        }
        Ok(Self {
            version: version(checksum),
            ..model
        })
    }

    /// The model as the bytes of its file; equal models give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + 1024);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        self.write(&mut bytes);
        let checksum = text::hash64(&bytes[HEAD_BYTES..]);
        bytes[HEAD_BYTES - 8..HEAD_BYTES].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The same model under the version of what it now holds.
    pub(crate) fn sealed(mut self) -> Self {
        let mut body = Vec::new();
        self.write(&mut body);
        self.version = version(text::hash64(&body));
        self
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_f64(out, self.precision);
        put_u64(out, self.trained_count);
        put_u64(out, self.learned_count);
        put_len(out, self.labels.len());
        for label in &self.labels {
            put_len(out, label.len());
            out.extend_from_slice(label.as_bytes());
        }
        for weight in self.sureness.weights.iter().chain(&self.sureness.labels) {
            put_f64(out, *weight);
        }
        put_f64(out, self.thresholds.shared);
        self.thresholds
            .labels
            .iter()
            .for_each(|threshold| put_f64(out, *threshold));
        put_f32(out, self.linear.step);
        self.linear.biases.iter().for_each(|bias| put_f32(out, *bias));
        self.linear.blocks.iter().for_each(|block| put_block(out, block));
        out.push(u8::from(self.dense.is_some()));
        if let Some(dense) = &self.dense {
            put_dense(out, dense);
        }
    }
}

fn version(checksum: u64) -> String {
    format!("{checksum:016x}")[..12].to_owned()
}

fn body(reader: &mut Reader<'_>) -> Result<Model, ModelError> {
    let precision = reader.share()?;
    let trained_count = reader.u64()?;
    let learned_count = reader.u64()?;
    let labels_count = reader.len(LABELS_MAX)?;
    let labels = (0..labels_count)
        .map(|_| reader.label())
        .collect::<Result<Vec<_>, _>>()?;
    let mut sureness = Sureness {
        weights: Default::default(),
        labels: Vec::new(),
    };
    for weight in &mut sureness.weights {
        *weight = reader.f64()?;
    }
    sureness.labels = (0..labels_count)
        .map(|_| reader.f64())
        .collect::<Result<_, _>>()?;
    let thresholds = Thresholds {
        shared: reader.f64()?,
        labels: (0..labels_count)
            .map(|_| reader.f64())
            .collect::<Result<_, _>>()?,
    };
    let step = reader.f32()?;
    let biases = (0..labels_count)
        .map(|_| reader.f32())
        .collect::<Result<_, _>>()?;
    let blocks: Vec<Block> = (0..BLOCKS)
        .map(|_| block(reader, labels_count))
        .collect::<Result<_, _>>()?;
    let blocks = blocks
        .try_into()
        .map_err(|_| ModelError::Damaged("a block is missing"))?;
    let dense = match reader.array()? {
        [0] => None,
        [1] => Some(dense(reader, labels_count)?),
        _ => return Err(ModelError::Damaged("a mark is neither yes nor no")),
    };
    Ok(Model {
        labels,
        dense,
        linear: Linear { blocks, step, biases },
        sureness,
        thresholds,
        precision,
        trained_count,
        learned_count,
        version: String::new(),
    })
}

fn put_block(out: &mut Vec<u8>, block: &Block) {
    put_f32(out, block.length);
    put_vocabulary(out, &block.vocabulary);
    block
        .weights
        .iter()
        .for_each(|weight| out.extend_from_slice(&weight.to_le_bytes()));
}

fn block(reader: &mut Reader<'_>, labels_count: usize) -> Result<Block, ModelError> {
    let length = reader.f32()?;
    let vocabulary = vocabulary(reader)?;
    let weights_count = vocabulary.len() * labels_count;
    if weights_count > WEIGHTS_MAX {
        return Err(ModelError::Damaged("it has too many weights"));
    }
    let weights = reader
        .take(weights_count * 2)?
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    Ok(Block {
        vocabulary,
        length,
        weights,
    })
}

fn put_vocabulary(out: &mut Vec<u8>, vocabulary: &Vocabulary) {
    put_u32(out, vocabulary.messages_count());
    put_len(out, vocabulary.len());
    // Hashes as the steps between them: two or three bytes each; how often each occurs: mostly one.
    let mut last = 0;
    for hash in vocabulary.hashes() {
        put_varint(out, hash - last);
        last = *hash;
    }
    vocabulary.dfs().iter().for_each(|df| put_varint(out, *df));
}

fn vocabulary(reader: &mut Reader<'_>) -> Result<Vocabulary, ModelError> {
    let messages_count = reader.u32()?;
    let features = reader.len(FEATURES_MAX)?;
    let mut hashes = Vec::with_capacity(features.min(reader.0.len()));
    let mut last = 0_u32;
    for at in 0..features {
        let step = reader.varint()?;
        last = last
            .checked_add(step)
            .ok_or(ModelError::Damaged("its hashes leave their range"))?;
        if at > 0 && step == 0 {
            return Err(ModelError::Damaged("a hash occurs twice"));
        }
        hashes.push(last);
    }
    let dfs = (0..features)
        .map(|_| reader.varint())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Vocabulary::new(hashes, dfs, messages_count))
}

fn put_dense(out: &mut Vec<u8>, dense: &Dense) {
    for embedding in [&dense.space.words, &dense.space.pairs] {
        put_vocabulary(out, &embedding.vocabulary);
        put_coarse(out, &embedding.vectors);
    }
    dense.space.center.iter().for_each(|cell| put_f32(out, *cell));
    put_len(out, dense.space.width());
    put_coarse(out, &dense.space.landmarks);
    dense
        .weights
        .cells
        .iter()
        .for_each(|weight| put_f32(out, *weight));
}

fn dense(reader: &mut Reader<'_>, labels_count: usize) -> Result<Dense, ModelError> {
    let mut embedding = || {
        let vocabulary = vocabulary(reader)?;
        let vectors = coarse(reader, vocabulary.len())?;
        Ok(Embedding { vocabulary, vectors })
    };
    let (words, pairs) = (embedding()?, embedding()?);
    let columns = words.vectors.columns + pairs.vectors.columns;
    let center = (0..columns).map(|_| reader.f32()).collect::<Result<_, _>>()?;
    let width = reader.len(LANDMARKS_MAX)?;
    let landmarks = coarse(reader, width)?;
    if landmarks.columns != columns {
        return Err(ModelError::Damaged("its landmarks lie elsewhere"));
    }
    let cells = (0..width * labels_count)
        .map(|_| reader.f32())
        .collect::<Result<_, _>>()?;
    Ok(Dense {
        space: Space::new(words, pairs, center, landmarks),
        weights: Matrix {
            columns: labels_count,
            cells,
        },
    })
}

fn put_coarse(out: &mut Vec<u8>, coarse: &Coarse) {
    put_len(out, coarse.columns);
    coarse.steps.iter().for_each(|step| put_f32(out, *step));
    coarse
        .cells
        .iter()
        .for_each(|cell| out.extend_from_slice(&cell.to_le_bytes()));
}

fn coarse(reader: &mut Reader<'_>, rows: usize) -> Result<Coarse, ModelError> {
    let columns = reader.len(DIMENSIONS_MAX)?;
    let steps = (0..rows).map(|_| reader.f32()).collect::<Result<_, _>>()?;
    let cells = reader
        .take(rows * columns)?
        .iter()
        .map(|byte| i8::from_le_bytes([*byte]))
        .collect();
    Ok(Coarse {
        columns,
        cells,
        steps,
    })
}
