//! Commands in people's languages: nothing is missing, nothing is left over, everything fits.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use serde_json::Value;

use crate::harness::Bot;

const LANGUAGES: [&str; 5] = ["de", "es-ES", "fr", "ja", "pt-BR"];

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// A command with everything that is under it, as pairs of parent and child.
fn under(command: &Value) -> Vec<&Value> {
    let mut found = vec![command];
    let mut next = 0;
    while let Some(item) = found.get(next).copied() {
        found.extend(each(&item["options"]));
        next += 1;
    }
    found
}

/// Every English text with its translations. Labels that are what they stand for, such as names, may stay as they are.
fn texts(command: &Value) -> Vec<(&str, Option<&Value>)> {
    let mut found = Vec::new();
    for item in under(command) {
        found.push((
            item["name"].as_str().unwrap(),
            Some(&item["name_localizations"]),
        ));
        let description = item["description"].as_str().filter(|text| !text.is_empty());
        found.extend(description.map(|text| (text, Some(&item["description_localizations"]))));
        for choice in each(&item["choices"]) {
            let (label, value) = (
                choice["name"].as_str().unwrap(),
                choice["value"].as_str().unwrap(),
            );
            let name = label == value || label == format!("strategy {value}");
            found.push((label, Some(&choice["name_localizations"]).filter(|_| !name)));
        }
    }
    found
}

fn units(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.encode_utf16().count())
}

/// The most that Discord may count for a field: its longest language.
fn longest(item: &Value, key: &str) -> usize {
    let translations = item[format!("{key}_localizations")].as_object();
    let lengths = translations
        .into_iter()
        .flatten()
        .map(|(_, text)| units(text));
    lengths.chain([units(&item[key])]).max().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_of_every_command_is_in_every_language_and_none_is_left_over() {
    let bot = Bot::start().await;
    let commands: Vec<Value> = bot.sandbox.world(|world| world.commands().to_vec());
    let mut missing = BTreeSet::new();
    let mut known = HashSet::new();
    for (english, translations) in commands.iter().flat_map(texts) {
        known.insert(english);
        let Some(translations) = translations else {
            continue;
        };
        for language in LANGUAGES {
            if translations[language].as_str().is_none_or(str::is_empty) {
                missing.insert(format!("{language}: {english}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "not translated:\n{}",
        missing.into_iter().collect::<Vec<_>>().join("\n")
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/discord/locale");
    for language in LANGUAGES {
        let file = std::fs::read_to_string(folder.join(format!("{language}.toml"))).unwrap();
        let file: toml::Table = toml::from_str(&file).unwrap();
        let words = file
            .values()
            .flat_map(|section| section.as_table().unwrap().keys());
        let left: Vec<_> = words
            .filter(|english| !known.contains(english.as_str()))
            .collect();
        assert!(left.is_empty(), "left over in {language}.toml: {left:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_fits_discords_limits() {
    let bot = Bot::start().await;
    let commands: Vec<Value> = bot.sandbox.world(|world| world.commands().to_vec());
    for command in &commands {
        let slash = command["type"].as_u64().unwrap_or(1) == 1;
        let mut total = 0;
        for item in under(command) {
            for language in LANGUAGES {
                let name = item["name_localizations"][language].as_str().unwrap();
                let plain = name.chars().all(|c| {
                    (c.is_alphanumeric() && !c.is_uppercase()) || "-_".contains(c) || c == 'ー'
                });
                assert!(
                    name.encode_utf16().count() <= 32 && (plain || !slash),
                    "{language}: {name}"
                );
                assert!(
                    units(&item["description_localizations"][language]) <= 100,
                    "{language}: {item}"
                );
                // Two options of one command must not have one name.
                let names: Vec<&Value> = each(&item["options"])
                    .map(|option| &option["name_localizations"][language])
                    .collect();
                assert_eq!(
                    names.iter().collect::<HashSet<_>>().len(),
                    names.len(),
                    "{language}: {names:?}"
                );
            }
            total += longest(item, "name") + longest(item, "description");
            for choice in each(&item["choices"]) {
                assert!(longest(choice, "name") <= 100, "{choice}");
                total += longest(choice, "name") + units(&choice["value"]);
            }
        }
        assert!(total <= 8_000, "{} has {total} characters", command["name"]);
    }
    for language in LANGUAGES {
        let entry = |command: &Value| {
            (
                command["type"].clone(),
                command["name_localizations"][language].clone(),
            )
        };
        let names: Vec<_> = commands.iter().map(entry).collect();
        assert_eq!(
            names
                .iter()
                .map(|name| format!("{name:?}"))
                .collect::<HashSet<_>>()
                .len(),
            names.len(),
            "{language}"
        );
    }
}
