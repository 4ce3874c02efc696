//! Escapes text against Discord's Markdown, mentions, links and emoji. Pure.

/// Escapes `text` so that Discord shows it literally: every character that could start or end markup, and every
/// character that could turn its line into a list, a heading or a quotation.
pub(in crate::discord) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    let mut line = 0;
    for (at, c) in text.char_indices() {
        let before = &text[line..at];
        let next = text[at..].chars().nth(1);
        if is_markup(c) || makes_a_list(before, c, next) || makes_a_link(before, c) {
            shown.push('\\');
        }
        shown.push(c);
        if c == '\n' {
            line = at + 1;
        }
    }
    shown
}

/// Whether `c` is markup at any position. A colon is part of links and emoji.
fn is_markup(c: char) -> bool {
    matches!(
        c,
        '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '[' | ']' | '@' | ':'
    )
}

/// Whether `c`, after `before` on its line, turns the line into a list, a heading or a quotation.
fn makes_a_list(before: &str, c: char, next: Option<char>) -> bool {
    let before = before.trim_start();
    let numbered = !before.is_empty() && before.chars().all(|c| c.is_ascii_digit());
    match c {
        '#' | '-' | '+' | '>' => before.is_empty(),
        '.' => numbered && next.is_none_or(char::is_whitespace),
        _ => false,
    }
}

/// Whether `c` is the slash of a URL without a scheme, such as discord.gg/abc, which Discord shows as an invitation.
fn makes_a_link(before: &str, c: char) -> bool {
    let word = before.rsplit(char::is_whitespace).next();
    c == '/' && word.is_some_and(|word| word.contains('.'))
}

/// The inverse of [`escaped`], [`bold`] and [`underlined`]: `shown` without their markup.
pub(in crate::discord) fn read(shown: &str) -> String {
    let mut text = String::with_capacity(shown.len());
    let mut rest = shown;
    while let Some(c) = rest.chars().next() {
        let marks = rest.strip_prefix("**").or(rest.strip_prefix("__"));
        rest = match (c, marks) {
            (_, Some(behind)) => behind,
            ('\\', None) => {
                let mut behind = rest.chars();
                behind.next();
                text.extend(behind.next());
                behind.as_str()
            }
            (c, None) => {
                text.push(c);
                &rest[c.len_utf8()..]
            }
        };
    }
    text
}

/// `text` in bold. Surrounding spaces stay outside, since Discord shows `** x **` literally.
pub(in crate::discord) fn bold(text: &str) -> String {
    between("**", text, "**")
}

/// `text` in bold and underlined, with surrounding spaces outside.
pub(in crate::discord) fn underlined(text: &str) -> String {
    between("__**", text, "**__")
}

fn between(opening: &str, text: &str, closing: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return text.to_owned();
    }
    let (before, after) = text.split_once(inner).unwrap_or_default();
    format!("{before}{opening}{}{closing}{after}", escaped(inner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_read_as_markdown() {
        assert_eq!(
            escaped("*a* _b_ ~~c~~ `d` ||e||"),
            r"\*a\* \_b\_ \~\~c\~\~ \`d\` \|\|e\|\|"
        );
        assert_eq!(
            escaped("# Title\n- item\n1. first\n> quote"),
            "\\# Title\n\\- item\n1\\. first\n\\> quote"
        );
        assert_eq!(escaped("a - b, 3.5"), "a - b, 3.5");
        assert_eq!(escaped("0.5 (int8) #1"), "0.5 (int8) #1");
    }

    #[test]
    fn nobody_is_mentioned_and_no_link_is_made() {
        assert_eq!(
            escaped("@everyone <@123> <#4>"),
            r"\@everyone \<\@123> \<#4>"
        );
        assert_eq!(
            escaped("https://x.y [a](b) :smile:"),
            r"https\://x.y \[a\](b) \:smile\:"
        );
    }

    #[test]
    fn bold_keeps_spaces_outside() {
        assert_eq!(bold(" the *end*. "), r" **the \*end\*.** ");
        assert_eq!(bold("  "), "  ");
        assert_eq!(underlined(" a_b "), r" __**a\_b**__ ");
    }

    proptest! {
        #[test]
        fn nothing_that_means_something_to_discord_is_left_bare(
            text in prop::collection::vec(prop::sample::select(vec![
                "a", "b.", " ", "\n", "*", "_", "~~", "`", "```", "||", "<", ">", "[", "]", "(", ")", "@everyone", "@here", "<@1>", "<@&1>",
                "<#1>", "<:x:1>", "<a:x:1>", ":smile:", "<t:1>", "</x:1>", "https://", "http://", "discord.gg/", "discord.com/invite/", "#",
                "-", "-#", "+", "1.", "\\",
            ]), 0..30),
        ) {
            let text = text.concat();
            let shown = escaped(&text);
            // To Discord, an escaped character is a letter.
            let mut bare = String::new();
            let mut characters = shown.chars();
            while let Some(c) = characters.next() {
                bare.push(if c == '\\' { characters.next().unwrap(); 'x' } else { c });
            }
            for meaning in ["*", "_", "~", "`", "|", "<", "[", "]", "@", ":", "://", "discord.gg/", "discord.com/"] {
                prop_assert!(!bare.contains(meaning), "{shown:?} has {meaning}");
            }
            for line in bare.lines() {
                let line = line.trim_start();
                prop_assert!(!line.starts_with(['#', '-', '+', '>']), "{shown:?}");
                prop_assert!(!line.starts_with("1. "), "{shown:?}");
            }
        }

        #[test]
        fn what_is_shown_is_read_as_it_was(text in "\\PC*") {
            prop_assert_eq!(&read(&escaped(&text)), &text);
            prop_assert_eq!(&read(&bold(&text)), &text);
            prop_assert_eq!(&read(&underlined(&text)), &text);
        }

        #[test]
        fn taking_the_backslashes_away_gives_the_text_back(text in "\\PC*") {
            let mut plain = String::new();
            let shown = escaped(&text);
            let mut characters = shown.chars();
            while let Some(c) = characters.next() {
                plain.push(if c == '\\' { characters.next().unwrap() } else { c });
            }
            prop_assert_eq!(plain, text);
        }
    }
}
