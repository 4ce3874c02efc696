"""Last chapters of the tour: other channels and languages, a restart, and erasure of a user's data."""

import re

import checklist
from page import LONG, PATIENCE, PROMPT, done, expect


class Returning:
    def run_again(self, person, here):
        """Repeats earlier commands until each one for `here` has run with every option."""
        been = set()
        for command, act in [both for one in self.people for both in one.pasted]:
            paths = checklist.ran([act])
            if paths <= been or not all(map(here, paths)) or LONG in command:
                continue
            been |= paths
            answer = person.new(lambda command=command: person.say(command))
            expect(answer.locator(".thinking")).to_have_count(0, timeout=PATIENCE)
            expect(answer.get_by_role("button", name="Stop", exact=True)).to_have_count(0, timeout=PATIENCE)
            expect(answer).not_to_contain_text("Something broke")

    def every_button(self, person):
        """Makes a text, blanks, a duel and a preset in this channel, and uses their components. Returns a text."""
        self.assertRegex(done(text := person.run("/speak prompt: The sea was length: 8")), "^The sea was \\w+")
        self.assertNotEqual(done(again := person.ask(text, "Reroll")), done(text))
        self.assertTrue(done(person.ask(text, "Continue")).startswith(done(text).rstrip(".")))
        self.assertTrue(done(person.apps(text, "Continue with BERT")).startswith(done(text).rstrip(".")))
        number = re.search(r"\bid (\w+)", text.locator(".footer").inner_text())[1]
        self.assertEqual(done(person.run(f"/show id: {number}")), done(text))
        person.press(text, "Remix")
        other = person.new(lambda: person.submit(length="10"))
        expect(other.locator(".footer")).to_contain_text("length 10 · 10 tokens", timeout=PATIENCE)
        expect(person.ask(text, "How?").locator("img.large")).to_be_visible(timeout=PATIENCE)
        expect(person.ask(again, "Delete")).to_contain_text("Deleted.")
        long = person.run(f"/speak prompt: {PROMPT} {LONG}")
        expect(long.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        person.press(long, "Stop")
        expect(long.locator(".footer")).to_contain_text("stopped")

        sheet = person.run("/fill text: The old man ___ the door and looked at the ___.")
        person.press(sheet, "Type a word")
        person.submit(word="opened")
        expect(sheet.locator(".description")).to_contain_text("The old man opened the door")
        person.press(sheet, "Finish for me")
        expect(sheet.locator(".footer")).to_contain_text("2 chosen")

        duel = person.run("/arena prompt: Once upon a time length: 10")
        expect(duel.locator(".content")).to_contain_text("Which text is better?", timeout=PATIENCE)
        expect(person.ask(duel, "A")).to_contain_text("You voted: A.")
        person.press(duel, "Close and reveal")
        expect(duel.locator(".content")).to_have_text(re.compile("A is better: 1 to 0."))

        panel = person.run("/settings show")
        person.choose(panel, "Change a value", "Change length")
        person.submit(value="9")
        expect(panel.locator(".description")).to_contain_text("length 9 · yours")
        person.run("/preset save name: evenings")
        shared = person.run("/preset share name: evenings")
        person.choose(panel, "Set back", "Set back everything")
        expect(person.ask(shared, "Use this preset")).to_contain_text("length 9 · yours")
        return text

    def test_16_elsewhere_and_in_other_languages(self):
        ben, page = self.ben, self.ben.page
        ben.go("Ada, Ben, Chioma, Dario")
        text = ben.run("/speak prompt: The sea was length: 8")
        self.assertRegex(done(text), "^The sea was \\w+")
        self.assertNotEqual(done(ben.ask(text, "Reroll")), "")
        for channel in ["@ Mouthpiece", "# lounge"]:
            ben.go(channel)
            self.take("guest", self.every_button(ben))
            ben.run("/preset save name: evenings")
            self.run_again(ben, lambda path: not path.startswith("/server"))
        ben.run("/settings reset")
        ben.go("# general")
        page.get_by_label("Your language").select_option("de")
        page.locator("#plain").click()
        page.keyboard.type("/sp")
        expect(page.locator("#picker .choice").first).to_contain_text("/sprich")
        self.album.take("german", page, page.locator("#picker"), page.locator(".keys"))
        page.keyboard.press("Enter")
        page.keyboard.type("Once upon a time länge: 8")
        text = ben.new(lambda: page.keyboard.press("Enter"))
        expect(text.locator(".used")).to_have_text("Ben used /sprich")
        self.assertRegex(done(text), "^Once upon a time")
        page.get_by_label("Your language").select_option("en-US")

    def test_17_after_a_stop_everything_is_still_there(self):
        ada, ben, chioma = self.ada, self.ben, self.chioma
        before = done(ada.message(self.text))
        long = ada.run(f"/speak prompt: {PROMPT} {LONG}")
        expect(long.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        self.bot.stop()
        self.next_round()
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
        again = ada.ask(long, "Reroll")
        expect(again.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        ada.press(again, "Stop")
        expect(again.locator(".footer")).to_contain_text("stopped")

        sheet = ada.message(self.sheet)
        expect(sheet.locator(".description")).to_contain_text("slowly unlocked")
        ada.press(sheet, "Finish for me")
        expect(sheet.locator(".footer")).to_contain_text("2 chosen")
        expect(sheet.locator(".description")).to_contain_text("The old man slowly unlocked the door")
        ada.press(sheet, "Undo")
        expect(sheet.locator(".footer")).to_contain_text("1 chosen")
        ada.press(sheet, "Previous blank")
        expect(sheet.locator(".field").first).to_contain_text("▸ Blank 1")
        ada.press(sheet, "Next blank")
        expect(sheet.locator(".field").nth(1)).to_contain_text("▸ Blank 2")
        ada.press(sheet, "Other words")
        ada.open(sheet, "Choose the word for blank 2").get_by_role("option").nth(1).click()
        expect(sheet.locator(".footer")).to_contain_text("2 chosen")
        ada.press(sheet, "Previous blank")
        ada.press(sheet, "Type a word")
        ada.submit(word="gently")
        expect(sheet.locator(".description")).to_contain_text("The old man gently")

        duel = ada.message(self.duel_left_open)
        self.votes(duel, {"dario": "Both bad", "ben": "B", "chioma": "Tie"})
        expect(ben.ask(ben.sees(duel), "A")).to_contain_text("Changed: A instead of B.")
        ada.press(duel, "Close and reveal")
        expect(duel.locator(".content")).to_have_text(re.compile("A is better: 1 to 0. Equally good: 1, both bad: 1."))

        panel = ada.message(self.panel)
        ada.press(panel, "Temperature 0.3")
        expect(panel.locator(".description")).to_contain_text("temperature 0.3 · yours")
        ada.choose(panel, "Choose a strategy", "keywords")
        self.set_everything(panel)
        self.set_back(panel)
        house = ada.message(self.house)
        expect(house.locator(".field")).to_contain_text("length 11")
        self.settle_channel(house)
        self.settle_defaults(house)
        self.settle_rules(house)
        ada.choose(house, "Change …", "Roles")
        ada.choose_several(house, "Writers", "Writers")
        ada.choose(house, "Change …", "Channels")
        ada.choose_several(house, "Make a selection", "general")
        expect(house.locator(".description")).to_contain_text("Channels #general")
        self.unsettle_rules(house)
        queue = ada.message(self.queue)
        long = ben.run(f"/speak prompt: {PROMPT} {LONG}")
        expect(long.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        ada.press(queue, "Look again")
        ada.choose(queue, "Stop a text", "gibbs")
        expect(long.locator(".footer")).to_contain_text("stopped")
        history = ada.message(self.history)
        ada.press(history, "Older")
        expect(history.locator("h3")).to_have_text("Your texts, page 2")
        ada.press(history, "Newer")
        expect(chioma.ask(chioma.message(self.shared), "Use this preset")).to_contain_text(
            "prompt Every evening · yours"
        )
        text = chioma.run("/speak")
        self.assertTrue(done(text).startswith("Every evening"))
        expect(text.locator(".footer")).to_contain_text("best-of · temperature 0.5 · seed 6 · length 12")
        self.assertTrue(done(ada.run("/speak preset: winter evenings")).startswith("Every evening"))

    def test_18_and_every_command_works(self):
        ada, ben = self.ada, self.ben
        ada.run("/preset save name: winter evenings")
        self.run_again(ada, lambda path: path != "/forget-me")
        ada.run("/settings reset")
        text = ada.message(self.text)
        number = re.search(r"\bid (\w+)", text.locator(".footer").inner_text())[1]
        self.assertEqual(done(ada.run(f"/show id: {number}")), done(text))
        said = ada.sees(ben.new(lambda: ben.say("The weather was so nice that we")))
        for menu in ["Continue with BERT", "Rewrite with BERT"]:
            self.assertNotEqual(done(ada.apps(said, menu)), "")
        expect(ada.apps(said, "Score with BERT").locator("img.large")).to_be_visible(timeout=PATIENCE)

    def test_19_who_wants_to_be_forgotten_is(self):
        chioma = self.chioma
        question = chioma.run("/forget-me")
        expect(question).to_contain_text("Delete everything that is kept of you?")
        self.take("forget-me", question)
        chioma.press(question, "Delete everything")
        expect(question.locator("h3")).to_have_text("Deleted")
        expect(chioma.run("/history")).to_contain_text("There are none yet")
        expect(chioma.run("/preset list")).to_contain_text("You have no presets yet.")
