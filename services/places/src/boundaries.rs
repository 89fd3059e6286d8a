//! The ground of areas from a GeoJSON file (RFC 7946): a `FeatureCollection` whose features have the property `area`, an
//! area's code, and a `Polygon` or `MultiPolygon`. What is read goes into the rules, which check the rings themselves.

use domain::id::AreaId;
use domain::rules::{Boundary, MICRO, Position, Ring};
use geojson::{Feature, GeometryValue, PolygonType};
use serde_json::Value;

use crate::limits::{FEATURES_MAX, FILE_BYTES_MAX, POSITIONS_MAX};

/// The file's name in a city's folder.
pub const FILE: &str = "boundaries.geojson";

/// What is wrong with a boundaries file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{zh} · {en}")]
pub struct Problem {
    /// Which feature, counted from 1; none: the file as a whole.
    pub feature: Option<usize>,
    /// What, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Problem {
    fn of_file(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            feature: None,
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// What is wrong with one feature, before its number is known.
struct Fault(String, String);

fn fault(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault(zh.into(), en.into())
}

/// Reads a boundaries file whole or not at all.
///
/// # Errors
/// Every problem, each with the number of its feature.
pub fn read(text: &str) -> Result<Vec<Boundary>, Vec<Problem>> {
    if text.len() > FILE_BYTES_MAX {
        let bytes = text.len();
        return Err(vec![Problem::of_file(
            format!("有 {bytes} 字节，最多 {FILE_BYTES_MAX} 字节"),
            format!("has {bytes} bytes, at most {FILE_BYTES_MAX} are read"),
        )]);
    }
    let features = features(text).map_err(|problem| vec![problem])?;
    let mut boundaries = Vec::with_capacity(features.len());
    let mut problems = Vec::new();
    let mut positions = 0;
    for (place, feature) in features.into_iter().enumerate() {
        let number = place + 1;
        match boundary(feature) {
            Ok(one) => {
                positions += one.polygons.iter().flatten().map(Vec::len).sum::<usize>();
                boundaries.push(one);
            }
            Err(Fault(zh, en)) => problems.push(Problem {
                feature: Some(number),
                zh: format!("第 {number} 个要素：{zh}"),
                en: format!("feature {number}: {en}"),
            }),
        }
        if positions > POSITIONS_MAX {
            problems.push(Problem::of_file(
                format!("多于 {POSITIONS_MAX} 个点：请简化边界"),
                format!("has more than {POSITIONS_MAX} positions: simplify the boundaries"),
            ));
            break;
        }
    }
    if problems.is_empty() {
        Ok(boundaries)
    } else {
        Err(problems)
    }
}

fn features(text: &str) -> Result<Vec<Value>, Problem> {
    let value: Value = text
        .parse()
        .map_err(|error| Problem::of_file(format!("不是 JSON：{error}"), format!("is not JSON: {error}")))?;
    let Value::Object(mut collection) = value else {
        return Err(not_a_collection());
    };
    if collection.get("type").and_then(Value::as_str) != Some("FeatureCollection") {
        return Err(not_a_collection());
    }
    // A crs member is of the GeoJSON before RFC 7946 and says that the numbers mean something else.
    if collection.contains_key("crs") {
        return Err(Problem::of_file(
            "有 crs 成员：坐标须为 WGS 84（RFC 7946），请先转换",
            "has a member crs: positions are WGS 84 (RFC 7946), convert it first",
        ));
    }
    match collection.remove("features") {
        Some(Value::Array(features)) if features.len() <= FEATURES_MAX => Ok(features),
        Some(Value::Array(features)) => Err(Problem::of_file(
            format!("有 {} 个要素，最多 {FEATURES_MAX} 个", features.len()),
            format!(
                "has {} features, at most {FEATURES_MAX} are taken",
                features.len()
            ),
        )),
        Some(_) | None => Err(not_a_collection()),
    }
}

fn not_a_collection() -> Problem {
    Problem::of_file(
        "应为 GeoJSON FeatureCollection",
        "is no GeoJSON FeatureCollection",
    )
}

fn boundary(feature: Value) -> Result<Boundary, Fault> {
    let feature = serde_json::from_value::<Feature>(feature).map_err(|error| {
        fault(
            format!("不是 GeoJSON 要素：{error}"),
            format!("is no GeoJSON feature: {error}"),
        )
    })?;
    let code = match feature.property("area") {
        Some(Value::String(code)) => code.clone(),
        Some(Value::Number(code)) => code.to_string(),
        Some(_) | None => {
            return Err(fault(
                "缺少属性 area：请写明区域代码",
                "has no property area: name the area's code",
            ));
        }
    };
    let id = AreaId::parse(&code)
        .map_err(|_| fault("属性 area 不是区域代码", "its property area is no area's code"))?;
    let polygons = match feature.geometry.map(|geometry| geometry.value) {
        Some(GeometryValue::Polygon { coordinates }) => vec![polygon(&coordinates)?],
        Some(GeometryValue::MultiPolygon { coordinates }) => {
            coordinates.iter().map(polygon).collect::<Result<_, _>>()?
        }
        Some(other) => {
            let kind = other.type_name();
            return Err(fault(
                format!("几何类型为 {kind}：应为 Polygon 或 MultiPolygon"),
                format!("its geometry is a {kind}: Polygon or MultiPolygon is needed"),
            ));
        }
        None => return Err(fault("没有几何图形", "has no geometry")),
    };
    Ok(Boundary { id, polygons })
}

fn polygon(rings: &PolygonType) -> Result<Vec<Ring>, Fault> {
    let ring = |ring: &Vec<geojson::Position>| {
        let mut read: Ring = Vec::with_capacity(ring.len());
        for one in ring {
            let position = position(one)?;
            // Two positions within eleven centimetres are one.
            if read.last() != Some(&position) {
                read.push(position);
            }
        }
        Ok(read)
    };
    rings.iter().map(ring).collect()
}

fn position(one: &geojson::Position) -> Result<Position, Fault> {
    let &[lon, lat, ..] = one.as_slice() else {
        return Err(fault(
            "有一个点少于两个数",
            "a position has fewer than two numbers",
        ));
    };
    let micro = |degrees: f64| -> Option<i32> {
        let micro = (degrees * f64::from(MICRO)).round();
        #[expect(clippy::cast_possible_truncation, reason = "within the range just asked for")]
        let whole = (micro.abs() < f64::from(i32::MAX)).then_some(micro as i32);
        whole
    };
    match (micro(lon), micro(lat)) {
        (Some(lon), Some(lat)) => Ok([lon, lat]),
        (..) => Err(fault(
            format!("[{lon}, {lat}] 超出范围：先经度 ±180，后纬度 ±90"),
            format!(
                "[{lon}, {lat}] is out of range: longitude within 180 comes first, then latitude within 90"
            ),
        )),
    }
}
