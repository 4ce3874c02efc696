//! `/leaderboard`: ratings of strategies by the votes of `/arena`.

use std::fmt::Write;

use serenity::async_trait;
use serenity::builder::{CreateCommandOption, CreateEmbed, CreateEmbedFooter};
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::{Command, CommandContext, CommandError};
use crate::discord::view::message::Message;
use crate::service::{ExportFormat, GroupBy, Leaderboard as Board, Rating, RatingScope};
use figures::images::{ImageError, RatingsChart, RatingsRow};

/// Maximum number of rows; there are fewer contestants.
const MOST: usize = 40;
const CHART: &str = "ratings.png";

pub(super) struct LeaderboardCommand;

#[async_trait]
impl Command for LeaderboardCommand {
    fn name(&self) -> &'static str {
        "leaderboard"
    }

    fn summary(&self) -> &'static str {
        "Shows which ways to write people prefer, by the blind votes of /arena."
    }

    fn example(&self) -> &'static str {
        "/leaderboard by: temperature"
    }

    fn options(&self, _: &Bot) -> Vec<CreateCommandOption> {
        vec![
            CreateCommandOption::new(Kind::String, "by", "What is rated.")
                .add_string_choice("strategies", "strategy")
                .add_string_choice("strategies, apart by temperature", "temperature"),
            CreateCommandOption::new(Kind::String, "votes", "Whose votes count.")
                .add_string_choice("those of this server", "here")
                .add_string_choice("all", "everywhere"),
            CreateCommandOption::new(
                Kind::String,
                "export",
                "For moderators: all votes of this server as a file, without names.",
            )
            .add_string_choice("csv", "csv")
            .add_string_choice("json", "json"),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let services = &context.bot.services;
        if let Some(format) = context.text("export") {
            let format = format
                .parse::<ExportFormat>()
                .map_err(CommandError::Refused)?;
            context.reply.defer_ephemeral().await?;
            let votes = services
                .arena
                .export_votes(&context.caller, format)
                .await?
                .into_bytes();
            let name = match format {
                ExportFormat::Csv => "votes.csv",
                ExportFormat::Json => "votes.json",
            };
            let message = Message::text("The votes of this server; people are pseudonyms.");
            let message = message.with_file(name, votes).private();
            return Ok(context.reply.answer(&message).await?);
        }
        let by = match context.text("by") {
            Some("temperature") => GroupBy::Temperature,
            _ => GroupBy::Strategy,
        };
        let scope = match (context.text("votes"), context.caller.location.guild) {
            (Some("everywhere"), _) | (_, None) => RatingScope::Everywhere,
            (_, Some(server)) => RatingScope::Server(server),
        };
        context.reply.defer().await?;
        let board = services.arena.leaderboard(scope, by).await?;
        let chart = drawn_chart(&board, scope).await?;
        Ok(context.reply.answer(&message(&board, scope, chart)).await?)
    }
}

/// The chart as a PNG; `None` if no entrant has enough votes to be ranked.
async fn drawn_chart(board: &Board, scope: RatingScope) -> Result<Option<Vec<u8>>, CommandError> {
    let Some(chart) = chart(board, scope) else {
        return Ok(None);
    };
    // Drawing takes milliseconds of CPU time, too long for a thread of the async runtime.
    let drawn = tokio::task::spawn_blocking(move || chart.to_png()).await;
    let drawn = drawn.unwrap_or_else(|error| Err(ImageError::Encoding(error.to_string())));
    drawn
        .map(Some)
        .map_err(|error| CommandError::Internal(error.to_string()))
}

fn chart(board: &Board, scope: RatingScope) -> Option<RatingsChart> {
    (!board.ratings.is_empty()).then(|| RatingsChart {
        title: title(scope),
        subtitle: "Bradley–Terry ratings of blind votes, with 95 % intervals".to_owned(),
        rows: board.ratings.iter().take(MOST).map(row).collect(),
    })
}

fn title(scope: RatingScope) -> String {
    let place = match scope {
        RatingScope::Server(_) => "on this server",
        RatingScope::Everywhere => "everywhere",
    };
    format!("What people prefer {place}")
}

/// The ratings as a table, and as a chart if there is one.
fn message(board: &Board, scope: RatingScope, chart: Option<Vec<u8>>) -> Message {
    let embed = CreateEmbed::new()
        .title(title(scope))
        .description(table(board))
        .footer(CreateEmbedFooter::new(footer(board)));
    match chart {
        Some(chart) => Message::embed(embed.attachment(CHART)).with_file(CHART, chart),
        None => Message::embed(embed),
    }
}

fn row(rating: &Rating) -> RatingsRow {
    RatingsRow {
        name: rating.name.clone(),
        rating: rating.rating,
        low: rating.low,
        high: rating.high,
        votes: rating.votes,
    }
}

fn table(board: &Board) -> String {
    let names = board
        .ratings
        .iter()
        .map(|rating| rating.name.chars().count());
    let width = names.max().unwrap_or(0).max(8);
    let mut table = String::new();
    if !board.ratings.is_empty() {
        table = format!("```\n    {:width$} rating  95 % interval  votes\n", "");
        for (place, rating) in (1..).zip(board.ratings.iter().take(MOST)) {
            let interval = format!("{:.0}–{:.0}", rating.low, rating.high);
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                table,
                "{place:2}  {:width$} {:6.0}  {interval:>13}  {:5}",
                rating.name, rating.rating, rating.votes
            );
        }
        table.push_str("```");
    }
    if !board.waiting.is_empty() {
        let waiting = board.waiting.iter().take(MOST);
        let waiting = waiting.map(|rating| format!("{} ({})", rating.name, rating.votes));
        let waiting: Vec<String> = waiting.collect();
        let _ = write!(
            table,
            "Fewer than {} votes, so not ranked yet: {}.",
            board.least,
            waiting.join(", ")
        );
    }
    table
}

fn footer(board: &Board) -> String {
    let votes = match board.votes {
        1 => "1 vote".to_owned(),
        votes => format!("{votes} votes"),
    };
    format!(
        "{votes}, {} of them on one's own prompt; {} found both bad, which counts for neither · ranked from {} votes on",
        board.own_prompt, board.both_bad, board.least
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::GuildId;

    fn rating(name: &str, votes: u64) -> Rating {
        Rating {
            name: name.to_owned(),
            rating: 1034.4,
            low: 990.0,
            high: 1080.6,
            votes,
            both_bad: 0,
        }
    }

    fn board(ratings: Vec<Rating>) -> Board {
        Board {
            ratings,
            waiting: vec![rating("mh", 3)],
            least: 10,
            votes: 40,
            own_prompt: 4,
            both_bad: 2,
        }
    }

    #[test]
    fn the_table_stands_in_columns_and_names_those_who_wait() {
        let table = table(&board(vec![rating("mask-predict", 123), rating("mh", 12)]));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[2], " 1  mask-predict   1034       990–1081    123");
        assert_eq!(lines[3], " 2  mh             1034       990–1081     12");
        assert!(lines[4].ends_with("Fewer than 10 votes, so not ranked yet: mh (3)."));
    }

    #[tokio::test]
    async fn there_is_a_chart_as_soon_as_an_entrant_is_ranked() {
        let (everywhere, here) = (RatingScope::Everywhere, RatingScope::Server(GuildId(1)));
        let none = drawn_chart(&board(Vec::new()), everywhere).await.unwrap();
        assert!(
            message(&board(Vec::new()), everywhere, none)
                .files()
                .is_empty()
        );
        let ranked = board(vec![rating("x", 10); 60]);
        let chart = drawn_chart(&ranked, here).await.unwrap();
        let message = message(&ranked, here, chart);
        assert_eq!(message.files()[0].name, CHART);
        let embed = &message.body()["embeds"][0];
        assert_eq!(embed["image"]["url"], "attachment://ratings.png");
        assert!(embed["description"].as_str().unwrap().chars().count() <= 4096);
    }
}
