//! Discord's locales.

use serde_json::Value;

use super::ApiError;

/// All locales, as in Discord's reference.
pub(super) const LOCALES: [&str; 32] = [
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl",
    "no", "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th",
    "zh-CN", "ja", "zh-TW", "ko",
];

/// An error unless Discord has the locale.
pub(super) fn check(path: &str, locale: &str) -> Result<(), ApiError> {
    if LOCALES.contains(&locale) {
        Ok(())
    } else {
        let problem = format!("Value must be one of {LOCALES:?}, not {locale:?}.");
        Err(ApiError::form(path, "ENUM_TYPE_COERCE", problem))
    }
}

/// The entries of a dictionary of localizations, such as `{"de": "…", "fr": "…"}`.
pub(super) fn texts(localizations: &Value) -> impl Iterator<Item = (&String, &Value)> {
    localizations.as_object().into_iter().flatten()
}
