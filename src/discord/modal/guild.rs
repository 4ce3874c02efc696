//! The forms of what a server has settled: numbers and banned words.

use serenity::async_trait;

use super::{CommandError, Modal, ModalContext};
use crate::discord::view::guild;
use crate::discord::view::guild_forms::{self, Field};
use crate::service::{Refusal, Rules, banned_words};

pub(super) struct GuildForm;

#[async_trait]
impl Modal for GuildForm {
    fn name(&self) -> &'static str {
        guild::NAME
    }

    async fn submit(&self, context: &mut ModalContext) -> Result<(), CommandError> {
        let (form, channel) = guild::parsed(&context.argument).ok_or_else(guild::outdated)?;
        if !guild_forms::is_form(form, channel) {
            return Err(guild::outdated());
        }
        let change = |rules: Rules| match form {
            "limits" => numbers(context, guild_forms::limits(channel), rules),
            "quotas" => numbers(context, guild_forms::QUOTAS, rules),
            _ => Ok(Rules {
                banned: banned_words(context.field("words").unwrap_or_default())?,
                ..rules
            }),
        };
        let (sessions, caller) = (&context.bot.sessions, &context.caller);
        let rules = sessions.change_rules(caller, channel, change).await?;
        let defaults = sessions.own(caller, guild::scope(channel)).await?;
        let view = guild::view("Kept.", channel, &rules, &defaults);
        Ok(context.reply.update(&view).await?)
    }
}

/// `rules` with the numbers as they were typed.
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
