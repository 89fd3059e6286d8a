//! The curve of coverage and precision as a picture: what routing this share alone, the surest first, is worth.

use std::fmt::Write as _;

use classifier::{CurvePoint, Figures, Model, Outcome, Report, curve};

use super::figures::{named, percent};
use crate::out::Lang;

/// Points of a curve.
const POINTS: usize = 200;
/// The picture in pixels.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
/// The frame of the plot in it: left, top, right, bottom.
const FRAME: [f64; 4] = [70.0, 56.0, 730.0, 380.0];
/// The lowest precision that is shown.
const LOWEST: f64 = 0.90;
/// Points from fewer messages jump about and tell nothing.
const MESSAGES_MIN: f64 = 30.0;

/// Draws the curves of a training.
pub(super) fn curve_of(report: &Report, model: &Model) -> String {
    let mut svg = String::new();
    let [left, top, right, bottom] = FRAME;
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         font-family=\"'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif\" font-size=\"13\" fill=\"#334\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{left}\" y=\"26\" font-size=\"16\" fill=\"#112\">自动分派的比例与正确率 · routed share and precision</text>\n"
    );
    for percent in (0..=100).step_by(20) {
        let at = x(f64::from(percent) / 100.0);
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {top}V{bottom}\" stroke=\"#e6e8ee\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{percent} %</text>",
            bottom + 20.0
        );
    }
    for percent in (90..=100).step_by(2) {
        let at = y(f64::from(percent) / 100.0);
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#e6e8ee\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>",
            left - 8.0,
            at + 4.5
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">可自动分派的比例 · share routed alone</text>",
        f64::midpoint(left, right),
        bottom + 44.0
    );
    let wanted = y(model.precision());
    let _ = writeln!(
        svg,
        "<path d=\"M{left} {wanted:.1}H{right}\" stroke=\"#b33\" stroke-dasharray=\"5 4\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#b33\">要求 · wanted {}</text>",
        left + 8.0,
        wanted - 6.0,
        percent(model.precision())
    );
    draw(
        &mut svg,
        &report.cross_validation,
        "#2563a8",
        "交叉检验 · cross-validation",
        0.0,
    );
    draw(
        &mut svg,
        &report.validation,
        "#d97a16",
        "检验集 · validation",
        1.0,
    );
    svg.push_str("</svg>\n");
    svg
}

/// A page with the picture and the figures.
pub(super) fn page(svg: &str, report: &Report, model: &Model, lang: Lang) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"zh\"><meta charset=\"utf-8\"><title>分类模型 {version}</title>\n\
         <style>body{{font:15px/1.6 sans-serif;max-width:800px;margin:2em auto;color:#223}}td,th{{padding:2px 14px 2px 0;text-align:left}}</style>\n\
         <h1>分类模型 · classifier {version}</h1>\n{svg}",
        version = model.version()
    );
    let crossed = Some(report.cross_validation_figures());
    let parts = [
        (lang.say("交叉检验", "cross-validation"), crossed),
        (lang.say("检验集", "validation"), report.validation_figures()),
    ];
    for (name, figures) in parts {
        let Some(figures) = figures else { continue };
        let _ = writeln!(page, "<h2>{name}</h2>\n<table>");
        for (name, value) in named(&figures, lang) {
            let _ = writeln!(page, "<tr><td>{}</td><td>{value}</td></tr>", escaped(&name));
        }
        by_label(&mut page, &figures, model);
        page.push_str("</table>\n");
    }
    page.push_str("</html>\n");
    page
}

fn by_label(page: &mut String, figures: &Figures, model: &Model) {
    for (label, f1) in &figures.per_label_f1 {
        let threshold = model.label(label).map_or(String::new(), |label| {
            let threshold = model.threshold_of(label);
            if threshold > 1.0 {
                "—".to_owned()
            } else {
                percent(threshold)
            }
        });
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>F1 {}</td><td>门槛 · threshold {threshold}</td></tr>",
            escaped(label),
            percent(*f1)
        );
    }
}

fn draw(svg: &mut String, outcomes: &[Outcome], colour: &str, name: &str, row: f64) {
    let points: Vec<CurvePoint> = curve(outcomes, POINTS)
        .into_iter()
        .filter(|point| point.coverage * outcomes.len() as f64 >= MESSAGES_MIN)
        .collect();
    let Some(first) = points.first() else { return };
    let mut path = format!("M{:.1} {:.1}", x(first.coverage), y(first.precision));
    for point in &points[1..] {
        let _ = write!(path, "L{:.1} {:.1}", x(point.coverage), y(point.precision));
    }
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
    );
    let figures = Figures::of(outcomes);
    let (at, down) = (x(figures.routed_share), y(figures.routed_precision));
    let _ = writeln!(
        svg,
        "<circle cx=\"{at:.1}\" cy=\"{down:.1}\" r=\"5\" fill=\"{colour}\"/>"
    );
    let [left, .., bottom] = FRAME;
    let line = bottom - 40.0 + row * 20.0;
    let _ = writeln!(
        svg,
        "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{line:.1}\">{name}: {} → {}</text>",
        left + 16.0,
        line - 4.5,
        left + 28.0,
        percent(figures.routed_share),
        percent(figures.routed_precision)
    );
}

fn x(share: f64) -> f64 {
    let [left, _, right, _] = FRAME;
    left + share.clamp(0.0, 1.0) * (right - left)
}

fn y(precision: f64) -> f64 {
    let [_, top, _, bottom] = FRAME;
    bottom - (precision.clamp(LOWEST, 1.0) - LOWEST) / (1.0 - LOWEST) * (bottom - top)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
