//! Settings as they are typed: what is taken is shown so that it can be typed again, and settings over themselves stay.

use generation::strategy::{self, Strategy};
use generation::{OptionValues, Setting, Settings};
use mouthpiece::service::banned_words;

pub(crate) fn holds(input: &[u8]) {
    let Ok(typed) = std::str::from_utf8(input) else {
        return;
    };
    for &setting in Setting::ALL {
        set(setting, typed);
    }
    for strategy in strategy::ALL {
        options(*strategy, typed);
    }
    match banned_words(typed) {
        Ok(words) => assert_eq!(banned_words(&words.join(",")), Ok(words)),
        Err(refusal) => super::is_a_sentence(&refusal.to_string()),
    }
}

fn set(setting: Setting, typed: &str) {
    let settings = match setting.set(&Settings::default(), typed) {
        Ok(settings) => settings,
        Err(refusal) => return super::is_a_sentence(&refusal.to_string()),
    };
    let shown = setting.of(&settings).expect("it was set");
    let again = setting.set(&Settings::default(), &shown);
    assert_eq!(again.expect("what is shown can be typed"), settings);
    assert_eq!(settings.clone().over(&settings), settings);
    if let Err(error) = settings.strategy() {
        super::is_a_sentence(&error.to_string());
    }
    assert_eq!(setting.unset(settings), Settings::default());
}

fn options(strategy: &dyn Strategy, typed: &str) {
    let known = strategy::options(strategy);
    let parse = |text: &str| OptionValues::parse(strategy.name(), &known, text);
    match parse(typed) {
        // The last one of a name counts.
        Ok(options) => assert_eq!(parse(&format!("{typed} {typed}")), Ok(options)),
        Err(error) => super::is_a_sentence(&error.to_string()),
    }
}
