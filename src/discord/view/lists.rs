//! Lists and statistics: a person's texts, the queue, totals, stored and deleted data. Pure.

use std::time::Duration;

use serenity::all::ButtonStyle;
use serenity::builder::{CreateActionRow, CreateEmbed, CreateEmbedFooter, CreateSelectMenuOption};

use crate::discord::custom_id::{Confirmed, CustomId, HistoryDirection, HistoryId, QueueAction};
use crate::discord::view::controls::{button, menu};
use crate::discord::view::limits::OPTIONS;
use crate::discord::view::markdown::escaped;
use crate::discord::view::message::Message;
use crate::discord::view::text::plural;
use crate::service::{
    History, PermissionLevel, PersonalDataCount, QueueEntry, QueueView, Stats, StrategyTotals, Text,
};

/// Maximum length of a text in a list, in characters.
const BEGINNING: usize = 100;
/// Maximum number of lines of a queue.
const LINES: usize = 10;
/// Number of strategies that are named as favourites.
const FAVOURITES: usize = 3;

/// A page of somebody's texts.
pub(in crate::discord) fn history(history: &History) -> Message {
    let title = format!("Your texts, page {}", u64::from(history.page) + 1);
    let description = match (history.texts.is_empty(), history.page) {
        (true, 0) => "There are none yet; `/speak` writes one.".to_owned(),
        (true, _) => "There are no older ones.".to_owned(),
        (false, _) => history
            .texts
            .iter()
            .map(heading)
            .collect::<Vec<_>>()
            .join("\n"),
    };
    let footer = CreateEmbedFooter::new("/show id: … shows one of them");
    let embed = CreateEmbed::new()
        .title(title)
        .description(description)
        .footer(footer);
    Message::embed(embed)
        .with_row(history_row(history))
        .private()
}

fn heading(text: &Text) -> String {
    let one_line = text.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut beginning: String = one_line.chars().take(BEGINNING).collect();
    if beginning.len() < one_line.len() {
        beginning.push('…');
    }
    format!(
        "`{}` <t:{}:R> {} · {}",
        text.id,
        text.kept_at,
        escaped(&text.strategy),
        escaped(&beginning)
    )
}

/// The queue, as a caller of this rank may see it.
pub(in crate::discord) fn queue(queue: &QueueView, permission: PermissionLevel) -> Message {
    let mut embed = CreateEmbed::new().title("What is being written now");
    if queue.own.is_empty() && queue.others.is_empty() {
        embed = embed.description("Nothing for you, and nothing on this server.");
    }
    for (name, entries) in [("For you", &queue.own), ("On this server", &queue.others)] {
        if !entries.is_empty() {
            embed = embed.field(name, lines(entries), false);
        }
    }
    let footer = format!(
        "{} in all · {} waiting · {}",
        plural(queue.load.generations, "text"),
        plural(queue.load.waiting, "question"),
        plural(queue.workers, "worker")
    );
    let message = Message::embed(embed.footer(CreateEmbedFooter::new(footer)));
    let rows = queue_rows(queue, permission);
    rows.into_iter().fold(message, Message::with_row).private()
}

fn lines(entries: &[QueueEntry]) -> String {
    let line = |entry: &QueueEntry| {
        let state = match entry.ahead {
            Some(0) => "next".to_owned(),
            Some(ahead) => format!("waiting, {ahead} ahead"),
            None => "being written".to_owned(),
        };
        let whose = entry
            .user
            .map_or_else(String::new, |user| format!(" · <@{}>", user.0));
        format!(
            "`{}` {} · {state} · since {}{whose}",
            entry.id,
            entry.strategy,
            duration(entry.elapsed)
        )
    };
    let mut lines: Vec<String> = entries.iter().take(LINES).map(line).collect();
    if entries.len() > LINES {
        lines.push(format!("and {} more", entries.len() - LINES));
    }
    lines.join("\n")
}

/// Totals of a person, a server and the bot. `up` is the uptime.
pub(in crate::discord) fn stats(stats: &Stats, up: Duration) -> Message {
    let mut embed =
        CreateEmbed::new()
            .title("What was written")
            .field("For you", sums(&stats.own), true);
    if let Some(server) = &stats.server {
        embed = embed.field("On this server", sums(server), true);
    }
    embed = embed.field("Everywhere", sums(&stats.all), true);
    let footer = format!("up for {}", duration(up));
    Message::embed(embed.footer(CreateEmbedFooter::new(footer))).private()
}

fn sums(tallies: &[StrategyTotals]) -> String {
    let sum = |count: fn(&StrategyTotals) -> u64| tallies.iter().map(count).sum::<u64>();
    let (texts, tokens) = (sum(|tally| tally.texts), sum(|tally| tally.tokens));
    if texts == 0 {
        return "nothing yet".to_owned();
    }
    let milliseconds = sum(|tally| tally.milliseconds).max(1);
    let favourites = tallies.iter().take(FAVOURITES);
    let favourites: Vec<String> = favourites
        .map(|tally| format!("{} ({})", escaped(&tally.strategy), grouped(tally.texts)))
        .collect();
    format!(
        "{} {}\n{} tokens\n{:.0} tokens/s\nmost with {}",
        grouped(texts),
        if texts == 1 { "text" } else { "texts" },
        grouped(tokens),
        tokens as f64 * 1000.0 / milliseconds as f64,
        favourites.join(", ")
    )
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// The question whether everything is to be deleted.
pub(in crate::discord) fn to_forget(amounts: &[PersonalDataCount]) -> Message {
    let description = format!(
        "{}\n\nAll of it is deleted for good, and what is being written for you is stopped. Messages in channels stay, and so do \
         the sums of the server and of the bot, which do not say whose texts they count.{} `/export` gives you a copy first.",
        listed(amounts),
        exceptions(amounts)
    );
    let embed = CreateEmbed::new()
        .title("Delete everything that is kept of you?")
        .description(description);
    Message::embed(embed).with_row(forget_row()).private()
}

/// Confirms what was deleted.
pub(in crate::discord) fn forgotten(amounts: &[PersonalDataCount]) -> Message {
    let description = format!("{}{}", listed(amounts), exceptions(amounts));
    let embed = CreateEmbed::new().title("Deleted").description(description);
    Message::embed(embed).private()
}

/// The deleted amounts, one kind a line.
fn listed(amounts: &[PersonalDataCount]) -> String {
    let deleted = amounts.iter().filter(|amount| amount.retained.is_none());
    let lines: Vec<String> = deleted
        .map(|amount| format!("{}: {}", amount.kind, grouped(amount.rows)))
        .collect();
    lines.join("\n")
}

/// The amounts that stay, with the reason.
fn exceptions(amounts: &[PersonalDataCount]) -> String {
    let staying = amounts.iter().filter(|amount| amount.rows > 0);
    let sentence = |amount: &PersonalDataCount| {
        let retained = amount.retained?;
        Some(format!(
            "\n{}: {} {retained}",
            amount.kind,
            grouped(amount.rows)
        ))
    };
    staying.filter_map(sentence).collect()
}

/// The row under a page of texts.
fn history_row(history: &History) -> CreateActionRow {
    let turn =
        |direction, page, label| button(&CustomId::History(HistoryId { direction, page }), label);
    let (newer, older) = (
        history.page.saturating_sub(1),
        history.page.saturating_add(1),
    );
    CreateActionRow::Buttons(vec![
        turn(HistoryDirection::Newer, newer, "Newer").disabled(history.page == 0),
        turn(HistoryDirection::Older, older, "Older").disabled(!history.more),
    ])
}

/// The rows under a queue: moderators can stop the generations of others, too.
fn queue_rows(queue: &QueueView, permission: PermissionLevel) -> Vec<CreateActionRow> {
    let mut rows = Vec::new();
    let others = queue
        .others
        .iter()
        .filter(|_| permission >= PermissionLevel::Moderator);
    let stoppable = queue.own.iter().chain(others).take(OPTIONS);
    let option = |entry: &QueueEntry| {
        CreateSelectMenuOption::new(
            format!("{} · {}", entry.id, entry.strategy),
            entry.id.as_str(),
        )
    };
    let options: Vec<CreateSelectMenuOption> = stoppable.map(option).collect();
    if !options.is_empty() {
        let id = CustomId::Queue(QueueAction::Stop);
        rows.push(menu(&id, "Stop a text", options));
    }
    let refresh = button(&CustomId::Queue(QueueAction::Refresh), "Look again");
    rows.push(CreateActionRow::Buttons(vec![refresh]));
    rows
}

/// The row under the question whether everything is to be deleted.
fn forget_row() -> CreateActionRow {
    let id = CustomId::ForgetMe(Confirmed::Sure);
    let sure = button(&id, "Delete everything").style(ButtonStyle::Danger);
    CreateActionRow::Buttons(vec![sure])
}

/// A duration in its two largest non-zero units.
pub(in crate::discord) fn duration(time: Duration) -> String {
    let (days, hours, minutes) = (
        time.as_secs() / 86_400,
        time.as_secs() / 3600 % 24,
        time.as_secs() / 60 % 60,
    );
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{} s", time.as_secs()),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::UserId;

    #[test]
    fn times_are_told_in_fitting_units() {
        let told = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(
            [told(5), told(125), told(3_725), told(180_000)],
            ["5 s", "2 min", "1 h 2 min", "2 d 2 h"]
        );
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let told = [0, 999, 1000, 1_234_567].map(grouped);
        assert_eq!(told, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn what_was_deleted_is_told_with_counts_and_what_stays_with_the_reason() {
        let amounts = [
            ("texts", 1200, None),
            ("settings", 0, None),
            ("marks", 3, Some("stay a day.")),
        ];
        let amounts = amounts.map(|(kind, rows, retained)| PersonalDataCount {
            kind,
            rows,
            retained,
        });
        let body = forgotten(&amounts).body();
        assert_eq!(
            body["embeds"][0]["description"],
            "texts: 1,200\nsettings: 0\nmarks: 3 stay a day."
        );
        assert_eq!(body["flags"], 64);
    }

    #[test]
    fn the_longest_queue_fits_and_only_moderators_get_the_menu_for_others() {
        let entry = |number: u64| QueueEntry {
            id: format!("{number:08}").into(),
            user: Some(UserId(u64::MAX)),
            strategy: "mask-predict",
            elapsed: Duration::from_secs(100_000),
            ahead: Some(1000),
        };
        let long = QueueView {
            own: (0..3).map(entry).collect(),
            others: (3..300).map(entry).collect(),
            load: crate::service::PoolStatus {
                generations: 256,
                waiting: 100_000,
                failed: 0,
                hung: 0,
            },
            workers: 64,
        };
        let options = |permission| {
            let body = queue(&long, permission).body();
            let fields = body["embeds"][0]["fields"].as_array().unwrap().clone();
            let longest = fields
                .iter()
                .map(|field| field["value"].as_str().unwrap().encode_utf16().count())
                .max();
            assert!(longest <= Some(1024), "{longest:?}");
            body["components"][0]["components"][0]["options"]
                .as_array()
                .unwrap()
                .len()
        };
        assert_eq!(
            (
                options(PermissionLevel::Member),
                options(PermissionLevel::Moderator)
            ),
            (3, 25)
        );
    }
}
