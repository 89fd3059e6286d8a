use super::*;
use crate::out::Lang;

/// A configuration of a copy of the demonstration city, with what is put into its folder.
fn folder(profile: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (city, config) = (dir.path().join("city"), dir.path().join("hotline.toml"));
    std::fs::create_dir(&city).unwrap();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/shantou");
    for file in std::fs::read_dir(shipped).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), city.join(file.file_name())).unwrap();
    }
    for (name, text) in files {
        std::fs::write(city.join(name), text).unwrap();
    }
    let rules = city.display();
    std::fs::write(&config, format!("rules = \"{rules}\"\n{profile}")).unwrap();
    (dir, config)
}

fn wrong(config: &Path) -> Problems {
    match checked(config) {
        Ok(_) => panic!("nothing is wrong"),
        Err(problems) => problems,
    }
}

#[test]
fn every_problem_of_the_rules_is_told_once_with_its_file_and_key() {
    let bad = "city_zh = ''\ncity_en = 'x'\ncity_area = 'nowhere'\nmayor = 1";
    let (_dir, config) = folder("profile = \"general\"", &[("city.toml", bad)]);
    let problems = wrong(&config);
    let object = as_json(&config, &problems.0[0]);
    assert_eq!(
        (&object["file"], &object["key"], &object["zh"]),
        (
            &json!("city.toml:4"),
            &json!("mayor"),
            &json!("没有此项，请核对拼写")
        )
    );

    let bad = bad.trim_end_matches("\nmayor = 1");
    let (_dir, config) = folder("profile = \"general\"", &[("city.toml", bad)]);
    let problems = wrong(&config);
    let count = problems.0.len();
    let of = |key: &str| problems.0.iter().filter(|one| one.key == key).count();
    assert_eq!((of("city_zh"), of("city_area")), (1, 1), "{problems:?}");
    for one in &problems.0 {
        let object = as_json(&config, one);
        let (zh, en) = (object["zh"].as_str().unwrap(), object["en"].as_str().unwrap());
        assert!(!zh.contains('\n') && zh != en && en.is_ascii(), "{object}");
        assert_eq!(object["file"], "city.toml");
    }
    let told = problems.into_stop(Lang::Zh).to_string();
    assert!(told.starts_with(&format!("配置有 {count} 处问题")), "{told}");
    assert!(
        told.contains("city.toml: city_zh: 不能为空") && !told.contains("is empty"),
        "{told}"
    );
}

#[test]
fn a_folder_without_a_profile_is_told_what_to_write() {
    let (_dir, config) = folder("", &[]);
    let problems = wrong(&config);
    let told = problems.to_string();
    assert_eq!(problems.0.len(), 1, "{told}");
    assert!(told.contains("write profile = \"general\""), "{told}");
}

#[test]
fn a_relative_path_says_where_it_was_looked_for() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("hotline.toml");
    std::fs::write(&config, "rules = \"no-such-city\"\nprofile = \"general\"").unwrap();
    let told = wrong(&config).to_string();
    let here = std::env::current_dir().unwrap().join("no-such-city");
    assert!(
        told.contains(&here.display().to_string()) && told.contains("working directory"),
        "{told}"
    );
}

#[test]
fn a_file_that_is_not_there_is_told_in_chinese_too() {
    let (dir, config) = folder("profile = \"general\"", &[]);
    std::fs::remove_file(dir.path().join("city/units.toml")).unwrap();
    let problems = wrong(&config);
    let one = &problems.0[0];
    assert_eq!((one.file.as_str(), one.zh.as_str()), ("units.toml", "文件不存在"));
}
