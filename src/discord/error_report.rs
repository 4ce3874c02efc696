//! Ends an interaction: tells the user what went wrong, if anything did.

use super::http::RequestError;
use super::interaction::{CommandError, Reply};
use super::view::{markdown, refusal};
use crate::service::Refusal;

/// Sends the error of a handler to the user and closes the reply.
///
/// A reply whose error could not be sent stays in the database, so that the next process tries again.
pub(super) async fn finish(reply: &mut Reply, result: Result<(), CommandError>) {
    match report(reply, result).await {
        Ok(()) => reply.close().await,
        Err(error) => {
            tracing::warn!(%error, "a response could not be sent");
            if error.is_gone() {
                reply.close().await;
            }
        }
    }
}

async fn report(reply: &mut Reply, result: Result<(), CommandError>) -> Result<(), RequestError> {
    let sentence = match result {
        Ok(()) => return Ok(()),
        Err(CommandError::Refused(sentence)) => {
            // Not logged in full, because the sentence may quote the user's text.
            tracing::debug!("refused");
            sentence_case(&sentence)
        }
        Err(CommandError::RefusedInMarkdown(markdown)) => {
            tracing::debug!("refused");
            markdown
        }
        Err(CommandError::Service(reason)) => {
            tracing::debug!("refused by a service");
            worded(&reason)
        }
        // Discord rejects the message, but may accept a short sentence.
        Err(CommandError::Request(error @ RequestError::Rejected { .. }))
            if !error.is_gone() && !error.is_acknowledged() =>
        {
            with_reference(&error.to_string())
        }
        Err(CommandError::Request(error)) => return Err(error),
        Err(CommandError::Internal(error)) => with_reference(&error),
    };
    reply.refuse(&sentence).await
}

/// A refusal with Discord's channels, roles and times where it has any, else as an escaped sentence.
fn worded(reason: &Refusal) -> String {
    refusal::marked(reason).unwrap_or_else(|| sentence_case(&reason.to_string()))
}

/// The sentence for an internal error: a reference number, under which the log has the error.
fn with_reference(error: &str) -> String {
    let reference = format!("{:06x}", rand::random::<u32>() & 0xff_ffff);
    tracing::error!(error, reference, "a command failed");
    format!(
        "Something broke here; if it happens again, tell whoever runs this bot the number {reference}."
    )
}

/// An error message as a sentence, with Markdown escaped: errors begin in lower case and end without a full stop.
fn sentence_case(text: &str) -> String {
    let escaped = markdown::escaped(text);
    let mut characters = escaped.chars();
    let first: String = characters
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    let end = if escaped.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_read_as_sentences() {
        assert_eq!(
            sentence_case("length must be at most 200"),
            "Length must be at most 200."
        );
        assert_eq!(sentence_case("Discord is away!"), "Discord is away!");
        assert_eq!(sentence_case(""), ".");
    }
}
