//! The forms of a server's rules: numbers and banned words.

use super::{CommandError, ModalContext};
use crate::discord::custom_id::{GuildAction, GuildPanelId};
use crate::discord::view::guild;
use crate::discord::view::guild_forms::{self, Field};
use crate::service::{Refusal, Rules, banned_words};

pub(super) async fn submit(
    id: &GuildPanelId,
    context: &mut ModalContext,
) -> Result<(), CommandError> {
    let channel = id.channel;
    let change: &(dyn Fn(Rules) -> Result<Rules, Refusal> + Sync) = match (id.action, channel) {
        (GuildAction::Limits, _) => &|rules| numbers(context, guild_forms::limits(channel), rules),
        (GuildAction::Quotas, None) => &|rules| numbers(context, guild_forms::QUOTAS, rules),
        (GuildAction::Words, _) => &|rules| words(context, rules),
        _ => return Err(CommandError::Refused(guild::OUTDATED.to_owned())),
    };
    let (services, caller) = (&context.bot.services, &context.caller);
    let rules = services
        .policy
        .change_rules(caller, channel, change)
        .await?;
    let defaults = services
        .preferences
        .stored(caller, guild::scope(channel))
        .await?;
    let view = guild::view("Kept.", channel, &rules, &defaults);
    Ok(context.reply.update(&view).await?)
}

/// `rules` with the banned words of the form.
fn words(context: &ModalContext, rules: Rules) -> Result<Rules, Refusal> {
    Ok(Rules {
        banned: banned_words(context.field("words").unwrap_or_default())?,
        ..rules
    })
}

/// `rules` with the numbers of the form.
fn numbers(context: &ModalContext, fields: &[Field], mut rules: Rules) -> Result<Rules, Refusal> {
    for field in fields {
        let typed = context.field(field.id);
        let number = typed.map(|typed| {
            let number = typed
                .parse()
                .ok()
                .filter(|number| (1..=field.most).contains(number));
            number.ok_or_else(|| Refusal::Rule {
                name: field.label,
                most: field.most,
                given: typed.to_owned(),
            })
        });
        *(field.place)(&mut rules) = number.transpose()?;
    }
    Ok(rules)
}
