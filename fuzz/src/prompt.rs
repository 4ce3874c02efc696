//! What somebody types to be written on: blanks found in it, made tokens, and shown again as it was typed.

use std::sync::OnceLock;

use generation::strategy::Task;
use generation::{Draft, Length, Settings, TokenId, TokenKind};
use model::{Card, EncodeOptions, Prompt, SpanKind, Vocabulary};

pub(crate) fn holds(input: &[u8]) {
    let Ok(typed) = std::str::from_utf8(input) else {
        return;
    };
    let prompt = Prompt::parse(typed);
    assert_eq!(Prompt::parse(prompt.text()), prompt, "reading it again");
    let shapes = [
        Task::Continue,
        Task::Fill { widest: 1 },
        Task::Fill { widest: 4 },
        Task::Rewrite,
    ];
    for task in shapes {
        laid_out(&prompt, task);
    }
    steers(typed);
}

fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| {
        let card = Card::read(&super::ours("models/mouthpiece-mini")).expect("the model's card");
        Vocabulary::load(&card).expect("the model's tokenizer")
    })
}

fn laid_out(prompt: &Prompt, task: Task) {
    let layout = EncodeOptions {
        task,
        length: Length::try_from(3.0).expect("a length"),
        suffix: Vec::new(),
        unprompted: false,
    };
    let mut draft = match vocabulary().draft(prompt, &layout) {
        Ok(draft) => draft,
        Err(error) => return super::is_a_sentence(&error.to_string()),
    };
    assert!(draft.len() + Draft::MAX_QUERY_OVERHEAD <= vocabulary().token_table().max_tokens());
    if task != Task::Rewrite {
        assert_eq!(given(prompt, &draft), prompt.given().collect::<String>());
    }
    for position in draft.writable() {
        draft.write(position, some_token(position + prompt.text().len()), 0.5);
    }
    let spans = vocabulary().render(prompt, &draft);
    let open = |kind| matches!(kind, SpanKind::Open(_));
    assert!(!spans.iter().any(|span| open(span.kind)), "{spans:?}");
    if task != Task::Rewrite {
        assert_eq!(given(prompt, &draft), prompt.given().collect::<String>());
    }
}

/// What is shown of a draft as typed by the person.
fn given(prompt: &Prompt, draft: &Draft) -> String {
    let spans = vocabulary().render(prompt, draft).into_iter();
    let given = spans.filter(|span| span.kind == SpanKind::Given);
    given.map(|span| span.text).collect()
}

/// A token that may be written, another one for each number.
fn some_token(number: usize) -> TokenId {
    let token_table = vocabulary().token_table();
    let tokens = (0..token_table.size()).map(|step| (number * 7_919 + step) % token_table.size());
    let mut tokens = tokens.map(|id| TokenId(u32::try_from(id).expect("a token")));
    let fit = tokens.find(|token| token_table.kind(*token) != TokenKind::Special);
    fit.expect("some token is none of the model's own marks")
}

/// The same text as tags, keywords and words to be banned.
fn steers(typed: &str) {
    let suffix = vocabulary()
        .suffix(&Settings {
            tags: Some(typed.to_owned()),
            ..Settings::default()
        })
        .expect("word pieces spell any text");
    assert!(suffix.len() <= typed.len() + 1);
    if let Some(tokens) = vocabulary().keyword(typed) {
        let unknown = vocabulary().token_table().special().unknown;
        assert!(!tokens.contains(&unknown.expect("word pieces cannot spell everything")));
    }
    let plain = vocabulary().plain(typed);
    assert_eq!(
        vocabulary().plain(&plain),
        plain,
        "plain text stays as it is"
    );
}
