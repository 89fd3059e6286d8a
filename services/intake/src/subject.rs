//! A subject where the form has none: the beginning of the body.

use crate::limits::{SUBJECT_CHARS_MAX, SUBJECT_CHARS_MIN};

/// What a matter is about in a line of at most [`SUBJECT_CHARS_MAX`] characters: the body's first sentence, with the
/// next ones while it says too little (`您好！`). Empty only for a body of blanks.
pub(crate) fn of_body(body: &str) -> String {
    let mut subject = String::new();
    for sentence in sentences(body) {
        subject.push_str(&sentence);
        if subject.chars().count() >= SUBJECT_CHARS_MIN {
            break;
        }
    }
    match subject.trim_end_matches(is_idle_end) {
        "" => shortened(subject.trim()),
        said => shortened(said),
    }
}

/// The sentences of a text, each with its end mark, blanks within reduced to one. A line's end ends a sentence.
fn sentences(text: &str) -> impl Iterator<Item = String> + '_ {
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).flat_map(|line| {
        let mut sentences = vec![String::new()];
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            if let Some(last) = sentences.last_mut() {
                last.push(c);
            }
            let is_end = matches!(c, '。' | '！' | '？' | '；' | '!' | '?' | ';')
                || c == '.' && chars.peek().is_none_or(|next| *next == ' ');
            if is_end && chars.peek().is_some() {
                sentences.push(String::new());
            }
        }
        // Lines are joined without a mark of their own, so one is put where a sentence has none.
        if let Some(last) = sentences.last_mut()
            && !last.ends_with(is_mark)
        {
            last.push('，');
        }
        sentences
    })
}

fn is_mark(c: char) -> bool {
    is_idle_end(c) || matches!(c, '！' | '？' | '!' | '?' | ':' | '：')
}

/// Marks a subject does not end with.
fn is_idle_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '。' | '，' | '；' | '、' | '.' | ',' | ';')
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SUBJECT_CHARS_MAX {
        return text.trim().to_owned();
    }
    let kept: String = text.chars().take(SUBJECT_CHARS_MAX - 1).collect();
    format!("{}…", kept.trim().trim_end_matches(is_idle_end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_sentence_is_the_subject() {
        assert_eq!(
            of_body("火炬路的路灯坏了三天。晚上很黑，老人不敢出门。"),
            "火炬路的路灯坏了三天"
        );
        assert_eq!(of_body("小区停水已经两天！没有人管"), "小区停水已经两天！");
        assert_eq!(
            of_body("The street lamp is broken. It has been dark for 3.5 days."),
            "The street lamp is broken"
        );
    }

    #[test]
    fn the_first_line_is_the_subject_where_it_ends_before_the_sentence() {
        assert_eq!(
            of_body("\n  关于路灯不亮的问题\n我是附近居民，路灯坏了。"),
            "关于路灯不亮的问题"
        );
    }

    #[test]
    fn a_greeting_alone_is_no_subject() {
        assert_eq!(
            of_body("您好！我家楼下的餐馆半夜还很吵。"),
            "您好！我家楼下的餐馆半夜还很吵"
        );
        assert_eq!(of_body("你好\n楼道灯坏了"), "你好，楼道灯坏了");
    }

    #[test]
    fn a_short_body_is_its_own_subject() {
        assert_eq!(of_body("漏水！"), "漏水！");
        assert_eq!(of_body("停电。"), "停电");
    }

    #[test]
    fn a_long_sentence_is_cut_and_says_so() {
        let subject = of_body(&"路".repeat(300));
        assert_eq!(subject.chars().count(), 60);
        assert!(subject.ends_with('…'));
    }

    proptest! {
        #[test]
        fn every_body_that_says_something_has_a_short_subject_in_one_line(body in "\\PC{0,200}[\\n\\t ]{0,3}\\PC{0,80}") {
            let subject = of_body(&body);
            prop_assert!(subject.chars().count() <= 60);
            prop_assert!(!subject.chars().any(char::is_control));
            prop_assert_eq!(subject.trim().is_empty(), body.trim().is_empty());
        }
    }
}
