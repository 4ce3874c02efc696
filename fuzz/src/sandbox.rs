//! What people and bots do in the sandbox, a line for each step: a letter for what it is, and JSON. Whatever it takes or
//! refuses, everybody can look at it afterwards, and a bot understands what it is told.

use mouthpiece::discord::fuzzing;
use sandbox::{ApiError, ContextMenuTarget, Invocation, OutboxEvent, Timestamp, World};
use serde_json::{Value, json};

/// More lines only make it slower.
const MOST: usize = 24;

pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut play = Play {
        world: World::new("http://127.0.0.1:1"),
        now: Timestamp(1_700_000_000_000),
        interaction: (0, String::new()),
        message: 0,
    };
    play.world.set_online(true);
    for line in text.lines().take(MOST) {
        play.step(line);
    }
    let users: Vec<u64> = play.world.users().map(|user| user.id).collect();
    for user in users {
        play.world.page_state(user).expect("everybody may look");
    }
}

struct Play {
    world: World,
    now: Timestamp,
    /// The newest interaction and its token.
    interaction: (u64, String),
    message: u64,
}

impl Play {
    fn step(&mut self, line: &str) {
        self.now.0 += 100;
        let mut signs = line.chars();
        let (Some(what), Ok(said)) = (signs.next(), serde_json::from_str(signs.as_str())) else {
            return;
        };
        if let Some(Err(error)) = self.act(what, said) {
            assert!((400..500).contains(&error.status), "{error:?}");
            assert_eq!(error.body()["code"], error.code);
        }
        for outgoing in self.world.take_outbox() {
            if let OutboxEvent::Dispatch { event, data } = outgoing {
                self.tell(event, &data);
            }
        }
    }

    fn act(&mut self, what: char, said: Value) -> Option<Result<(), ApiError>> {
        let (now, token) = (self.now, self.interaction.1.clone());
        let world = &mut self.world;
        let (user, channel) = (world.users().next()?.id, world.channels().next()?.id);
        Some(match what {
            'c' => {
                let commands = said.as_array()?.clone();
                world.overwrite_commands(now, commands).map(drop)
            }
            'i' => {
                let invocation = invocation(&said, self.message, &token)?;
                world.invoke(now, user, channel, &invocation).map(drop)
            }
            'a' => world
                .create_response(now, self.interaction.0, &token, &said.into())
                .map(drop),
            'f' => world.create_followup(now, &token, &said.into()).map(drop),
            'e' => world
                .edit_response(now, &token, None, &said.into())
                .map(drop),
            'd' => world.delete_response(now, &token, None).map(drop),
            's' => world.create_message(now, channel, &said.into()).map(drop),
            't' => world
                .post_as_user(now, user, channel, said.as_str()?)
                .map(drop),
            'l' => world.set_locale(user, said.as_str()?),
            _ => return None,
        })
    }

    /// Takes note of what a bot is told.
    fn tell(&mut self, event: &str, data: &Value) {
        let frame = json!({"op": 0, "t": event, "s": 1, "d": data}).to_string();
        let asked = fuzzing::event(&frame).unwrap_or_else(|error| panic!("{error}: {frame}"));
        if asked.is_some() {
            let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
            self.interaction = (text("id").parse().expect("a number"), text("token"));
        }
        self.message = self.world.messages().last().map_or(0, |message| message.id);
    }
}

fn invocation(said: &Value, message: u64, token: &str) -> Option<Invocation> {
    let text = |key: &str| said[key].as_str().map(str::to_owned);
    let list = |key: &str| said[key].as_array().cloned();
    Some(if let Some(custom_id) = text("custom_id") {
        let values = list("values").unwrap_or_default();
        let values = values.iter().filter_map(Value::as_str).map(str::to_owned);
        Invocation::Component {
            message,
            custom_id,
            values: values.collect(),
        }
    } else if let Some(fields) = said["fields"].as_object() {
        let typed = |(name, typed): (&String, &Value)| (name.clone(), typed.to_string());
        Invocation::Modal {
            token: token.to_owned(),
            fields: fields.iter().map(typed).collect(),
        }
    } else if said["target"].is_boolean() {
        let name = text("name")?;
        let target = ContextMenuTarget::Message(message);
        Invocation::ContextMenu { name, target }
    } else if said["typing"].is_boolean() {
        let (name, options) = (text("name")?, list("options")?);
        Invocation::Autocomplete { name, options }
    } else {
        let (name, options) = (text("name")?, list("options")?);
        Invocation::Command { name, options }
    })
}
