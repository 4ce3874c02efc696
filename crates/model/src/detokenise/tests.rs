//! What readable text looks like.

use super::*;
use proptest::prelude::*;

fn text(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| {
            if let SpanKind::Open(n) = span.kind {
                "_".repeat(n)
            } else {
                span.text.clone()
            }
        })
        .collect()
}

/// The pieces of a vocabulary without spaces, in which `##` marks a piece that continues a word.
fn pieces(written: &str) -> Vec<Written<'_>> {
    let piece = |piece| {
        if piece == "_" {
            return Written::Open;
        }
        let rest = str::strip_prefix(piece, "##");
        Written::Letters {
            letters: rest.unwrap_or(piece).into(),
            begins: if rest.is_some() {
                Begins::Joined
            } else {
                Begins::Start
            },
            confidence: 0.5,
        }
    };
    written
        .split(' ')
        .filter(|piece| !piece.is_empty())
        .map(piece)
        .collect()
}

fn continued(given: &str, written: &str) -> String {
    let mut detokenizer = Detokenizer::default();
    detokenizer.given(given);
    detokenizer.region(&pieces(written));
    text(&detokenizer.finish())
}

#[test]
fn pieces_are_joined_and_marks_stand_close() {
    assert_eq!(
        continued("First,", "slice some cu ##cum ##bers , then eat ."),
        "First, slice some cucumbers, then eat."
    );
    assert_eq!(
        continued("He", "paid $ 5 ( or 10 % ) for it ; really !"),
        "He paid $5 (or 10%) for it; really!"
    );
}

#[test]
fn what_is_open_at_the_end_is_closed_once() {
    let closed = |typed: &str, written: &str| {
        let mut detokenizer = Detokenizer::default();
        detokenizer.given(typed);
        detokenizer.region(&pieces(written));
        detokenizer.close();
        text(&detokenizer.finish())
    };
    assert_eq!(closed("\"I", "am here ."), "\"I am here.\"");
    assert_eq!(closed("It (the", "cat ) slept ."), "It (the cat) slept.");
    assert_eq!(
        closed("It (\"the", "cat slept ."),
        "It (\"the cat slept.\")"
    );
    assert_eq!(closed("A 5\" pipe", "broke ."), "A 5\" pipe broke.");
}

#[test]
fn names_are_spelled_as_the_prompt_spells_them() {
    let continued = |typed: &str, written: &str| {
        let mut detokenizer = Detokenizer::knowing(typed, Writing::default());
        detokenizer.given(typed);
        detokenizer.region(&pieces(written));
        text(&detokenizer.finish())
    };
    assert_eq!(
        continued(
            "In the end Zorblax and NASA met",
            "zorblax . nasa ' s zorblax was glad ."
        ),
        "In the end Zorblax and NASA met Zorblax. NASA's Zorblax was glad."
    );
    assert_eq!(
        continued(
            "Cats sleep.",
            "some cats went to england with mary and mr . grey"
        ),
        "Cats sleep. Some cats went to England with Mary and Mr. Grey"
    );
}

#[test]
fn sentences_and_names_get_capitals() {
    assert_eq!(
        continued("Yes.", "i think i ' m late . on monday ? no"),
        "Yes. I think I'm late. On Monday? No"
    );
    assert_eq!(
        continued("then", "mr . smith met j . b . jones . they"),
        "then Mr. Smith met J. B. Jones. They"
    );
    assert_eq!(
        continued("Then Mr.", "brown saw dr . gray ."),
        "Then Mr. Brown saw Dr. Gray."
    );
}

#[test]
fn single_quotation_marks_open_and_close() {
    assert_eq!(
        continued("He said:", "' i am not , ' said the man ."),
        "He said: 'I am not,' said the man."
    );
    assert_eq!(
        continued("He said: 'No, I'll", "come . ' and"),
        "He said: 'No, I'll come.' And"
    );
}

#[test]
fn elided_words_stay_together() {
    assert_eq!(continued("At five", "o ' clock"), "At five o'clock");
    assert_eq!(
        continued("It was about five o", "' clock ."),
        "It was about five o'clock."
    );
}

#[test]
fn the_typed_text_stays_as_it_is() {
    assert_eq!(
        continued("iPhone  USERS   love ", "their phones ."),
        "iPhone  USERS   love their phones."
    );
}

#[test]
fn apostrophes_belong_to_words() {
    assert_eq!(
        continued("We", "don ' t know the king ' s dogs ' names"),
        "We don't know the king's dogs' names"
    );
    assert_eq!(
        continued("It", "wasn ' t tom ' s , they ' ll say"),
        "It wasn't Tom's, they'll say"
    );
}

#[test]
fn quotation_marks_open_and_close() {
    assert_eq!(
        continued("He said,", "\" come in \" and left"),
        "He said, \"come in\" and left"
    );
    assert_eq!(
        continued("He said, \"Come", "in . \" she"),
        "He said, \"Come in.\" She"
    );
}

#[test]
fn numbers_stay_whole() {
    assert_eq!(
        continued("About", "3 . 5 or 10 , 000 at 5 : 30"),
        "About 3.5 or 10,000 at 5:30"
    );
    assert_eq!(
        continued("In", "1990 , 20 men came"),
        "In 1990, 20 men came"
    );
}

#[test]
fn hyphens_join_and_dashes_part() {
    assert_eq!(
        continued("A", "well - known man - - a friend"),
        "A well-known man--a friend"
    );
}

#[test]
fn blanks_bring_no_spaces_of_their_own() {
    let mut detokenizer = Detokenizer::default();
    detokenizer.given("Slice the ");
    detokenizer.blank(&pieces("bread"));
    detokenizer.given(", then eat ");
    detokenizer.blank(&pieces("_"));
    detokenizer.given("!");
    assert_eq!(text(&detokenizer.finish()), "Slice the bread, then eat _!");
}

#[test]
fn open_places_are_counted() {
    let mut detokenizer = Detokenizer::default();
    detokenizer.given("A");
    detokenizer.region(&pieces("cat _ _"));
    let spans = detokenizer.finish();
    assert_eq!(spans.last().unwrap().kind, SpanKind::Open(2));
    assert_eq!(
        spans[1],
        Span {
            text: " cat".into(),
            kind: SpanKind::Written(0.5)
        }
    );
}

proptest! {
    #[test]
    fn no_piece_is_lost_whatever_comes(written in prop::collection::vec("[a-z]{1,3}|##[a-z]|[.,!?'\"()-]|[0-9]{1,4}", 0..40)) {
        let joined = continued("Go", &written.join(" "));
        let plain: String = joined.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        prop_assert_eq!(plain, format!("go{}", written.concat().replace("##", "").to_lowercase()));
    }
}

#[test]
fn an_abbreviation_ends_no_sentence() {
    assert_eq!(continued("See", "vol . the first ."), "See vol. the first.");
}

/// The pieces of a vocabulary with spaces, in which `_` stands for one.
fn spaced(written: &str) -> Vec<Written<'_>> {
    let piece = |piece| {
        let rest = str::strip_prefix(piece, "_");
        Written::Letters {
            letters: rest.unwrap_or(piece).into(),
            begins: if rest.is_some() {
                Begins::Spaced
            } else {
                Begins::Joined
            },
            confidence: 0.5,
        }
    };
    written.split(' ').map(piece).collect()
}

#[test]
fn pieces_with_spaces_are_shown_with_their_own() {
    let writing = Writing::of(["The", "中"].into_iter(), true);
    let continued = |given: &str, written: &str| {
        let mut detokenizer = Detokenizer::knowing(given, writing);
        detokenizer.given(given);
        detokenizer.region(&spaced(written));
        text(&detokenizer.finish())
    };
    assert_eq!(
        continued("He said", "_ \" Come _i n ,\" _I _th ink 's _ 3 . 5"),
        "He said \"Come in,\" I think's 3.5"
    );
    assert_eq!(
        continued("", "_the _cat"),
        "the cat",
        "capitals are left alone"
    );
    assert_eq!(continued("He (", "_he _is )"), "He (he is)");
    assert_eq!(continued("我", "喜欢 猫 。"), "我喜欢猫。");
    let mut detokenizer = Detokenizer::knowing("a ", writing);
    detokenizer.given("a ");
    detokenizer.blank(&spaced("_big _cat"));
    assert_eq!(text(&detokenizer.finish()), "a big cat");
}

#[test]
fn scripts_without_spaces_are_written_without() {
    let writing = Writing::of(["中", "word"].into_iter(), false);
    let mut detokenizer = Detokenizer::knowing("", writing);
    detokenizer.region(&pieces("我 喜 欢 。 big cat 猫"));
    assert_eq!(text(&detokenizer.finish()), "我喜欢。Big cat猫");
    let hindi = Writing::of(["है"].into_iter(), false);
    let mut detokenizer = Detokenizer::knowing("", hindi);
    detokenizer.region(&pieces("यह बिल्ली है । यह"));
    assert_eq!(text(&detokenizer.finish()), "यह बिल्ली है। यह");
}

#[test]
fn quotation_marks_of_other_languages_open_and_close() {
    let written = |letters: &[&str], written: &str| {
        let mut detokenizer = Detokenizer::knowing("", Writing::of(letters.iter().copied(), false));
        detokenizer.region(&pieces(written));
        detokenizer.close();
        text(&detokenizer.finish())
    };
    assert_eq!(
        written(
            &["Tür", "Der"],
            "Er sagte : „ Guten Morgen “ und ging . „ Bitte"
        ),
        "Er sagte: „Guten Morgen“ und ging. „Bitte“"
    );
    assert_eq!(written(&["ñ", "A"], "¿ Dónde ? ¡ Ah !"), "¿Dónde? ¡Ah!");
    assert_eq!(written(&["私"], "私 は 「 猫"), "私は「猫」");
    assert_eq!(
        continued("He said", "“ come in ” and"),
        "He said “come in” and",
        "as it is in English"
    );
}
