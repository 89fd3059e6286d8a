//! Names of places in the source, and which area each is.

use std::path::Path;

use anyhow::Context as _;
use domain::id::AreaId;

use crate::exit::{Exit, Stop};

/// Alias → area, the longest alias first.
#[derive(Debug, Default)]
pub(super) struct Aliases(Vec<(String, AreaId)>);

impl Aliases {
    /// Reads an alias file; every problem is told at once.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).map_err(|problems| {
            let head = format!("别名文件有误 · problems in {}", path.display());
            Stop::because(Exit::Usage, format!("{head}\n  {}", problems.join("\n  ")))
        })
    }

    fn parse(text: &str) -> Result<Self, Vec<String>> {
        let table: toml::Table = text.parse().map_err(|error| vec![format!("not TOML: {error}")])?;
        let mut aliases = Vec::new();
        let mut problems = Vec::new();
        for (alias, area) in &table {
            match area.as_str().map(AreaId::parse) {
                _ if alias.trim().is_empty() => problems.push("an alias is empty".to_owned()),
                Some(Ok(area)) => aliases.push((alias.trim().to_owned(), area)),
                Some(Err(error)) => problems.push(format!("{alias}: {error}")),
                None => problems.push(format!("{alias}: expected an area code in quotes")),
            }
        }
        aliases.sort_by_key(|(alias, _)| std::cmp::Reverse(alias.chars().count()));
        if problems.is_empty() {
            Ok(Self(aliases))
        } else {
            Err(problems)
        }
    }

    /// The area of the longest alias in the subject, else in the body; among equally long ones the first to occur.
    pub(super) fn find(&self, subject: &str, body: &str) -> Option<&AreaId> {
        self.find_in(subject).or_else(|| self.find_in(body))
    }

    fn find_in(&self, text: &str) -> Option<&AreaId> {
        let mut best: Option<(usize, usize, &AreaId)> = None;
        for (alias, area) in &self.0 {
            let length = alias.chars().count();
            if best.is_some_and(|(longest, ..)| length < longest) {
                break;
            }
            if let Some(at) = text.find(alias)
                && best.is_none_or(|(_, first, _)| at < first)
            {
                best = Some((length, at, area));
            }
        }
        best.map(|(_, _, area)| area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliases() -> Aliases {
        Aliases::parse("\"A市\" = \"4405\"\n\"A1区\" = \"440507\"\n\"A2区\" = \"440511\"").unwrap()
    }

    fn found(subject: &str, body: &str) -> Option<String> {
        aliases().find(subject, body).map(ToString::to_string)
    }

    #[test]
    fn the_longest_alias_wins() {
        assert_eq!(found("投诉A市A1区苑物业", ""), Some("440507".to_owned()));
        assert_eq!(found("投诉A市某物业", ""), Some("4405".to_owned()));
    }

    #[test]
    fn among_equally_long_ones_the_first_in_the_text_wins() {
        assert_eq!(found("A2区到A1区的路", ""), Some("440511".to_owned()));
        assert_eq!(found("A1区到A2区的路", ""), Some("440507".to_owned()));
    }

    #[test]
    fn the_subject_is_asked_before_the_body() {
        assert_eq!(found("A市的事", "在A1区"), Some("4405".to_owned()));
        assert_eq!(found("路灯不亮", "在A2区"), Some("440511".to_owned()));
        assert_eq!(found("路灯不亮", "在某处"), None);
    }

    #[test]
    fn every_problem_of_an_alias_file_is_told() {
        let problems = Aliases::parse("\"A1区\" = 440507\n\"A2区\" = \"龙湖\"").unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
