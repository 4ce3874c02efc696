//! Names of strategies as people type them and as data keeps them.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::strategy::find;

/// The name of a strategy. An alias becomes the current name when a `StrategyName` is made, so that two names of one
/// strategy are equal wherever they come from. Unknown names are kept as they are.
///
/// ```
/// use generation::StrategyName;
///
/// assert_eq!(StrategyName::from("student"), StrategyName::from("causal"));
/// assert_eq!(&*StrategyName::from("student"), "causal");
/// assert_eq!(&*StrategyName::from("beam"), "beam");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct StrategyName(String);

impl StrategyName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StrategyName {
    fn from(name: &str) -> Self {
        Self(
            find(name)
                .map_or(name, |strategy| strategy.name())
                .to_owned(),
        )
    }
}

impl From<String> for StrategyName {
    fn from(name: String) -> Self {
        match find(&name) {
            Some(strategy) => Self(strategy.name().to_owned()),
            None => Self(name),
        }
    }
}

impl From<StrategyName> for String {
    fn from(name: StrategyName) -> Self {
        name.0
    }
}

impl Deref for StrategyName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StrategyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq<str> for StrategyName {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_becomes_the_current_name_and_an_unknown_name_is_kept() {
        let names = ["student", "gibbs", "gone"];
        assert_eq!(
            names.map(StrategyName::from).map(String::from),
            ["causal", "gibbs", "gone"]
        );
        let owned = names.map(|name| StrategyName::from(name.to_owned()));
        assert_eq!(owned, names.map(StrategyName::from));
    }
}
