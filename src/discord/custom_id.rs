//! The `custom_id` of every button, menu and form: one enum with one codec. Pure.
//!
//! Views build their rows from [`CustomId`], the registries dispatch on it. Messages stay in Discord for years, so an
//! encoding that was ever sent must be decoded for ever: add variants, but do not change an existing one. Discord lets
//! anybody forge an id, so a decoded id proves nothing; the handler checks who presses.

use std::fmt::Display;

use crate::service::{ChannelId, DuelId, FillCursor, Scope, TextId, VoteChoice};
use generation::Setting;

/// Defines the enum and its codec. An id is the variant's name, a colon, and the variant's [`Argument`].
macro_rules! custom_ids {
    ($($(#[$doc:meta])* $variant:ident($argument:ty) = $name:literal,)*) => {
        /// What a component or a form is about.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(in crate::discord) enum CustomId {
            $($(#[$doc])* $variant($argument),)*
        }

        impl CustomId {
            /// The id as Discord stores it.
            pub(in crate::discord) fn encode(&self) -> String {
                match self {
                    $(Self::$variant(argument) => format!("{}:{}", $name, argument.encode()),)*
                }
            }

            /// The inverse of [`CustomId::encode`]. `None` for any text that `encode` does not produce.
            pub(in crate::discord) fn decode(id: &str) -> Option<Self> {
                let (name, argument) = id.split_once(':')?;
                match name {
                    $($name => Argument::decode(argument).map(Self::$variant),)*
                    _ => None,
                }
            }
        }

        /// The name of every variant.
        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),*];
    };
}

custom_ids! {
    /// *Stop* under a running generation; the generation's id.
    Stop(TextId) = "stop",
    /// *Reroll* under a text; the text's id.
    Reroll(TextId) = "reroll",
    /// *Continue* under a text; the text's id.
    Continue(TextId) = "continue",
    /// *Remix* under a text, and the form that it opens; the text's id.
    Remix(TextId) = "remix",
    /// *How?* under a text; the text's id.
    Trace(TextId) = "how",
    /// *Delete* under a text; the text's id.
    Delete(TextId) = "delete",
    /// The controls under a sentence with blanks, and the form for a typed word.
    Fill(FillId) = "fill",
    /// *Newer* and *Older* under a page of texts.
    History(HistoryId) = "history",
    /// The controls under the queue.
    Queue(QueueAction) = "queue",
    /// *Delete everything* under the question whether that is meant.
    ForgetMe(Confirmed) = "forget-me",
    /// The controls and forms of a settings panel.
    Settings(SettingsId) = "settings",
    /// The controls and forms of a server's rules.
    Guild(GuildPanelId) = "server",
    /// *Use this preset* under a shared preset.
    Preset(PresetAction) = "preset",
    /// A vote under a duel.
    Vote(VoteId) = "vote",
    /// *Close and reveal* under a duel; the duel's id.
    Reveal(DuelId) = "reveal",
}

/// The part of an id behind its name.
trait Argument: Sized {
    /// The argument as text.
    fn encode(&self) -> String;

    /// The inverse of [`Argument::encode`]. `None` for any text that `encode` does not produce.
    fn decode(text: &str) -> Option<Self>;
}

/// The id of a text, a generation or a duel. Whether it exists is for the handler to find out.
impl<Id: From<String> + Display> Argument for Id {
    fn encode(&self) -> String {
        self.to_string()
    }

    fn decode(text: &str) -> Option<Self> {
        Some(Self::from(text.to_owned()))
    }
}

/// Defines an enum without data, with the name of each variant in an id.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::discord) enum $type {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $type {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$variant),*];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl Argument for $type {
            fn encode(&self) -> String {
                self.name().to_owned()
            }

            fn decode(text: &str) -> Option<Self> {
                match text {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

named! {
    /// A control under the queue.
    QueueAction {
        /// The menu that stops the chosen generation.
        Stop = "stop",
        /// *Look again*: refreshes the message.
        Refresh = "look",
    }
}

named! {
    /// The answer to a question for confirmation.
    Confirmed {
        /// Yes.
        Sure = "sure",
    }
}

named! {
    /// A control under a shared preset.
    PresetAction {
        /// Makes the preset the settings of whoever presses.
        Use = "use",
    }
}

named! {
    /// A control under a sentence with blanks.
    FillAction {
        /// The menu of words for the current blank.
        Choose = "choose",
        /// Goes to the previous blank.
        Previous = "back",
        /// Goes to the next blank.
        Next = "on",
        /// Shows the next page of words.
        More = "more",
        /// Opens the form for a typed word; also the id of that form.
        Type = "type",
        /// Takes the last choice back.
        Undo = "undo",
        /// Fills all open blanks with the model's words.
        Finish = "rest",
    }
}

/// A control of a fill session: `<session>/<action>/<blank>/<page>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) struct FillId {
    /// The session's id, without slashes.
    pub(in crate::discord) session: String,
    /// What the control does.
    pub(in crate::discord) action: FillAction,
    /// The blank and the page of words that the control is about.
    pub(in crate::discord) cursor: FillCursor,
}

impl Argument for FillId {
    fn encode(&self) -> String {
        let FillCursor { blank, page } = self.cursor;
        format!("{}/{}/{blank}/{page}", self.session, self.action.name())
    }

    fn decode(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let [session, action, blank, page] = parts[..] else {
            return None;
        };
        Some(Self {
            session: session.to_owned(),
            action: FillAction::decode(action)?,
            cursor: FillCursor {
                blank: number(blank)?,
                page: number(page)?,
            },
        })
    }
}

named! {
    /// The button of a page. Both buttons may lead to the same page, and Discord wants different ids.
    HistoryDirection {
        /// Towards newer texts.
        Newer = "newer",
        /// Towards older texts.
        Older = "older",
    }
}

/// A page of somebody's texts: `<direction>/<page>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) struct HistoryId {
    /// The button that leads to the page.
    pub(in crate::discord) direction: HistoryDirection,
    /// The page, from 0.
    pub(in crate::discord) page: u32,
}

impl Argument for HistoryId {
    fn encode(&self) -> String {
        format!("{}/{}", self.direction.name(), self.page)
    }

    fn decode(text: &str) -> Option<Self> {
        let (direction, page) = text.split_once('/')?;
        Some(Self {
            direction: HistoryDirection::decode(direction)?,
            page: number(page)?,
        })
    }
}

/// A vote: `<duel>:<choice>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) struct VoteId {
    /// The duel's id, without colons.
    pub(in crate::discord) duel: DuelId,
    /// The vote.
    pub(in crate::discord) choice: VoteChoice,
}

impl Argument for VoteId {
    fn encode(&self) -> String {
        format!("{}:{}", self.duel, self.choice.name())
    }

    fn decode(text: &str) -> Option<Self> {
        let (duel, choice) = text.split_once(':')?;
        Some(Self {
            duel: duel.into(),
            choice: VoteChoice::from_name(choice)?,
        })
    }
}

/// A control of a settings panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) enum SettingsAction {
    /// The menu that opens a form for the chosen setting.
    Change,
    /// The menu that resets the chosen setting.
    Reset,
    /// The button that sets this temperature.
    Temperature(String),
    /// The form of a setting. Of the strategy it is the menu in the panel, too.
    Edit(Setting),
}

/// A control of a settings panel and the scope that the panel is about: `<scope>:<action>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) struct SettingsId {
    /// The scope: `me`, `server`, or the number of a channel.
    pub(in crate::discord) scope: Scope,
    /// What the control does.
    pub(in crate::discord) action: SettingsAction,
}

impl Argument for SettingsId {
    fn encode(&self) -> String {
        let scope = match self.scope {
            Scope::User => "me".to_owned(),
            Scope::Server => "server".to_owned(),
            Scope::Channel(channel) => channel.to_string(),
        };
        let action = match &self.action {
            SettingsAction::Change => "change",
            SettingsAction::Reset => "reset",
            SettingsAction::Temperature(value) => return format!("{scope}:temperature:{value}"),
            SettingsAction::Edit(setting) => setting.name(),
        };
        format!("{scope}:{action}")
    }

    fn decode(text: &str) -> Option<Self> {
        let (scope, action) = text.split_once(':')?;
        let scope = match scope {
            "me" => Scope::User,
            "server" => Scope::Server,
            channel => Scope::Channel(channel_number(channel)?),
        };
        let action = match (action, action.strip_prefix("temperature:")) {
            (_, Some(value)) => SettingsAction::Temperature(value.to_owned()),
            ("change", _) => SettingsAction::Change,
            ("reset", _) => SettingsAction::Reset,
            (setting, _) => SettingsAction::Edit(Setting::named(setting)?),
        };
        Some(Self { scope, action })
    }
}

named! {
    /// A control or a form of a server's rules.
    GuildAction {
        /// Goes back to the overview.
        Overview = "home",
        /// The menu of sections.
        Open = "open",
        /// The menu that chooses the channel to look at.
        Channel = "channel",
        /// The menu of allowed channels.
        Channels = "channels",
        /// The menu of allowed roles.
        Roles = "roles",
        /// The menu of allowed strategies.
        Strategies = "strategies",
        /// The form for length and pace.
        Limits = "limits",
        /// The form for quotas.
        Quotas = "quotas",
        /// The form for banned words.
        Words = "words",
    }
}

/// A control of a server's rules: `<action>`, or `<action>:<channel>` for the rules of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) struct GuildPanelId {
    /// What the control does.
    pub(in crate::discord) action: GuildAction,
    /// The channel whose rules it is about; `None` for the whole server.
    pub(in crate::discord) channel: Option<ChannelId>,
}

impl Argument for GuildPanelId {
    fn encode(&self) -> String {
        let action = self.action.name();
        self.channel.map_or_else(
            || action.to_owned(),
            |channel| format!("{action}:{channel}"),
        )
    }

    fn decode(text: &str) -> Option<Self> {
        let (action, channel) = match text.split_once(':') {
            Some((action, channel)) => (action, Some(channel_number(channel)?)),
            None => (text, None),
        };
        Some(Self {
            action: GuildAction::decode(action)?,
            channel,
        })
    }
}

/// A number in its canonical spelling: without sign and leading zeros.
fn number<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    let number: T = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The number of a channel. Discord has no channel 0, and serenity panics on one.
fn channel_number(text: &str) -> Option<ChannelId> {
    number(text).filter(|channel: &ChannelId| channel.0 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;
    use std::collections::HashSet;

    /// Discord's limit for a `custom_id`, in characters.
    const MAX_LENGTH: usize = 100;

    fn fill(action: FillAction, blank: usize, page: usize) -> CustomId {
        CustomId::Fill(FillId {
            session: "abcdefgh".to_owned(),
            action,
            cursor: FillCursor { blank, page },
        })
    }

    fn settings(scope: Scope, action: SettingsAction) -> CustomId {
        CustomId::Settings(SettingsId { scope, action })
    }

    fn guild(action: GuildAction, channel: Option<ChannelId>) -> CustomId {
        CustomId::Guild(GuildPanelId { action, channel })
    }

    fn vote(choice: VoteChoice) -> CustomId {
        CustomId::Vote(VoteId {
            duel: "abc".into(),
            choice,
        })
    }

    fn history(direction: HistoryDirection, page: u32) -> CustomId {
        CustomId::History(HistoryId { direction, page })
    }

    #[test]
    fn ids_in_old_messages_are_decoded_and_encoded_byte_for_byte() {
        use SettingsAction::{Change, Edit, Reset, Temperature};
        let text = || TextId::from("abc");
        let ids = [
            ("stop:abc", CustomId::Stop(text())),
            ("reroll:abc", CustomId::Reroll(text())),
            ("continue:abc", CustomId::Continue(text())),
            ("remix:abc", CustomId::Remix(text())),
            ("how:abc", CustomId::Trace(text())),
            ("delete:abc", CustomId::Delete(text())),
            ("delete:a:b:c", CustomId::Delete("a:b:c".into())),
            ("reroll:", CustomId::Reroll("".into())),
            ("reveal:abc", CustomId::Reveal("abc".into())),
            ("fill:abcdefgh/choose/3/0", fill(FillAction::Choose, 3, 0)),
            ("fill:abcdefgh/back/49/0", fill(FillAction::Previous, 49, 0)),
            ("fill:abcdefgh/on/0/12", fill(FillAction::Next, 0, 12)),
            ("fill:abcdefgh/more/0/1", fill(FillAction::More, 0, 1)),
            ("fill:abcdefgh/type/1/0", fill(FillAction::Type, 1, 0)),
            ("fill:abcdefgh/undo/1/0", fill(FillAction::Undo, 1, 0)),
            ("fill:abcdefgh/rest/1/2", fill(FillAction::Finish, 1, 2)),
            ("history:newer/0", history(HistoryDirection::Newer, 0)),
            ("history:older/12", history(HistoryDirection::Older, 12)),
            ("queue:stop", CustomId::Queue(QueueAction::Stop)),
            ("queue:look", CustomId::Queue(QueueAction::Refresh)),
            ("forget-me:sure", CustomId::ForgetMe(Confirmed::Sure)),
            ("preset:use", CustomId::Preset(PresetAction::Use)),
            ("vote:abc:a", vote(VoteChoice::A)),
            ("vote:abc:b", vote(VoteChoice::B)),
            ("vote:abc:tie", vote(VoteChoice::Tie)),
            ("vote:abc:bad", vote(VoteChoice::BothBad)),
            ("settings:me:change", settings(Scope::User, Change)),
            ("settings:server:reset", settings(Scope::Server, Reset)),
            (
                "settings:7:strategy",
                settings(Scope::Channel(ChannelId(7)), Edit(Setting::Strategy)),
            ),
            (
                "settings:me:top_k",
                settings(Scope::User, Edit(Setting::TopK)),
            ),
            (
                "settings:me:temperature",
                settings(Scope::User, Edit(Setting::Temperature)),
            ),
            (
                "settings:server:temperature:0.3",
                settings(Scope::Server, Temperature("0.3".to_owned())),
            ),
            ("server:home", guild(GuildAction::Overview, None)),
            ("server:open", guild(GuildAction::Open, None)),
            (
                "server:open:7",
                guild(GuildAction::Open, Some(ChannelId(7))),
            ),
            ("server:channel", guild(GuildAction::Channel, None)),
            ("server:channels", guild(GuildAction::Channels, None)),
            (
                "server:roles:7",
                guild(GuildAction::Roles, Some(ChannelId(7))),
            ),
            ("server:strategies", guild(GuildAction::Strategies, None)),
            (
                "server:limits:7",
                guild(GuildAction::Limits, Some(ChannelId(7))),
            ),
            ("server:quotas", guild(GuildAction::Quotas, None)),
            (
                "server:words:18446744073709551615",
                guild(GuildAction::Words, Some(ChannelId(u64::MAX))),
            ),
        ];
        for (literal, id) in ids {
            assert!(literal.len() <= MAX_LENGTH, "{literal}");
            assert_eq!(id.encode(), literal);
            assert_eq!(CustomId::decode(literal), Some(id), "{literal}");
        }
    }

    #[test]
    fn ids_that_were_never_encoded_are_not_decoded() {
        for forged in [
            "",
            "stop",
            "of-another-version:1",
            "fill:",
            "fill:a/b/c/d",
            "fill:a/on/-1/0",
            "fill:a/on/1",
            "fill:a/on/1/0/0",
            "fill:a/on/1/99999999999999999999",
            "fill:a/on/+1/0",
            "fill:a/on/01/0",
            "history:older",
            "history:older/",
            "history:older/+1",
            "history:older/01",
            "history:older/-1",
            "queue:",
            "forget-me:",
            "preset:",
            "vote:abc",
            "vote:abc:c",
            "settings:me",
            "settings:them:change",
            "settings::change",
            "settings:+7:change",
            "settings:007:change",
            "settings:0:change",
            "settings:me:change:more",
            "server:",
            "server:roles:",
            "server:roles:x",
            "server:roles:007",
            "server:roles:-1",
            "server:roles:0",
            "server:roles:1:2",
        ] {
            assert_eq!(CustomId::decode(forged), None, "{forged}");
        }
    }

    #[test]
    fn names_are_unique_and_leave_room_for_an_argument() {
        let unique: HashSet<_> = NAMES.iter().collect();
        assert_eq!(unique.len(), NAMES.len());
        let short = |name: &&str| (1..=20).contains(&name.len()) && !name.contains(':');
        assert!(NAMES.iter().all(short));
    }

    fn any_id() -> impl Strategy<Value = CustomId> {
        let id = || "[a-z0-9]{0,12}";
        let channel = || (1..=u64::MAX).prop_map(ChannelId);
        let scope = || {
            prop_oneof![
                Just(Scope::User),
                Just(Scope::Server),
                channel().prop_map(Scope::Channel)
            ]
        };
        let action = prop_oneof![
            Just(SettingsAction::Change),
            Just(SettingsAction::Reset),
            "[0-9.:]{0,6}".prop_map(SettingsAction::Temperature),
            select(Setting::ALL).prop_map(SettingsAction::Edit),
        ];
        prop_oneof![
            (
                select(
                    &[
                        CustomId::Stop as fn(TextId) -> CustomId,
                        CustomId::Reroll,
                        CustomId::Continue,
                        CustomId::Remix,
                        CustomId::Trace,
                        CustomId::Delete,
                    ][..]
                ),
                "\\PC{0,20}"
            )
                .prop_map(|(variant, id)| variant(id.into())),
            "\\PC{0,20}".prop_map(|id| CustomId::Reveal(id.into())),
            (id(), select(FillAction::ALL), 0..1000_usize, 0..1000_usize).prop_map(
                |(session, action, blank, page)| CustomId::Fill(FillId {
                    session,
                    action,
                    cursor: FillCursor { blank, page },
                })
            ),
            (select(HistoryDirection::ALL), any::<u32>())
                .prop_map(|(direction, page)| history(direction, page)),
            select(QueueAction::ALL).prop_map(CustomId::Queue),
            select(Confirmed::ALL).prop_map(CustomId::ForgetMe),
            select(PresetAction::ALL).prop_map(CustomId::Preset),
            (scope(), action).prop_map(|(scope, action)| settings(scope, action)),
            (select(GuildAction::ALL), proptest::option::of(channel()))
                .prop_map(|(action, channel)| guild(action, channel)),
            (id(), select(&VoteChoice::ALL[..])).prop_map(|(duel, choice)| CustomId::Vote(
                VoteId {
                    duel: duel.into(),
                    choice
                }
            )),
        ]
    }

    proptest! {
        #[test]
        fn decoding_is_the_inverse_of_encoding(id in any_id()) {
            prop_assert_eq!(CustomId::decode(&id.encode()), Some(id));
        }

        #[test]
        fn a_decoded_text_is_encoded_as_the_same_text(
            text in "(fill|history|settings|server|vote|queue|stop):[a-z0-9+:/ ]{0,30}",
        ) {
            if let Some(id) = CustomId::decode(&text) {
                prop_assert_eq!(id.encode(), text);
            }
        }
    }
}
