//! The forms of what a server has settled: numbers and banned words.

use serenity::async_trait;

use super::super::house;
use super::super::house_forms::{self, Field};
use super::{Fault, Modal, Submission};
use crate::service::{Refusal, Rules, banned_words};

pub(super) struct Server;

#[async_trait]
impl Modal for Server {
    fn name(&self) -> &'static str {
        house::NAME
    }

    async fn submit(&self, submission: &mut Submission) -> Result<(), Fault> {
        let (form, channel) = house::parsed(&submission.argument).ok_or_else(house::outdated)?;
        if !house_forms::is_form(form, channel) {
            return Err(house::outdated());
        }
        let change = |rules: Rules| match form {
            "limits" => numbers(submission, house_forms::limits(channel), rules),
            "quotas" => numbers(submission, house_forms::QUOTAS, rules),
            _ => Ok(Rules {
                banned: banned_words(submission.field("words").unwrap_or_default())?,
                ..rules
            }),
        };
        let (sessions, caller) = (&submission.bot.sessions, &submission.caller);
        let rules = sessions.change_rules(caller, channel, change).await?;
        let defaults = sessions.own(caller, house::scope(channel)).await?;
        let view = house::view("Kept.", channel, &rules, &defaults);
        Ok(submission.reply.update(&view).await?)
    }
}

/// `rules` with the numbers as they were typed.
fn numbers(submission: &Submission, fields: &[Field], mut rules: Rules) -> Result<Rules, Refusal> {
    for field in fields {
        let typed = submission.field(field.id);
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
