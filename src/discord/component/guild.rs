//! The menus of what a server has settled, for its managers.

use serenity::async_trait;

use super::{CommandError, Component, ComponentContext};
use crate::discord::view::settings::Panel;
use crate::discord::view::{guild, guild_forms};
use crate::service::{Rules, Scope};
use generation::StrategyName;

pub(super) struct GuildControls;

#[async_trait]
impl Component for GuildControls {
    fn name(&self) -> &'static str {
        guild::NAME
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let (action, channel) = guild::parsed(&context.argument).ok_or_else(guild::outdated)?;
        // Who is no manager is refused here, whatever is pressed.
        let rules = context.bot.sessions.rules(&context.caller, channel).await?;
        let (names, ids) = (context.values.clone(), chosen(&context.values));
        match action {
            "home" => home(context, "", channel, rules).await,
            "open" => {
                open(
                    context,
                    names.first().map_or("", String::as_str),
                    channel,
                    &rules,
                )
                .await
            }
            "channel" => {
                let channel = ids.first().copied();
                let rules = context.bot.sessions.rules(&context.caller, channel).await?;
                home(context, "", channel, rules).await
            }
            "channels" if channel.is_none() => {
                keep(context, channel, |now| Rules {
                    channels: ids,
                    ..now
                })
                .await
            }
            "roles" => keep(context, channel, |now| Rules { roles: ids, ..now }).await,
            "strategies" => {
                keep(context, channel, |now| Rules {
                    strategies: names.into_iter().map(StrategyName::from).collect(),
                    ..now
                })
                .await
            }
            _ => Err(guild::outdated()),
        }
    }
}

/// What was chosen, as numbers of Discord's.
fn chosen(values: &[String]) -> Vec<u64> {
    values.iter().filter_map(|id| id.parse().ok()).collect()
}

async fn open(
    context: &mut ComponentContext,
    part: &str,
    channel: Option<u64>,
    rules: &Rules,
) -> Result<(), CommandError> {
    let view = match part {
        "defaults" => return defaults(context, guild::scope(channel)).await,
        "limits" => {
            let fields = guild_forms::limits(channel);
            let form = guild_forms::numbers("limits", "Length and pace", channel, fields, rules);
            return Ok(context.reply.open_modal(&form).await?);
        }
        "quotas" if channel.is_none() => {
            let form =
                guild_forms::numbers("quotas", "Quotas", channel, guild_forms::QUOTAS, rules);
            return Ok(context.reply.open_modal(&form).await?);
        }
        "words" => {
            return Ok(context
                .reply
                .open_modal(&guild_forms::words(channel, rules))
                .await?);
        }
        "channel" => guild::channel(),
        "channels" => guild::channels(rules),
        "roles" => guild::roles(channel, rules),
        "strategies" => guild::strategies(channel, rules, context.bot.sessions.strategies()),
        _ => return Err(guild::outdated()),
    };
    Ok(context.reply.update(&view).await?)
}

async fn defaults(context: &mut ComponentContext, scope: Scope) -> Result<(), CommandError> {
    let sessions = &context.bot.sessions;
    let own = sessions.own(&context.caller, scope).await?;
    let effective = sessions.effective_for(&context.caller, scope).await?;
    let panel = Panel {
        said: "",
        scope,
        strategies: sessions.strategies().collect(),
        effective: &effective,
        own: &own,
    };
    Ok(context.reply.update(&panel.message()).await?)
}

async fn keep(
    context: &mut ComponentContext,
    channel: Option<u64>,
    change: impl FnOnce(Rules) -> Rules + Send,
) -> Result<(), CommandError> {
    let sessions = &context.bot.sessions;
    let kept = sessions.change_rules(&context.caller, channel, |now| Ok(change(now)));
    let kept = kept.await?;
    home(context, "Kept.", channel, kept).await
}

async fn home(
    context: &mut ComponentContext,
    said: &str,
    channel: Option<u64>,
    rules: Rules,
) -> Result<(), CommandError> {
    let sessions = &context.bot.sessions;
    let defaults = sessions.own(&context.caller, guild::scope(channel)).await?;
    let view = guild::view(said, channel, &rules, &defaults);
    Ok(context.reply.update(&view).await?)
}
