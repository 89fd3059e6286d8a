//! What a dispatch rests on, as people read it.

use domain::ticket::AreaSource;
use proto::tickets::v1::DispatchProof;

use crate::out::Lang;

/// The pieces of a proof, each with its name; those that are not known are left out.
pub(crate) fn pieces(proof: &DispatchProof, lang: Lang) -> Vec<(&'static str, String)> {
    let mut pieces = Vec::new();
    let mut add = |zh, en, text: String| {
        if !text.is_empty() {
            pieces.push((lang.word(zh, en), text));
        }
    };
    add("条目", "entry", proof.entry.clone());
    if proof.entry.is_empty() {
        add("依据", "ground", ground(&proof.ground, lang).to_owned());
    }
    let category = match proof.category.as_str() {
        "" => String::new(),
        category => format!("{category} ({} %)", proof.confidence_percent),
    };
    add("类别", "category", category);
    let source = AreaSource::parse(&proof.area_source).map(|source| lang.word(source.zh(), source.as_str()));
    let area = match (proof.area.as_str(), source) {
        ("", _) => String::new(),
        (area, Some(source)) => format!("{area} ({source})"),
        (area, None) => area.to_owned(),
    };
    add("区域", "area", area);
    add("模型", "model", proof.model_version.clone());
    add("相似工单", "similar", proof.similar_tickets.join(" "));
    pieces
}

/// The same on one line; empty for a dispatch of before proofs were kept.
pub(super) fn in_short(proof: &DispatchProof, lang: Lang) -> String {
    if proof.category.is_empty() {
        return String::new();
    }
    // The entry stands among the facts already.
    let entry = lang.word("条目", "entry");
    let pieces = pieces(proof, lang).into_iter().filter(|(name, _)| *name != entry);
    let told: Vec<String> = pieces.map(|(name, text)| format!("{name} {text}")).collect();
    told.join("  ")
}

fn ground(word: &str, lang: Lang) -> &'static str {
    match word {
        "reason" => lang.word("人工理由", "a person's reason"),
        "return" => lang.word("退单所指单位", "the unit a return named"),
        "ruling" => lang.word("裁定", "the arbiter's ruling"),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> DispatchProof {
        DispatchProof {
            entry: "urban-noise".to_owned(),
            ground: "entry".to_owned(),
            category: "urban.noise".to_owned(),
            area: "440507003".to_owned(),
            area_source: "landmark".to_owned(),
            confidence_percent: 97,
            model_version: "20261122-3f2a9c1b".to_owned(),
            similar_tickets: vec!["20261121-0000015".to_owned(), "20261121-0000023".to_owned()],
        }
    }

    #[test]
    fn a_proof_is_told_in_short() {
        assert_eq!(
            in_short(&whole(), Lang::Zh),
            "类别 urban.noise (97 %)  区域 440507003 (地标道路)  模型 20261122-3f2a9c1b  相似工单 20261121-0000015 20261121-0000023"
        );
        let names: Vec<_> = pieces(&whole(), Lang::En)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["entry", "category", "area", "model", "similar"]);
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let old = DispatchProof {
            ground: "reason".to_owned(),
            ..DispatchProof::default()
        };
        assert_eq!(in_short(&old, Lang::Zh), "");
        assert_eq!(pieces(&old, Lang::Zh), [("依据", "人工理由".to_owned())]);
    }
}
