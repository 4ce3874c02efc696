//! Discord has bad moments, and the last frame arrives all the same.

use std::time::{Duration, Instant};

use sandbox::{RecordedRequest, RequestFault};
use serde_json::json;

use crate::harness::{ADA, BEN, Bot, being_written, footer};

const ORIGINAL: &str = "/messages/@original";

/// Runs a `/speak` whose edits go wrong as planned, and sees it finish.
async fn finishes(bot: &Bot, fault: &RequestFault, times: usize) -> Duration {
    bot.sandbox.plan_fault("PATCH", ORIGINAL, fault, times);
    let began = Instant::now();
    let token = bot.slash(
        ADA,
        "speak",
        json!({"prompt": "Once upon a time", "length": 10}),
    );
    bot.spoken(&token).await;
    let wrong = bot
        .requests(&token)
        .iter()
        .filter(|request| request.status != 200 && request.status != 204)
        .count();
    assert_eq!(wrong, times, "all planned faults happened");
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_followed_by_the_pause_that_was_asked_for() {
    let bot = Bot::start().await;
    let limited = RequestFault::response(
        429,
        &json!({"message": "You are being rate limited.", "retry_after": 0.8, "global": false}),
    );
    let took = finishes(&bot, &limited, 2).await;
    assert!(took >= Duration::from_millis(1600), "{took:?}");
    let in_a_header = RequestFault::Response {
        status: 429,
        retry_after: Some(0.5),
        body: "not JSON".to_owned(),
    };
    let took = finishes(&bot, &in_a_header, 2).await;
    assert!(took >= Duration::from_secs(1), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_looks_like_success_is_not_taken_for_it() {
    let mut bot = Bot::start().await;
    bot.sandbox
        .plan_fault("GET", "/gateway/bot", &RequestFault::malformed_json(), 1);
    bot.restart().await;
    for fault in [RequestFault::malformed_json(), RequestFault::Truncated] {
        for (method, path) in [("POST", "/callback"), ("PATCH", ORIGINAL)] {
            bot.sandbox.plan_fault(method, path, &fault, 1);
            let options = json!({"prompt": "Once upon a time", "length": 3});
            let token = bot.slash(ADA, "speak", options);
            bot.spoken(&token).await;
            let replies = bot.sandbox.world(|world| world.responses(&token).count());
            assert_eq!(replies, 1, "nothing is said twice");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_on_discords_side_is_waited_out() {
    let bot = Bot::start().await;
    for status in [500, 502, 503] {
        finishes(
            &bot,
            &RequestFault::Response {
                status,
                retry_after: None,
                body: "<html>".to_owned(),
            },
            2,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_never_answered_is_given_up_and_sent_again() {
    let bot =
        Bot::start_with(|config| config.discord.request_timeout = Duration::from_secs(1)).await;
    finishes(&bot, &RequestFault::Hang, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_fails_once_is_made_again_in_time() {
    let bot = Bot::start().await;
    bot.sandbox.plan_fault(
        "POST",
        "/callback",
        &RequestFault::response(500, &json!(null)),
        1,
    );
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_registered_even_if_that_fails_at_first() {
    let mut bot = Bot::start().await;
    let commands = |bot: &Bot| bot.sandbox.world(|world| world.commands().len());
    let before = commands(&bot);
    bot.sandbox.plan_fault(
        "PUT",
        "/commands",
        &RequestFault::response(503, &json!(null)),
        2,
    );
    bot.restart().await;
    assert_eq!(commands(&bot), before);
}

/// A text whose request is refused for good, and what was sent for it once the same person has had another text.
async fn refused(
    bot: &Bot,
    (method, path): (&str, &str),
    fault: &RequestFault,
) -> Vec<RecordedRequest> {
    bot.sandbox.plan_fault(method, path, fault, 1);
    let first = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    bot.until("the refused request", |_| {
        let refused = |request: &RecordedRequest| (400..500).contains(&request.status);
        bot.requests(&first).iter().any(refused).then_some(())
    })
    .await;
    // Somebody else is not concerned, and the person's own seat is free again.
    for user in [BEN, ADA] {
        let next = || bot.slash(user, "speak", json!({"prompt": "Once", "length": 3}));
        let mut token = next();
        while bot.answer(&token).await.text().contains("at the same time") {
            token = next();
        }
        bot.spoken(&token).await;
    }
    bot.requests(&first)
}

fn edits(requests: &[RecordedRequest]) -> usize {
    let edits = requests.iter().filter(|request| request.method == "PATCH");
    edits.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_gone_and_a_token_that_has_expired_end_the_matter_without_noise() {
    let bot = Bot::start().await;
    for fault in [
        RequestFault::invalid_webhook_token(),
        RequestFault::unknown_message(),
    ] {
        let sent = refused(&bot, ("PATCH", ORIGINAL), &fault).await;
        assert_eq!(edits(&sent), 1, "{fault:?}: nothing is tried again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_may_not_be_shown_costs_no_text() {
    let bot = Bot::start().await;
    bot.sandbox
        .plan_fault("PATCH", ORIGINAL, &RequestFault::missing_permissions(), 1);
    let long =
        json!({"prompt": "Once", "strategy": "gibbs", "length": 100, "options": "iterations=5000"});
    let token = bot.slash(ADA, "speak", long);
    let message = bot.see(&token, "the text growing", being_written).await;
    let refused = bot.requests(&token);
    let refused = refused.iter().filter(|request| request.status == 403);
    assert_eq!(refused.count(), 1, "the first frame");
    bot.press(ADA, &message, "Stop");
    assert!(footer(&bot.answer(&token).await).ends_with("stopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_may_not_be_shown_costs_a_sentence() {
    let bot = Bot::start().await;
    bot.sandbox.plan_fault(
        "PATCH",
        ORIGINAL,
        &RequestFault::missing_permissions(),
        1_000,
    );
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    let told = bot.told(&token).await;
    assert!(told.starts_with("Something broke here"), "{told}");
    let texts = bot.requests(&token);
    let texts = texts.iter().filter(|request| {
        request.method == "PATCH" && request.body.to_string().contains("reroll:")
    });
    assert_eq!(texts.count(), 1, "the text is not sent again and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interaction_that_is_not_known_or_was_answered_already_is_let_be() {
    let bot = Bot::start().await;
    for fault in [
        RequestFault::unknown_interaction(),
        RequestFault::already_acknowledged(),
    ] {
        let sent = refused(&bot, ("POST", "/callback"), &fault).await;
        let callbacks = sent.iter().filter(|request| request.method == "POST");
        assert_eq!(callbacks.count(), 1, "{fault:?}: it is not asked again");
        assert!(edits(&sent) <= 1, "{fault:?}: {sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_pool_refuses_in_words() {
    let bot = Bot::start_with(|config| config.pool.generations = 1).await;
    let long =
        json!({"prompt": "Once", "strategy": "gibbs", "length": 100, "options": "iterations=5000"});
    let first = bot.slash(ADA, "speak", long);
    bot.see(&first, "the text growing", being_written).await;
    let second = bot.slash(BEN, "speak", json!({"prompt": "Once"}));
    let told = bot.told(&second).await;
    assert_eq!(
        told,
        "The bot is writing as many texts as it can right now (1); try again in a minute."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_whose_answer_was_lost_counts() {
    let bot = Bot::start().await;
    bot.sandbox
        .plan_fault("POST", "/callback", &RequestFault::DropResponse, 1);
    let token = bot.slash(
        ADA,
        "speak",
        json!({"prompt": "Once upon a time", "length": 10}),
    );
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_counts_although_all_that_discord_said_of_it_was_lost() {
    let faults = [
        vec![
            (RequestFault::DropResponse, 1),
            (RequestFault::Truncated, 1),
        ],
        // Until there is no time left for another attempt.
        vec![(RequestFault::DropResponse, 30)],
    ];
    for faults in faults {
        let bot = Bot::start().await;
        for (fault, times) in faults {
            bot.sandbox.plan_fault("POST", "/callback", &fault, times);
        }
        let options = json!({"prompt": "Once upon a time", "length": 10});
        let token = bot.slash(ADA, "speak", options);
        bot.spoken(&token).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_answer_that_hangs_is_sent_again_in_time() {
    let bot = Bot::start().await;
    bot.sandbox
        .plan_fault("POST", "/callback", &RequestFault::Hang, 1);
    let token = bot.slash(
        ADA,
        "speak",
        json!({"prompt": "Once upon a time", "length": 10}),
    );
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_although_taking_the_promise_back_was_lost() {
    let bot = Bot::start().await;
    bot.sandbox
        .plan_fault("DELETE", ORIGINAL, &RequestFault::DropResponse, 1);
    let token = bot.slash(
        ADA,
        "speak",
        json!({"prompt": "Once", "options": "widow=3"}),
    );
    let refusal = bot.told(&token).await;
    assert!(refusal.contains("widow"), "{refusal}");
}
