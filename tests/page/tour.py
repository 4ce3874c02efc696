"""A person's way through everything the bot has: every command with every option, and every button, menu and form.

Four people use the real program with the real model; half-way the program is stopped and started again. PICTURES=folder
keeps the pictures of docs/tour.md. The tests stand in the order of the tour, and later ones go on from earlier ones.
"""

import json
import re
import tempfile
import unittest

import checklist
from album import Album
from page import PATIENCE, Browser, Program, done, expect
from person import Person

PROMPT = "In order to make a sandwich, first"
LONG = "strategy: gibbs length: 100 options: iterations=5000"


class Tour(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.log = open(cls.folder.name + "/log", "w+")
        cls.sandbox = Program("sandbox", SANDBOX__PORT=0)
        cls.url = cls.sandbox.url()
        cls.bot = cls.start()
        cls.browser, cls.album = Browser(), Album()
        names = ["Ada (moderator)", "Ben", "Chioma", "Dario"]
        cls.people = [Person(cls.browser, cls.url, name) for name in names]
        cls.ada, cls.ben, cls.chioma, cls.dario = cls.people
        cls.plan({"plan": "rate_limits", "enforced": True})

    @classmethod
    def start(cls):
        return Program("run", cls.log, DISCORD__TOKEN="any", DISCORD__API_BASE_URL=cls.url, LOG__FORMAT="json",
                       STORE__PATH=cls.folder.name + "/store.sqlite3", ARENA__VOTES=4, STOP__GRACE_SECONDS=1)

    @classmethod
    def plan(cls, plan):
        answer = cls.people[0].context.request.post(cls.url + "/sandbox/faults", data=plan)
        assert answer.ok, answer.text()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.bot.stop()
        cls.sandbox.stop()
        cls.log.close()
        cls.folder.cleanup()

    def ask_sandbox(self, path):
        return self.ada.context.request.get(self.url + path).json()

    def take(self, name, message, *others):
        self.album.take(name, message.page, message, *others)

    def refused(self, person, act, sentence):
        """`act` is answered for the person alone, with why not."""
        message = person.new(act)
        expect(message).to_contain_text(sentence)
        expect(message).to_contain_text("Only you can see this")
        return message

    def test_01_a_text_is_typed_watched_and_stopped(self):
        ada, ben, page = self.ada, self.ben, self.ada.page
        picker, composer = page.locator("#picker"), page.locator("#composer")
        page.locator("#plain").click()
        page.keyboard.type("/")
        expect(picker.locator(".choice").first).to_contain_text("/speak")
        self.album.take("commands", page, picker, composer)
        page.keyboard.type("sp")
        page.keyboard.press("Enter")
        page.keyboard.type(PROMPT)
        page.keyboard.press("Tab")
        expect(picker.locator(".choice").first).to_contain_text("strategy")
        self.album.take("options", page, picker, composer)
        page.keyboard.press("Escape")
        page.keyboard.type(" seed: 3")
        text = ada.new(lambda: page.keyboard.press("Enter"))
        expect(text.locator(".used")).to_have_text("Ada used /speak")
        self.assertRegex(done(text), f"^{PROMPT} \\w+")
        expect(text.locator(".footer")).to_contain_text("lookahead · temperature 0.75 · seed 3 · length 40 · 40 tokens")
        self.take("speak", text)
        type(self).text = text.get_attribute("data-id")

        long = ada.run(f"/speak prompt: {PROMPT} {LONG}")
        expect(long.locator(".footer")).to_contain_text("▰ writing", timeout=PATIENCE)
        self.take("writing", long)
        here = ben.sees(long)
        why = self.refused(ben, lambda: ben.press(here, "Stop"), "Only the person who asked for this text, or a moderator, can stop it.")
        self.take("not-yours", why)
        ada.press(long, "Stop")
        expect(long.locator(".footer")).to_contain_text("stopped")
        expect(here.get_by_role("button", name="Reroll")).to_be_visible()

    def test_02_what_can_be_done_with_a_text(self):
        ada, ben = self.ada, self.ben
        text = ada.message(self.text)
        first = done(text)
        again = ada.ask(text, "Reroll")
        self.assertNotEqual(done(again), first)
        expect(again.locator(".content")).to_contain_text("@Ada rerolled")
        further = ben.ask(ben.sees(text), "Continue")
        self.assertTrue(done(further).startswith(first.rstrip(".")))
        expect(further.locator(".content")).to_contain_text("@Ben continued")
        self.take("continue", further)

        ada.press(text, "Remix")
        self.album.take("remix", ada.page, ada.dialog)
        other = ada.new(lambda: ada.submit(temperature="1.2", length="12"))
        done(other)
        expect(other.locator(".footer")).to_contain_text("temperature 1.2 · seed 3 · length 12")

        how = ada.ask(text, "How?")
        film = how.locator("img.large")
        expect(film).to_be_visible(timeout=PATIENCE)
        expect(how).to_contain_text("40 passes")
        self.album.keep("how.gif", ada.context.request.get(film.get_attribute("src")).body())
        self.take("how", how)

        self.refused(ben, lambda: ben.press(ben.sees(again), "Delete"), "can delete it")
        number = again.get_attribute("data-id")
        gone = ada.ask(again, "Delete")
        expect(gone).to_contain_text("Deleted. The text and its settings are forgotten.")
        expect(ada.page.locator(f'li[data-id="{number}"]')).to_have_count(0)
        expect(ben.page.locator(f'li[data-id="{number}"]')).to_have_count(0)

    def test_03_everything_can_be_set_for_one_call(self):
        ada = self.ada
        naive = ada.run("/speak prompt: Once upon a time strategy: naive seed: 1")
        done(naive)
        self.take("naive", naive)
        blanks = ada.run("/speak prompt: First slice some ___, then add ___ and ___. strategy: template seed: 1")
        self.assertRegex(done(blanks), r"^First slice some \w+, then add \w+ and \w+\.$")
        self.take("template", blanks)
        every = ada.run("/speak prompt: Once upon a time strategy: gibbs temperature: 0.9 length: 12 seed: 5 top_k: 50 top_p: 0.9 "
                        "options: iterations=30 tags: sea, ship context: They sailed for many days.")
        done(every)
        expect(every.locator(".footer")).to_contain_text("gibbs · temperature 0.9 · seed 5 · length 12 · 12 tokens")
        words = ada.run("/speak prompt: Once upon a time strategy: keywords keywords: king, dragon length: 20 seed: 2")
        self.assertRegex(done(words), "king.*dragon")
        wrong = "/speak prompt: Once strategy: gibbs options: speed=9"
        self.take("refused", self.refused(ada, lambda: ada.say(wrong), "speed"))

    def test_04_blanks_are_filled_by_hand(self):
        ada, ben = self.ada, self.ben
        sheet = ada.run("/fill text: The old man ___ the door and looked at the ___.")
        fields = sheet.locator(".field")
        expect(fields).to_have_count(2)
        self.take("fill", sheet)
        words = ada.open(sheet, "Choose the word for blank 1")
        self.take("fill-menu", sheet, words)
        word = words.get_by_role("option").nth(2).locator("b").inner_text().split(" · ")[0]
        ada.page.keyboard.press("Escape")
        ada.choose(sheet, "Choose the word for blank 1", word)
        expect(fields.first).to_contain_text(f"Blank 1: {word} ✓")
        expect(sheet.locator(".footer")).to_contain_text("1 chosen")
        ada.press(sheet, "Undo")
        expect(sheet.locator(".footer")).not_to_contain_text("chosen")
        ada.press(sheet, "Next blank")
        expect(fields.nth(1)).to_contain_text("▸ Blank 2")
        ada.press(sheet, "Previous blank")
        expect(fields.first).to_contain_text("▸ Blank 1")
        shown = fields.first.inner_text()
        ada.press(sheet, "Other words")
        expect(fields.first).not_to_have_text(shown)
        ada.press(sheet, "Type a word")
        self.album.take("type-a-word", ada.page, ada.dialog)
        ada.submit(word="slowly unlocked")
        expect(sheet.locator(".description")).to_contain_text("The old man slowly unlocked the door")
        self.refused(ben, lambda: ben.press(ben.sees(sheet), "Undo"), "Only the person who asked can fill these blanks")
        type(self).sheet = sheet.get_attribute("data-id")

        whole = ada.run("/fill text: The ___ sat on the ___. order: l2r temperature: 0.8 top: 3")
        expect(whole.locator(".field")).to_have_count(2)
        self.assertEqual(whole.locator(".field").first.inner_text().count("%"), 3)
        ada.press(whole, "Finish for me")
        expect(whole.locator(".footer")).to_contain_text("2 chosen")
        expect(whole.get_by_role("button", name="Finish for me")).to_be_disabled()

        own = ada.run("/fill text: A ___ and a ___. candidates: cat / dog, salt / pepper, king / queen of hearts")
        expect(own.locator(".field").first).to_contain_text("Your words")
        self.take("candidates", own)
        ada.choose(own, "Choose the word for blank 1", "king")
        expect(own.locator(".description")).to_contain_text("king")

    def test_05_texts_are_rewritten_scored_and_made_of_keywords(self):
        ada = self.ada
        rewritten = ada.run("/rewrite text: The old man house goed to the sea quickly. seed: 1 temperature: 0.5 "
                            "strength: moderate: what fits badly")
        self.assertNotIn("goed", done(rewritten))
        self.take("rewrite", rewritten)
        words = ada.run("/keywords words: sea, storm, lighthouse prompt: That night temperature: 0.7 length: 30 seed: 4")
        self.assertRegex(done(words), "^That night.*sea.*storm.*lighthouse")
        self.take("keywords", words)
        score = ada.run("/score text: The cat sat on the parliament.")
        expect(score.locator("img.large")).to_be_visible(timeout=PATIENCE)
        expect(score.locator(".description")).to_contain_text("bits")
        self.take("score", score)
        private = ada.run("/score text: The cat sat on the mat. private: true")
        expect(private).to_contain_text("Only you can see this")
        expect(private.locator("img.large")).to_be_visible(timeout=PATIENCE)

    def test_06_every_message_has_a_menu(self):
        ada, ben = self.ada, self.ben
        said = ben.new(lambda: ben.say("The weather was so nice that we"))
        here = ada.sees(said)
        here.click(button="right", position={"x": 300, "y": 10})
        menu = ada.page.get_by_role("menu", name="Message")
        self.take("menu", here, menu)
        ada.page.keyboard.press("Escape")
        self.assertTrue(done(ada.apps(here, "Continue with BERT")).startswith("The weather was so nice that we "))
        expect(ada.messages.last.locator(".used")).to_have_text("Ada used Continue with BERT")
        done(ada.apps(here, "Rewrite with BERT"))
        score = ada.apps(here, "Score with BERT")
        expect(score.locator("img.large")).to_be_visible(timeout=PATIENCE)
        expect(score).to_contain_text("Only you can see this")
        text = ada.message(self.text)
        self.assertTrue(done(ada.apps(text, "Continue with BERT")).startswith(done(text).rstrip(".")))

    def test_07_texts_are_found_again(self):
        ada, page = self.ada, self.ada.page
        picker = page.locator("#picker .choice")
        first = done(ada.message(self.text))
        history = ada.run("/history")
        expect(history.locator("h3")).to_have_text("Your texts, page 1")
        self.take("history", history)
        ada.press(history, "Older")
        expect(history.locator("h3")).to_have_text("Your texts, page 2")
        expect(history.locator(".description")).to_contain_text(first[:60])
        ada.press(history, "Newer")
        expect(history.locator("h3")).to_have_text("Your texts, page 1")
        type(self).history = history.get_attribute("data-id")
        page.locator("#plain").click()
        page.keyboard.type("/show ")
        expect(picker.first).to_be_visible()
        page.keyboard.type("sandwich")
        expect(picker.last).to_contain_text("sandwich")
        self.album.take("show-ids", page, page.locator("#picker"), page.locator("#composer"))
        self.assertGreater(picker.count(), 2)
        picker.last.click()
        shown = ada.new(lambda: page.keyboard.press("Enter"))
        self.assertEqual(done(shown), first)
        expect(shown.locator(".content")).to_contain_text("asked for by @Ada")
        self.take("show", shown)

    def test_08_settings_are_kept_in_a_panel(self):
        ada = self.ada
        panel = ada.run("/settings show")
        values = panel.locator(".description")
        expect(values).to_contain_text("strategy lookahead · default")
        self.take("settings", panel)
        ada.choose(panel, "Choose a strategy", "best-of")
        expect(values).to_contain_text("strategy best-of · yours")
        ada.press(panel, "Temperature 0.7")
        expect(values).to_contain_text("temperature 0.7 · yours")
        entries = ada.open(panel, "Change a value")
        names = [text.removeprefix("Change ") for text in entries.locator(".entry b").all_inner_texts()]
        ada.page.keyboard.press("Escape")
        given = {"prompt": "Every morning", "temperature": "0.6", "length": "14", "seed": "8", "top-k": "40", "top-p": "0.95",
                 "options": "candidates=2", "tags": "sun, garden", "context": "It was summer.", "keywords": "tea"}
        self.assertEqual(sorted(names), sorted(given), "each has a form")
        for name, value in given.items():
            ada.choose(panel, "Change a value", f"Change {name}")
            if name == "prompt":
                self.album.take("settings-form", ada.page, ada.dialog)
            ada.submit(value=value)
            expect(values).to_contain_text(f"{name} {value} · yours")
        self.take("settings-changed", panel)
        text = ada.run("/speak")
        self.assertRegex(done(text), "^Every morning .*tea")
        expect(text.locator(".footer")).to_contain_text("best-of · temperature 0.6 · seed 8 · length 14")
        ada.choose(panel, "Set back", "Set back keywords")
        expect(values).to_contain_text("keywords none")
        type(self).panel = panel.get_attribute("data-id")
        some = ada.run("/settings set prompt: Every evening strategy: lookahead temperature: 0.5 length: 12 seed: 6 top_k: 30 "
                       "top_p: 0.9 options: candidates=1 tags: moon context: It was winter. keywords: fire")
        expect(some.locator(".description")).to_contain_text("prompt Every evening · yours")
        some = ada.run("/settings reset what: keywords")
        expect(some.locator(".description")).to_contain_text("keywords none")

    def test_09_presets_are_kept_and_shared(self):
        ada, ben, chioma, page = self.ada, self.ben, self.chioma, self.ada.page
        picker = page.locator("#picker .choice")
        expect(ada.run("/preset list")).to_contain_text("You have no presets yet.")
        kept = ada.run("/preset save name: winter evenings")
        expect(kept).to_contain_text("Kept as winter evenings")
        expect(ada.run("/settings reset").locator(".description")).to_contain_text("prompt none")
        used = ada.run("/preset use name: winter evenings")
        expect(used).to_contain_text("You use winter evenings now.")
        ada.run("/settings reset")
        shared = ada.run("/preset share name: winter evenings")
        self.take("preset", shared)
        code = re.search(r"MP1-\S+", shared.locator("pre").inner_text())[0]
        type(self).shared = shared.get_attribute("data-id")
        panel = ben.ask(ben.sees(shared), "Use this preset")
        expect(panel).to_contain_text("These are your settings now.")
        expect(panel).to_contain_text("prompt Every evening · yours")
        expect(chioma.run(f"/preset import code: {code} name: from Ada")).to_contain_text("Kept as from Ada")
        expect(chioma.run("/preset list")).to_contain_text("from Ada prompt Every evening")
        page.locator("#plain").click()
        page.keyboard.type("/speak preset:wi")
        expect(picker).to_have_text(["winter evenings"])
        page.keyboard.press("Tab")
        text = ada.new(lambda: page.keyboard.press("Enter"))
        self.assertTrue(done(text).startswith("Every evening"))
        ada.run("/preset save name: throwaway")
        expect(ada.run("/preset delete name: throwaway")).to_contain_text("Forgotten: throwaway.")
        listed = ada.run("/preset list")
        expect(listed).to_contain_text("winter evenings")
        expect(listed).not_to_contain_text("throwaway")
        self.take("presets", listed)

    def test_10_a_server_has_defaults_and_rules(self):
        ada, ben = self.ada, self.ben
        panel = ada.run("/server settings")
        title, said = panel.locator("h3"), panel.locator(".description")
        expect(title).to_have_text("This server")
        menu = ada.open(panel, "Change …")
        self.take("server", panel, menu)
        ada.page.keyboard.press("Escape")

        def change(part):
            ada.choose(panel, "Change …", part)

        def try_panel():
            ada.choose(panel, "Choose a strategy", "gibbs")
            expect(said).to_contain_text("strategy gibbs")
            ada.press(panel, "Temperature 1")
            expect(said).to_contain_text("temperature 1 ")
            ada.choose(panel, "Change a value", "Change length")
            ada.submit(value="11")
            expect(said).to_contain_text("length 11")
            ada.choose(panel, "Set back", "Set back strategy")
            expect(said).to_contain_text("strategy lookahead")

        change("Defaults of the server")
        expect(title).to_have_text("Defaults of this server")
        try_panel()
        self.take("server-defaults", panel)
        ada.press(panel, "Back")
        expect(panel.locator(".field")).to_contain_text("length 11")
        change("Defaults of a channel")
        ada.choose(panel, "Make a selection", "general")
        expect(title).to_have_text("Defaults of a channel")
        try_panel()
        ada.choose(panel, "Set back", "Set back everything")
        ada.press(panel, "Back")
        change("Quotas")
        ada.submit(cooldown="1", person_hour="200", person_day="300", server_hour="400", server_day="500")
        expect(said).to_contain_text("One person 200 texts in an hour, 300 texts in a day")
        change("Length and pace")
        self.album.take("server-form", ada.page, ada.dialog)
        ada.submit(length="60", pace="2", running="1")
        expect(said).to_contain_text("Longest text 60 tokens")
        change("Banned words")
        ada.submit(words="dragon*, castle")
        expect(said).to_contain_text("Banned words dragon*, castle")
        change("Roles")
        ada.choose_several(panel, "Make a selection", "Writers")
        expect(said).to_contain_text("Roles @Writers")
        change("Strategies")
        ada.choose_several(panel, "Make a selection", "lookahead", "gibbs")
        expect(said).to_contain_text("Strategies lookahead, gibbs")
        self.take("server-rules", panel)

        why = self.refused(ben, lambda: ben.say("/speak prompt: Once upon a time"), "for people with the role @Writers only")
        self.take("barred", why)
        change("Roles")
        ada.choose_several(panel, "Writers", "Writers")
        expect(said).to_contain_text("Roles everybody")
        self.refused(ben, lambda: ben.say("/speak prompt: Once upon a time strategy: naive"), "naive")
        self.refused(ben, lambda: ben.say("/speak prompt: The castle"), "castle")
        self.refused(ben, lambda: ben.say("/speak prompt: Once upon a time length: 90"), "60")
        change("Channels")
        ada.choose_several(panel, "Make a selection", "general")
        expect(said).to_contain_text("Channels #general")
        other = [name for name in ben.page.locator("#channels button").all_inner_texts() if name.startswith("# ") and "general" not in name]
        ben.go(other[0])
        self.refused(ben, lambda: ben.say("/speak prompt: Once upon a time"), "Here texts are written in #general only.")
        ben.go("# general")
        type(self).house = panel.get_attribute("data-id")
        ben.say("/server settings")
        expect(ben.page.locator("#problem")).to_have_text("There is no command /server.")
        ben.page.locator("#plain").fill("")

    def test_11_a_manager_stops_somebody_and_lets_them_start_afresh(self):
        ada, ben = self.ada, self.ben
        long = ben.run(f"/speak prompt: {PROMPT} strategy: gibbs length: 60 options: iterations=5000")
        expect(long.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        expect(ada.run("/server stop user: Ben")).to_contain_text("Stopped the text of @Ben.")
        expect(long.locator(".footer")).to_contain_text("stopped")
        expect(ada.run("/server reset user: Ben")).to_contain_text("@Ben starts afresh")
        panel = ada.message(self.house)
        for part in ["Channels", "Strategies"]:
            ada.choose(panel, "Change …", part)
            marks = {"Channels": ["general"], "Strategies": ["lookahead", "gibbs"]}[part]
            ada.choose_several(panel, re.compile("general|lookahead"), *marks)
            expect(panel.locator(".description")).to_contain_text(f"{part} all")
        for part, fields in [("Quotas", ["cooldown", "person_hour", "person_day", "server_hour", "server_day"]),
                             ("Length and pace", ["length", "pace", "running"]), ("Banned words", ["words"])]:
            ada.choose(panel, "Change …", part)
            ada.submit(**dict.fromkeys(fields, ""))
        expect(panel.locator(".description")).to_contain_text("Banned words none")

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
        good = "A" if "lookahead" in self.votes(duel, {"ada": "Tie", "ben": "A", "chioma": "Both bad"}) else "B"
        thanks = ben.ask(ben.sees(duel), "B")
        expect(thanks).to_contain_text("Changed: B instead of A.")
        self.take("vote", thanks)
        self.refused(ben, lambda: ben.press(ben.sees(duel), "Close and reveal"), "Only the person who began this duel")
        ada.press(duel, "Close and reveal")
        expect(duel.locator(".content")).to_have_text(re.compile("B is better: 1 to 0. Equally good: 1, both bad: 1."))
        expect(duel).to_contain_text("lookahead · temperature")
        self.take("revealed", duel)
        self.assertIn(good, "AB")
        for _ in range(3):
            duel = self.duel("first: lookahead second: naive")
            best = max("AB", key=lambda name: len(set(duel.locator(".field").nth("AB".index(name)).inner_text().split())))
            self.votes(duel, dict.fromkeys(["ada", "ben", "chioma", "dario"], best))
            expect(duel.locator(".content")).to_contain_text(f"{best} is better: 4 to 0.")
        type(self).duel_left_open = self.duel("").get_attribute("data-id")

    def duel(self, ways):
        duel = self.ada.run(f"/arena prompt: Once upon a time length: 16 {ways}")
        expect(duel.locator(".content")).to_contain_text("Which text is better?", timeout=PATIENCE)
        return duel

    def votes(self, duel, votes):
        """People vote, each in their own browser; what the last one is told."""
        for name, label in votes.items():
            person = getattr(self, name)
            thanks = person.ask(person.sees(duel), label)
            expect(thanks).to_contain_text(f"You voted: {label}.")
        return thanks.inner_text()

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
        self.refused(ben, lambda: ben.say("/leaderboard export: csv"), "Only moderators of this server can export its votes")

    def content(self, link):
        """The file behind a link."""
        return self.ada.context.request.get(self.url + link.get_attribute("href").removeprefix(self.url)).text()

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

    def test_16_elsewhere_and_in_other_languages(self):
        ben, page = self.ben, self.ben.page
        for channel in ["@ Mouthpiece", "👥", "# lounge"]:
            ben.go(channel)
            text = ben.run("/speak prompt: The sea was length: 8")
            self.assertTrue(done(text).startswith("The sea was "))
            self.assertNotEqual(done(ben.ask(text, "Reroll")), "")
        self.take("guest", text)
        ben.go("# general")
        page.get_by_label("Your language").select_option("de")
        page.locator("#plain").click()
        page.keyboard.type("/sp")
        expect(page.locator("#picker .choice").first).to_contain_text("/sprich")
        self.album.take("german", page, page.locator("#picker"), page.locator("#composer"))
        page.keyboard.press("Enter")
        page.keyboard.type("Once upon a time länge: 8")
        text = ben.new(lambda: page.keyboard.press("Enter"))
        expect(text.locator(".used")).to_have_text("Ben used /sprich")
        self.assertTrue(done(text).startswith("Once upon a time "))
        page.get_by_label("Your language").select_option("en-US")

    def test_17_after_a_stop_everything_is_still_there(self):
        ada, ben, chioma = self.ada, self.ben, self.chioma
        before = done(ada.message(self.text))
        long = ada.run(f"/speak prompt: {PROMPT} {LONG}")
        expect(long.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        self.bot.stop()
        expect(long.locator(".footer")).to_contain_text("the bot was stopped")
        self.take("stopped", long)
        expect(ada.page.locator("#presence")).to_have_text("Mouthpiece is offline")
        text = ada.message(self.text)
        text.get_by_role("button", name="Reroll").click()
        expect(text.locator(".failed")).to_have_text("This interaction failed")
        type(self).bot = self.start()
        for person in self.people:
            expect(person.page.locator("#presence")).to_have_text("Mouthpiece is online", timeout=PATIENCE)

        self.assertNotEqual(done(ada.ask(text, "Reroll")), before)
        expect(text.locator(".failed")).to_have_count(0)
        self.assertTrue(done(ben.ask(ben.sees(text), "Continue")).startswith(before.rstrip(".")))
        other = ada.new(lambda: (ada.press(text, "Remix"), ada.submit(length="10")))
        expect(other.locator(".footer")).to_contain_text("length 10 · 10 tokens", timeout=PATIENCE)
        expect(ada.ask(text, "How?").locator("img.large")).to_be_visible(timeout=PATIENCE)
        ada.ask(other, "Delete")
        done(ada.ask(long, "Reroll"))

        sheet = ada.message(self.sheet)
        expect(sheet.locator(".description")).to_contain_text("slowly unlocked")
        ada.press(sheet, "Finish for me")
        expect(sheet.locator(".footer")).to_contain_text("2 chosen")
        expect(sheet.locator(".description")).to_contain_text("The old man slowly unlocked the door")
        ada.press(sheet, "Undo")
        expect(sheet.locator(".footer")).to_contain_text("1 chosen")

        duel = ada.message(self.duel_left_open)
        self.votes(duel, {"ben": "A", "chioma": "Tie"})
        ada.press(duel, "Close and reveal")
        expect(duel.locator(".content")).to_have_text(re.compile("A is better: 1 to 0. Equally good: 1."))

        panel = ada.message(self.panel)
        ada.press(panel, "Temperature 0.3")
        expect(panel.locator(".description")).to_contain_text("temperature 0.3 · yours")
        house = ada.message(self.house)
        ada.choose(house, "Change …", "Defaults of the server")
        expect(house.locator(".description")).to_contain_text("length 11")
        history = ada.message(self.history)
        ada.press(history, "Older")
        expect(history.locator("h3")).to_have_text("Your texts, page 2")
        expect(chioma.ask(chioma.message(self.shared), "Use this preset")).to_contain_text("prompt Every evening · yours")
        text = chioma.run("/speak")
        self.assertTrue(done(text).startswith("Every evening"))
        expect(text.locator(".footer")).to_contain_text("lookahead · temperature 0.5 · seed 6 · length 12")
        self.assertTrue(done(ada.run("/speak preset: winter evenings")).startswith("Every evening"))

    def test_18_who_wants_to_be_forgotten_is(self):
        chioma = self.chioma
        question = chioma.run("/forget-me")
        expect(question).to_contain_text("Delete everything that is kept of you?")
        self.take("forget-me", question)
        chioma.press(question, "Delete everything")
        expect(question.locator("h3")).to_have_text("Deleted")
        expect(chioma.run("/history")).to_contain_text("There are none yet")
        expect(chioma.run("/preset list")).to_contain_text("You have no presets yet.")

    def test_19_nothing_was_left_out_and_nothing_went_wrong(self):
        ran = [act for person in self.people for act in person.ran]
        registered = self.ask_sandbox("/sandbox/state")["commands"]
        self.assertEqual(checklist.registered(registered) - checklist.ran(ran), set(), "every command is run with every option")
        seen, used, sent = (set().union(*parts) for parts in zip(*((person.seen(), person.used, person.sent) for person in self.people)))
        kinds = checklist.kinds(used | sent)
        self.assertEqual(checklist.kinds(seen) - kinds, set(), "whatever could be used is used")
        self.assertEqual(checklist.registry("component") - checklist.names(used), set(), "every component there is")
        self.assertEqual(checklist.registry("modal") - checklist.names(sent), set(), "every form there is")
        for person in self.people:
            self.assertEqual((person.problems, person.elsewhere), ([], []), "no error in the page, and nothing from elsewhere")
        self.assertEqual(self.ask_sandbox("/sandbox/refused"), [], "the bot does all as Discord wants it")
        self.log.seek(0)
        logged = [json.loads(line) for line in self.log]
        self.assertEqual([line for line in logged if line["level"] in ("WARN", "ERROR")], [], "and logs no trouble")
