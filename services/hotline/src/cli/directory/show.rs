//! `hotline directory show`: the directory as a tree of categories with their entries.

use std::collections::BTreeSet;

use domain::id::{AreaId, CategoryId};
use domain::rules::{Areas, Bundle, Entry, Recusal, Rules};
use owo_colors::OwoColorize as _;
use serde_json::json;

use super::{Opened, Source, area, area_name, category, lead_name, unit_name};
use crate::out::{Lang, Out};

pub(super) const ABOUT: &str = "查看目录:按类别列出条目、主办、协办、依据、起止
Show the directory: entries by category, who leads, who helps, the basis, the days";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline directory show
  hotline directory show urban.noise --area 440507
  hotline directory show urban --city ./city --on 2027-01-01 --json
  hotline directory show 噪声 --live";

/// What of which directory.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 类别代码或名称;不写为全部 · a category's code or name; without it all
    category: Option<String>,
    /// 只看适用于此区域的条目,代码或名称 · entries for this area alone, by code or name
    #[arg(long, value_name = "AREA")]
    area: Option<String>,
    /// 已到期和未生效的也列出 · those that hold no more or not yet as well
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(super) source: Source,
}

pub(super) fn run(args: &Args, opened: &Opened, out: &Out) -> anyhow::Result<()> {
    let bundle = &opened.bundle;
    let about = args
        .category
        .as_deref()
        .map(|text| category(bundle, text))
        .transpose()?;
    let place = args.area.as_deref().map(|text| area(bundle, text)).transpose()?;
    // Sound or not: areas are trees either way.
    let areas = Rules::new(bundle.clone()).ok().map(|rules| rules.areas);
    let is_shown = |entry: &&Entry| {
        (args.all || entry.holds_on(opened.on))
            && about
                .as_ref()
                .is_none_or(|about| concerns(&entry.category, about))
            && place
                .as_ref()
                .is_none_or(|place| reaches(entry.area.as_ref(), place, areas.as_ref()))
    };
    let entries: Vec<&Entry> = bundle.directory.iter().filter(is_shown).collect();
    let recusals: Vec<&Recusal> = bundle
        .recusals
        .iter()
        .filter(|one| args.all || one.holds_on(opened.on))
        .filter(|one| match (&about, &one.category) {
            (Some(about), Some(own)) => concerns(own, about),
            (None, _) | (_, None) => true,
        })
        .collect();
    if out.json() {
        entries.iter().try_for_each(|entry| out.object(entry))?;
        return recusals
            .iter()
            .try_for_each(|recusal| out.object(&json!({ "recusal": recusal })));
    }
    tree(bundle, &entries, out)?;
    listed(bundle, &recusals, out)?;
    let (shown, all) = (entries.len(), bundle.directory.len());
    out.line(out.say(
        format_args!("{}:{shown}/{all} 条", opened.on),
        format_args!("{}: {shown} of {all} entries", opened.on),
    ))?;
    Ok(())
}

/// Whether an entry's category covers the one asked for, or lies in it.
fn concerns(own: &CategoryId, about: &CategoryId) -> bool {
    own.is_within(about) || about.is_within(own)
}

fn reaches(own: Option<&AreaId>, place: &AreaId, areas: Option<&Areas>) -> bool {
    let Some(own) = own else { return true };
    own == place || areas.is_some_and(|areas| areas.is_within(place, own) || areas.is_within(own, place))
}

fn tree(bundle: &Bundle, entries: &[&Entry], out: &Out) -> anyhow::Result<()> {
    let mut named: BTreeSet<CategoryId> = BTreeSet::new();
    for entry in entries {
        named.extend(std::iter::successors(
            Some(entry.category.clone()),
            CategoryId::parent,
        ));
    }
    let lang = out.lang();
    let known: BTreeSet<&CategoryId> = bundle.categories.iter().map(|one| &one.id).collect();
    let rows = bundle
        .categories
        .iter()
        .map(|one| (&one.id, lang.word(&one.zh, &one.en)));
    let gone = named.iter().filter(|id| !known.contains(id)).map(|id| (id, "?"));
    for (id, name) in rows.chain(gone).filter(|(id, _)| named.contains(*id)) {
        let indent = "  ".repeat(id.as_str().matches('.').count());
        out.line(format_args!("{indent}{} {}", id.bold(), name.bold()))?;
        for entry in entries.iter().filter(|entry| entry.category == *id) {
            for line in lines(bundle, entry, lang) {
                out.line(format_args!("{indent}    {line}"))?;
            }
        }
    }
    Ok(())
}

/// An entry: who and where, then on what it rests.
fn lines(bundle: &Bundle, entry: &Entry, lang: Lang) -> Vec<String> {
    let mut first = vec![format!("{} → {}", entry.id, lead_name(bundle, &entry.lead, lang))];
    if !entry.co.is_empty() {
        let co = entry.co.iter().map(|unit| unit_name(bundle, unit.as_str(), lang));
        let co: Vec<&str> = co.collect();
        first.push(format!("+ {}", co.join(lang.word("、", ", "))));
    }
    first.extend(
        entry
            .area
            .iter()
            .map(|id| format!("@ {id} {}", area_name(bundle, id))),
    );
    first.extend(when(entry, lang));
    let days = match entry.until {
        Some(until) => format!("{} – {until}", entry.from),
        None => format!("{} –", entry.from),
    };
    vec![
        first.join("  "),
        format!("{}  {days}", entry.basis).dimmed().to_string(),
    ]
}

/// What an entry asks for, in words.
pub(super) fn when(entry: &Entry, lang: Lang) -> Option<String> {
    let kinds = entry
        .when
        .kinds
        .iter()
        .map(|kind| lang.word(kind.zh(), kind.as_str()));
    let grades = entry
        .when
        .grades
        .iter()
        .map(|grade| lang.word(grade.zh(), grade.as_str()));
    let words: Vec<&str> = kinds.chain(grades).collect();
    (!words.is_empty()).then(|| format!("[{}]", words.join(lang.word("、", ", "))))
}

fn listed(bundle: &Bundle, recusals: &[&Recusal], out: &Out) -> anyhow::Result<()> {
    if recusals.is_empty() {
        return Ok(());
    }
    let lang = out.lang();
    out.line(lang.word("回避名单", "recusals").bold())?;
    for one in recusals {
        let name = |unit: &str| format!("{unit} {}", unit_name(bundle, unit, lang));
        let mut about = Vec::new();
        about.extend(one.category.iter().map(ToString::to_string));
        about.extend(
            one.area
                .iter()
                .map(|id| format!("@ {id} {}", area_name(bundle, id))),
        );
        about.extend(one.accused.iter().map(|unit| {
            let accused = lang.word("被举报", "accused:");
            format!("{accused} {}", name(unit.as_str()))
        }));
        let instead = one.superior.as_ref().map_or_else(
            || lang.word("上级", "its superior").to_owned(),
            |unit| name(unit.as_str()),
        );
        let (id, unit, about) = (&one.id, name(one.unit.as_str()), about.join(" "));
        out.line(out.lang().phrase(
            format_args!("    {id}  {about}:{unit} 回避 → {instead}"),
            format_args!("    {id}  {about}: {unit} stays out → {instead}"),
        ))?;
        out.line(format_args!("    {}", one.basis.dimmed()))?;
    }
    Ok(())
}
