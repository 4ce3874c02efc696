//! The forms of what a server has settled: numbers and banned words.

use serenity::async_trait;

use super::super::house::{self, Field};
use super::{Fault, Modal, Submission};
use crate::session::{Refusal, Rules, Scope, banned_words};

pub(super) struct Server;

#[async_trait]
impl Modal for Server {
    fn name(&self) -> &'static str {
        house::NAME
    }

    async fn submit(&self, submission: &mut Submission) -> Result<(), Fault> {
        let change = |rules: Rules| match submission.argument.as_str() {
            "limits" => numbers(submission, house::LIMITS, rules),
            "quotas" => numbers(submission, house::QUOTAS, rules),
            _ => Ok(Rules {
                banned: banned_words(submission.field("words").unwrap_or_default())?,
                ..rules
            }),
        };
        let sessions = &submission.bot.sessions;
        let rules = sessions.change_rules(&submission.caller, change).await?;
        let defaults = sessions.own(&submission.caller, Scope::Server).await?;
        let overview = house::overview("Kept.", &rules, &defaults);
        Ok(submission.reply.update(&overview).await?)
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
