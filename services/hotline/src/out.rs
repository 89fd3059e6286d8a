//! Where words go: data on standard output, messages on standard error, colour only where somebody sees it.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

/// The language of messages: Chinese, English, or both where nothing says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// 中文
    Zh,
    /// English
    En,
    /// 中文和英文 · Chinese first, then English
    Both,
}

impl Lang {
    /// What a locale such as `zh_CN.UTF-8` asks for.
    pub fn of_locale(locale: &str) -> Self {
        match locale.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("zh") => Self::Zh,
            Some("en") => Self::En,
            _ => Self::Both,
        }
    }

    /// One message, as this reader wants it.
    pub fn say(self, zh: impl Display, en: impl Display) -> String {
        match self {
            Self::Zh => zh.to_string(),
            Self::En => en.to_string(),
            Self::Both => format!("{zh} · {en}"),
        }
    }

    /// One short word, where there is no room for two languages.
    pub fn word<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh | Self::Both => zh,
            Self::En => en,
        }
    }

    /// One short phrase that is made up, as [`Lang::word`].
    pub fn phrase(self, zh: impl Display, en: impl Display) -> String {
        match self {
            Self::Zh | Self::Both => zh.to_string(),
            Self::En => en.to_string(),
        }
    }

    /// The `accept-language` of calls.
    pub fn accept_language(self) -> &'static str {
        match self {
            Self::Zh | Self::Both => "zh-CN, zh;q=0.9, en;q=0.5",
            Self::En => "en, zh;q=0.5",
        }
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// 在终端上且未设 NO_COLOR 时 · on a terminal, unless NO_COLOR is set
    Auto,
    /// 总是 · always
    Always,
    /// 从不 · never
    Never,
}

/// How one run of the program speaks.
#[derive(Debug, Clone, Copy)]
pub struct Out {
    json: bool,
    quiet: bool,
    lang: Lang,
}

impl Out {
    /// Speaks so, from now on and everywhere in the process for colour.
    pub fn new(json: bool, quiet: bool, lang: Lang, color: Color) -> Self {
        match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::AlwaysAnsi,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        Self { json, quiet, lang }
    }

    /// Whether JSON is asked for.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether messages are not wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The reader's language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// One message, as this reader wants it.
    pub fn say(&self, zh: impl Display, en: impl Display) -> String {
        self.lang.say(zh, en)
    }

    /// One line of data.
    pub fn line(&self, text: impl Display) -> io::Result<()> {
        writeln!(anstream::stdout().lock(), "{text}")
    }

    /// One object of data, on one line.
    pub fn object(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let text = serde_json::to_string(value)?;
        // Not through the colour filter: JSON has no escapes to strip and must arrive byte for byte.
        writeln!(io::stdout().lock(), "{text}")?;
        Ok(())
    }

    /// A message; silent with `--quiet`.
    pub fn note(&self, zh: impl Display, en: impl Display) {
        if !self.quiet {
            self.warn(self.say(zh, en));
        }
    }

    /// A message that even `--quiet` shows. A standard error that is gone is no reason to fail.
    pub fn warn(&self, text: impl Display) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// Asks before something that cannot be undone. Where nobody can answer, the answer is no.
    pub fn confirm(&self, question: impl Display, expected: &str) -> io::Result<bool> {
        if !io::stdin().is_terminal() {
            return Ok(false);
        }
        self.warn(question);
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(answer.trim() == expected)
    }
}

/// The widest line of running text, in terminal columns.
pub const COLUMNS_MAX: usize = 100;

/// Breaks a text into lines of at most `columns`, at a blank where there is one; Chinese breaks anywhere.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    text.lines().flat_map(|line| wrap_line(line, columns)).collect()
}

fn wrap_line(line: &str, columns: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthChar as _;
    let mut lines = Vec::new();
    let (mut start, mut blank, mut width) = (0, None, 0);
    for (at, one) in line.char_indices() {
        let wide = one.width().unwrap_or(0);
        width += wide;
        if one == ' ' {
            blank = Some(at);
        } else if width > columns && at > start {
            let (end, next) = blank.map_or((at, at), |blank| (blank, blank + 1));
            lines.push(line[start..end].trim_end().to_owned());
            (start, blank) = (next, None);
            width = wide + unicode_width::UnicodeWidthStr::width(&line[start..at]);
        }
    }
    lines.push(line[start..].trim_end().to_owned());
    lines
}

/// Pads a cell to a width in terminal columns; Chinese characters take two.
pub fn pad(text: &str, columns: usize) -> String {
    let blank = columns.saturating_sub(unicode_width::UnicodeWidthStr::width(text));
    format!("{text}{}", " ".repeat(blank))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_chooses_the_language() {
        assert_eq!(Lang::of_locale("zh_CN.UTF-8"), Lang::Zh);
        assert_eq!(Lang::of_locale("en_GB"), Lang::En);
        assert_eq!(Lang::of_locale("C"), Lang::Both);
        assert_eq!(Lang::of_locale(""), Lang::Both);
    }

    #[test]
    fn chinese_comes_first_where_nothing_says_which() {
        assert_eq!(Lang::Both.say("好", "good"), "好 · good");
        assert_eq!(Lang::En.say("好", "good"), "good");
    }

    #[test]
    fn a_long_text_breaks_at_blanks_and_chinese_anywhere() {
        assert_eq!(wrap("the lamp is out", 8), ["the lamp", "is out"]);
        assert_eq!(wrap("路灯坏了三天", 8), ["路灯坏了", "三天"]);
        assert_eq!(wrap("路灯 K7QM2XWP99 坏了", 8), ["路灯", "K7QM2XWP", "99 坏了"]);
        assert_eq!(wrap("一\n\n二", 8), ["一", "", "二"]);
        assert_eq!(wrap("", 8), Vec::<String>::new());
    }

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(pad("红灯", 6), "红灯  ");
        assert_eq!(pad("red", 2), "red");
    }
}
