//! The menus of what a server has settled, for its managers.

use serenity::async_trait;

use super::super::house;
use super::super::panel::Panel;
use super::{Component, Fault, Press};
use crate::session::{Rules, Scope};

pub(super) struct Server;

#[async_trait]
impl Component for Server {
    fn name(&self) -> &'static str {
        house::NAME
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        // Who is no manager is refused here, whatever is pressed.
        let rules = press.bot.sessions.rules(&press.caller).await?;
        let ids = || {
            press
                .values
                .iter()
                .filter_map(|id| id.parse().ok())
                .collect::<Vec<u64>>()
        };
        let names = press.values.clone();
        match press.argument.as_str() {
            "home" => home(press, "", rules).await,
            "open" => open(press, names.first().map_or("", String::as_str), &rules).await,
            "channel" => match ids().first() {
                Some(channel) => defaults(press, Scope::Channel(*channel)).await,
                None => home(press, "", rules).await,
            },
            "channels" => {
                keep(
                    press,
                    Rules {
                        channels: ids(),
                        ..rules
                    },
                )
                .await
            }
            "roles" => {
                keep(
                    press,
                    Rules {
                        roles: ids(),
                        ..rules
                    },
                )
                .await
            }
            "strategies" => {
                keep(
                    press,
                    Rules {
                        strategies: names,
                        ..rules
                    },
                )
                .await
            }
            _ => Err(outdated()),
        }
    }
}

fn outdated() -> Fault {
    Fault::Refused(
        "this panel is from another version of the bot; open it again with /server settings"
            .to_owned(),
    )
}

async fn open(press: &mut Press, part: &str, rules: &Rules) -> Result<(), Fault> {
    let view = match part {
        "defaults" => return defaults(press, Scope::Server).await,
        "limits" => {
            let form = house::numbers("limits", "Length and pace", house::LIMITS, rules);
            return Ok(press.reply.open(&form).await?);
        }
        "quotas" => {
            let form = house::numbers("quotas", "Quotas", house::QUOTAS, rules);
            return Ok(press.reply.open(&form).await?);
        }
        "words" => return Ok(press.reply.open(&house::words(rules)).await?),
        "channel" => house::channel(),
        "channels" => house::channels(rules),
        "roles" => house::roles(rules),
        "strategies" => house::strategies(rules, press.bot.sessions.strategies()),
        _ => return Err(outdated()),
    };
    Ok(press.reply.update(&view).await?)
}

async fn defaults(press: &mut Press, scope: Scope) -> Result<(), Fault> {
    let sessions = &press.bot.sessions;
    let own = sessions.own(&press.caller, scope).await?;
    let effective = sessions.effective_for(&press.caller, scope).await?;
    let panel = Panel {
        said: "",
        scope,
        strategies: sessions.strategies().collect(),
        effective: &effective,
        own: &own,
    };
    Ok(press.reply.update(&panel.message()).await?)
}

async fn keep(press: &mut Press, rules: Rules) -> Result<(), Fault> {
    let kept = press.bot.sessions.change_rules(&press.caller, |now| {
        // Only what was chosen: a form may have changed the numbers meanwhile.
        Ok(Rules {
            channels: rules.channels,
            roles: rules.roles,
            strategies: rules.strategies,
            ..now
        })
    });
    let kept = kept.await?;
    home(press, "Kept.", kept).await
}

async fn home(press: &mut Press, said: &str, rules: Rules) -> Result<(), Fault> {
    let defaults = press.bot.sessions.own(&press.caller, Scope::Server).await?;
    Ok(press
        .reply
        .update(&house::overview(said, &rules, &defaults))
        .await?)
}
