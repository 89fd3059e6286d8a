use clap::Parser as _;
use expect_test::expect;

use super::super::{Cli, Verb};
use super::show::Year;
use super::*;
use crate::city;
use crate::out::Color;

fn out(lang: Lang) -> Out {
    Out::new(false, true, lang, Color::Never)
}

/// Runs `hotline calendar …` with the words.
fn calendar(words: &[&str]) -> anyhow::Result<()> {
    let all = ["hotline", "calendar"].iter().chain(words);
    let cli = Cli::try_parse_from(all)?;
    let Verb::Calendar(args) = cli.verb else {
        panic!("another verb")
    };
    run(&args, &out(Lang::En))
}

/// 2027 with its fixed holidays, a spring festival and one make-up day.
const SMALL: &str = r#"{"date": "2027-01-01", "name": "元旦", "off": true}
{"date": "2027-02-05", "name": "春节", "off": true}
{"date": "2027-02-06", "name": "春节", "off": true}
{"date": "2027-02-07", "name": "春节", "off": true}
{"date": "2027-02-08", "name": "春节", "off": true}
{"date": "2027-02-20", "name": "春节", "off": false}
{"date": "2027-05-01", "name": "劳动节", "off": true}
{"date": "2027-10-01", "name": "国庆节", "off": true}
{"date": "2027-10-02", "name": "国庆节", "off": true}
{"date": "2027-10-03", "name": "国庆节", "off": true}
"#;

const OWN: &str = "utc_offset_minutes = 480
working_hours = [{ from = '09:00', to = '17:00' }]
desk_hours = [{ from = '00:00', to = '24:00' }]
callback_hours = [{ from = '09:00', to = '20:00' }]
class_hours.utility = [{ from = '08:00', to = '24:00' }]
";

/// A city's folder with a calendar of its own, and a holidays file.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(own: &str, rows: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::write(folder.path("calendar.toml"), own).unwrap();
        std::fs::write(folder.path("rows.jsonl"), rows).unwrap();
        folder
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn import(&self, more: &[&str]) -> anyhow::Result<()> {
        let (rows, rules) = (self.path("rows.jsonl"), self.0.path().display().to_string());
        let rows = rows.display().to_string();
        calendar(&[&["import", &rows, "--rules", &rules], more].concat())
    }

    fn holidays(&self) -> Option<String> {
        std::fs::read_to_string(self.path("holidays.toml")).ok()
    }
}

#[test]
fn a_year_is_imported_once_and_the_city_s_calendar_has_it() {
    let folder = Folder::new(OWN, SMALL);
    folder.import(&["--dry-run"]).unwrap();
    assert_eq!(folder.holidays(), None, "a dry run writes nothing");

    folder.import(&[]).unwrap();
    let written = folder.holidays().unwrap();
    let (read, holidays) = city::calendar(Some(folder.0.path())).unwrap();
    assert!(read.years.contains(&2027));
    let day = |month, day| jiff::civil::date(2027, month, day);
    assert!(!read.is_working_day(day(2, 8)) && read.is_working_day(day(2, 20)));
    assert_eq!(holidays.name_of(day(2, 20)), Some("春节"));

    folder.import(&[]).unwrap();
    assert_eq!(folder.holidays().unwrap(), written, "once more changes nothing");
    assert!(!folder.path("holidays.toml.new").exists());

    // What is amended later takes the place of what was there.
    let amended = SMALL.replace("2027-02-20", "2027-02-27");
    std::fs::write(folder.path("rows.jsonl"), amended).unwrap();
    folder.import(&["--year", "2027"]).unwrap();
    let (read, _) = city::calendar(Some(folder.0.path())).unwrap();
    assert!(!read.is_working_day(day(2, 20)) && read.is_working_day(day(2, 27)));
}

#[test]
fn what_is_refused_changes_nothing() {
    let refused = |own: &str, rows: &str, more: &[&str], why: &str| {
        let folder = Folder::new(own, rows);
        let error = folder.import(more).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(crate::exit::of(&error), crate::exit::Exit::Failed);
        assert_eq!(folder.holidays(), None);
    };
    let twice = format!("{SMALL}{}", SMALL.lines().next().unwrap());
    refused(OWN, &twice, &[], "rows.jsonl:11: 2027-01-01 stands in");
    refused(OWN, SMALL, &["--year", "2028"], "2028");
    refused(OWN, "", &[], "no holidays");
    refused(OWN, "", &["--year", "2027"], "no holidays of 2027");
    let own = format!("years = [2027]\noff = ['2027-02-20']\n{OWN}");
    refused(
        &own,
        SMALL,
        &[],
        "contradicts the holidays, both off and worked: 2027-02-20",
    );
    refused("years = 1", SMALL, &[], "calendar.toml");
}

#[test]
fn the_last_days_of_a_year_go_into_that_year_where_it_is_there() {
    let edge = r#"{"date": "2026-12-27", "name": "元旦", "off": false}"#;
    let folder = Folder::new(OWN, &format!("{SMALL}{edge}"));
    folder.import(&[]).unwrap();
    assert!(!folder.holidays().unwrap().contains("2026"), "2026 is not there");

    let shantou = city::built_in_holidays().unwrap();
    std::fs::write(folder.path("holidays.toml"), &shantou).unwrap();
    folder.import(&[]).unwrap();
    let (read, holidays) = city::calendar(Some(folder.0.path())).unwrap();
    let edge = jiff::civil::date(2026, 12, 27);
    assert!(read.is_working_day(edge));
    assert_eq!(holidays.name_of(edge), Some("元旦"));
    assert_eq!(holidays.name_of(jiff::civil::date(2026, 10, 10)), Some("国庆节"));
}

#[test]
fn a_year_is_a_picture() {
    let (calendar, holidays) = city::calendar(None).unwrap();
    let year = |year, lang| {
        let (calendar, holidays) = (calendar.clone(), holidays.clone());
        let year = Year {
            year,
            calendar,
            holidays,
            has_hours: true,
        };
        year.told(&out(lang))
    };
    expect![[r#"
        2026 (published), 248 working days

        2026-01                       2026-02                       2026-03
        Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su
                     1*  2*  3*  4+                            1.                            1.
         5   6   7   8   9  10. 11.    2   3   4   5   6   7.  8.    2   3   4   5   6   7.  8.
        12  13  14  15  16  17. 18.    9  10  11  12  13  14+ 15*    9  10  11  12  13  14. 15.
        19  20  21  22  23  24. 25.   16* 17* 18* 19* 20* 21* 22*   16  17  18  19  20  21. 22.
        26  27  28  29  30  31.       23* 24  25  26  27  28+       23  24  25  26  27  28. 29.
                                                                    30  31

        2026-04                       2026-05                       2026-06
        Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su
                 1   2   3   4*  5*                    1*  2*  3*    1   2   3   4   5   6.  7.
         6*  7   8   9  10  11. 12.    4*  5*  6   7   8   9+ 10.    8   9  10  11  12  13. 14.
        13  14  15  16  17  18. 19.   11  12  13  14  15  16. 17.   15  16  17  18  19* 20* 21*
        20  21  22  23  24  25. 26.   18  19  20  21  22  23. 24.   22  23  24  25  26  27. 28.
        27  28  29  30                25  26  27  28  29  30. 31.   29  30

        2026-07                       2026-08                       2026-09
        Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su
                 1   2   3   4.  5.                        1.  2.        1   2   3   4   5.  6.
         6   7   8   9  10  11. 12.    3   4   5   6   7   8.  9.    7   8   9  10  11  12. 13.
        13  14  15  16  17  18. 19.   10  11  12  13  14  15. 16.   14  15  16  17  18  19. 20+
        20  21  22  23  24  25. 26.   17  18  19  20  21  22. 23.   21  22  23  24  25* 26* 27*
        27  28  29  30  31            24  25  26  27  28  29. 30.   28  29  30
                                      31

        2026-10                       2026-11                       2026-12
        Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su
                     1*  2*  3*  4*                            1.        1   2   3   4   5.  6.
         5*  6*  7*  8   9  10+ 11.    2   3   4   5   6   7.  8.    7   8   9  10  11  12. 13.
        12  13  14  15  16  17. 18.    9  10  11  12  13  14. 15.   14  15  16  17  18  19. 20.
        19  20  21  22  23  24. 25.   16  17  18  19  20  21. 22.   21  22  23  24  25  26. 27.
        26  27  28  29  30  31.       23  24  25  26  27  28. 29.   28  29  30  31
                                      30

        * day off  + make-up working day  . weekend
        days off: 元旦 01-01 to 01-03, 春节 02-15 to 02-23, 清明节 04-04 to 04-06, 劳动节 05-01 to 05-05, 端午节 06-19 to 06-21, 中秋节 09-25 to 09-27, 国庆节 10-01 to 10-07
        make-up working days: 元旦 01-04, 春节 02-14, 春节 02-28, 劳动节 05-09, 国庆节 09-20, 国庆节 10-10
        working hours: 08:30-12:00, 14:00-17:30
        desk hours: 08:00-20:00
        callback hours: 08:30-12:00, 14:00-20:30
    "#]].assert_eq(&year(2026, Lang::En));
    let zh = year(2027, Lang::Zh);
    assert!(
        zh.starts_with("2027 年(放假安排尚未公布,暂按周六、周日休息),工作日 261 天"),
        "{zh}"
    );
}

#[test]
fn class_hours_to_midnight_are_shown_as_they_are_written() {
    let folder = Folder::new(OWN, SMALL);
    let (calendar, holidays) = city::calendar(Some(folder.0.path())).unwrap();
    let year = Year {
        year: 2026,
        calendar,
        holidays,
        has_hours: true,
    };
    let told = year.told(&out(Lang::Zh));
    assert!(told.contains("公共服务企业工作时间: 08:00-24:00"), "{told}");
    assert!(told.contains("值班时间: 00:00-24:00"), "{told}");
}
