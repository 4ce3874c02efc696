//! The settings of variations and continuations of a stored text. Pure.

use crate::domain::Text;
use generation::Settings;
use generation::strategy;

/// The settings of `form`, an edited copy of the settings of `text`, without values that belong to a former strategy.
pub(super) fn remixed(text: &Text, form: Settings) -> Settings {
    let old = text.settings();
    if form.strategy == old.strategy {
        return form;
    }
    let uses_keywords = |strategy: &'static dyn strategy::Strategy| strategy.uses_keywords();
    let keeps_keywords = form.strategy().is_ok_and(uses_keywords);
    Settings {
        top_k: None,
        top_p: None,
        options: form.options.filter(|new| Some(new) != old.options.as_ref()),
        keywords: form.keywords.filter(|_| keeps_keywords),
        ..form
    }
}

/// The settings that continue `text`, with the strategy `fallback` if the text's own strategy cannot continue texts.
pub(super) fn continued(text: &Text, fallback: &str) -> Settings {
    let old = text.settings();
    let can_continue = text.length.is_some()
        && old
            .strategy()
            .is_ok_and(|strategy| !strategy.needs_keywords());
    let old = if can_continue {
        old
    } else {
        Settings {
            strategy: Some(fallback.into()),
            length: old.length,
            tags: old.tags,
            context: old.context,
            ..Settings::default()
        }
    };
    Settings {
        prompt: Some(text.text.clone()),
        seed: None,
        keywords: None,
        ..old
    }
}

/// `text` without its first sentence; a single sentence loses its first half instead.
pub(super) fn without_first_sentence(text: &str) -> &str {
    let sentence_end = |(at, c): (usize, char)| {
        let rest = &text[at + c.len_utf8()..];
        let rest = rest.trim_start_matches(['"', '”', '’', '\'', ')']);
        let begins = rest.starts_with(char::is_whitespace) && !rest.trim().is_empty();
        (matches!(c, '.' | '!' | '?') && begins).then(|| rest.trim_start())
    };
    let after_sentence = text.char_indices().find_map(sentence_end);
    after_sentence.unwrap_or_else(|| {
        let half = text.chars().count() / 2;
        let middle = text.char_indices().nth(half).map_or(0, |(at, _)| at);
        let second = &text[middle..];
        second.split_once(' ').map_or(second, |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ChannelId, GuildId, TextOutcome, example_text};
    use generation::{Seed, Settings};

    fn text(strategy: &str, options: &str) -> Text {
        let known = strategy::find(strategy).unwrap();
        Text {
            server: Some(GuildId(2)),
            channel: Some(ChannelId(3)),
            text: "Once more. And again.".into(),
            strategy: strategy.into(),
            sampling: strategy::default_sampling(known),
            length: "9".parse().ok(),
            seed: Seed::from(5),
            options: options.into(),
            other: Settings {
                keywords: (strategy == "keywords").then(|| "sea".to_owned()),
                ..Settings::default()
            },
            ended: TextOutcome::Done,
            ..example_text("abc")
        }
    }

    #[test]
    fn a_remix_with_the_same_strategy_keeps_the_form() {
        let text = text("gibbs", "iterations=9");
        let form = Settings {
            prompt: Some("Twice".into()),
            temperature: None,
            ..text.settings()
        };
        assert_eq!(remixed(&text, form.clone()), form);
    }

    #[test]
    fn a_remix_with_another_strategy_drops_values_of_the_former_one() {
        let text = text("keywords", "order=any");
        let to = |strategy: &str, options: &str| {
            let form = Settings {
                strategy: Some(strategy.into()),
                options: Some(options.into()),
                ..text.settings()
            };
            remixed(&text, form)
        };
        let naive = to("naive", "order=any");
        assert_eq!(
            (naive.options, naive.keywords, naive.top_k, naive.top_p),
            (None, None, None, None)
        );
        assert_eq!(naive.seed, Some(Seed::from(5)));
        let best = to("best-of", "samples=2");
        assert_eq!(
            (best.options.as_deref(), best.keywords.as_deref()),
            (Some("samples=2"), Some("sea"))
        );
    }

    #[test]
    fn a_continuation_uses_the_texts_strategy_or_the_fallback() {
        let same = continued(&text("gibbs", "iterations=9"), "lookahead");
        assert_eq!(
            (same.strategy.as_deref(), same.options.as_deref()),
            (Some("gibbs"), Some("iterations=9"))
        );
        assert_eq!(same.prompt.as_deref(), Some("Once more. And again."));
        assert_eq!(same.seed, None);
        for (strategy, options, length) in [
            ("template", "", None),
            ("denoise", "gain=1", None),
            ("keywords", "", Some("9")),
        ] {
            let text = Text {
                length: length.and_then(|length| length.parse().ok()),
                ..text(strategy, options)
            };
            let settings = continued(&text, "blocks");
            assert_eq!(settings.strategy.as_deref(), Some("blocks"), "{strategy}");
            assert_eq!((settings.options, settings.keywords), (None, None));
            assert_eq!(settings.length.is_some(), length.is_some());
        }
        let random = continued(&text("denoise", "start=random"), "lookahead");
        assert_eq!(random.strategy.as_deref(), Some("denoise"));
    }

    #[test]
    fn shortening_removes_the_first_sentence() {
        for (whole, rest) in [
            ("One. Two three. Four.", "Two three. Four."),
            ("“One!” Two.", "Two."),
            ("3.5 is one. Two", "Two"),
            ("one two three four", "four"),
            ("abcdef", "def"),
        ] {
            assert_eq!(without_first_sentence(whole), rest, "{whole}");
        }
    }
}
