//! The menus of what a server has settled, for its managers.

use serenity::async_trait;

use super::super::panel::Panel;
use super::super::{house, house_forms};
use super::{Component, Fault, Press};
use crate::service::{Rules, Scope};

pub(super) struct Server;

#[async_trait]
impl Component for Server {
    fn name(&self) -> &'static str {
        house::NAME
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        let (action, channel) = house::parsed(&press.argument).ok_or_else(house::outdated)?;
        // Who is no manager is refused here, whatever is pressed.
        let rules = press.bot.sessions.rules(&press.caller, channel).await?;
        let (names, ids) = (press.values.clone(), chosen(&press.values));
        match action {
            "home" => home(press, "", channel, rules).await,
            "open" => {
                open(
                    press,
                    names.first().map_or("", String::as_str),
                    channel,
                    &rules,
                )
                .await
            }
            "channel" => {
                let channel = ids.first().copied();
                let rules = press.bot.sessions.rules(&press.caller, channel).await?;
                home(press, "", channel, rules).await
            }
            "channels" if channel.is_none() => {
                keep(press, channel, |now| Rules {
                    channels: ids,
                    ..now
                })
                .await
            }
            "roles" => keep(press, channel, |now| Rules { roles: ids, ..now }).await,
            "strategies" => {
                keep(press, channel, |now| Rules {
                    strategies: names,
                    ..now
                })
                .await
            }
            _ => Err(house::outdated()),
        }
    }
}

/// What was chosen, as numbers of Discord's.
fn chosen(values: &[String]) -> Vec<u64> {
    values.iter().filter_map(|id| id.parse().ok()).collect()
}

async fn open(
    press: &mut Press,
    part: &str,
    channel: Option<u64>,
    rules: &Rules,
) -> Result<(), Fault> {
    let view = match part {
        "defaults" => return defaults(press, house::scope(channel)).await,
        "limits" => {
            let fields = house_forms::limits(channel);
            let form = house_forms::numbers("limits", "Length and pace", channel, fields, rules);
            return Ok(press.reply.open(&form).await?);
        }
        "quotas" if channel.is_none() => {
            let form =
                house_forms::numbers("quotas", "Quotas", channel, house_forms::QUOTAS, rules);
            return Ok(press.reply.open(&form).await?);
        }
        "words" => {
            return Ok(press
                .reply
                .open(&house_forms::words(channel, rules))
                .await?);
        }
        "channel" => house::channel(),
        "channels" => house::channels(rules),
        "roles" => house::roles(channel, rules),
        "strategies" => house::strategies(channel, rules, press.bot.sessions.strategies()),
        _ => return Err(house::outdated()),
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

async fn keep(
    press: &mut Press,
    channel: Option<u64>,
    change: impl FnOnce(Rules) -> Rules + Send,
) -> Result<(), Fault> {
    let sessions = &press.bot.sessions;
    let kept = sessions.change_rules(&press.caller, channel, |now| Ok(change(now)));
    let kept = kept.await?;
    home(press, "Kept.", channel, kept).await
}

async fn home(
    press: &mut Press,
    said: &str,
    channel: Option<u64>,
    rules: Rules,
) -> Result<(), Fault> {
    let sessions = &press.bot.sessions;
    let defaults = sessions.own(&press.caller, house::scope(channel)).await?;
    let view = house::view(said, channel, &rules, &defaults);
    Ok(press.reply.update(&view).await?)
}
