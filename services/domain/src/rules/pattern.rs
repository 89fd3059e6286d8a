//! Patterns of the lexicon's rules: regular expressions without look-around or back-references, so that matching takes
//! time linear in the text, with a bound on what each compiles to.
//!
//! Letters match in either case, `.` matches a line break too. [`Pattern::needed`] tells the fixed words without which a
//! pattern cannot match, so that of ten thousand patterns only a few are ever run on a message.

use std::fmt;
use std::ops::Range;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The longest pattern, in characters.
pub const PATTERN_CHARS_MAX: usize = 500;
/// The most a pattern may compile to, in bytes.
const PATTERN_BYTES_MAX: usize = 256 * 1024;
/// The deepest nesting of groups.
const NEST_MAX: u32 = 50;
/// What one search may remember, in bytes; beyond it the search is slower, never wrong.
const CACHE_BYTES_MAX: usize = 64 * 1024;
/// Alternatives that are told apart at one place; with more, nothing is known of the place.
const ALTERNATIVES_MAX: usize = 16;

/// A compiled pattern.
pub struct Pattern {
    regex: Regex,
    needed: Vec<Vec<String>>,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern")
            .field("needed", &self.needed)
            .finish_non_exhaustive()
    }
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Not one we understand.
    #[error("at character {at}: {what}")]
    Syntax {
        /// Which character, from 1.
        at: usize,
        /// What about it.
        what: String,
    },
    /// It compiles to more than may be.
    #[error("compiles to more than {PATTERN_BYTES_MAX} bytes: repeat less")]
    TooLarge,
    /// It matches where nothing stands.
    #[error("matches the empty text, so every message: ask for at least one character")]
    Empty,
    /// Longer than may be.
    #[error("has more than {PATTERN_CHARS_MAX} characters")]
    TooLong,
}

impl PatternError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Syntax { at, what } => format!("第 {at} 个字符处有误：{what}"),
            Self::TooLarge => format!("编译后超过 {PATTERN_BYTES_MAX} 字节：请减少重复次数"),
            Self::Empty => "可匹配空文本，将命中所有来件：请至少要求一个字符".to_owned(),
            Self::TooLong => format!("超过 {PATTERN_CHARS_MAX} 个字符"),
        }
    }
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let hir = parsed(text)?;
        let config = Regex::config()
            .nfa_size_limit(Some(PATTERN_BYTES_MAX))
            .which_captures(WhichCaptures::Implicit)
            .hybrid_cache_capacity(CACHE_BYTES_MAX)
            .onepass(false)
            .dfa(false)
            .auto_prefilter(false);
        let regex = Regex::builder()
            .configure(config)
            .build_from_hir(&hir)
            .map_err(|_| PatternError::TooLarge)?;
        let needed = announcing(&hir);
        Ok(Self { regex, needed })
    }

    /// What a pattern cannot match without, as [`Pattern::needed`], without compiling it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn needed_by(text: &str) -> Result<Vec<Vec<String>>, PatternError> {
        Ok(announcing(&parsed(text)?))
    }

    /// Where it matches, in bytes of the text: the first place, then the first behind it, and so on.
    pub fn find_iter<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        self.regex.find_iter(Input::new(text)).map(|found| found.range())
    }

    /// What it cannot match without: of each row one word stands in the text, in either case of its letters. Empty
    /// where nothing is fixed.
    pub fn needed(&self) -> &[Vec<String>] {
        &self.needed
    }

    /// What it takes, in bytes, without what a search remembers.
    pub fn bytes(&self) -> usize {
        self.regex.memory_usage()
    }
}

fn parsed(text: &str) -> Result<Hir, PatternError> {
    if text.chars().count() > PATTERN_CHARS_MAX {
        return Err(PatternError::TooLong);
    }
    let mut parser = ParserBuilder::new()
        .nest_limit(NEST_MAX)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .build();
    let hir = parser.parse(text).map_err(|error| {
        let (at, what) = match &error {
            regex_syntax::Error::Parse(error) => (error.span().start.offset, error.kind().to_string()),
            regex_syntax::Error::Translate(error) => (error.span().start.offset, error.kind().to_string()),
            other => (0, other.to_string()),
        };
        let at = text.get(..at).map_or(1, |before| before.chars().count() + 1);
        PatternError::Syntax { at, what }
    })?;
    match hir.properties().minimum_len() {
        Some(0) => Err(PatternError::Empty),
        Some(_) | None => Ok(hir),
    }
}

/// The rows of words without which there is no match, as far as they announce it.
fn announcing(hir: &Hir) -> Vec<Vec<String>> {
    let mut needed = needed(hir);
    needed.retain(|row| row.iter().all(|word| !is_common(word)));
    needed
}

/// A digit, a mark or a single letter stands in every message.
fn is_common(word: &str) -> bool {
    word.len() < 2
}

/// The rows of words that a match needs, one row for each fixed place.
fn needed(hir: &Hir) -> Vec<Vec<String>> {
    match hir.kind() {
        HirKind::Concat(parts) => of_sequence(parts),
        HirKind::Capture(group) => needed(&group.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => needed(&repeated.sub),
        HirKind::Alternation(branches) => one_of(branches).into_iter().collect(),
        HirKind::Literal(_) | HirKind::Class(_) => exact(hir).into_iter().collect(),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => Vec::new(),
    }
}

/// Neighbours that are fixed make one longer word.
fn of_sequence(parts: &[Hir]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut run: Option<Vec<String>> = None;
    for part in parts {
        match (run.take(), exact(part)) {
            (Some(before), Some(next)) if before.len() * next.len() <= ALTERNATIVES_MAX => {
                run = Some(joined(&before, &next));
            }
            (before, Some(next)) => {
                rows.extend(before);
                run = Some(next);
            }
            (before, None) => {
                rows.extend(before);
                rows.extend(needed(part));
            }
        }
    }
    rows.extend(run);
    rows
}

/// The words of an alternation: of each branch the row that says most; none where a branch says nothing.
fn one_of(branches: &[Hir]) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for branch in branches {
        let rows = needed(branch);
        let shortest = |row: &Vec<String>| row.iter().map(String::len).min();
        words.extend(rows.into_iter().max_by_key(shortest)?);
    }
    (words.len() <= ALTERNATIVES_MAX).then(|| distinct(words))
}

/// All that a part can match, where that is few words; in small letters.
fn exact(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            Some(vec![text.to_lowercase()])
        }
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges();
            let count: usize = ranges.iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum();
            if count > ALTERNATIVES_MAX {
                return None;
            }
            let chars = ranges.iter().flat_map(|range| range.start()..=range.end());
            Some(distinct(chars.map(|one| one.to_lowercase().collect()).collect()))
        }
        HirKind::Capture(group) => exact(&group.sub),
        HirKind::Concat(parts) => parts.iter().try_fold(vec![String::new()], |before, part| {
            let next = exact(part)?;
            (before.len() * next.len() <= ALTERNATIVES_MAX).then(|| joined(&before, &next))
        }),
        HirKind::Alternation(branches) => {
            let words = branches.iter().map(exact).collect::<Option<Vec<_>>>()?.concat();
            (words.len() <= ALTERNATIVES_MAX).then(|| distinct(words))
        }
        HirKind::Empty | HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

fn joined(before: &[String], next: &[String]) -> Vec<String> {
    let all = before
        .iter()
        .flat_map(|one| next.iter().map(move |two| format!("{one}{two}")));
    distinct(all.collect())
}

fn distinct(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn needs(pattern: &str, expected: &[&[&str]]) {
        let pattern = Pattern::parse(pattern).unwrap();
        assert_eq!(pattern.needed(), expected);
    }

    #[track_caller]
    fn wrong(pattern: &str, zh: &str, en: &str) {
        let error = Pattern::parse(pattern).unwrap_err();
        assert_eq!((error.zh().as_str(), error.to_string().as_str()), (zh, en));
    }

    #[test]
    fn a_pattern_needs_its_fixed_words() {
        needs("小区.{0,10}停水", &[&["小区"], &["停水"]]);
        needs("(煤|天然|燃)气味", &[&["天然气味", "煤气味", "燃气味"]]);
        needs("[煤燃]气.*漏", &[&["煤气", "燃气"], &["漏"]]);
        needs("KTV.+吵", &[&["ktv"], &["吵"]]);
        needs("第[0-9]{2}号(楼|栋)漏水", &[&["第"], &["号栋漏水", "号楼漏水"]]);
        needs("(电梯){2,}", &[&["电梯"]]);
        needs("(电梯.*困|困.*电梯)", &[&["电梯"]]);
    }

    #[test]
    fn where_nothing_is_fixed_nothing_is_needed() {
        needs(r"\d{11}", &[]);
        needs("(停水)?.吗", &[&["吗"]]);
        needs("(停水|.)啊?[^a]", &[]);
    }

    #[test]
    fn it_matches_across_lines_and_in_either_case() {
        let pattern = Pattern::parse("ktv.{0,3}噪音").unwrap();
        let text = "楼下KTV\n的噪音";
        let found: Vec<&str> = pattern.find_iter(text).map(|place| &text[place]).collect();
        assert_eq!(found, ["KTV\n的噪音"]);
        assert_eq!(pattern.find_iter("楼下的噪音").count(), 0);
    }

    #[test]
    fn what_is_no_pattern_is_told_with_its_place() {
        wrong(
            "煤气(味",
            "第 3 个字符处有误：unclosed group",
            "at character 3: unclosed group",
        );
        wrong(
            "(?=停水)",
            "第 1 个字符处有误：look-around, including look-ahead and look-behind, is not supported",
            "at character 1: look-around, including look-ahead and look-behind, is not supported",
        );
        wrong(
            r"(.)\1",
            "第 4 个字符处有误：backreferences are not supported",
            "at character 4: backreferences are not supported",
        );
    }

    #[test]
    fn what_costs_too_much_or_matches_all_is_refused() {
        assert_eq!(Pattern::parse("(停水)*").unwrap_err(), PatternError::Empty);
        assert_eq!(
            Pattern::parse(r"\w{1,5000}水").unwrap_err(),
            PatternError::TooLarge
        );
        assert_eq!(
            Pattern::parse(&"水".repeat(501)).unwrap_err(),
            PatternError::TooLong
        );
        let deep = format!("{}水{}", "(".repeat(60), ")".repeat(60));
        assert!(matches!(Pattern::parse(&deep), Err(PatternError::Syntax { .. })));
    }
}
