//! The real program as a process: killed, started again, told to stop.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sandbox::{ChannelMessage, Disconnect, Invocation, Sandbox, World};
use serde_json::{Value, json};

use crate::harness::{ADA, GENERAL, LIMIT, POLL, TOKEN, being_written, description, footer};

/// The program, run against a sandbox; killed when dropped.
pub(crate) struct Program {
    child: Child,
    /// A file and not a pipe, so that a program that logs much is never held up.
    log: File,
}

impl Program {
    pub(crate) fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mouthpiece"));
        command.arg("run");
        command.env("MOUTHPIECE__STORE__PATH", folder.join("store.sqlite3"));
        command.env("MOUTHPIECE__LOG__LEVEL", "trace");
        command.envs(environment.iter().copied());
        let log = tempfile::tempfile().unwrap();
        command.stdout(Stdio::piped());
        command.stderr(log.try_clone().unwrap());
        let child = command.spawn().unwrap();
        Self { child, log }
    }

    /// The program as a bot of `sandbox`, with more set.
    pub(crate) fn on(sandbox: &Sandbox, folder: &Path, more: &[(&str, &str)]) -> Self {
        let url = sandbox.url();
        let own = [
            ("MOUTHPIECE__DISCORD__API_BASE_URL", url.as_str()),
            ("MOUTHPIECE__DISCORD__TOKEN", TOKEN),
        ];
        Self::start(folder, &[&own, more].concat())
    }

    /// Ends it the hard way, or waits for it to end; returns all it has said.
    pub(crate) fn end(mut self, kill: bool) -> (Option<i32>, String) {
        if kill {
            self.child.kill().unwrap();
        }
        let mut said = String::new();
        if let Some(mut out) = self.child.stdout.take() {
            out.read_to_string(&mut said).unwrap();
        }
        let code = self.child.wait().unwrap().code();
        (code, said + &self.logged())
    }

    fn logged(&mut self) -> String {
        let mut logged = String::new();
        self.log.rewind().unwrap();
        self.log.read_to_string(&mut logged).unwrap();
        logged
    }

    /// Number of open files and sockets.
    pub(crate) fn files(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.child.id());
        std::fs::read_dir(folder).unwrap().count()
    }

    /// Resident memory in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let size = line.and_then(|line| line.trim().strip_suffix(" kB"));
        size.unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let logged = self.logged();
            let _ = writeln!(std::io::stderr(), "the program logged:\n{logged}");
        }
    }
}

pub(crate) async fn until<T>(
    sandbox: &Sandbox,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let looking = async {
        loop {
            let mut changes = sandbox.changes();
            if let Some(seen) = look() {
                return seen;
            }
            // Conditions outside the sandbox, such as log lines, cause no change there.
            let _ = tokio::time::timeout(POLL, changes.next()).await;
        }
    };
    tokio::time::timeout(LIMIT, looking)
        .await
        .unwrap_or_else(|_| panic!("never seen: {what}"))
}

pub(crate) async fn registered(sandbox: &Sandbox) {
    until(sandbox, "commands", || {
        sandbox.world(|world| (!world.commands().is_empty()).then_some(()))
    })
    .await;
}

async fn said(
    sandbox: &Sandbox,
    name: &str,
    options: Vec<Value>,
    fits: impl Fn(&ChannelMessage) -> bool,
) -> ChannelMessage {
    let token = sandbox
        .invoke(
            ADA,
            GENERAL,
            &Invocation::Command {
                name: name.to_owned(),
                options,
            },
        )
        .unwrap();
    until(sandbox, name, || {
        sandbox.world(|world| {
            world
                .responses(&token)
                .find(|message| fits(message))
                .cloned()
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_in_the_middle_of_a_text_the_settings_are_there() {
    let (sandbox, folder) = (
        Sandbox::start(0).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    for round in 1..=3 {
        let program = Program::on(&sandbox, folder.path(), &[]);
        registered(&sandbox).await;
        let answered = |message: &ChannelMessage| !message.is_thinking();
        if round > 1 {
            let show = vec![json!({"name": "show", "type": 1, "options": []})];
            let shown = said(&sandbox, "settings", show, answered).await;
            assert!(
                description(&shown).contains(&format!("**length** {} · yours", 10 + round - 1)),
                "{}",
                shown.text()
            );
        }
        let set = json!([{"name": "set", "type": 1, "options": [{"name": "length", "type": 4, "value": 10 + round}]}]);
        said(
            &sandbox,
            "settings",
            set.as_array().unwrap().clone(),
            answered,
        )
        .await;
        let long = json!([
            {"name": "prompt", "type": 3, "value": "Once"}, {"name": "strategy", "type": 3, "value": "gibbs"},
            {"name": "length", "type": 4, "value": 100}, {"name": "options", "type": 3, "value": "iterations=5000"},
        ]);
        said(
            &sandbox,
            "speak",
            long.as_array().unwrap().clone(),
            being_written,
        )
        .await;
        let (_, output) = program.end(true);
        assert!(
            output.contains("connected") && !output.contains(TOKEN),
            "the token is in the log"
        );
        sandbox.world(sandbox::World::clear_commands);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_in_the_middle_of_a_text_its_reader_is_told_at_the_next_start() {
    let (sandbox, folder) = (
        Sandbox::start(0).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let program = Program::on(&sandbox, folder.path(), &[]);
    registered(&sandbox).await;
    let long = json!([
        {"name": "prompt", "type": 3, "value": "Once"}, {"name": "strategy", "type": 3, "value": "gibbs"},
        {"name": "length", "type": 4, "value": 100}, {"name": "options", "type": 3, "value": "iterations=5000"},
    ]);
    let long = long.as_array().unwrap().clone();
    let before = said(&sandbox, "speak", long, being_written).await;
    let short = json!([{"name": "prompt", "type": 3, "value": "Twice"}, {"name": "length", "type": 4, "value": 2}]);
    // A text that is finished is not interrupted.
    let done = sandbox
        .invoke(
            ADA + 1,
            GENERAL,
            &Invocation::Command {
                name: "speak".to_owned(),
                options: short.as_array().unwrap().clone(),
            },
        )
        .unwrap();
    until(&sandbox, "the short text", || {
        sandbox.world(|world| {
            let mut replies = world.responses(&done);
            replies
                .find(|message| !message.is_thinking() && !being_written(message))
                .cloned()
        })
    })
    .await;
    let (_, mut output) = program.end(true);
    sandbox.world(sandbox::World::clear_commands);
    let program = Program::on(&sandbox, folder.path(), &[]);
    let told = until(&sandbox, "the apology", || {
        sandbox.world(|world| {
            let mut messages = world.messages();
            messages
                .find(|message| message.id == before.id && !being_written(message))
                .cloned()
        })
    })
    .await;
    assert!(
        told.content.contains("interrupted by a restart"),
        "{told:?}"
    );
    assert!(
        description(&told).starts_with("Once"),
        "what was written stays"
    );
    assert!(
        footer(&told).ends_with("failed: the bot was restarted"),
        "{told:?}"
    );
    registered(&sandbox).await;
    let apologies = sandbox.world(|world| {
        world
            .messages()
            .filter(|message| message.content.contains("interrupted"))
            .count()
    });
    assert_eq!(apologies, 1);
    output += &program.end(true).1;
    for secret in sandbox
        .requests()
        .iter()
        .filter_map(|request| request.path.split('/').nth(4))
    {
        assert!(
            secret.len() < 20 || !output.contains(secret),
            "a token is in the log"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_stops_the_program_cleanly() {
    let (sandbox, folder) = (
        Sandbox::start(0).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    for signal in ["TERM", "INT"] {
        let program = Program::on(&sandbox, folder.path(), &[]);
        registered(&sandbox).await;
        program.signal(signal);
        let (code, output) = ended(program).await;
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains("stopped"), "{output}");
        sandbox.world(sandbox::World::clear_commands);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_does_not_wait_for_anything() {
    let (sandbox, folder) = (
        Sandbox::start(0).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let mut program = Program::on(
        &sandbox,
        folder.path(),
        &[("MOUTHPIECE__STOP__GRACE_SECONDS", "600")],
    );
    registered(&sandbox).await;
    let option = |name: &str, value: &str| json!({"name": name, "type": 3, "value": value});
    let long = Invocation::Command {
        name: "speak".to_owned(),
        options: vec![
            option("prompt", "Once upon a time"),
            option("strategy", "gibbs"),
            option("options", "iterations=5000"),
        ],
    };
    let token = sandbox.invoke(ADA, GENERAL, &long).unwrap();
    until(&sandbox, "a text in the making", || {
        let being = |world: &mut World| world.responses(&token).any(being_written).then_some(());
        sandbox.world(being)
    })
    .await;
    program.signal("TERM");
    until(&sandbox, "the program stopping", || {
        program
            .logged()
            .contains("a second signal stops at once")
            .then_some(())
    })
    .await;
    // Signals within half a second of the first one count as one. The first one was handled when it was logged.
    tokio::time::sleep(Duration::from_secs(1)).await;
    program.signal("INT");
    let (code, output) = ended(program).await;
    assert_eq!(code, Some(130), "{output}");
    assert!(output.contains("stopping at once"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_the_program_brings_its_own_sandbox_even_if_the_port_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut program = Program::start(folder.path(), &[("MOUTHPIECE__SANDBOX__PORT", &port)]);
    let mut lines = BufReader::new(program.child.stdout.take().unwrap()).lines();
    let url = lines
        .find_map(|line| {
            Some(
                line.unwrap()
                    .strip_prefix("Open ")?
                    .split(' ')
                    .next()?
                    .to_owned(),
            )
        })
        .unwrap();
    assert!(
        url.starts_with("http://127.0.0.1:") && !url.ends_with(&port),
        "{url}"
    );
    let page = reqwest::get(&url).await.unwrap().text().await.unwrap();
    assert!(page.contains("<title>Mouthpiece sandbox</title>"));
}

/// With this status the program says that starting it again is of no use; deploy/mouthpiece.service knows it.
const NEEDS_SOMEBODY: Option<i32> = Some(78);

/// Waits for the end of a program that ends by itself.
pub(crate) async fn ended(program: Program) -> (Option<i32>, String) {
    tokio::task::spawn_blocking(|| program.end(false))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_used_are_a_sentence_and_not_a_loop() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, value, sentence) in [
        (
            "DISCORD__API_BASE_URL",
            "http://127.0.0.1:9",
            "there is no token for it; set MOUTHPIECE__DISCORD__TOKEN",
        ),
        ("LIMITS__LENGTH", "0", "limits.length must be"),
        ("LOG__LEVEL", "=,=", "log.level \"=,=\" cannot be read"),
        (
            "MODEL__FOLDER",
            "/nowhere",
            "cannot read /nowhere/card.json",
        ),
        ("SANDBOX__ADDRESS", "0.0.0.0", "sandbox.allow_remote"),
    ] {
        let setting = format!("MOUTHPIECE__{setting}");
        let environment = [
            ("MOUTHPIECE__DISCORD__TOKEN", ""),
            ("MOUTHPIECE__SANDBOX__PORT", "0"),
            (setting.as_str(), value),
        ];
        let (code, output) = ended(Program::start(folder.path(), &environment)).await;
        assert_eq!(code, NEEDS_SOMEBODY, "{output}");
        assert!(output.contains(sentence), "{output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_by_itself_is_told_from_what_needs_somebody() {
    let (sandbox, folder) = (
        Sandbox::start(0).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    // Where the database belongs there is a folder, as if the disk were not mounted yet.
    std::fs::create_dir(folder.path().join("store.sqlite3")).unwrap();
    let (code, output) = ended(Program::on(&sandbox, folder.path(), &[])).await;
    assert_eq!(code, Some(1), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_refuses_the_bot_for_good_ends_it_with_the_status_for_that() {
    let (sandbox, folder) = (
        Sandbox::start(0).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    for code in [4004, 4010, 4011, 4012, 4013, 4014] {
        let program = Program::on(&sandbox, folder.path(), &[]);
        registered(&sandbox).await;
        sandbox.disconnect(Disconnect::Close(code));
        let (status, output) = ended(program).await;
        assert_eq!(status, NEEDS_SOMEBODY, "{code}: {output}");
        assert!(
            output.contains("mouthpiece: Discord's gateway refuses the bot"),
            "{output}"
        );
        sandbox.world(sandbox::World::clear_commands);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_discord_refuses_ends_the_program_with_the_status_for_that() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let refuse = || async { axum::http::StatusCode::UNAUTHORIZED };
    let router = axum::Router::new().fallback(refuse);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let environment = [
        ("MOUTHPIECE__DISCORD__API_BASE_URL", url.as_str()),
        ("MOUTHPIECE__DISCORD__TOKEN", "wrong"),
    ];
    let (code, output) = ended(Program::start(folder.path(), &environment)).await;
    assert_eq!(code, NEEDS_SOMEBODY, "{output}");
    assert!(
        output.contains("mouthpiece: Discord does not accept the token"),
        "{output}"
    );
}

#[test]
fn systemd_starts_nothing_again_that_needs_somebody() {
    let unit = include_str!("../../deploy/mouthpiece.service");
    let known = unit
        .lines()
        .find_map(|line| line.strip_prefix("RestartPreventExitStatus="));
    let statuses: Vec<i32> = known
        .unwrap()
        .split(' ')
        .map(|status| status.parse().unwrap())
        .collect();
    assert!(statuses.contains(&NEEDS_SOMEBODY.unwrap()), "{statuses:?}");
    assert!(!statuses.contains(&1), "{statuses:?}");
}
