//! How the texts of a vocabulary are written: its scripts with their signs, capitals, and spaces.
//!
//! A vocabulary also contains signs of scripts that it cannot write: BERT's English one has some 700 pieces of Chinese and
//! Japanese, 2 % of all.
//! The rules of a script apply only where a vocabulary has enough pieces of it.

use generation::TokenKind;

/// A script is written if it has at least this share of the pieces with letters …
const MIN_SHARE: f64 = 0.04;
/// … or this many pieces.
const MIN_PIECES: usize = 1_000;
/// Capitals are written if at least this share of the pieces with letters has some.
const MIN_CAPITALS: f64 = 0.01;

/// A script, or a family of scripts, with rules or signs of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Latin with letters beyond A to Z.
    ExtendedLatin,
    Greek,
    Armenian,
    Arabic,
    /// Devanagari and the other scripts of India and Sri Lanka.
    Indic,
    /// Thai, Lao, Burmese and Khmer, which put no spaces between words.
    SoutheastAsian,
    Tibetan,
    Ethiopic,
    /// Chinese and Japanese, which put no spaces between words.
    EastAsian,
}

impl Script {
    const ALL: [Self; 9] = [
        Self::ExtendedLatin,
        Self::Greek,
        Self::Armenian,
        Self::Arabic,
        Self::Indic,
        Self::SoutheastAsian,
        Self::Tibetan,
        Self::Ethiopic,
        Self::EastAsian,
    ];

    /// The script of a letter or sign, by its Unicode block.
    fn of(c: char) -> Option<Self> {
        Some(match c {
            '¡' | '¿' | '„' | '‚' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                Self::ExtendedLatin
            }
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Self::Greek,
            '\u{530}'..='\u{58f}' => Self::Armenian,
            '\u{600}'..='\u{6ff}'
            | '\u{750}'..='\u{77f}'
            | '\u{8a0}'..='\u{8ff}'
            | '\u{fb50}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefe}' => Self::Arabic,
            '\u{900}'..='\u{dff}' => Self::Indic,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => {
                Self::SoutheastAsian
            }
            '\u{f00}'..='\u{fff}' => Self::Tibetan,
            '\u{1200}'..='\u{139f}' => Self::Ethiopic,
            '\u{2e80}'..='\u{312f}'
            | '\u{31a0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff01}'..='\u{ff9f}'
            | '\u{20000}'..='\u{3ffff}' => Self::EastAsian,
            _ => return None,
        })
    }

    fn has_no_spaces(self) -> bool {
        matches!(self, Self::EastAsian | Self::SoutheastAsian)
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// How the texts of a vocabulary are written. The default is English in lower case, without spaces in pieces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Writing {
    cased: bool,
    keeps_spaces: bool,
    /// The scripts that are written, by [`Script::bit`].
    scripts: u16,
}

impl Writing {
    /// How a vocabulary with pieces of these letters writes. `keeps_spaces` says whether its pieces contain spaces.
    pub(super) fn of<'a>(letters: impl Iterator<Item = &'a str>, keeps_spaces: bool) -> Self {
        let (mut lettered, mut capitals) = (0_usize, 0_usize);
        let mut counts = [0_usize; Script::ALL.len()];
        for piece in letters.filter(|piece| piece.contains(char::is_alphabetic)) {
            lettered += 1;
            capitals += usize::from(piece.contains(char::is_uppercase));
            for (script, count) in Script::ALL.iter().zip(&mut counts) {
                let belongs = |c: char| c.is_alphabetic() && Script::of(c) == Some(*script);
                *count += usize::from(piece.contains(belongs));
            }
        }
        let share = |count: usize| count as f64 / lettered.max(1) as f64;
        let is_written = |count: usize| count >= MIN_PIECES || share(count) >= MIN_SHARE;
        let written = Script::ALL.iter().zip(counts);
        let written = written.filter(|(_, count)| is_written(*count));
        Self {
            cased: share(capitals) >= MIN_CAPITALS,
            keeps_spaces,
            scripts: written.fold(0, |scripts, (script, _)| scripts | script.bit()),
        }
    }

    /// Whether the vocabulary has capitals, which are then left as they are written.
    pub(super) fn is_cased(self) -> bool {
        self.cased
    }

    /// Whether pieces contain the spaces before words.
    pub(super) fn keeps_spaces(self) -> bool {
        self.keeps_spaces
    }

    /// Whether `c` belongs to a script that is written.
    fn writes(self, c: char) -> bool {
        Script::of(c).is_some_and(|script| self.scripts & script.bit() != 0)
    }

    /// Whether no space stands beside `c`: a letter or sign of a written script that puts none between words.
    pub(super) fn is_spaceless(self, c: char) -> bool {
        self.writes(c) && Script::of(c).is_some_and(Script::has_no_spaces)
    }

    /// Whether no space parts a text that ends with `last` from `word`, by the rules of the scripts that are written.
    pub(super) fn parts_without_space(self, last: char, word: &str) -> bool {
        let Some(first) = word.chars().next() else {
            return false;
        };
        let closes = matches!(
            self.foreign(first),
            Some(TokenKind::Stop | TokenKind::Pause | TokenKind::Close)
        );
        let opened = self.foreign(last) == Some(TokenKind::Open);
        self.is_spaceless(first) || self.is_spaceless(last) || closes || opened
    }

    /// What closes a quotation or bracket that only some scripts have.
    pub(super) fn closing(self, opening: char) -> Option<char> {
        let closing = match opening {
            '「' => '」',
            '『' => '』',
            '（' => '）',
            '【' => '】',
            '《' => '》',
            '„' => '“',
            _ => return None,
        };
        self.writes(opening).then_some(closing)
    }

    /// Whether `mark` closes a German quotation of `text`: “ opens one in English, and closes what „ opened in German.
    pub(super) fn closes_german_quotation(self, text: &str, mark: &str) -> bool {
        mark == "“" && self.writes('„') && text.matches('„').count() > text.matches('“').count()
    }

    /// The class of a mark that only some scripts have.
    fn foreign(self, c: char) -> Option<TokenKind> {
        foreign_mark(c).filter(|_| self.writes(c))
    }

    /// The class of a punctuation mark; `None` for letters and other signs.
    pub(super) fn mark(self, c: char) -> Option<TokenKind> {
        match c {
            '.' | '!' | '?' => Some(TokenKind::Stop),
            ',' | ';' | ':' | '–' | '—' => Some(TokenKind::Pause),
            '-' => Some(TokenKind::Hyphen),
            '"' => Some(TokenKind::Quote),
            '(' | '[' | '{' | '“' | '‘' | '«' => Some(TokenKind::Open),
            ')' | ']' | '}' | '”' | '»' => Some(TokenKind::Close),
            '\'' => Some(TokenKind::Apostrophe),
            c => self.foreign(c),
        }
    }
}

/// The class of a punctuation mark that only some scripts have.
fn foreign_mark(c: char) -> Option<TokenKind> {
    match c {
        '。' | '｡' | '．' | '！' | '？' | '؟' | '۔' | '।' | '॥' | '։' | '።' | '፧' | '།' | '༎'
        | '။' | '។' | '៕' | '\u{37e}' => Some(TokenKind::Stop),
        '，' | '、' | '､' | '；' | '：' | '،' | '؛' | '၊' | '՝' | '፣' | '፤' | '፥' | '\u{387}' => {
            Some(TokenKind::Pause)
        }
        '「' | '『' | '（' | '【' | '《' | '〈' | '〔' | '［' | '｛' | '｢' | '¿' | '¡' | '„'
        | '‚' => Some(TokenKind::Open),
        '」' | '』' | '）' | '】' | '》' | '〉' | '〕' | '］' | '｝' | '｣' => {
            Some(TokenKind::Close)
        }
        _ => None,
    }
}

/// Whether `c` is part of a word: a letter, a digit, or a mark on a letter.
pub(super) fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || is_combining(c)
}

/// Whether `c` is a mark that combines with the letter on its left but is no letter itself: accents, viramas, nuktas, tone
/// marks, and joiners.
pub(super) fn is_combining(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}'
        | '\u{5c4}'..='\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{93c}' | '\u{94d}' | '\u{951}'..='\u{954}' | '\u{9bc}' | '\u{9cd}' | '\u{a3c}' | '\u{a4d}' | '\u{abc}'
        | '\u{acd}' | '\u{b3c}' | '\u{b4d}' | '\u{bcd}' | '\u{c4d}' | '\u{cbc}' | '\u{ccd}' | '\u{d4d}' | '\u{dca}'
        | '\u{e38}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eba}' | '\u{ec8}'..='\u{ecd}' | '\u{1037}'
        | '\u{1039}'..='\u{103a}' | '\u{17c9}'..='\u{17d3}' | '\u{200c}'..='\u{200d}' | '\u{3099}'..='\u{309a}'
        | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_of_a_script_do_not_make_it_written() {
        let english: Vec<String> = (0..200).map(|n| format!("word{n}")).collect();
        let english = || english.iter().map(String::as_str);
        let some = Writing::of(english().chain(["中", "Word"]), false);
        assert_eq!(some, Writing::default());
        let chinese = "中国人天气很好我喜欢猫".char_indices();
        let chinese =
            chinese.map(|(start, c)| &"中国人天气很好我喜欢猫"[start..start + c.len_utf8()]);
        let both = Writing::of(english().chain(chinese), false);
        assert!(both.is_spaceless('大') && both.is_spaceless('。') && !both.is_spaceless('a'));
        assert_eq!(both.mark('。'), Some(TokenKind::Stop));
        assert_eq!(both.mark('।'), None);
        assert_eq!(some.mark('。'), None);
    }

    #[test]
    fn the_sentence_ends_of_all_scripts_are_known() {
        let sentences = [
            ("这是一只猫。", '。'),
            ("これは猫ですか？", '？'),
            ("यह एक बिल्ली है।", '।'),
            ("هل هذه قطة؟", '؟'),
            ("یہ ایک بلی ہے۔", '۔'),
            ("Սա կատու է։", '։'),
            ("ይህ ድመት ነው።", '።'),
            ("ဒါကကြောင်ပါ။", '။'),
        ];
        for (sentence, end) in sentences {
            let writing = Writing::of(sentence.split(' '), true);
            assert_eq!(writing.mark(end), Some(TokenKind::Stop), "{sentence}");
        }
    }

    #[test]
    fn capitals_and_scripts_without_spaces_are_seen() {
        assert!(Writing::of(["The", "cat"].into_iter(), false).is_cased());
        assert!(!Writing::of(["the", "cat"].into_iter(), false).is_cased());
        let thai = Writing::of(["แมว", "กิน", "ปลา"].into_iter(), true);
        assert!(thai.is_spaceless('แ'));
        assert!(!Writing::of(["고양이", "물고기"].into_iter(), true).is_spaceless('고'));
    }

    #[test]
    fn marks_on_letters_are_parts_of_words() {
        for word in ["नमस्ते", "สวัสดี", "مُحَمَّد", "cafe\u{301}"]
        {
            assert!(word.chars().all(is_word_character), "{word}");
        }
    }
}
