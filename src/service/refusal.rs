//! What people are refused, in words for them.

use crate::pool::SubmitError;
use crate::store::StoreError;
use generation::{OptionError, OutOfRange, SettingsError};
use model::PromptError;

use super::{Denied, PresetError};

/// Why something is not done. Displays as a sentence that says what to do instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The prompt cannot be used.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// A number is outside its range.
    #[error(transparent)]
    Number(#[from] OutOfRange),
    /// The settings do not fit together.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A rule of the server stands against it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is about a preset.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// A word that cannot be banned.
    #[error(
        "a banned word must have a letter or digit and at most {most} characters, unlike {given:?}"
    )]
    Ban {
        /// What was given.
        given: String,
        /// How many characters it may have.
        most: usize,
    },
    /// More than can be kept.
    #[error("at most {0} words can be banned; take some away")]
    TooManyBans(usize),
    /// The list would not fit the form in which it is changed.
    #[error(
        "the banned words together may have at most {most} characters, with a comma and a space between two, not {given}; take some away"
    )]
    BansTooLong {
        /// How many they have.
        given: usize,
        /// How many they may have.
        most: usize,
    },
    /// A number for a rule of the server.
    #[error("{name} must be a whole number from 1 to {most}, or empty; not {given:?}")]
    Rule {
        /// What it is called.
        name: &'static str,
        /// The largest that is possible.
        most: u32,
        /// What was given.
        given: String,
    },
    /// Nothing to write from.
    #[error(
        "there is no prompt; write one, such as \"In order to make a sandwich, first\", or keep one with /settings"
    )]
    NoPrompt,
    /// More tokens than the operator allows.
    #[error("length must be at most {most} here, not {given}")]
    Length {
        /// What was asked for.
        given: u32,
        /// What may be.
        most: u32,
    },
    /// More characters than are read of what steers a text.
    #[error("{name} may have at most {most} characters here, not {given}")]
    Steering {
        /// `tags`, `context` or `keywords`.
        name: &'static str,
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
    /// The model has no student, and the strategy, with its options, cannot do without one.
    #[error(
        "{0} with these options needs a student, and this model has none; take another strategy, or let the operator \
         distil one (training/README.md)"
    )]
    NoStudent(&'static str),
    /// The strategy writes around keywords, and there are none.
    #[error(
        "the strategy keywords needs words that must appear; name them in the option keywords, separated by commas"
    )]
    NoKeywords,
    /// Keywords for a strategy that cannot promise them.
    #[error(
        "{0} cannot promise that words appear; take the strategy keywords, or leave the option keywords out"
    )]
    KeywordsUnused(&'static str),
    /// A keyword has letters or signs that the model does not know.
    #[error("the model cannot write {0:?}; take another keyword")]
    KeywordUnknown(String),
    /// More keywords than the text has room for.
    #[error("{tokens} tokens of keywords need a length of at least {least}, not {given}")]
    KeywordsTooLong {
        /// Tokens of all keywords.
        tokens: usize,
        /// The least length.
        least: usize,
        /// The length.
        given: usize,
    },
    /// The operator or the server does not want this word.
    #[error("{0:?} is not written here; use another word")]
    Banned(String),
    /// A text from elsewhere holds a word that the operator or the server does not want.
    #[error(
        "that text holds a word that is not shown here; show it in a direct message to the bot"
    )]
    BannedHere,
    /// The person has enough running.
    #[error("you have {} in the making already; wait for it, or stop it with /stop", texts(*.0))]
    Busy(usize),
    /// The pool does not take more.
    #[error(transparent)]
    Pool(#[from] SubmitError),
    /// It was stopped before there was anything to show.
    #[error("stopped, as you asked")]
    Stopped,
    /// It has ended.
    #[error("that text is not being written any more")]
    Over,
    /// Somebody else's.
    #[error("only the person who asked for this text, or a moderator, can stop it")]
    NotYours,
    /// No text is kept under this id.
    #[error("there is no text {0:?}; it was deleted, or the id has a typing mistake")]
    NoText(String),
    /// Somebody else's text is not deleted.
    #[error("only the person who asked for this text, or a moderator, can delete it")]
    NotYoursToDelete,
    /// Nothing can be deleted while a text of the person's is about to be kept.
    #[error("a text of yours is still ending; try again in a minute, nothing was deleted")]
    StillEnding,
    /// Somebody else's blanks.
    #[error("only the person who asked can fill these blanks; begin your own with /fill")]
    NotYourBlanks,
    /// A sentence with blanks that is not kept, or a blank that it does not have.
    #[error("this sentence cannot be filled any more; begin it again with /fill")]
    NoBlanks,
    /// There is no step to undo.
    #[error("nothing is left to undo")]
    NothingToUndo,
    /// Somebody was faster.
    #[error("the sentence was changed at the same moment; look at it again")]
    Overtaken,
    /// A word with letters or signs that the model does not know.
    #[error("the model cannot write {0:?}; take another word")]
    WordUnknown(String),
    /// Own words that do not fit the blanks.
    #[error(
        "name words for the candidates separated by commas; for all {blanks} blanks at once give each candidate {blanks} words, \
         such as {}",
        example(*.blanks)
    )]
    WordsUnfit {
        /// How many blanks there are.
        blanks: usize,
    },
    /// More own words than are compared at once.
    #[error("there are {given} candidates; at most {most} are compared at once")]
    TooManyWords {
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
    /// A word of several pieces where only one has room.
    #[error(
        "{0:?} has several pieces and fits only a blank of its own; put a space between this blank and the one beside it"
    )]
    NoRoom(String),
    /// No word to score.
    #[error("there is nothing to score; give a text with at least one word")]
    NothingToScore,
    /// More tokens than the model scores at once.
    #[error("the text has {given} tokens; the model takes {most} in all, so score it in parts")]
    TooLongToScore {
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
    /// No duel has this id.
    #[error("there is no such duel any more; begin a new one with /arena")]
    NoDuel,
    /// Somebody else's duel is not closed early.
    #[error(
        "only the person who began this duel, or a moderator, can close it; it closes by itself in time"
    )]
    NotYoursToClose,
    /// Votes that come too late.
    #[error(
        "voting on these two is over, so this vote does not count; begin a new duel with /arena"
    )]
    VotingOver,
    /// Nothing to decide.
    #[error(
        "both texts would be written in the same way; name two different strategies or temperatures, or leave one open"
    )]
    SameTwice,
    /// One text would go on behind the prompt, the other would only fill its blanks.
    #[error(
        "{0} and {1} do not write texts of the same length from this prompt; name others, or leave one open"
    )]
    UnequalLengths(&'static str, &'static str),
    /// Something that is no strategy with a temperature.
    #[error(
        "{0:?} is no way to write; name a strategy and, if you like, a temperature, such as \"gibbs 0.8\""
    )]
    NoEntrant(String),
    /// Nobody has voted.
    #[error(
        "there are no votes yet; begin a duel with /arena, and its votes count once it is closed"
    )]
    NoVotes,
    /// Votes belong to servers.
    #[error("votes can be exported on a server only, of that server")]
    ExportElsewhere,
    /// Votes are exported by those who look after the server.
    #[error("only moderators of this server can export its votes")]
    ExportNotYours,
    /// The model could not answer.
    #[error("{0}")]
    Model(String),
}

/// A candidate for so many blanks.
fn example(blanks: usize) -> String {
    let words = ["one", "two", "three", "four"];
    words[..blanks.clamp(1, words.len())].join(" / ")
}

fn texts(count: usize) -> String {
    if count == 1 {
        "a text".to_owned()
    } else {
        format!("{count} texts")
    }
}

impl From<OptionError> for Refusal {
    fn from(error: OptionError) -> Self {
        Self::Settings(error.into())
    }
}

/// Why a session could not do something: the person's side, or ours.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The person is told why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something broke.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Denied> for SessionError {
    fn from(barred: Denied) -> Self {
        Self::Refused(barred.into())
    }
}

impl From<SubmitError> for SessionError {
    fn from(refused: SubmitError) -> Self {
        Self::Refused(refused.into())
    }
}
