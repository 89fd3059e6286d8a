//! Where in a city's folder something stands: from a key such as `directory[noise].co` to a file and line.

use std::path::Path;

use crate::city;

/// The file and line of a key; the file alone where the line cannot be told.
pub(in crate::cli) fn of(dir: Option<&Path>, at: &str) -> String {
    let file = city::file_of(at, "profile.toml");
    let shown = dir.map_or_else(|| file.to_owned(), |dir| dir.join(file).display().to_string());
    let text = city::text_of(dir, file).unwrap_or_default();
    match line(&text, at) {
        Some(line) => format!("{shown}:{line}"),
        None => shown,
    }
}

/// The line of a key in a file's text, from 1: of the key itself, or of the row it belongs to.
pub(super) fn line(text: &str, at: &str) -> Option<usize> {
    let (list, rest) = at.split_once('[')?;
    let (id, key) = rest.split_once(']')?;
    let header = header(list)?;
    let key = key.trim_start_matches('.');
    let (mut start, mut is_inside, mut found) = (0, false, None);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with("[[") {
            if found.is_some() {
                break;
            }
            (start, is_inside) = (number, line.trim_matches(['[', ']']).trim() == header);
        }
        let is_row = line.starts_with('{');
        if names(line, id) && (is_inside || is_row) {
            found = Some(if is_row { number } else { start });
            if is_row || key.is_empty() {
                break;
            }
        }
    }
    let start = found?;
    let block = text.lines().enumerate().skip(start);
    let own = block.take_while(|(_, line)| !line.trim().starts_with("[["));
    let of_key = own
        .filter(|(_, line)| !key.is_empty() && assigned(line) == Some(key))
        .map(|(at, _)| at + 1)
        .next();
    Some(of_key.unwrap_or(start))
}

/// What a table of a list is called in its file.
fn header(list: &str) -> Option<&'static str> {
    Some(match list {
        "directory" => "entry",
        "recusals" => "recusal",
        "units" => "unit",
        "areas" => "area",
        "categories" => "category",
        _ => return None,
    })
}

/// Whether a line gives this code as its `id`.
fn names(line: &str, id: &str) -> bool {
    let mut rest = line;
    while let Some(at) = rest.find("id") {
        let is_key = rest[..at]
            .chars()
            .next_back()
            .is_none_or(|sign| matches!(sign, ' ' | '{' | ','));
        let after = rest[at + 2..].trim_start();
        let quoted = after.strip_prefix('=').map(str::trim_start);
        let value = quoted
            .and_then(|text| text.strip_prefix('"'))
            .and_then(|text| text.split('"').next());
        if is_key && value == Some(id) {
            return true;
        }
        rest = &rest[at + 2..];
    }
    false
}

fn assigned(line: &str) -> Option<&str> {
    line.split_once('=').map(|(key, _)| key.trim())
}
