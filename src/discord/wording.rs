//! Refusals that Discord can say better than plain words: with channels, roles and times as people see them. Pure.

use super::render::many;
use crate::service::{Barred, Refusal, so_long};

/// A refusal in Discord's own marks, if that says more than plain words.
pub(super) fn marked(refusal: &Refusal) -> Option<String> {
    let Refusal::Barred(barred) = refusal else {
        return None;
    };
    match barred {
        Barred::Channel(channels) => Some(format!(
            "Here texts are written in {} only. Or write to the bot directly.",
            either(channels.iter().map(|id| format!("<#{id}>")))
        )),
        Barred::Role(roles) => Some(format!(
            "Here texts are for people with the role {} only. Ask whoever gives it, or write to the bot directly.",
            either(roles.iter().map(|id| format!("<@&{id}>")))
        )),
        Barred::Cooldown { seconds, until } => Some(format!(
            "Here {} must pass between two of your texts. You can have the next one <t:{until}:R>.",
            many(*seconds, "second")
        )),
        Barred::Quota {
            whose,
            most,
            hours,
            until,
        } => Some(format!(
            "Here {whose} {} in any {}, and none is left. The next one can come <t:{until}:R>.",
            many(*most, "text"),
            so_long(*hours)
        )),
        Barred::Strategy { .. } | Barred::NotManager | Barred::NoServer => None,
    }
}

/// Things of which one is enough.
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
    use crate::service::Whose;

    #[test]
    fn channels_roles_and_times_are_shown_as_discord_shows_them() {
        let told = |barred: Barred| marked(&barred.into()).unwrap();
        assert_eq!(
            told(Barred::Channel(vec![1, 2, 3])),
            "Here texts are written in <#1>, <#2> or <#3> only. Or write to the bot directly."
        );
        assert!(told(Barred::Role(vec![7])).contains("the role <@&7> only"));
        let until = 99;
        assert!(told(Barred::Cooldown { seconds: 5, until }).contains("<t:99:R>"));
        let quota = Barred::Quota {
            whose: Whose::Person,
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
