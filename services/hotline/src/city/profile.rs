//! Rule profiles: those we ship, by name, and those in files. A profile may stand on one we ship, `base = "general"`, and
//! then says only what it changes.

use std::path::Path;

use anyhow::Context as _;
use domain::rules::Profile;
use rust_embed::RustEmbed;
use toml::{Table, Value};

/// The rule profiles we ship: a file each, called after its name.
#[derive(RustEmbed)]
#[folder = "../../config/profiles"]
struct Profiles;

/// The key under which a profile names the one it stands on.
const BASE: &str = "base";

/// The names of the profiles we ship.
pub fn shipped() -> impl Iterator<Item = String> {
    Profiles::iter().map(|file| file.trim_end_matches(".toml").to_owned())
}

/// Whether a profile we ship has this name. A file of that name beside the program is meant by `./name`.
pub fn is_shipped(name: &Path) -> bool {
    shipped().any(|one| Path::new(&one) == name && name.as_os_str() == one.as_str())
}

/// The file a profile is read from, for messages.
pub(super) fn file_of(profile: &Path) -> String {
    let name = profile.display();
    match is_shipped(profile) {
        true => format!("{name}.toml"),
        false => name.to_string(),
    }
}

/// Reads a profile: one we ship by its name, any other from its file.
pub(super) fn read(profile: &Path) -> anyhow::Result<Profile> {
    let text = match is_shipped(profile) {
        true => built_in(&profile.display().to_string())?,
        false => super::read(profile)?,
    };
    parse(&text)
}

/// A profile that others stand on says everything itself: `base` is a key of the outermost alone.
fn parse(text: &str) -> anyhow::Result<Profile> {
    let mut own: Table = read_toml(text)?;
    let Some(base) = own.remove(BASE) else {
        return read_toml(text);
    };
    let base = base
        .as_str()
        .filter(|base| is_shipped(Path::new(base)))
        .with_context(|| {
            let names: Vec<String> = shipped().collect();
            let names = names.join(", ");
            format!("{BASE}: 没有随附的规则 {base}，现有 {names} · {BASE}: {base} is no profile we ship; there are {names}")
        })?;
    let mut whole: Table = read_toml(&built_in(base)?)?;
    lay_over(&mut whole, own);
    // A value that is wrong has no place in a file any more: the error names its key.
    Ok(Value::Table(whole).try_into()?)
}

fn read_toml<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    Ok(toml::from_str(text)?)
}

/// Puts `own` over `whole`, table by table and key by key.
fn lay_over(whole: &mut Table, own: Table) {
    for (key, value) in own {
        match (whole.get_mut(&key), value) {
            (Some(Value::Table(whole)), Value::Table(own)) => lay_over(whole, own),
            (_, value) => {
                whole.insert(key, value);
            }
        }
    }
}

fn built_in(name: &str) -> anyhow::Result<String> {
    super::embedded::<Profiles>(&format!("{name}.toml"))
}

#[cfg(test)]
mod tests;
