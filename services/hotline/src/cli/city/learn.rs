//! `hotline city learn`: who had what becomes units, categories, a directory and a lexicon of the categories' names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use domain::id::{AreaId, CategoryId, EntryId, UnitId};
use domain::rules::{Area, AreaLevel, Category, Entry, Lead, Term, Unit, UnitClass};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;

use super::history::{self, Fields, Matter};
use crate::city;
use crate::out::Out;

pub(super) const ABOUT: &str = "由历史工单(JSONL)生成单位、类别、派单目录和词库
Make units, categories, directory and lexicon from past matters (JSON Lines)";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline city learn history.jsonl --category type --unit owner --out ./springfield --name Springfield
  hotline city learn history.jsonl --out ./springfield --examples examples.jsonl --text subject,body
  hotline classifier train examples.jsonl --out ./springfield/classifier.model
  hotline city learn 历史.jsonl --category 一级,二级,三级 --unit 承办单位 --out ./xincheng --name 新城市

生成的是草稿:法律依据、区域、时限须由人补全,再用 config check 与 directory check 检查
What is made is a draft: add legal bases, areas and limits, then look at config check and directory check";

/// The city as a whole: what a history without divisions lies in.
const CITY: &str = "city";
/// A name says it all.
const LOUDEST: u8 = 10;
/// The longest term of a lexicon, in characters.
const TERM_CHARS_MAX: usize = 40;
/// The longest code of a level or a unit: three levels fit into a category's.
const CODE_MAX: usize = 24;

/// What to learn from.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 历史工单,每行一个 JSON 对象 · past matters, one JSON object a line
    file: PathBuf,
    #[command(flatten)]
    fields: Fields,
    /// 写到这个新目录 · the folder to make
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// 另写分类器的训练样本,含居民原话,须妥善保管 · also write examples for `classifier train`: they hold residents' words
    #[arg(long, value_name = "FILE")]
    examples: Option<PathBuf>,
    /// 作为诉求文字的字段(用于训练样本)· the fields whose words are the matter, for the examples
    #[arg(
        long,
        value_name = "FIELD,…",
        value_delimiter = ',',
        default_value = "subject,body"
    )]
    text: Vec<String>,
    /// 城市名 · the city's name
    #[arg(long, default_value = "新城市", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    name: String,
    /// 与 UTC 相差的分钟数 · minutes from UTC
    #[arg(long, value_name = "MINUTES", default_value_t = 480, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i16).range(-840..=840))]
    utc_offset: i16,
    /// 目录自何日起有效 · the first day the directory holds
    #[arg(long, value_name = "DAY", default_value = "2000-01-01")]
    from: Date,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let text: &[String] = if args.examples.is_some() { &args.text } else { &[] };
    let matters = history::read(&args.file, &args.fields, text)?;
    let draft = Draft::of(&matters, args.from)?;
    draft.write(args)?;
    if let Some(file) = &args.examples {
        examples(file, &matters)?;
    }
    // What was made is read as any city is.
    city::from_files(Some(&args.out), Path::new("general"))?;
    if out.json() {
        return out.object(&json!({
            "folder": args.out.display().to_string(),
            "matters": matters.len(),
            "units": draft.units.len(),
            "categories": draft.categories.len(),
            "entries": draft.entries.len(),
            "contested": draft.contested,
        }));
    }
    out.line(out.say(
        format_args!(
            "由 {} 件工单生成 {}:单位 {},类别 {},目录 {} 条,其中 {} 条历史上承办单位不一",
            matters.len(),
            args.out.display(),
            draft.units.len(),
            draft.categories.len(),
            draft.entries.len(),
            draft.contested
        ),
        format_args!(
            "{} made from {} matters: {} units, {} categories, {} entries, {} of them with more than one unit in the past",
            args.out.display(),
            matters.len(),
            draft.units.len(),
            draft.categories.len(),
            draft.entries.len(),
            draft.contested
        ),
    ))?;
    Ok(())
}

/// The files to be.
struct Draft {
    units: Vec<Unit>,
    categories: Vec<Category>,
    entries: Vec<Entry>,
    terms: Vec<Term>,
    /// Entries whose matters several units had.
    contested: usize,
}

/// Matters of one category: how many each unit had.
type Had<'a> = BTreeMap<&'a str, usize>;

impl Draft {
    fn of(matters: &[Matter], from: Date) -> anyhow::Result<Self> {
        let unit_codes = codes(matters.iter().map(|one| one.unit.as_str()), "u");
        let paths = paths(matters);
        let mut units = Vec::new();
        for (name, code) in &unit_codes {
            units.push(Unit {
                id: UnitId::parse(code)?,
                zh: (*name).to_owned(),
                en: (*name).to_owned(),
                class: UnitClass::Department,
                parent: None,
                area: None,
                until: None,
            });
        }
        let mut draft = Self {
            units,
            categories: Vec::new(),
            entries: Vec::new(),
            terms: Vec::new(),
            contested: 0,
        };
        let mut named: BTreeMap<&str, usize> = BTreeMap::new();
        for path in paths.keys() {
            *named.entry(path.last().copied().unwrap_or_default()).or_default() += 1;
        }
        for (path, (code, had)) in &paths {
            let name = path.last().copied().unwrap_or_default();
            let id = CategoryId::parse(code)?;
            draft.categories.push(category(id.clone(), name));
            draft.entries.push(entry(id.clone(), had, &unit_codes, from)?);
            draft.contested += usize::from(had.len() > 1);
            // A name that several categories bear (其他) says nothing.
            let chars = name.chars().count();
            if named[name] == 1 && (2..=TERM_CHARS_MAX).contains(&chars) {
                draft.terms.push(term(id, name));
            }
        }
        Ok(draft)
    }

    fn write(&self, args: &Args) -> anyhow::Result<()> {
        let folder = &args.out;
        if folder.try_exists()? && folder.read_dir()?.next().is_some() {
            bail!(
                "{} 已有内容，请另选一个目录 · is not empty: choose another folder",
                folder.display()
            );
        }
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let name = &args.name;
        let city = [("city_zh", name.as_str()), ("city_en", name), ("city_area", CITY)];
        write(folder, "city.toml", "The city.", &BTreeMap::from(city))?;
        let area = Area {
            id: AreaId::parse(CITY)?,
            zh: name.clone(),
            level: AreaLevel::City,
            parent: None,
            aliases: Vec::new(),
            roads: Vec::new(),
        };
        list(
            folder,
            "areas.toml",
            "Divisions: the city alone. Add districts and streets.",
            "area",
            &[area],
        )?;
        list(
            folder,
            "units.toml",
            "Who had matters so far.",
            "unit",
            &self.units,
        )?;
        list(
            folder,
            "categories.toml",
            "What matters were about so far.",
            "category",
            &self.categories,
        )?;
        let about = "Who had most matters of a category so far. The legal basis is to be added.";
        list(folder, "directory.toml", about, "entry", &self.entries)?;
        list(
            folder,
            "lexicon.toml",
            "The names of categories. Add the words people use.",
            "term",
            &self.terms,
        )?;
        let calendar = CALENDAR.replace("OFFSET", &args.utc_offset.to_string());
        std::fs::write(folder.join("calendar.toml"), calendar).context("calendar.toml")
    }
}

/// One message and the code of its category, as `classifier train` reads them.
#[derive(Serialize)]
struct Example<'a> {
    subject: &'a str,
    body: &'a str,
    label1: &'a str,
}

fn examples(file: &Path, matters: &[Matter]) -> anyhow::Result<()> {
    let told = || file.display().to_string();
    let paths = paths(matters);
    let mut written = BufWriter::new(std::fs::File::create(file).with_context(told)?);
    for matter in matters.iter().filter(|matter| !matter.text.is_empty()) {
        let names: Vec<&str> = matter.category.iter().map(String::as_str).collect();
        let example = Example {
            subject: "",
            body: &matter.text,
            label1: &paths[&names].0,
        };
        serde_json::to_writer(&mut written, &example).with_context(told)?;
        written.write_all(b"\n").with_context(told)?;
    }
    written.flush().with_context(told)
}

/// Office hours that are common; days off by weekends alone.
const CALENDAR: &str = r#"# Working days and hours: to be adapted. Days off are imported with `hotline calendar import`.

utc_offset_minutes = OFFSET
working_hours = [{ from = "08:30:00", to = "12:00:00" }, { from = "14:00:00", to = "17:30:00" }]
desk_hours = [{ from = "08:00:00", to = "20:00:00" }]
callback_hours = [{ from = "08:30:00", to = "12:00:00" }, { from = "14:00:00", to = "20:30:00" }]
"#;

fn write(folder: &Path, file: &str, about: &str, what: &impl Serialize) -> anyhow::Result<()> {
    let mut text = format!("# {about} Made by `hotline city learn`.\n\n");
    text.push_str(&toml::to_string(what).with_context(|| file.to_owned())?);
    std::fs::write(folder.join(file), text).with_context(|| file.to_owned())
}

fn list<T: Serialize>(folder: &Path, file: &str, about: &str, key: &str, rows: &[T]) -> anyhow::Result<()> {
    write(folder, file, about, &BTreeMap::from([(key, rows)]))
}

fn category(id: CategoryId, name: &str) -> Category {
    Category {
        id,
        zh: name.to_owned(),
        en: name.to_owned(),
        statute: None,
        radius_m: None,
    }
}

fn term(category: CategoryId, name: &str) -> Term {
    Term {
        text: name.to_owned(),
        category: Some(category),
        kind: None,
        emergency: None,
        referral: None,
        weight: LOUDEST,
    }
}

/// Who had most leads; of those who had as many the first by name. The others stand in the basis.
fn entry(category: CategoryId, had: &Had<'_>, units: &Codes<'_>, from: Date) -> anyhow::Result<Entry> {
    let all: usize = had.values().sum();
    let (lead, most) = had
        .iter()
        .max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))
        .context("a category without matters")?;
    let mut basis = format!("历史工单 {all} 件，{lead} 承办 {most} 件");
    for (unit, count) in had.iter().filter(|(unit, _)| *unit != lead).take(4) {
        write!(basis, "，{unit} {count} 件")?;
    }
    Ok(Entry {
        id: EntryId::parse(&category.as_str().replace('.', "-"))?,
        category,
        area: None,
        when: domain::rules::Conditions::default(),
        lead: Lead::Unit(UnitId::parse(&units[lead])?),
        co: Vec::new(),
        basis,
        from,
        until: None,
    })
}

/// Names and their codes.
type Codes<'a> = BTreeMap<&'a str, String>;

/// A code for each name: its own letters and digits where it has enough of them, else a number; each once.
fn codes<'a>(names: impl Iterator<Item = &'a str>, stem: &str) -> Codes<'a> {
    let names: BTreeSet<&str> = names.collect();
    let mut taken = BTreeSet::new();
    let mut found = Codes::new();
    for (nth, name) in names.into_iter().enumerate() {
        let own = own_code(name);
        let code = match own {
            Some(own) if taken.insert(own.clone()) => own,
            Some(_) | None => format!("{stem}{:03}", nth + 1),
        };
        found.insert(name, code);
    }
    found
}

fn own_code(name: &str) -> Option<String> {
    let mut code = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            code.push(c.to_ascii_lowercase());
        } else if !code.is_empty() && !code.ends_with('-') {
            code.push('-');
        }
    }
    let code = code.trim_end_matches('-').to_owned();
    let is_own = name.is_ascii() && code.len() >= 2 && code.len() <= CODE_MAX;
    is_own.then_some(code)
}

/// Every category and those above it: its code, and who had its matters.
fn paths(matters: &[Matter]) -> BTreeMap<Vec<&str>, (String, Had<'_>)> {
    let mut below: BTreeMap<Vec<&str>, BTreeSet<&str>> = BTreeMap::new();
    let mut had: BTreeMap<Vec<&str>, Had<'_>> = BTreeMap::new();
    for matter in matters {
        let names: Vec<&str> = matter.category.iter().map(String::as_str).collect();
        for depth in 1..=names.len() {
            below
                .entry(names[..depth - 1].to_vec())
                .or_default()
                .insert(names[depth - 1]);
            let of_path = had.entry(names[..depth].to_vec()).or_default();
            *of_path.entry(matter.unit.as_str()).or_default() += 1;
        }
    }
    let mut found: BTreeMap<Vec<&str>, (String, Had<'_>)> = BTreeMap::new();
    // A path stands before those below it.
    for (path, had) in had {
        let (name, above) = path.split_last().expect("at least one level");
        let siblings = codes(below[above].iter().copied(), "c");
        let code = match found.get(above) {
            Some((code, _)) => format!("{code}.{}", siblings[name]),
            None => siblings[name].clone(),
        };
        found.insert(path, (code, had));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matter(category: &[&str], unit: &str) -> Matter {
        Matter::of(category, unit)
    }

    #[test]
    fn who_had_most_leads_and_names_become_words() {
        let matters = [
            matter(&["Water", "Leaking main"], "Works"),
            matter(&["Water", "Leaking main"], "Works"),
            matter(&["Water", "Leaking main"], "Parks"),
            matter(&["Water", "Other"], "Works"),
            matter(&["噪声", "Other"], "环保局"),
        ];
        let draft = Draft::of(&matters, jiff::civil::date(2026, 1, 1)).unwrap();
        let codes: Vec<&str> = draft.categories.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(
            codes,
            ["water", "water.leaking-main", "water.other", "c002", "c002.other"]
        );
        let words: Vec<&str> = draft.terms.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(words, ["Water", "Leaking main", "噪声"], "two are named Other");
        assert_eq!(draft.entries[1].lead, Lead::Unit(UnitId::parse("works").unwrap()));
        assert_eq!(
            draft.entries[1].basis,
            "历史工单 3 件，Works 承办 2 件，Parks 1 件"
        );
        assert_eq!(draft.contested, 2, "the leaf and the category above it");
    }

    #[test]
    fn codes_are_unique() {
        let found = codes(["A b", "a-b", "一", "二"].into_iter(), "u");
        assert_eq!(found["A b"], "a-b");
        let all: BTreeSet<&String> = found.values().collect();
        assert_eq!(all.len(), 4);
    }
}
