//! A city's rules from files: city, units, areas, categories, directory, lexicon with referrals and the labels of a model,
//! calendar and holidays in one folder, the rule profile in a file of its own. The demonstration city and the profiles we ship are embedded in the binary.
//!
//! Everything wrong is told at once, each with its file and key. Start at [`built_in`] and [`from_files`].

pub(crate) mod holidays;
mod problems;
mod profile;
mod words;

use std::path::Path;

use anyhow::{Context as _, anyhow};
use domain::id::AreaId;
use domain::rules::{Area, Boundary, Bundle, Category, Entry, Problem, Profile, Recusal, Unit};
use domain::ticket::{Channel, RequestType};
use domain::time::Calendar;
use holidays::Holidays;
use jiff::civil::Date;
use places::boundaries;
pub(crate) use problems::{Problems, Wrong, unreadable};
pub use profile::{is_shipped, shipped};
use rust_embed::RustEmbed;
use serde::Deserialize;

/// The demonstration city.
#[derive(RustEmbed)]
#[folder = "../../config/shantou"]
struct Shantou;

/// The profile of the built-in city, unless another is asked for.
const BUILT_IN_PROFILE: &str = "general";

/// The profile of a city's folder, where it has one of its own.
pub(crate) const PROFILE: &str = "profile.toml";

/// Working days and hours of a city's folder.
const CALENDAR: &str = "calendar.toml";

/// The largest file that is read, in bytes: a lexicon of the most terms a bundle may hold fits.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// A message for demonstrations, invented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoMessage {
    /// 标题.
    pub subject: String,
    /// 正文.
    pub body: String,
    /// 事发地点, in words; empty when the matter has none.
    #[serde(default)]
    pub place: String,
    /// The way in.
    pub channel: Channel,
    /// What the resident chose, if anything.
    #[serde(default)]
    pub kind: Option<RequestType>,
    /// An invented name.
    #[serde(default)]
    pub caller_name: Option<String>,
    /// A placeholder number; none: nobody to ring back.
    #[serde(default)]
    pub caller_phone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CityFile {
    city_zh: String,
    city_en: String,
    city_area: AreaId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsFile {
    unit: Vec<Unit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreasFile {
    area: Vec<Area>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoriesFile {
    category: Vec<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectoryFile {
    entry: Vec<Entry>,
    #[serde(default)]
    recusal: Vec<Recusal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoFile {
    message: Vec<DemoMessage>,
}

/// The demonstration city under the general profile, checked.
///
/// # Errors
/// Every problem, each with its file and key.
pub fn built_in() -> anyhow::Result<Bundle> {
    from_files(None, Path::new(BUILT_IN_PROFILE))
}

/// A city from a folder, or the demonstration city, under the profile of a file or under one we ship, checked.
///
/// # Errors
/// Every problem, each with its file and key.
pub fn from_files(dir: Option<&Path>, profile: &Path) -> anyhow::Result<Bundle> {
    load(&Files { dir }, profile)
}

/// A city from a folder, or the demonstration city, as it is written: what contradicts itself is let through, what
/// cannot be read is not. The profile is the folder's own, if it has one.
///
/// # Errors
/// Every file that cannot be read, with the place in it.
pub(crate) fn as_written(dir: Option<&Path>) -> anyhow::Result<Bundle> {
    let own = dir.map(|dir| dir.join(PROFILE)).filter(|own| own.is_file());
    let (bundle, problems) = drafted(
        &Files { dir },
        own.as_deref().unwrap_or(Path::new(BUILT_IN_PROFILE)),
    )?;
    problems.none()?;
    Ok(bundle)
}

/// What refuses nothing and ought to be known of rules on a day: what they say of themselves, and every year that their
/// calendar leaves out between two that it has.
pub(crate) fn warnings(bundle: &Bundle, today: Date) -> Vec<Problem> {
    let mut warnings = bundle.warnings(today);
    let years = &bundle.calendar.years;
    let (Some(first), Some(last)) = (years.first(), years.last()) else {
        return warnings;
    };
    for year in (*first..*last).filter(|year| !years.contains(year)) {
        let missing = format!("{year} is missing");
        if warnings.iter().all(|one| !one.en.starts_with(&missing)) {
            warnings.push(Problem {
                at: "calendar.years".to_owned(),
                zh: format!("缺少 {year} 年，而前后各年都有：请用 hotline calendar import 导入该年"),
                en: format!("{missing} between years that are there: import it with hotline calendar import"),
            });
        }
    }
    warnings
}

/// A file of a city's folder, or of the demonstration city.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn text_of(dir: Option<&Path>, name: &str) -> anyhow::Result<String> {
    (Files { dir }).read(name)
}

/// The classifier of the demonstration city, as the bytes of its file.
pub(crate) fn shipped_model() -> Option<std::borrow::Cow<'static, [u8]>> {
    Shantou::get("classifier.model").map(|file| file.data)
}

/// A rule profile: one we ship by its name, any other from its file.
///
/// # Errors
/// When it cannot be read, with its file.
pub(crate) fn profile(profile: &Path) -> anyhow::Result<Profile> {
    let mut problems = Problems::default();
    let read = problems.note(&profile::file_of(profile), profile::read(profile));
    problems.none()?;
    read.context("a profile")
}

/// A city's calendar and its holidays by name, from a folder or of the demonstration city.
///
/// # Errors
/// Every problem, each with its file and key.
pub(crate) fn calendar(dir: Option<&Path>) -> anyhow::Result<(Calendar, Holidays)> {
    let mut problems = Problems::default();
    let (own, holidays) = (Files { dir }).calendar(&mut problems);
    problems.none()?;
    let mut calendar = own.context(CALENDAR)?;
    let holidays = holidays.unwrap_or_default();
    holidays.add_to(&mut calendar);
    Ok((calendar, holidays))
}

/// What `calendar.toml` of a folder says by itself.
///
/// # Errors
/// When it is not there, or no calendar.
pub(crate) fn own_calendar(dir: &Path) -> anyhow::Result<Calendar> {
    let path = dir.join(CALENDAR);
    let parsed = read(&path).and_then(|text| toml::from_str(&text).map_err(|error| anyhow!("{error}")));
    parsed.with_context(|| path.display().to_string())
}

/// The holidays of the demonstration city, as they are written.
///
/// # Errors
/// When the embedded file cannot be read, which a test rules out.
pub(crate) fn built_in_holidays() -> anyhow::Result<String> {
    embedded::<Shantou>(holidays::FILE)
}

/// A file of the demonstration city that is no text; none where there is no such file.
pub(crate) fn built_in_bytes(name: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Shantou::get(name).map(|file| file.data)
}

/// The files of a city: in a folder, or built in.
struct Files<'a> {
    dir: Option<&'a Path>,
}

impl Files<'_> {
    fn read(&self, name: &str) -> anyhow::Result<String> {
        match self.dir {
            Some(dir) => read(&dir.join(name)),
            None => embedded::<Shantou>(name),
        }
    }

    /// A file that need not be there.
    fn read_if_there(&self, name: &str) -> anyhow::Result<Option<String>> {
        let is_there = match self.dir {
            Some(dir) => dir.join(name).try_exists().context("cannot be read")?,
            None => Shantou::get(name).is_some(),
        };
        is_there.then(|| self.read(name)).transpose()
    }

    /// What `calendar.toml` says, and the holidays beside it.
    fn calendar(&self, problems: &mut Problems) -> (Option<Calendar>, Option<Holidays>) {
        let own = problems.parse(CALENDAR, self.read(CALENDAR));
        let holidays = self
            .read_if_there(holidays::FILE)
            .and_then(|text| text.as_deref().map(Holidays::parse).transpose());
        (own, problems.note(holidays::FILE, holidays).flatten())
    }
}

impl Files<'_> {
    /// The ground of areas, where the city has drawn it; every feature that is wrong with its number.
    fn boundaries(&self, problems: &mut Problems) -> Option<Vec<Boundary>> {
        let text = problems.note(boundaries::FILE, self.read_if_there(boundaries::FILE))?;
        match boundaries::read(&text?) {
            Ok(boundaries) => Some(boundaries),
            Err(found) => {
                problems.add_features(boundaries::FILE, found);
                None
            }
        }
    }
}

/// The demonstration city's messages, in the order of the file.
///
/// # Errors
/// When the embedded file cannot be read, which a test rules out.
pub fn demo_messages() -> anyhow::Result<Vec<DemoMessage>> {
    let mut problems = Problems::default();
    let file: Option<DemoFile> = problems.parse("demo.toml", embedded::<Shantou>("demo.toml"));
    problems.none()?;
    Ok(file.map(|file| file.message).unwrap_or_default())
}

fn load(files: &Files<'_>, profile: &Path) -> anyhow::Result<Bundle> {
    let (bundle, mut problems) = drafted(files, profile)?;
    problems.add_found(&bundle.problems(), &profile::file_of(profile));
    problems.none()?;
    Ok(bundle)
}

/// A city as it is written, whatever it says.
fn drafted(files: &Files<'_>, profile: &Path) -> anyhow::Result<(Bundle, Problems)> {
    let city = |name: &str| files.read(name);
    let mut problems = Problems::default();
    let profile_name = profile::file_of(profile);
    let profile = problems.note(&profile_name, profile::read(profile));
    let names: Option<CityFile> = problems.parse("city.toml", city("city.toml"));
    let (calendar, holidays) = files.calendar(&mut problems);
    let units: Option<UnitsFile> = problems.parse("units.toml", city("units.toml"));
    let areas: Option<AreasFile> = problems.parse("areas.toml", city("areas.toml"));
    let categories: Option<CategoriesFile> = problems.parse("categories.toml", city("categories.toml"));
    let directory: Option<DirectoryFile> = problems.parse("directory.toml", city("directory.toml"));
    let words = words::read(files, &mut problems);
    let boundaries = files.boundaries(&mut problems);
    let (Some(profile), Some(names), Some(mut calendar), Some(units), Some(areas)) =
        (profile, names, calendar, units, areas)
    else {
        return Err(problems.into_error());
    };
    let (Some(categories), Some(directory), Some(words)) = (categories, directory, words) else {
        return Err(problems.into_error());
    };
    holidays.unwrap_or_default().add_to(&mut calendar);
    let bundle = Bundle {
        city_zh: names.city_zh,
        city_en: names.city_en,
        city_area: names.city_area,
        profile,
        calendar,
        units: units.unit,
        areas: areas.area,
        boundaries: boundaries.unwrap_or_default(),
        categories: categories.category,
        directory: directory.entry,
        recusals: directory.recusal,
        lexicon: words.lexicon,
        triage: words.triage,
        publication: None,
    };
    Ok((bundle, problems))
}

fn embedded<E: RustEmbed>(name: &str) -> anyhow::Result<String> {
    let file = E::get(name).ok_or_else(|| anyhow!("is not built in"))?;
    String::from_utf8(file.data.into_owned()).context("is not UTF-8")
}

/// Reads a text file, unless it is too large for one of ours.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::metadata(path).context("cannot be read")?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(anyhow!("has {bytes} bytes, at most {FILE_BYTES_MAX} are read"));
    }
    std::fs::read_to_string(path).context("cannot be read")
}

/// The file a key of the bundle comes from.
pub(crate) fn file_of<'a>(at: &str, profile_name: &'a str) -> &'a str {
    match at.split(['[', '.']).next().unwrap_or(at) {
        "units" => "units.toml",
        "areas" => "areas.toml",
        "boundaries" => boundaries::FILE,
        "categories" => "categories.toml",
        "directory" | "recusals" => "directory.toml",
        "calendar" => CALENDAR,
        "profile" => profile_name,
        key => words::file_of(key).unwrap_or("city.toml"),
    }
}

#[cfg(test)]
mod tests;
