//! The forms of what a server has settled: numbers and banned words.

use serenity::async_trait;

use super::super::house;
use super::super::house_forms::{self, Field};
use super::{CommandError, Modal, ModalContext};
use crate::service::{Refusal, Rules, banned_words};

pub(super) struct Server;

#[async_trait]
impl Modal for Server {
    fn name(&self) -> &'static str {
        house::NAME
    }

    async fn submit(&self, context: &mut ModalContext) -> Result<(), CommandError> {
        let (form, channel) = house::parsed(&context.argument).ok_or_else(house::outdated)?;
        if !house_forms::is_form(form, channel) {
            return Err(house::outdated());
        }
        let change = |rules: Rules| match form {
            "limits" => numbers(context, house_forms::limits(channel), rules),
            "quotas" => numbers(context, house_forms::QUOTAS, rules),
            _ => Ok(Rules {
                banned: banned_words(context.field("words").unwrap_or_default())?,
                ..rules
            }),
        };
        let (sessions, caller) = (&context.bot.sessions, &context.caller);
        let rules = sessions.change_rules(caller, channel, change).await?;
        let defaults = sessions.own(caller, house::scope(channel)).await?;
        let view = house::view("Kept.", channel, &rules, &defaults);
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
