//! The menus of a server's rules, for its managers.

use std::str::FromStr;

use super::{CommandError, ComponentContext};
use crate::discord::action::panel::panel;
use crate::discord::custom_id::{GuildAction, GuildPanelId};
use crate::discord::view::{guild, guild_forms};
use crate::service::{ChannelId, Rules, Scope};
use generation::StrategyName;

pub(super) async fn press(
    id: &GuildPanelId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    let channel = id.channel;
    // Refuses whoever is not a manager, for every control.
    let rules = context
        .bot
        .services
        .policy
        .rules(&context.caller, channel)
        .await?;
    let chosen = context.values.clone();
    match id.action {
        GuildAction::Overview => overview(context, "", channel, rules).await,
        GuildAction::Open => {
            let section = chosen.first().map_or("", String::as_str);
            open(context, section, channel, &rules).await
        }
        GuildAction::Channel => {
            let channel = ids(&chosen).first().copied();
            let rules = context
                .bot
                .services
                .policy
                .rules(&context.caller, channel)
                .await?;
            overview(context, "", channel, rules).await
        }
        GuildAction::Channels if channel.is_none() => {
            let channels = ids(&chosen);
            change(context, channel, |now| Rules { channels, ..now }).await
        }
        GuildAction::Roles => {
            let change_roles = |now| Rules {
                roles: ids(&chosen),
                ..now
            };
            change(context, channel, change_roles).await
        }
        GuildAction::Strategies => {
            let strategies = chosen.into_iter().map(StrategyName::from).collect();
            change(context, channel, |now| Rules { strategies, ..now }).await
        }
        _ => Err(outdated()),
    }
}

fn outdated() -> CommandError {
    CommandError::Refused(guild::OUTDATED.to_owned())
}

/// The chosen channels or roles.
fn ids<T: FromStr>(values: &[String]) -> Vec<T> {
    values.iter().filter_map(|id| id.parse().ok()).collect()
}

/// Opens a section: its form or its view.
async fn open(
    context: &mut ComponentContext,
    section: &str,
    channel: Option<ChannelId>,
    rules: &Rules,
) -> Result<(), CommandError> {
    let form = match section {
        "limits" => Some(guild_forms::limits_form(channel, rules)),
        "quotas" if channel.is_none() => Some(guild_forms::quotas_form(rules)),
        "words" => Some(guild_forms::words_form(channel, rules)),
        _ => None,
    };
    if let Some(form) = form {
        return Ok(context.reply.open_modal(&form).await?);
    }
    let view = match section {
        "defaults" => return defaults(context, guild::scope(channel)).await,
        "channel" => guild::channel(),
        "channels" => guild::channels(rules),
        "roles" => guild::roles(channel, rules),
        "strategies" => {
            guild::strategies(channel, rules, context.bot.services.writing.strategies())
        }
        _ => return Err(outdated()),
    };
    Ok(context.reply.update(&view).await?)
}

async fn defaults(context: &mut ComponentContext, scope: Scope) -> Result<(), CommandError> {
    let (bot, caller) = (&context.bot, &context.caller);
    let own = bot.services.preferences.stored(caller, scope).await?;
    let panel = panel(bot, caller, scope, "", &own).await?;
    Ok(context.reply.update(&panel).await?)
}

/// Changes the rules, and shows the new overview.
async fn change(
    context: &mut ComponentContext,
    channel: Option<ChannelId>,
    change: impl FnOnce(Rules) -> Rules + Send,
) -> Result<(), CommandError> {
    let services = &context.bot.services;
    let kept = services
        .policy
        .change_rules(&context.caller, channel, |now| Ok(change(now)));
    let kept = kept.await?;
    overview(context, "Kept.", channel, kept).await
}

async fn overview(
    context: &mut ComponentContext,
    said: &str,
    channel: Option<ChannelId>,
    rules: Rules,
) -> Result<(), CommandError> {
    let services = &context.bot.services;
    let defaults = services
        .preferences
        .stored(&context.caller, guild::scope(channel))
        .await?;
    let view = guild::view(said, channel, &rules, &defaults);
    Ok(context.reply.update(&view).await?)
}
