//! *A*, *B*, *Tie* and *Both bad*, under a duel: one vote a person, which can be changed until the duel is revealed.

use super::{CommandError, ComponentContext};
use crate::discord::custom_id::VoteId;
use crate::discord::view::duel::{self, DuelState, PromptAuthor};
use crate::discord::view::message::Message;
use crate::service::{Refusal, VoteResult};

pub(super) async fn press(id: &VoteId, context: &mut ComponentContext) -> Result<(), CommandError> {
    let services = &context.bot.services;
    match services
        .arena
        .vote(&context.caller, &id.duel, id.choice)
        .await?
    {
        VoteResult::Counted {
            before,
            own_prompt,
            result,
        } => {
            let author = if own_prompt {
                PromptAuthor::Voter
            } else {
                PromptAuthor::Other
            };
            let state = if result.is_some() {
                DuelState::Revealed
            } else {
                DuelState::Open
            };
            let thanks = duel::thanks(before, id.choice, author, state);
            let thanks = Message::text(thanks).private();
            let Some(result) = result else {
                return Ok(context.reply.answer(&thanks).await?);
            };
            context.reply.update(&duel::revealed(&result)).await?;
            Ok(context.reply.follow_up(&thanks).await?)
        }
        VoteResult::TooLate(revealed) => {
            context.reply.update(&duel::revealed(&revealed)).await?;
            Err(Refusal::VotingOver.into())
        }
    }
}
