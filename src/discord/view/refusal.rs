//! Refusals with Discord's markup for channels, roles and times. Pure.

use crate::discord::view::text::many;
use crate::service::{Denied, Refusal, hours_phrase};

/// The refusal with Discord's markup; `None` if the plain text says the same.
pub(in crate::discord) fn marked(refusal: &Refusal) -> Option<String> {
    let Refusal::Denied(barred) = refusal else {
        return None;
    };
    match barred {
        Denied::Channel(channels) => Some(format!(
            "Here texts are written in {} only. Or write to the bot directly.",
            either(channels.iter().map(|id| format!("<#{id}>")))
        )),
        Denied::Role(roles) => Some(format!(
            "Here texts are for people with the role {} only. Ask whoever gives it, or write to the bot directly.",
            either(roles.iter().map(|id| format!("<@&{id}>")))
        )),
        Denied::Cooldown { seconds, until } => Some(format!(
            "Here {} must pass between two of your texts. You can have the next one <t:{until}:R>.",
            many(*seconds, "second")
        )),
        Denied::Quota {
            whose,
            most,
            hours,
            until,
        } => Some(format!(
            "Here {whose} {} in any {}, and none is left. The next one can come <t:{until}:R>.",
            many(*most, "text"),
            hours_phrase(*hours)
        )),
        Denied::Strategy { .. } | Denied::NotManager | Denied::NoServer => None,
    }
}

/// Alternatives, joined with commas and "or".
fn either(things: impl Iterator<Item = String>) -> String {
    let things: Vec<String> = things.collect();
    match things.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => things.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{ChannelId, QuotaOwner, RoleId};

    #[test]
    fn channels_roles_and_times_are_shown_as_discord_shows_them() {
        let told = |barred: Denied| marked(&barred.into()).unwrap();
        assert_eq!(
            told(Denied::Channel(vec![
                ChannelId(1),
                ChannelId(2),
                ChannelId(3)
            ])),
            "Here texts are written in <#1>, <#2> or <#3> only. Or write to the bot directly."
        );
        assert!(told(Denied::Role(vec![RoleId(7)])).contains("the role <@&7> only"));
        let until = 99;
        assert!(told(Denied::Cooldown { seconds: 5, until }).contains("<t:99:R>"));
        let quota = Denied::Quota {
            whose: QuotaOwner::Person,
            most: 3,
            hours: 1,
            until,
        };
        assert_eq!(
            told(quota),
            "Here you may have 3 texts in any hour, and none is left. The next one can come <t:99:R>."
        );
    }
}
