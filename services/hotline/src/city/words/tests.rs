//! What the demonstration city makes of what people say, and what is told of a lexicon that is wrong.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use classifier::Model;
use domain::rules::Rules;
use jiff::civil::date;
use triage::suggest::{Lexis, SuggestInput, Suggestion, Verdict};

use super::super::{Shantou, built_in, from_files};

/// The demonstration city, compiled.
struct City {
    rules: Rules,
    model: Option<Arc<Model>>,
    lexis: Lexis,
}

fn city(model: Option<Arc<Model>>) -> City {
    let rules = Rules::new(built_in().unwrap()).unwrap();
    let labels = model.as_ref().map_or(&[][..], |model| model.labels());
    let lexis = Lexis::with_labels(&rules, labels).unwrap();
    assert_eq!(
        lexis.lost_labels(),
        [] as [&str; 0],
        "every label stands for something here"
    );
    City { rules, model, lexis }
}

/// What a message comes to: type, grade, hints, category, and who leads or why it waits. `model`: beside the shipped one.
fn read(text: &str, has_model: bool) -> (Suggestion, String) {
    static ALONE: OnceLock<City> = OnceLock::new();
    static WITH_MODEL: OnceLock<City> = OnceLock::new();
    let City { rules, model, lexis } = match has_model {
        true => WITH_MODEL.get_or_init(|| city(crate::model::shipped().unwrap())),
        false => ALONE.get_or_init(|| city(None)),
    };
    let message = classifier::Message::text("", text);
    let opinion = model.as_ref().map(|model| triage::opinion(model, &message, 0));
    let input = SuggestInput {
        body: text,
        place: "龙湖区",
        opinion: opinion.as_ref(),
        ..SuggestInput::default()
    };
    let suggestion = lexis.suggest(rules, &input, date(2026, 11, 20));
    let verdict = match lexis.verdict(&suggestion, false) {
        Verdict::Dispatch { route, .. } => route.lead.to_string(),
        Verdict::Hold(hold) => hold.as_str().to_owned(),
    };
    (suggestion, verdict)
}

/// Type, grade and hints of each text, in the words of the contract.
#[track_caller]
fn hears(texts: &[(&str, &str)]) {
    for (text, expected) in texts {
        let (suggestion, _) = read(text, false);
        let hints: Vec<String> = suggestion
            .hints
            .iter()
            .map(|hint| format!("{}:{}", hint.referral.ground.as_str(), hint.referral.id))
            .collect();
        let (kind, grade) = (
            suggestion.kinds[0].value.as_str(),
            suggestion.grade.value.as_str(),
        );
        let told = format!("{kind} {grade} {}", hints.join(" "));
        assert_eq!(told.trim_end(), *expected, "{text}");
    }
}

#[test]
fn a_gas_smell_is_always_an_emergency_unless_there_is_none() {
    hears(&[
        ("楼道里闻到煤气味", "help a"),
        ("厨房里有一股天然气的味道，很重", "help a"),
        ("液化气罐好像漏气了", "help a"),
        ("有没有煤气味我也说不准，请来看看", "consult a"),
        ("家里没有煤气味，想问燃气开户怎么办理", "consult c"),
        ("燃气公司来做防煤气泄漏宣传，讲得好", "help c"),
        ("昨天没有煤气味，今天煤气味特别重", "help a"),
    ]);
}

#[test]
fn what_is_past_or_feared_is_not_an_emergency_of_now() {
    hears(&[
        ("去年这条路发生过爆炸，现在井盖还没有装回去", "help c"),
        ("社区开展防溺水宣传，建议多办几次", "suggestion c"),
        ("小区停水了，水龙头没有水", "help b"),
        ("工厂消防演练起火冒烟，不用担心", "help c"),
    ]);
}

#[test]
fn what_people_want_is_heard() {
    hears(&[
        ("请问办理居住证需要什么材料", "consult c"),
        ("我要投诉这家饭店服务态度太差", "complaint c"),
        ("这不是投诉，只是建议增加一个公交站", "suggestion c"),
        ("表扬公交车司机师傅拾金不昧", "praise c"),
        ("举报有人偷倒垃圾", "report c"),
        ("我不想举报谁，只是想问一下垃圾几点收", "consult c"),
        ("路灯坏了三天", "help c"),
    ]);
}

#[test]
fn what_may_not_be_ours_is_told_with_where_it_goes() {
    hears(&[
        ("楼下着火了，火很大", "help a r1:119"),
        ("老人晕倒在菜市场门口了", "help a r1:120"),
        ("路口刚刚发生车祸，有人流血", "help a r1:122"),
        ("有人在楼顶要自杀", "help a r1:110"),
        ("法院已经立案正在审理，请政府处理", "help c r2:litigation"),
        ("劳动仲裁已经开庭，公司还是不理", "help c r2:arbitration"),
        ("对处罚不服，已经申请行政复议", "help c r2:reconsideration"),
        ("信访复核意见下来了", "help c r2:petition"),
        ("申请政府信息公开，想看拆迁批文", "help c r2:disclosure"),
        ("反映镇长收受贿赂", "report c r2:discipline"),
        ("请帮我查一下邻居的电话号码", "help c r3:privacy"),
        ("投诉法官办案太慢", "complaint c r4:court"),
        ("这里不是汕头管辖，是揭阳的", "help c r4:elsewhere"),
        ("帮我办一张假毕业证", "help c r6:unlawful"),
        ("请帮我介绍对象", "help c r7:beyond-duty"),
        ("测试", "help c r8:no-substance"),
    ]);
}

#[test]
fn ordinary_matters_carry_no_hint() {
    for text in [
        "小区物业乱收停车费，业主多次反映没人管",
        "工地半夜施工，噪音很大",
        "学校门口占道经营，孩子放学不安全",
        "公司拖欠社保，劳动局让我去仲裁",
        "感谢政府修好了路",
    ] {
        let (suggestion, _) = read(text, false);
        assert_eq!(suggestion.hints, [], "{text}");
    }
}

#[test]
fn the_shipped_model_says_the_part_of_the_tree_and_the_words_what_in_it() {
    let check = |text: &str, expected: &str| {
        let (suggestion, verdict) = read(text, true);
        let first = suggestion.categories.first();
        let first = first.map_or("-".to_owned(), |one| {
            format!("{} by {}", one.value, one.by.as_str())
        });
        assert_eq!(format!("{first}: {verdict}"), expected, "{text}");
        assert!(suggestion.model.is_some());
    };
    check(
        "小区门口的路灯坏了三天，晚上很黑，老人不敢出门，请尽快维修路灯",
        "urban.municipal.lights by both: urban-management",
    );
    check(
        "公司不交社保，退休后养老保险领不到，想问养老金怎么补缴",
        "labour.insurance.pension by both: hr-social",
    );
    // Nothing the model knows of: it is not heard.
    check("😡😡😡", "-: unknown_category");
}

#[test]
fn what_is_wrong_in_the_lexicon_is_told_with_its_line_and_nothing_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    for name in Shantou::iter() {
        std::fs::write(dir.path().join(name.as_ref()), Shantou::get(&name).unwrap().data).unwrap();
    }
    let lexicon = dir.path().join("lexicon.toml");
    let sound = std::fs::read_to_string(&lexicon).unwrap();
    let told = |more: &str| {
        std::fs::write(&lexicon, format!("{sound}\n{more}")).unwrap();
        from_files(Some(dir.path()), Path::new("general"))
            .unwrap_err()
            .to_string()
    };
    let line = sound.lines().count() + 3;

    let bad = told("# A rule of ours.\n[[rule]]\nid = \"mine\"\npattern = \"煤气(味\"\ngrade = \"a\"\n");
    assert!(
        bad.contains(&format!(
            "lexicon.toml:{line}: rules[mine].pattern: 第 3 个字符处有误：unclosed group"
        )),
        "{bad}"
    );
    let bad = told("# A rule of ours.\n[[rule]]\nid = \"mine\"\nall = [\"x\"]\ncategory = \"nowhere\"\n");
    assert!(
        bad.contains(&format!(
            "lexicon.toml:{line}: rules[mine].category: 没有类别 nowhere"
        )),
        "{bad}"
    );
    let bad = told("\n[[rule]]\nid = \"mine\"\nall = \"x\"\n");
    assert!(bad.contains("lexicon.toml:") && bad.contains("类型不对"), "{bad}");

    // A label of the model whose category is gone refuses nothing.
    std::fs::write(&lexicon, &sound).unwrap();
    let classifier = dir.path().join("classifier.toml");
    std::fs::write(
        &classifier,
        "[labels]\n\"环境保护\" = [\"environment\", \"gone\"]\n",
    )
    .unwrap();
    let bundle = from_files(Some(dir.path()), Path::new("general")).unwrap();
    let warnings = bundle.warnings(date(2026, 11, 20));
    assert!(
        warnings
            .iter()
            .any(|one| one.at == "classifier.labels[环境保护]" && one.zh.contains("gone")),
        "{warnings:?}"
    );
}
