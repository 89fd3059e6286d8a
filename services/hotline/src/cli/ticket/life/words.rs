//! What pieces of text are called, and in which order they are read.

use std::borrow::Cow;

use crate::out::Lang;

/// Pieces of text with their Chinese names, in the order in which they are read.
const WORDS: &[(&str, &str)] = &[
    ("subject", "标题"),
    ("place", "地点"),
    ("body", "正文"),
    ("found", "查明情况"),
    ("done", "办理情况"),
    ("decided", "处理结果"),
    ("legal_basis", "法律依据"),
    ("reason", "理由"),
    ("note", "备注"),
    ("answer", "答复"),
    ("evidence", "证据"),
];

/// What a piece of text is called: by what was done, where that says more than the field.
pub(super) fn word_name<'a>(kind: &str, field: &'a str, lang: Lang) -> Cow<'a, str> {
    let own = match (kind, field) {
        ("citizen_asked", "note") => Some(("问题", "question")),
        ("suspension_requested", "note") => Some(("计划", "plan")),
        ("promise_checked", "note") => Some(("现状", "standing")),
        ("order_issued", "note") => Some(("要求", "demand")),
        ("opinion_given", "reason") => Some(("意见", "opinion")),
        ("dispatched", "evidence") => Some(("判断词语", "words")),
        ("return_requested", "legal_basis") => Some(("依据", "basis")),
        _ => None,
    };
    if let Some((zh, en)) = own {
        return lang.word(zh, en).into();
    }
    let zh = WORDS.iter().find(|(word, _)| *word == field).map(|(_, zh)| *zh);
    match (lang, zh) {
        (Lang::Zh | Lang::Both, Some(zh)) => zh.into(),
        (Lang::En, _) | (_, None) => field.replace('_', " ").into(),
    }
}

/// Its place among others; what is newer comes last.
pub(super) fn word_order(field: &str) -> usize {
    let at = WORDS.iter().position(|(word, _)| *word == field);
    at.unwrap_or(WORDS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_called_by_what_it_is() {
        assert_eq!(word_name("annotated", "note", Lang::Both), "备注");
        assert_eq!(word_name("citizen_asked", "note", Lang::Both), "问题");
        assert_eq!(word_name("order_issued", "note", Lang::En), "demand");
        assert_eq!(word_name("annotated", "song", Lang::Both), "song");
        assert!(word_order("reason") < word_order("evidence") && word_order("evidence") < word_order("song"));
    }
}
