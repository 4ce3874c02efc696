//! Refusals of requests, as sentences for people, and the error type of all services.

use crate::domain::TextId;
use crate::pool::SubmitError;
use crate::store::StoreError;
use generation::{OptionError, OutOfRange, SettingsError};
use model::PromptError;

use super::policy::denied::Denied;
use super::preferences::preset_error::PresetError;

/// Why a request is refused. Displays as a sentence that says what to do instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The prompt is invalid.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// A number is out of range.
    #[error(transparent)]
    Number(#[from] OutOfRange),
    /// The settings are inconsistent.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A guild's rule denies the request.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// An action on a preset is refused.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// A word that cannot be banned.
    #[error(
        "a banned word must have a letter or digit and at most {most} characters, unlike {given:?}"
    )]
    Ban {
        /// The given value.
        given: String,
        /// Maximum characters.
        most: usize,
    },
    /// Too many banned words.
    #[error("at most {0} words can be banned; take some away")]
    TooManyBans(usize),
    /// The list of banned words does not fit the form for its changes.
    #[error(
        "the banned words together may have at most {most} characters, with a comma and a space between two, not {given}; take some away"
    )]
    BansTooLong {
        /// The given length.
        given: usize,
        /// Maximum length.
        most: usize,
    },
    /// A number for a rule is invalid.
    #[error("{name} must be a whole number from 1 to {most}, or empty; not {given:?}")]
    Rule {
        /// The name of the rule.
        name: &'static str,
        /// Maximum value.
        most: u32,
        /// The given value.
        given: String,
    },
    /// The strategy needs a prompt.
    #[error(
        "there is no prompt; write one, such as \"In order to make a sandwich, first\", or keep one with /settings"
    )]
    NoPrompt,
    /// The length exceeds the maximum.
    #[error("length must be at most {most} here, not {given}")]
    Length {
        /// The requested length.
        given: u32,
        /// Maximum length.
        most: u32,
    },
    /// The text of a setting, such as tags, is too long.
    #[error("{name} may have at most {most} characters here, not {given}")]
    SettingTooLong {
        /// The setting's name.
        name: &'static str,
        /// The given number.
        given: usize,
        /// Maximum number.
        most: usize,
    },
    /// The strategy, with these options, needs a causal model, and there is none.
    #[error(
        "{0} with these options needs a causal model, and this model has none; take another strategy, or let the operator \
         distil one (training/README.md)"
    )]
    NoCausalModel(&'static str),
    /// The strategy needs keywords.
    #[error(
        "the strategy keywords needs words that must appear; name them in the option keywords, separated by commas"
    )]
    NoKeywords,
    /// The strategy does not use keywords.
    #[error(
        "{0} cannot promise that words appear; take the strategy keywords, or leave the option keywords out"
    )]
    KeywordsUnused(&'static str),
    /// A keyword cannot be tokenized.
    #[error("the model cannot write {0:?}; take another keyword")]
    KeywordUnknown(String),
    /// The length is too short for the keywords.
    #[error("{tokens} tokens of keywords need a length of at least {least}, not {given}")]
    KeywordsTooLong {
        /// The number of tokens of all keywords.
        tokens: usize,
        /// Minimum length.
        least: usize,
        /// The requested length.
        given: usize,
    },
    /// The request contains a word that the operator or the guild has banned.
    #[error("{0:?} is not written here; use another word")]
    Banned(String),
    /// A stored text contains a word that is banned at this location.
    #[error(
        "that text holds a word that is not shown here; show it in a direct message to the bot"
    )]
    BannedHere,
    /// The user runs the maximum number of jobs.
    #[error("you have {} in the making already; wait for it, or stop it with /stop", texts(*.0))]
    Busy(usize),
    /// The pool is full or stopping.
    #[error(transparent)]
    Pool(#[from] SubmitError),
    /// The job was stopped before it had a result.
    #[error("stopped, as you asked")]
    Stopped,
    /// The job has ended.
    #[error("that text is not being written any more")]
    Over,
    /// The caller may not stop the job.
    #[error("only the person who asked for this text, or a moderator, can stop it")]
    NotYours,
    /// No text has this id.
    #[error("there is no text {:?}; it was deleted, or the id has a typing mistake", .0.as_str())]
    NoText(TextId),
    /// The caller may not delete the text.
    #[error("only the person who asked for this text, or a moderator, can delete it")]
    NotYoursToDelete,
    /// An erasure timed out, since a stopped job of the user did not end.
    #[error("a text of yours is still ending; try again in a minute, nothing was deleted")]
    StillEnding,
    /// The fill session belongs to another user.
    #[error("only the person who asked can fill these blanks; begin your own with /fill")]
    NotYourBlanks,
    /// The fill session has expired, or it has no such blank or candidate.
    #[error("this sentence cannot be filled any more; begin it again with /fill")]
    NoBlanks,
    /// The fill session has no step to undo.
    #[error("nothing is left to undo")]
    NothingToUndo,
    /// A concurrent action changed the fill session.
    #[error("the sentence was changed at the same moment; look at it again")]
    Overtaken,
    /// A word cannot be tokenized.
    #[error("the model cannot write {0:?}; take another word")]
    WordUnknown(String),
    /// The typed candidates do not have one word per blank.
    #[error(
        "name words for the candidates separated by commas; for all {blanks} blanks at once give each candidate {blanks} words, \
         such as {}",
        example(*.blanks)
    )]
    WordsUnfit {
        /// The number of blanks.
        blanks: usize,
    },
    /// Too many typed candidates.
    #[error("there are {given} candidates; at most {most} are compared at once")]
    TooManyWords {
        /// The given number.
        given: usize,
        /// Maximum number.
        most: usize,
    },
    /// A word has several tokens, and its blank has room for one.
    #[error(
        "{0:?} has several pieces and fits only a blank of its own; put a space between this blank and the one beside it"
    )]
    NoRoom(String),
    /// The text has no word to score.
    #[error("there is nothing to score; give a text with at least one word")]
    NothingToScore,
    /// The text exceeds the maximum length of the model.
    #[error("the text has {given} tokens; the model takes {most} in all, so score it in parts")]
    TooLongToScore {
        /// The given number.
        given: usize,
        /// Maximum number.
        most: usize,
    },
    /// No duel has this id at this location.
    #[error("there is no such duel any more; begin a new one with /arena")]
    NoDuel,
    /// The caller may not close the duel early.
    #[error(
        "only the person who began this duel, or a moderator, can close it; it closes by itself in time"
    )]
    NotYoursToClose,
    /// The duel is closed.
    #[error(
        "voting on these two is over, so this vote does not count; begin a new duel with /arena"
    )]
    VotingOver,
    /// The two contestants are equal.
    #[error(
        "both texts would be written in the same way; name two different strategies or temperatures, or leave one open"
    )]
    SameTwice,
    /// The two contestants write texts of different lengths: one continues the prompt, the other fills its blanks.
    #[error(
        "{0} and {1} do not write texts of the same length from this prompt; name others, or leave one open"
    )]
    UnequalLengths(&'static str, &'static str),
    /// The name of a contestant cannot be parsed.
    #[error(
        "{0:?} is no way to write; name a strategy and, if you like, a temperature, such as \"gibbs 0.8\""
    )]
    NoEntrant(String),
    /// There are no votes.
    #[error(
        "there are no votes yet; begin a duel with /arena, and its votes count once it is closed"
    )]
    NoVotes,
    /// The export of votes requires a guild.
    #[error("votes can be exported on a server only, of that server")]
    ExportElsewhere,
    /// The export of votes requires a moderator.
    #[error("only moderators of this server can export its votes")]
    ExportNotYours,
    /// The model failed for this reason.
    #[error("{0}")]
    Model(String),
}

/// An example of a candidate with one word per blank.
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

/// The error of all services: a refusal for the user, or a failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The request is refused; the caller shows the reason.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Denied> for ServiceError {
    fn from(denied: Denied) -> Self {
        Self::Refused(denied.into())
    }
}

impl From<SubmitError> for ServiceError {
    fn from(refused: SubmitError) -> Self {
        Self::Refused(refused.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_text_is_named_by_its_id_alone() {
        let sentence = Refusal::NoText("3fk2m9xq".into()).to_string();
        assert!(
            sentence.starts_with("there is no text \"3fk2m9xq\";"),
            "{sentence}"
        );
    }
}
