//! Translations of the commands, one file a language, added to the commands that are registered.
//!
//! A file has the names of commands and options under `[names]`, and all other texts of menus under `[texts]`, both
//! keyed by the English text. To add a language, write its file and add it to [`LANGUAGES`]; `tests/it/locale.rs` lists
//! what is missing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Discord's code of each language, with its file.
const LANGUAGES: [(&str, &str); 5] = [
    ("de", include_str!("de.toml")),
    ("es-ES", include_str!("es-ES.toml")),
    ("fr", include_str!("fr.toml")),
    ("ja", include_str!("ja.toml")),
    ("pt-BR", include_str!("pt-BR.toml")),
];

/// Discord's type number of a slash command. Message commands have free-form names, so their names are in `[texts]`.
const SLASH: u64 = 1;

#[derive(Deserialize)]
struct Language {
    names: BTreeMap<String, String>,
    texts: BTreeMap<String, String>,
}

/// Adds all translations to the commands that are registered.
pub(super) fn localised(mut commands: Value) -> Value {
    let read = |(code, file): (&'static str, &str)| {
        let language: Language =
            toml::from_str(file).expect("a unit test parses every embedded file");
        (code, language)
    };
    let languages = LANGUAGES.map(read);
    for command in each(&mut commands) {
        let name = if command["type"].as_u64().unwrap_or(SLASH) == SLASH {
            NameStyle::Typed
        } else {
            NameStyle::Menu
        };
        localise(command, &languages, name);
    }
    commands
}

/// How people use the name of a command or an option.
#[derive(Clone, Copy)]
enum NameStyle {
    /// They type it; the name is one lower-case word, and a description explains it.
    Typed,
    /// They choose it in a context menu; the name is a text.
    Menu,
}

/// Adds the translations of a command or an option, and of its options and choices.
fn localise(item: &mut Value, languages: &[(&str, Language)], name: NameStyle) {
    match name {
        NameStyle::Typed => {
            add(item, "name", languages, |language| &language.names);
            add(item, "description", languages, |language| &language.texts);
        }
        NameStyle::Menu => add(item, "name", languages, |language| &language.texts),
    }
    for choice in each(&mut item["choices"]) {
        add(choice, "name", languages, |language| &language.names);
        add(choice, "name", languages, |language| &language.texts);
    }
    for option in each(&mut item["options"]) {
        localise(option, languages, NameStyle::Typed);
    }
}

/// Adds the translations of the text at `key` in every language that has one.
fn add(
    item: &mut Value,
    key: &str,
    languages: &[(&str, Language)],
    words: fn(&Language) -> &BTreeMap<String, String>,
) {
    let Some(english) = item[key].as_str() else {
        return;
    };
    let word = |(code, language): &(&str, Language)| {
        Some((String::from(*code), json!(words(language).get(english)?)))
    };
    let localisations: Map<String, Value> = languages.iter().filter_map(word).collect();
    if !localisations.is_empty() {
        item[format!("{key}_localizations")] = Value::Object(localisations);
    }
}

fn each(list: &mut Value) -> impl Iterator<Item = &mut Value> {
    list.as_array_mut().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_the_names_and_texts_of_every_language() {
        let plain = json!([{"name": "settings", "description": "Shows the presets you have.", "options": [
            {"name": "strategy", "description": "-", "choices": [{"name": "all at once", "value": "joint"}, {"name": "length", "value": "length"}]},
        ]}]);
        let commands = localised(plain);
        assert_eq!(
            commands[0]["name_localizations"].as_object().unwrap().len(),
            LANGUAGES.len()
        );
        assert_eq!(commands[0]["name_localizations"]["de"], "einstellungen");
        assert_eq!(
            commands[0]["description_localizations"]
                .as_object()
                .unwrap()
                .len(),
            LANGUAGES.len()
        );
        let option = &commands[0]["options"][0];
        assert_eq!(option["name_localizations"]["de"], "strategie");
        assert!(
            option.get("description_localizations").is_none(),
            "an unknown text stays English"
        );
        let choice = |number: usize| &option["choices"][number]["name_localizations"]["de"];
        assert_eq!(
            (choice(0), choice(1)),
            (&json!("alle zugleich"), &json!("länge"))
        );
    }
}
