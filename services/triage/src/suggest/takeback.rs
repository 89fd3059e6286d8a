//! Words that take back what is named behind them: 没有煤气味 is no gas smell, 去年发生爆炸 no explosion of today.

use domain::rules::Triage;
use text::normal;

/// How far back one looks for such a word, in characters.
const BACK_CHARS_MAX: usize = 30;
/// What ends the part of a sentence that a word is taken back in.
const STOPS: [char; 14] = [
    '，', '。', '！', '？', '；', '：', '、', ',', '.', '!', '?', ';', ':', '\n',
];

/// The words of a city that take something back.
#[derive(Debug, Default)]
pub(super) struct Takeback {
    negations: Vec<String>,
    not_now: Vec<String>,
}

impl Takeback {
    pub(super) fn new(triage: &Triage) -> Self {
        let plain = |words: &[String]| {
            let mut plain: Vec<String> = words.iter().map(|word| normal(word).into_owned()).collect();
            plain.retain(|word| !word.is_empty());
            plain
        };
        Self {
            negations: plain(&triage.negations),
            not_now: plain(&triage.not_now),
        }
    }

    /// Whether what is named at `at` is denied, or is not of now.
    pub(super) fn takes_back(&self, text: &str, at: usize) -> bool {
        let before = before(text, at);
        self.is_denied(before) || self.not_now.iter().any(|word| before.contains(word.as_str()))
    }

    /// Whether what is named at `at` is denied.
    pub(super) fn denies(&self, text: &str, at: usize) -> bool {
        self.is_denied(before(text, at))
    }

    fn is_denied(&self, before: &str) -> bool {
        let denied = |word: &String| {
            before.strip_suffix(word.as_str()).is_some_and(|rest| {
                // 有没有, 是不是 ask: they deny nothing.
                let last = word.chars().next_back();
                rest.is_empty() || rest.chars().next_back() != last
            })
        };
        self.negations.iter().any(denied)
    }
}

/// What stands before `at` in the same part of the sentence.
fn before(text: &str, at: usize) -> &str {
    let head = text.get(..at).unwrap_or_default();
    let from = head
        .char_indices()
        .rev()
        .take(BACK_CHARS_MAX)
        .take_while(|(_, one)| !STOPS.contains(one))
        .last()
        .map_or(head.len(), |(from, _)| from);
    &head[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takeback() -> Takeback {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Takeback::new(&Triage {
            negations: words(&["没有", "不是", "防", "没有闻到"]),
            not_now: words(&["去年", "演练"]),
            ..Triage::default()
        })
    }

    #[track_caller]
    fn check(text: &str, word: &str, expected: bool) {
        let at = text.find(word).unwrap();
        assert_eq!(takeback().takes_back(text, at), expected, "{text}");
    }

    #[test]
    fn what_is_denied_or_past_is_taken_back() {
        check("家里没有煤气味", "煤气味", true);
        check("没有闻到煤气味", "煤气味", true);
        check("防溺水宣传", "溺水", true);
        check("去年这里发生过爆炸", "爆炸", true);
        check("今天演练起火", "起火", true);
    }

    #[test]
    fn what_is_asked_or_said_elsewhere_stands() {
        check("有没有煤气味", "煤气味", false);
        check("是不是爆炸了", "爆炸", false);
        check("没有人管，煤气味很重", "煤气味", false);
        check("没有人处理煤气味", "煤气味", false);
        check("去年报过修，今天又起火", "起火", false);
        check("煤气味", "煤气味", false);
    }
}
