use domain::ticket::{Grade, RequestType};

use super::*;
use crate::city::{built_in as built_in_city, from_files};

/// The demonstration city under a profile we ship.
fn profile(name: &str) -> Profile {
    from_files(None, Path::new(name)).unwrap().profile
}

/// What a profile we ship changes of the general one, as it was told: key, then value.
fn check(name: &str, expected: &str) {
    fn leaves(at: &str, table: &Table, told: &mut String) {
        for (key, value) in table {
            match value.as_table() {
                Some(inner) => leaves(&format!("{at}{key}."), inner, told),
                None => told.push_str(&format!("{at}{key} = {value}\n")),
            }
        }
    }
    // Numbers beside the straight way that equal the usual ones are written without.
    let whole = |name: &str| {
        let profile = profile(name);
        let mut whole = Table::try_from(&profile).unwrap();
        let procedures = Value::try_from(&profile.procedures).unwrap();
        whole.insert("procedures".to_owned(), procedures);
        whole
    };
    let mut ours = whole(name);
    subtract(&mut ours, &whole("general"));
    let mut told = String::new();
    leaves("", &ours, &mut told);
    assert_eq!(told.trim_end(), expected, "{name}");
}

/// Takes away what is the same in both.
fn subtract(table: &mut Table, other: &Table) {
    table.retain(|key, value| match (value, other.get(key)) {
        (Value::Table(inner), Some(Value::Table(other))) => {
            subtract(inner, other);
            !inner.is_empty()
        }
        (value, other) => Some(&*value) != other && key != "name" && key != "source",
    });
}

#[test]
fn every_profile_we_ship_goes_with_the_demonstration_city_and_names_itself_and_its_source() {
    let mut names: Vec<String> = shipped().collect();
    names.sort_unstable();
    assert_eq!(names, ["beijing", "general", "shandong", "shanghai", "tianjin"]);
    for name in &names {
        let bundle = from_files(None, Path::new(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(bundle.profile.name, *name);
        assert!(bundle.profile.source.chars().count() > 20, "{name}");
    }
    assert_eq!(profile("general"), built_in_city().unwrap().profile);
}

#[test]
fn beijing_counts_natural_time() {
    let beijing = profile("beijing");
    for (grade, limit) in Grade::ALL.iter().zip(["2 h", "1 d", "7 d", "15 d"]) {
        for kind in RequestType::ALL {
            assert_eq!(beijing.grade(*grade).handle.of(*kind).to_string(), limit);
        }
    }
}

#[test]
fn shanghai_goes_by_the_type() {
    check(
        "shanghai",
        r#"c.handle.consult = "1 wd"
c.handle.help = "3 wd"
d.rework = "3 wd""#,
    );
}

#[test]
fn shandong_extends_by_ten_at_most_and_is_yellow_on_the_last_day() {
    check(
        "shandong",
        r#"c.handle.consult = "5 wd"
c.handle.praise = "5 wd"
c.handle.report = "5 wd"
c.yellow.percent = 0
d.yellow.percent = 0
procedures.c.returns.after_sign = "2 wd"
procedures.d.extension.days = 10
procedures.d.extension.sum = 10"#,
    );
}

#[test]
fn tianjin_signs_as_general_does() {
    check("tianjin", "");
    let tianjin = profile("tianjin");
    let signs = Grade::ALL
        .iter()
        .map(|grade| tianjin.grade(*grade).sign.to_string());
    assert_eq!(signs.collect::<Vec<_>>(), ["15 min", "30 min", "1 wd", "1 wd"]);
}

#[test]
fn a_city_s_own_profile_says_only_what_it_changes() {
    let own = parse("base = \"shanghai\"\nname = \"ours\"\n[c.handle]\nhelp = \"4 wd\"").unwrap_err();
    assert!(own.to_string().contains("unknown field `base`"), "{own}");

    let own = parse("base = \"general\"\nname = \"ours\"\n[c.handle]\nhelp = \"4 wd\"").unwrap();
    let general = profile("general");
    assert_eq!(
        (own.name.as_str(), own.c.handle.help.to_string().as_str()),
        ("ours", "4 wd")
    );
    assert_eq!(
        (own.c.handle.consult, own.d),
        (general.c.handle.consult, general.d)
    );
}

#[test]
fn a_profile_that_cannot_be_read_says_what_is_wrong() {
    let told = |text: &str| parse(text).unwrap_err().to_string();
    assert!(told("base = \"atlantis\"").contains("there are beijing, general"));
    assert!(told("base = 1").contains("1 is no profile we ship"));
    assert!(told("base = \"general\"\n[c]\nsgin = \"1 wd\"").contains("sgin"));
    assert!(told("base = \"general\"\n[c]\nsign = \"1 week\"").contains("expected a limit"));
    assert!(told("name = ").contains("line 1"));
}
