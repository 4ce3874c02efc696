//! A message of the bot's before it is sent: what it shows and who sees it. Pure.

use serde_json::{Value, json};
use serenity::builder::{CreateActionRow, CreateEmbed};

/// Discord's limit for a file that comes with a message is far above this.
const TEXT_FILE: &str = "text.txt";

/// What is to be shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    embed: Option<CreateEmbed>,
    content: String,
    rows: Vec<CreateActionRow>,
    ephemeral: bool,
    file: Option<String>,
}

impl Message {
    /// A sentence.
    pub(super) fn text(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// An embed.
    pub(super) fn embed(embed: CreateEmbed) -> Self {
        Self {
            embed: Some(embed),
            ..Self::default()
        }
    }

    /// With a row of buttons under it.
    #[must_use]
    pub(super) fn with_row(mut self, row: CreateActionRow) -> Self {
        self.rows.push(row);
        self
    }

    /// With a text file.
    #[must_use]
    pub(super) fn with_file(self, text: String) -> Self {
        Self {
            file: Some(text),
            ..self
        }
    }

    /// Only for the person who asked.
    #[must_use]
    pub(super) fn private(self) -> Self {
        Self {
            ephemeral: true,
            ..self
        }
    }

    /// The file that goes with it: name and content.
    pub(super) fn file(&self) -> Option<(&'static str, &str)> {
        self.file.as_deref().map(|text| (TEXT_FILE, text))
    }

    /// The JSON that Discord takes. Nobody is ever mentioned by it, whatever it says.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "content": self.content,
            "embeds": self.embed.iter().collect::<Vec<_>>(),
            "components": self.rows,
            "allowed_mentions": {"parse": []},
        });
        if self.ephemeral {
            body["flags"] = json!(1 << 6);
        }
        if let Some((name, _)) = self.file() {
            body["attachments"] = json!([{"id": 0, "filename": name}]);
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_mentions_anybody() {
        for message in [
            Message::text("@everyone"),
            Message::embed(CreateEmbed::new().description("x")).private(),
        ] {
            assert_eq!(message.body()["allowed_mentions"], json!({"parse": []}));
        }
    }

    #[test]
    fn a_private_message_says_so_and_others_do_not() {
        assert_eq!(Message::text("x").private().body()["flags"], 64);
        assert!(Message::text("x").body().get("flags").is_none());
    }

    #[test]
    fn an_edit_takes_away_what_the_message_no_longer_has() {
        let body = Message::text("done").body();
        assert_eq!(
            (&body["embeds"], &body["components"]),
            (&json!([]), &json!([]))
        );
    }
}
