//! A message to send: its content and its visibility. Pure.

use serde_json::{Value, json};
use serenity::builder::{CreateActionRow, CreateEmbed};

/// An attachment.
#[derive(Debug, Clone)]
pub(in crate::discord) struct File {
    /// The file name. An embed refers to it as `attachment://name`.
    pub(in crate::discord) name: &'static str,
    /// The content.
    pub(in crate::discord) bytes: Vec<u8>,
    /// The alternative text of a picture, for screen readers.
    pub(in crate::discord) description: Option<String>,
}

/// A message without a destination.
#[derive(Debug, Clone, Default)]
pub(in crate::discord) struct Message {
    embeds: Vec<CreateEmbed>,
    content: String,
    rows: Vec<CreateActionRow>,
    ephemeral: bool,
    files: Vec<File>,
}

impl Message {
    /// A message of plain content.
    pub(in crate::discord) fn text(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// A message of one embed.
    pub(in crate::discord) fn embed(embed: CreateEmbed) -> Self {
        Self {
            embeds: vec![embed],
            ..Self::default()
        }
    }

    /// Sets the content above the embeds.
    #[must_use]
    pub(in crate::discord) fn saying(self, content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            ..self
        }
    }

    /// Adds an embed.
    #[must_use]
    pub(in crate::discord) fn with_embed(mut self, embed: CreateEmbed) -> Self {
        self.embeds.push(embed);
        self
    }

    /// Adds a row of buttons, or a menu.
    #[must_use]
    pub(in crate::discord) fn with_row(mut self, row: CreateActionRow) -> Self {
        self.rows.push(row);
        self
    }

    /// Attaches a file.
    #[must_use]
    pub(in crate::discord) fn with_file(mut self, name: &'static str, bytes: Vec<u8>) -> Self {
        self.files.push(File {
            name,
            bytes,
            description: None,
        });
        self
    }

    /// Attaches a picture with an alternative text.
    #[must_use]
    pub(in crate::discord) fn with_picture(
        mut self,
        name: &'static str,
        bytes: Vec<u8>,
        description: String,
    ) -> Self {
        self.files.push(File {
            name,
            bytes,
            description: Some(description),
        });
        self
    }

    /// Makes the message ephemeral: only the caller sees it.
    #[must_use]
    pub(in crate::discord) fn private(self) -> Self {
        Self {
            ephemeral: true,
            ..self
        }
    }

    /// Splits the message so that each part has at most one file: serenity 0.12.5 sends the first file's content for
    /// every file of a message.
    pub(in crate::discord) fn parted(mut self) -> (Self, Vec<Self>) {
        let more = self.files.split_off(self.files.len().min(1));
        let of = |file: File| Self {
            ephemeral: self.ephemeral,
            files: vec![file],
            ..Self::default()
        };
        let more = more.into_iter().map(of).collect();
        (self, more)
    }

    /// The attachments.
    pub(in crate::discord) fn files(&self) -> &[File] {
        &self.files
    }

    /// The JSON body for Discord's API. `allowed_mentions` is empty, so that no text mentions anybody.
    pub(in crate::discord) fn body(&self) -> Value {
        let mut body = json!({
            "content": self.content,
            "embeds": self.embeds,
            "components": self.rows,
            "allowed_mentions": {"parse": []},
        });
        if self.ephemeral {
            body["flags"] = json!(1 << 6);
        }
        with_text_ids(&mut body["components"]);
        let entry = |(id, file): (usize, &File)| {
            let mut entry = json!({"id": id.to_string(), "filename": file.name});
            if let Some(description) = &file.description {
                entry["description"] = json!(description);
            }
            entry
        };
        body["attachments"] = self.files.iter().enumerate().map(entry).collect();
        body
    }
}

/// Turns the ids of default channels and roles into strings: serenity serialises them as numbers, Discord wants
/// strings.
fn with_text_ids(rows: &mut Value) {
    fn each(list: &mut Value) -> impl Iterator<Item = &mut Value> {
        list.as_array_mut().into_iter().flatten()
    }
    let components = each(rows).flat_map(|row| each(&mut row["components"]));
    for chosen in components.flat_map(|component| {
        component
            .get_mut("default_values")
            .into_iter()
            .flat_map(each)
    }) {
        if let Some(id) = chosen["id"].as_u64() {
            chosen["id"] = json!(id.to_string());
        }
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
            (&body["embeds"], &body["components"], &body["attachments"]),
            (&json!([]), &json!([]), &json!([]))
        );
    }
}
