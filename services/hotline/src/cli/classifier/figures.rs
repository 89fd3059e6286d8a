//! Figures of the classifier as people and as programs read them.

use classifier::Figures;
use serde_json::{Value, json};

use crate::out::{Lang, Out, pad};

/// As JSON; the keys are those of `hotline classifier evaluate --json`.
pub(super) fn as_json(figures: &Figures) -> Value {
    json!({
        "messages": figures.count,
        "accuracy": rounded(figures.accuracy),
        "macro_f1": rounded(figures.macro_f1),
        "top2_accuracy": rounded(figures.top2_accuracy),
        "ece": rounded(figures.ece),
        "routed_share": rounded(figures.routed_share),
        "routed_precision": rounded(figures.routed_precision),
        "per_class_f1": figures
            .per_label_f1
            .iter()
            .map(|(label, f1)| (label.clone(), json!(rounded(*f1))))
            .collect::<serde_json::Map<_, _>>(),
    })
}

/// Six digits are more than anybody can tell apart.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// As lines.
pub(super) fn tell(figures: &Figures, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    for (name, value) in named(figures, lang) {
        out.line(format_args!("  {} {value}", pad(&name, 34)))?;
    }
    for (label, f1) in &figures.per_label_f1 {
        out.line(format_args!("    {} F1 {}", pad(label, 29), percent(*f1)))?;
    }
    Ok(())
}

/// The figures with their names.
pub(super) fn named(figures: &Figures, lang: Lang) -> Vec<(String, String)> {
    let row = |zh: &str, en: &str, value: String| (lang.say(zh, en), value);
    vec![
        row("来件", "messages", figures.count.to_string()),
        row("准确率", "accuracy", percent(figures.accuracy)),
        row("宏平均 F1", "macro-F1", percent(figures.macro_f1)),
        row("前两名命中", "right among two", percent(figures.top2_accuracy)),
        row("校准误差", "calibration error", percent(figures.ece)),
        row("可自动分派", "routed alone", percent(figures.routed_share)),
        row("其中正确", "right of these", percent(figures.routed_precision)),
    ]
}

/// A share in per cent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}
