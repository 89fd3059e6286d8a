//! Words of a text by jieba's dictionary, and its hidden Markov model for what the dictionary does not know.

use std::sync::LazyLock;

use jieba_rs::Jieba;

use crate::limits::{RUN_CHARS_MAX, WORD_CHARS_MAX};
use crate::normal::{is_word_char, normal};

/// Cuts texts into words. One is enough for a process: its dictionary takes some 40 MB.
pub struct Segmenter {
    jieba: Jieba,
}

impl Segmenter {
    /// The one of this process; the dictionary is read at the first call, which takes about a quarter of a second.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Segmenter> = LazyLock::new(|| Segmenter { jieba: Jieba::new() });
        &SHARED
    }

    /// The words of a text in its normal form, in order; marks, blanks and pictures are none.
    pub fn segment(&self, text: &str) -> Vec<String> {
        let mut words = Vec::with_capacity(text.len() / 5);
        self.each_word(&normal(text), |word| words.push(word.to_owned()));
        words
    }

    /// The words of a text that is in its normal form already ([`normal`]), without a copy of each.
    pub fn each_word(&self, normal: &str, mut each: impl FnMut(&str)) {
        for run in runs(normal) {
            for token in self.jieba.cut(run, true) {
                let word = token.word;
                if !word.chars().any(is_word_char) {
                    continue;
                }
                match word.char_indices().nth(WORD_CHARS_MAX) {
                    Some((end, _)) => each(&word[..end]),
                    None => each(word),
                }
            }
        }
    }
}

/// The parts of a text between its marks and blanks, none longer than [`RUN_CHARS_MAX`].
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|one: char| !is_word_char(one) && !is_joint(one))
        .filter(|run| !run.is_empty())
        .flat_map(pieces)
}

/// The mark that stands inside a word: `3.5`, `12345.gov.cn`.
fn is_joint(one: char) -> bool {
    one == '.'
}

fn pieces(run: &str) -> impl Iterator<Item = &str> {
    let mut rest = run;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .char_indices()
            .nth(RUN_CHARS_MAX)
            .map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        Segmenter::shared().segment(text).join("/")
    }

    #[test]
    fn a_message_falls_into_words() {
        assert_eq!(
            words("小区门口的路灯坏了三天，晚上没人敢走！"),
            "小区/门口/的/路灯/坏/了/三天/晚上/没人敢/走"
        );
        assert_eq!(
            words("ＡPP打不开，Wi-Fi很慢；限速6.5"),
            "app/打不开/wi/fi/很慢/限速/6.5"
        );
    }

    #[test]
    fn what_is_no_word_gives_none() {
        assert_eq!(words(""), "");
        assert_eq!(words("😡😡😡 ！！！……"), "");
        assert_eq!(words("\u{0}\u{feff}"), "");
    }

    #[test]
    fn a_long_run_is_cut_and_nothing_of_it_lost() {
        let text = "路灯坏了".repeat(2_000);
        let cut: String = Segmenter::shared().segment(&text).concat();
        assert_eq!(cut, text);
        let key = "z".repeat(5_000);
        assert!(
            words(&key)
                .split('/')
                .all(|word| word.chars().count() <= WORD_CHARS_MAX)
        );
    }
}
