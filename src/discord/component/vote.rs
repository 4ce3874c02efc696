//! *A*, *B*, *Tie* and *Both bad*, under a duel: one vote for everybody, which can be changed as long as it is blind.

use serenity::async_trait;
use serenity::builder::CreateActionRow;

use super::{CommandError, Component, ComponentContext, button, reveal};
use crate::discord::view::duel;
use crate::discord::view::message::Message;
use crate::service::{Refusal, VoteChoice, Voted};

pub(super) struct VoteButton;

/// The rows under a duel.
pub(in crate::discord) fn duel_rows(id: &str) -> Vec<CreateActionRow> {
    let vote = |choice: VoteChoice| {
        button(
            &VoteButton,
            &format!("{id}:{}", choice.name()),
            label(choice),
        )
    };
    vec![
        CreateActionRow::Buttons(VoteChoice::ALL.map(vote).into()),
        CreateActionRow::Buttons(vec![button(&reveal::RevealButton, id, "Close and reveal")]),
    ]
}

fn label(choice: VoteChoice) -> &'static str {
    match choice {
        VoteChoice::A => "A",
        VoteChoice::B => "B",
        VoteChoice::Tie => "Tie",
        VoteChoice::BothBad => "Both bad",
    }
}

#[async_trait]
impl Component for VoteButton {
    fn name(&self) -> &'static str {
        "vote"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let (id, choice) = context.argument.split_once(':').unwrap_or_default();
        let choice = VoteChoice::from_name(choice).ok_or(Refusal::NoDuel)?;
        let sessions = &context.bot.sessions;
        match sessions.vote(&context.caller, id, choice).await? {
            Voted::Counted {
                before,
                own_prompt,
                revealed,
            } => {
                let thanks = thanks(before, choice, own_prompt, revealed.is_some());
                let thanks = Message::text(thanks).private();
                let Some(revealed) = revealed else {
                    return Ok(context.reply.answer(&thanks).await?);
                };
                context.reply.update(&duel::revealed(&revealed)).await?;
                Ok(context.reply.follow_up(&thanks).await?)
            }
            Voted::TooLate(revealed) => {
                context.reply.update(&duel::revealed(&revealed)).await?;
                Err(Refusal::VotingOver.into())
            }
        }
    }
}

/// What the person is told about the vote.
fn thanks(before: Option<VoteChoice>, choice: VoteChoice, own_prompt: bool, last: bool) -> String {
    let chosen = label(choice);
    let counted = match before {
        Some(before) if before != choice => {
            format!("Changed: {chosen} instead of {}.", label(before))
        }
        Some(_) => format!("{chosen} is what you had chosen already; it counts once."),
        None => format!("You voted: {chosen}."),
    };
    let own = if own_prompt {
        " It is your own prompt, and the vote is marked so."
    } else {
        ""
    };
    let change = if last {
        " It was the last vote."
    } else {
        " As long as it is secret who is who, you can press another button instead."
    };
    format!("{counted}{own}{change}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_is_confirmed_in_words_that_fit() {
        let said = thanks(None, VoteChoice::A, true, false);
        assert!(
            said.starts_with("You voted: A. It is your own prompt"),
            "{said}"
        );
        let said = thanks(Some(VoteChoice::A), VoteChoice::BothBad, false, true);
        assert_eq!(
            said,
            "Changed: Both bad instead of A. It was the last vote."
        );
        assert!(thanks(Some(VoteChoice::B), VoteChoice::B, false, false).contains("counts once"));
    }
}
