//! What of a message the model looks at: hashes of its words, of its runs of characters and of those of its head.

use text::grams::grams;
use text::{Segmenter, hash64, is_stop_word, mix64, normal};

use crate::limits::{HEAD_WORDS, WORDS_MAX};

/// A message to be told what it is about.
#[derive(Debug, Clone, Copy)]
pub enum Message<'a> {
    /// As a resident wrote it.
    Text {
        /// 标题.
        subject: &'a str,
        /// 正文.
        body: &'a str,
    },
    /// As words parted by blanks, subject then body, where only those survive.
    Words(&'a str),
}

impl<'a> Message<'a> {
    /// A message as a resident wrote it.
    pub fn text(subject: &'a str, body: &'a str) -> Self {
        Self::Text { subject, body }
    }

    /// Its words that say something, in their normal form and in order, at most [`WORDS_MAX`].
    pub fn each_word(&self, mut each: impl FnMut(&str)) {
        let mut count = 0;
        let mut one = |word: &str| {
            if count < WORDS_MAX && !is_stop_word(word) {
                count += 1;
                each(word);
            }
        };
        match self {
            Self::Text { subject, body } => {
                let segmenter = Segmenter::shared();
                segmenter.each_word(&normal(subject), &mut one);
                segmenter.each_word(&normal(body), &mut one);
            }
            Self::Words(words) => {
                for word in normal(words).split(' ') {
                    if word.chars().any(text::is_word_char) {
                        one(word);
                    }
                }
            }
        }
    }
}

/// How often each feature of one block occurs, in the order of the hashes.
pub(crate) type Counts = Vec<(u32, u8)>;

/// The blocks of features; each is scaled to a length of its own.
pub(crate) const BLOCKS: usize = 3;

/// What a message looks like to a model: hashes and counts, no text. A few kilobytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Features {
    /// Words; runs of one to three characters; the same of the head.
    pub(crate) blocks: [Counts; BLOCKS],
    /// Words that say something.
    pub(crate) words_count: u16,
}

impl Features {
    /// What `message` looks like.
    pub fn of(message: &Message<'_>) -> Self {
        let mut words: Vec<u32> = Vec::with_capacity(256);
        let mut chars: Vec<char> = Vec::with_capacity(512);
        let mut head_end = 0;
        message.each_word(|word| {
            words.push(word_hash(word));
            chars.extend(word.chars());
            if words.len() <= HEAD_WORDS {
                head_end = chars.len();
            }
        });
        let words_count = u16::try_from(words.len()).unwrap_or(u16::MAX);
        Self {
            blocks: [
                counted(words),
                counted(gram_hashes(&chars)),
                counted(gram_hashes(&chars[..head_end])),
            ],
            words_count,
        }
    }

    /// Whether there is nothing to go by.
    pub fn is_empty(&self) -> bool {
        self.words_count == 0
    }
}

/// The hash of a word; of a number with many digits only their count matters.
pub(crate) fn word_hash(word: &str) -> u32 {
    let is_number = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let hash = if is_number {
        mix64(word.len() as u64)
    } else {
        hash64(word.as_bytes())
    };
    short(hash)
}

fn gram_hashes(chars: &[char]) -> Vec<u32> {
    let mut hashes = Vec::with_capacity(chars.len() * 3);
    for length in 1..=3 {
        hashes.extend(grams(chars, length).map(short));
    }
    hashes
}

/// The upper half of a hash.
pub(crate) fn short(hash: u64) -> u32 {
    u32::try_from(hash >> 32).expect("the upper half has 32 bits")
}

fn counted(mut hashes: Vec<u32>) -> Counts {
    hashes.sort_unstable();
    let mut counts: Counts = Vec::with_capacity(hashes.len());
    for hash in hashes {
        match counts.last_mut() {
            Some((last, count)) if *last == hash => *count = count.saturating_add(1),
            _ => counts.push((hash, 1)),
        }
    }
    counts.shrink_to_fit();
    counts
}
