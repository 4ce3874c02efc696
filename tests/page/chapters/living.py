"""Later chapters of the tour: arena, leaderboard, queue, statistics, help."""

import json
import re

from page import LONG, PATIENCE, PROMPT, expect


class Living:
    def test_12_in_the_arena_people_decide(self):
        ada, ben, page = self.ada, self.ben, self.ada.page
        picker = page.locator("#picker .choice")
        page.locator("#plain").click()
        page.keyboard.type("/arena prompt:Once upon a time first:nai")
        expect(picker.first).to_have_text("naive")
        page.keyboard.press("Tab")
        page.keyboard.type(" second:lookahead length:20")
        duel = ada.new(lambda: page.keyboard.press("Enter"))
        expect(duel.locator(".content")).to_contain_text("Which text is better?", timeout=PATIENCE)
        self.take("arena", duel)
        self.assertNotIn("naive", duel.inner_text())
        self.votes(duel, {"ada": "Tie", "ben": "A", "chioma": "Both bad"})
        thanks = ben.ask(ben.sees(duel), "B")
        expect(thanks).to_contain_text("Changed: B instead of A.")
        self.take("vote", thanks)
        self.refused(ben, lambda: ben.press(ben.sees(duel), "Close and reveal"), "Only the person who began this duel")
        ada.press(duel, "Close and reveal")
        expect(duel.locator(".content")).to_have_text(re.compile("B is better: 1 to 0. Equally good: 1, both bad: 1."))
        expect(duel).to_contain_text("lookahead · temperature")
        self.take("revealed", duel)
        for _ in range(3):
            duel = self.duel("first: lookahead second: naive")
            best = max(
                "AB", key=lambda name: len(set(duel.locator(".field").nth("AB".index(name)).inner_text().split()))
            )
            self.votes(duel, dict.fromkeys(["ada", "ben", "chioma", "dario"], best))
            expect(duel.locator(".content")).to_contain_text(f"{best} is better: 4 to 0.")
        type(self).duel_left_open = self.duel("").get_attribute("data-id")

    def duel(self, ways):
        duel = self.ada.run(f"/arena prompt: Once upon a time length: 16 {ways}")
        expect(duel.locator(".content")).to_contain_text("Which text is better?", timeout=PATIENCE)
        return duel

    def votes(self, duel, votes):
        """Users vote, each in a browser context of their own."""
        for name, label in votes.items():
            person = getattr(self, name)
            thanks = person.ask(person.sees(duel), label)
            expect(thanks).to_contain_text(f"You voted: {label}.")

    def test_13_votes_make_a_leaderboard(self):
        ada, ben = self.ada, self.ben
        board = ada.run("/leaderboard")
        expect(board.locator("img.large")).to_be_visible(timeout=PATIENCE)
        expect(board.locator("pre")).to_contain_text("lookahead")
        self.take("leaderboard", board)
        every = ada.run("/leaderboard by: temperature votes: everywhere")
        expect(every).to_contain_text("What people prefer everywhere")
        for form in ["csv", "json"]:
            votes = ada.run(f"/leaderboard export: {form}")
            content = self.content(votes.locator(".file a.name"))
            self.assertEqual(content.count("lookahead"), 15, content)
            self.assertNotIn("Ada", content)
        self.refused(
            ben, lambda: ben.say("/leaderboard export: csv"), "Only moderators of this server can export its votes"
        )

    def test_14_what_goes_on_and_what_was_done(self):
        ada, ben = self.ada, self.ben
        ben.run("/settings reset")
        long = ben.run(f"/speak prompt: {PROMPT} {LONG}")
        expect(long.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        queue = ada.run("/queue")
        expect(queue).to_contain_text("@Ben")
        self.take("queue", queue)
        number = long.locator(".footer").inner_text()
        ada.choose(queue, "Stop a text", "gibbs")
        expect(long.locator(".footer")).to_contain_text("stopped")
        ada.press(queue, "Look again")
        expect(queue).to_contain_text("Nothing for you, and nothing on this server.")
        type(self).queue = queue.get_attribute("data-id")
        self.assertIn("writing", number)
        long = ben.run(f"/speak prompt: {PROMPT} {LONG}")
        expect(long.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        expect(ben.run("/stop")).to_contain_text("Stopped.")
        expect(long.locator(".footer")).to_contain_text("stopped")
        stats = ada.run("/stats")
        expect(stats).to_contain_text("On this server")
        self.take("stats", stats)

        export = ada.run("/export part: 1")
        kept = json.loads(self.content(export.locator(".file a.name")))
        self.assertEqual(kept["user"], ada.page.locator("#user").input_value())
        self.assertIn("winter evenings", json.dumps(kept["kept"]))
        self.take("export", export)

    def test_15_the_bot_explains_itself(self):
        ada = self.ada
        about = ada.run("/about")
        expect(about).to_contain_text("mouthpiece-mini")
        self.take("about", about)
        expect(ada.run("/help topic: commands")).to_contain_text("/forget-me")
        strategies = ada.run("/help topic: strategies")
        expect(strategies).to_contain_text("mask-predict")
        self.take("strategies", strategies)
        gibbs = ada.run("/help topic: gibbs")
        expect(gibbs).to_contain_text("burn-in")
        self.take("help", gibbs)
