//! Values stored as JSON in a text column.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Encodes a value for a column.
pub(super) fn encode(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain fields serialize without error")
}

/// Decodes JSON of this or another version of the program: unknown fields and values out of range count as unset.
pub(super) fn decode_lenient<T: DeserializeOwned + Default>(json: &str) -> T {
    if let Ok(whole) = serde_json::from_str(json) {
        return whole;
    }
    let fields: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
    let valid = |(name, value): &(String, Value)| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        serde_json::from_value::<T>(Value::Object(alone)).is_ok()
    };
    let valid: Map<String, Value> = fields.into_iter().filter(valid).collect();
    serde_json::from_value(Value::Object(valid)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rules;
    use generation::{Settings, StrategyName};

    #[test]
    fn the_former_name_of_a_strategy_is_read_as_the_current_one() {
        let rules: Rules = decode_lenient(r#"{"strategies": ["student", "gibbs"]}"#);
        assert_eq!(
            rules.strategies,
            ["causal", "gibbs"].map(StrategyName::from)
        );
        let settings: Settings = decode_lenient(r#"{"strategy": "student"}"#);
        assert_eq!(settings.strategy.as_deref(), Some("causal"));
        assert!(encode(&settings).contains(r#""strategy":"causal""#));
    }

    #[test]
    fn an_invalid_value_does_not_invalidate_the_others() {
        let read: Settings = decode_lenient(r#"{"temperature": 99, "length": 7, "colour": "red"}"#);
        assert_eq!((read.temperature, read.length), (None, "7".parse().ok()));
        assert_eq!(decode_lenient::<Settings>("no JSON"), Settings::default());
    }
}
