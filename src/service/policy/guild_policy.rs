//! The rules of a server and its channels in force: who may have a text, where, of what kind, and how many.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Quota, QuotaWindow, Rules};
use crate::store::StoreError;
use generation::strategy::{self, Strategy};
use generation::{Bans, Length, Settings};

use crate::service::policy::denied::{Denied, QuotaOwner};
use crate::service::policy::limits::Limits;
use crate::service::preferences::resolved::{Origin, ResolvedSettings, allows};
use crate::service::{Caller, Rank, Refusal, SessionError, Sessions};

const HOUR: u32 = 3600;
/// Servers and channels whose rules are kept in memory; beyond that they are looked up again.
const REMEMBERED: usize = 10_000;
/// Words that a server may ban.
const WORDS: usize = 400;
/// Characters of one of them.
const WORD: usize = 40;
/// Characters of all of them, with commas and spaces between them: what a form of Discord's holds.
const LIST: usize = 4_000;

/// The rules of a server or a channel, ready for use. Where there is no server, there are none.
#[derive(Default)]
pub(in crate::service) struct GuildPolicy {
    /// As they were set.
    pub(in crate::service) rules: Rules,
    /// Its banned words.
    pub(in crate::service) bans: Bans,
    /// Whether the channel itself, and not the server, settled which strategies there are, and how long texts are.
    of_channel: OfChannel,
}

/// What a channel settled itself.
#[derive(Default, Clone, Copy)]
struct OfChannel {
    strategies: bool,
    length: bool,
}

impl GuildPolicy {
    /// The rules of a channel on a server with those.
    fn over(&self, server: &Self) -> Self {
        Self {
            rules: self.rules.over(&server.rules),
            bans: server.bans.union(&self.bans),
            of_channel: OfChannel {
                strategies: !self.rules.strategies.is_empty(),
                length: self.rules.length.is_some(),
            },
        }
    }

    /// What `layers` of settings, weakest first, come to under these rules.
    pub(in crate::service) fn settle(
        &self,
        layers: impl IntoIterator<Item = (Origin, Settings)>,
    ) -> ResolvedSettings {
        let by = |channel| {
            if channel {
                Origin::Channel
            } else {
                Origin::Server
            }
        };
        ResolvedSettings::new(layers, &self.rules, by(self.of_channel.strategies))
            .within(self.rules.length(), by(self.of_channel.length))
    }

    /// Whether `caller` may have texts where they are.
    pub(in crate::service) fn authorize(&self, caller: &Caller) -> Result<(), Denied> {
        let Rules {
            channels, roles, ..
        } = &self.rules;
        let here = [Some(caller.place.channel), caller.place.parent];
        if !channels.is_empty()
            && !here
                .into_iter()
                .flatten()
                .any(|channel| channels.contains(&channel))
        {
            return Err(Denied::Channel(channels.clone()));
        }
        if !roles.is_empty()
            && !caller.roles.iter().any(|role| roles.contains(role))
            && caller.rank < Rank::Manager
        {
            return Err(Denied::Role(roles.clone()));
        }
        Ok(())
    }

    /// Whether a text with these settings is allowed.
    pub(in crate::service) fn check(&self, settings: &Settings) -> Result<(), Refusal> {
        if let Some(given) = settings
            .strategy
            .as_ref()
            .filter(|name| !allows(&self.rules, name))
        {
            let given = given.to_string();
            let allowed = self.rules.strategies.iter().map(ToString::to_string);
            let allowed = allowed.collect();
            return Err(Denied::Strategy { given, allowed }.into());
        }
        match (settings.length, self.rules.length()) {
            (Some(length), Some(most)) if length > most => Err(Refusal::Length {
                given: length.get(),
                most: most.get(),
            }),
            _ => Ok(()),
        }
    }

    /// The first strategy that is allowed and goes on from any text.
    pub(in crate::service) fn first_choice(&self) -> &'static str {
        let allowed = |strategy: &&&'static dyn Strategy| {
            allows(&self.rules, strategy.name()) && !strategy.needs_keywords()
        };
        let first = strategy::ALL.iter().find(allowed);
        first.unwrap_or(&strategy::ALL[0]).name()
    }

    /// `length`, but no more than is allowed.
    pub(in crate::service) fn at_most(&self, length: Option<Length>) -> Option<Length> {
        match (length, self.rules.length()) {
            (Some(length), Some(most)) if length > most => Some(most),
            (length, _) => length,
        }
    }

    /// How many texts one person may have in the making.
    pub(in crate::service) fn running(&self, limits: &Limits) -> usize {
        let most = self.rules.running.map_or(usize::MAX, |most| most as usize);
        limits.running_per_user.min(most)
    }

    /// The least time between two edits of a reply.
    pub(in crate::service) fn pace(&self) -> Option<Duration> {
        self.rules
            .pace
            .map(|seconds| Duration::from_secs(seconds.into()))
    }

    fn counts(&self) -> bool {
        let Rules {
            cooldown,
            person,
            server,
            ..
        } = &self.rules;
        cooldown.is_some() || *person != Quota::default() || *server != Quota::default()
    }
}

/// Texts that count towards quotas; not if they were given back.
pub(in crate::service) struct Counted(Vec<u64>);

impl Sessions {
    /// The rules that hold for `caller`.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::service) async fn house(
        &self,
        caller: &Caller,
    ) -> Result<Arc<GuildPolicy>, StoreError> {
        let place = &caller.place;
        let channel = place.parent.unwrap_or(place.channel);
        self.house_of(caller, Some(channel)).await
    }

    /// The rules that hold in a channel of `caller`'s server, or without one on the server.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::service) async fn house_of(
        &self,
        caller: &Caller,
        channel: Option<u64>,
    ) -> Result<Arc<GuildPolicy>, StoreError> {
        let Some(server) = caller.place.server else {
            return Ok(Arc::default());
        };
        let whole = self.part(server, None).await?;
        if channel.is_none() {
            return Ok(whole);
        }
        let part = self.part(server, channel).await?;
        if part.rules == Rules::default() {
            return Ok(whole);
        }
        Ok(Arc::new(part.over(&whole)))
    }

    /// What was settled for a channel of a server itself, or without one for the server.
    async fn part(
        &self,
        server: u64,
        channel: Option<u64>,
    ) -> Result<Arc<GuildPolicy>, StoreError> {
        let key = (server, channel);
        if let Some(house) = self.houses.get(&key).map(|house| Arc::clone(&house)) {
            return Ok(house);
        }
        let rules = self.parts.store.rules(server, channel).await?;
        let house = self.compile(rules);
        if self.houses.len() >= REMEMBERED {
            self.houses.clear();
        }
        Ok(Arc::clone(&self.houses.entry(key).or_insert(house)))
    }

    fn compile(&self, rules: Rules) -> Arc<GuildPolicy> {
        let bans = self.parts.vocabulary.bans(&rules.banned);
        let of_channel = OfChannel::default();
        Arc::new(GuildPolicy {
            rules,
            bans,
            of_channel,
        })
    }

    /// Whether `text` has none of the words that are banned where `house` holds.
    ///
    /// # Errors
    /// When it has one.
    pub(in crate::service) fn fit_to_show(
        &self,
        house: &GuildPolicy,
        text: &str,
    ) -> Result<(), Refusal> {
        let bans = self.parts.bans.union(&house.bans);
        let plain = self.parts.vocabulary.plain(text);
        let banned = bans.find_in(&plain);
        banned.map_or(Ok(()), |word| Err(Refusal::Banned(word.to_owned())))
    }

    /// What was settled for a channel of `caller`'s server, or without one for the server.
    ///
    /// # Errors
    /// When there is no server, `caller` is no manager of it, or the database fails.
    pub async fn rules(
        &self,
        caller: &Caller,
        channel: Option<u64>,
    ) -> Result<Rules, SessionError> {
        let house = self.part(caller.managed()?, channel).await?;
        Ok(house.rules.clone())
    }

    /// Changes what a channel of `caller`'s server allows, or without one the server; it is in the database when this returns.
    ///
    /// # Errors
    /// When there is no server, `caller` is no manager of it, the rules do not fit, or the database fails. Nothing is
    /// changed then.
    pub async fn change_rules(
        &self,
        caller: &Caller,
        channel: Option<u64>,
        change: impl FnOnce(Rules) -> Result<Rules, Refusal> + Send,
    ) -> Result<Rules, SessionError> {
        let server = caller.managed()?;
        let _alone = self.changing.lock().await;
        let rules = change(self.part(server, channel).await?.rules.clone())?;
        self.parts.store.save_rules(server, channel, &rules).await?;
        let house = self.compile(rules.clone());
        self.houses.insert((server, channel), house);
        Ok(rules)
    }

    /// Counts `texts` that are about to begin together, if the server counts texts. A pause comes before them, not between.
    ///
    /// # Errors
    /// When there were too many already, or the database fails.
    pub(in crate::service) async fn count(
        &self,
        caller: &Caller,
        house: &GuildPolicy,
        texts: u32,
    ) -> Result<Counted, SessionError> {
        let Some(server) = caller.place.server.filter(|_| house.counts()) else {
            return Ok(Counted(Vec::new()));
        };
        // Two texts at the same moment must not both be the last one.
        let _alone = self.counting.lock().await;
        let Rules {
            cooldown,
            person,
            server: all,
            ..
        } = house.rules;
        let user = Some(caller.user);
        if let Some(seconds) = cooldown {
            let last = self
                .parts
                .store
                .recent_use(server, QuotaWindow { seconds, user }, 0)
                .await?;
            if let Some(began) = last {
                let until = began + i64::from(seconds);
                return Err(Denied::Cooldown { seconds, until }.into());
            }
        }
        for (whose, quota, user) in [
            (QuotaOwner::Person, person, user),
            (QuotaOwner::Server, all, None),
        ] {
            for (most, hours) in [(quota.hourly, 1), (quota.daily, 24)] {
                let Some(most) = most else { continue };
                let window = QuotaWindow {
                    seconds: hours * HOUR,
                    user,
                };
                let oldest = self
                    .parts
                    .store
                    .recent_use(server, window, most.saturating_sub(texts))
                    .await?;
                if let Some(began) = oldest {
                    let until = began + i64::from(window.seconds);
                    return Err(Denied::Quota {
                        whose,
                        most,
                        hours,
                        until,
                    }
                    .into());
                }
            }
        }
        let mut counted = Counted(Vec::new());
        for _ in 0..texts {
            let id = rand::random();
            self.parts.store.add_use(id, server, caller.user).await?;
            counted.0.push(id);
        }
        Ok(counted)
    }

    /// Gives texts back that did not begin after all.
    pub(in crate::service) async fn uncount(&self, counted: Counted) {
        for id in counted.0 {
            if let Err(error) = self.parts.store.remove_use(id).await {
                tracing::warn!(%error, "a text that did not begin stays counted");
            }
        }
    }

    /// Counts none of `user`'s texts on `caller`'s server any more, and says how many that were.
    ///
    /// # Errors
    /// When there is no server, `caller` is no manager of it, or the database fails.
    pub async fn reset_quota(
        &self,
        caller: &Caller,
        user: crate::service::UserId,
    ) -> Result<u64, SessionError> {
        let server = caller.managed()?;
        Ok(self.parts.store.delete_uses(server, user).await?)
    }

    /// Stops everything that `user` has in the making on `caller`'s server, and says how many texts that were.
    ///
    /// # Errors
    /// When there is no server, or `caller` is no manager of it.
    pub fn stop_somebody(
        &self,
        caller: &Caller,
        user: crate::service::UserId,
    ) -> Result<usize, Refusal> {
        Ok(self.desk.stop_all_on(caller.managed()?, user))
    }
}

/// The words of a list that is separated by commas or lines, if all can be banned.
///
/// # Errors
/// When there are too many, or one cannot be.
pub fn banned_words(typed: &str) -> Result<Vec<String>, Refusal> {
    let words = typed.split([',', '\n']).map(str::trim);
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let unfit =
        |word: &&String| word.chars().count() > WORD || !word.contains(char::is_alphanumeric);
    if let Some(word) = words.iter().find(unfit) {
        return Err(Refusal::Ban {
            given: word.clone(),
            most: WORD,
        });
    }
    if words.len() > WORDS {
        return Err(Refusal::TooManyBans(WORDS));
    }
    let given = words.join(", ").encode_utf16().count();
    if given > LIST {
        return Err(Refusal::BansTooLong { given, most: LIST });
    }
    Ok(words)
}

impl Caller {
    /// The server that the caller manages.
    ///
    /// # Errors
    /// When there is none, or the caller is no manager.
    pub(in crate::service) fn managed(&self) -> Result<u64, Denied> {
        let server = self.place.server.ok_or(Denied::NoServer)?;
        if self.rank < Rank::Manager {
            return Err(Denied::NotManager);
        }
        Ok(server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Place, UserId};
    use proptest::prelude::*;

    fn caller(channel: u64, roles: &[u64], rank: Rank) -> Caller {
        Caller {
            user: UserId(1),
            place: Place {
                server: Some(2),
                channel,
                parent: None,
            },
            roles: roles.to_vec(),
            rank,
        }
    }

    fn house(rules: Rules) -> GuildPolicy {
        GuildPolicy {
            rules,
            ..GuildPolicy::default()
        }
    }

    #[test]
    fn texts_are_written_in_the_allowed_channels_and_their_threads_only() {
        let house = house(Rules {
            channels: vec![5],
            ..Rules::default()
        });
        assert_eq!(house.authorize(&caller(5, &[], Rank::Member)), Ok(()));
        assert_eq!(
            house.authorize(&caller(6, &[], Rank::Manager)),
            Err(Denied::Channel(vec![5]))
        );
        let mut thread = caller(7, &[], Rank::Member);
        thread.place.parent = Some(5);
        assert_eq!(house.authorize(&thread), Ok(()));
    }

    #[test]
    fn one_of_the_roles_is_enough_and_managers_need_none() {
        let house = house(Rules {
            roles: vec![8, 9],
            ..Rules::default()
        });
        assert_eq!(house.authorize(&caller(5, &[9, 1], Rank::Member)), Ok(()));
        assert_eq!(
            house.authorize(&caller(5, &[1], Rank::Moderator)),
            Err(Denied::Role(vec![8, 9]))
        );
        assert_eq!(house.authorize(&caller(5, &[], Rank::Manager)), Ok(()));
    }

    #[test]
    fn a_strategy_is_allowed_under_its_former_name_as_well() {
        let house = house(Rules {
            strategies: vec!["student".into()],
            ..Rules::default()
        });
        let check = |name: &str| {
            house.check(&Settings {
                strategy: Some(name.into()),
                ..Settings::default()
            })
        };
        assert_eq!([check("causal"), check("student")], [Ok(()), Ok(())]);
        assert!(check("gibbs").is_err());
    }

    #[test]
    fn a_server_can_only_narrow_what_the_operator_allows() {
        let limits = Limits {
            running_per_user: 2,
            prompt_characters: 100,
            blanks: 5,
            length: "50".parse().unwrap(),
            steering_characters: 100,
        };
        let with = |running| {
            house(Rules {
                running,
                ..Rules::default()
            })
            .running(&limits)
        };
        assert_eq!([with(None), with(Some(1)), with(Some(9))], [2, 1, 2]);
    }

    #[test]
    fn banned_words_are_read_and_what_is_no_word_is_named() {
        assert_eq!(
            banned_words(" crumpet,, red tea\nbutter* ").unwrap(),
            ["crumpet", "red tea", "butter*"]
        );
        assert!(banned_words("").unwrap().is_empty());
        let told = banned_words("tea, *!").unwrap_err().to_string();
        assert!(told.contains("unlike \"*!\""), "{told}");
        assert_eq!(
            banned_words(&"a,".repeat(401)),
            Err(Refusal::TooManyBans(400))
        );
        let (given, most) = (399 * 11 - 2, 4_000);
        let long = "teapotpot,".repeat(399);
        assert!(long.len() <= most, "it can be typed");
        assert_eq!(
            banned_words(&long),
            Err(Refusal::BansTooLong { given, most })
        );
    }

    #[test]
    fn only_managers_of_a_server_manage_it() {
        assert_eq!(caller(5, &[], Rank::Manager).managed(), Ok(2));
        assert_eq!(
            caller(5, &[], Rank::Moderator).managed(),
            Err(Denied::NotManager)
        );
        let mut direct = caller(5, &[], Rank::Manager);
        direct.place.server = None;
        assert_eq!(direct.managed(), Err(Denied::NoServer));
    }

    proptest! {
        #[test]
        fn the_words_of_a_list_are_those_that_stand_in_it(typed in "[a-z,\n *!é]{0,80}") {
            let Ok(words) = banned_words(&typed) else { return Ok(()) };
            let again = banned_words(&words.join(", "));
            prop_assert_eq!(again.as_ref(), Ok(&words));
            prop_assert!(words.iter().all(|word| typed.contains(word.as_str()) && word.trim() == word));
        }
    }
}
