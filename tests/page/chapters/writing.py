"""First chapters of the tour: texts, blanks, and the actions on them."""

import re

from page import PATIENCE, PROMPT, done, expect


class Writing:
    def test_01_a_text_is_typed_watched_and_stopped(self):
        ada, ben, page = self.ada, self.ben, self.ada.page
        picker, composer, keys = page.locator("#picker"), page.locator("#composer"), page.locator(".keys")
        page.locator("#plain").click()
        page.keyboard.type("/")
        expect(picker.locator(".choice").first).to_contain_text("/speak")
        self.album.take("commands", page, picker, composer, keys)
        page.keyboard.type("sp")
        page.keyboard.press("Enter")
        page.keyboard.type(PROMPT)
        page.keyboard.press("Tab")
        expect(picker.locator(".choice").first).to_contain_text("strategy")
        self.album.take("options", page, picker, composer, keys)
        page.keyboard.press("Escape")
        page.keyboard.type(" seed: 3")
        text = ada.new(lambda: page.keyboard.press("Enter"))
        expect(text.locator(".used")).to_have_text("Ada used /speak")
        self.assertRegex(done(text), f"^{PROMPT}\\W+\\w+")
        expect(text.locator(".footer")).to_contain_text("causal · temperature 0.6 · seed 3 · length 40 · ")
        self.take("speak", text)
        type(self).text = text.get_attribute("data-id")

        long = ada.run(
            "/speak prompt: The old lighthouse keeper opened the door and length: 100 options: tries=32 seed: 1"
        )
        expect(long.locator(".footer")).to_contain_text("▰▱", timeout=PATIENCE)
        self.take("writing", long)
        here = ben.sees(long)
        why = self.refused(
            ben,
            lambda: ben.press(here, "Stop"),
            "Only the person who asked for this text, or a moderator, can stop it.",
        )
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
        expect(how).to_contain_text(re.compile(r"\d+ passes in"))
        self.album.keep("how.gif", ada.context.request.get(film.get_attribute("src")).body())

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
        every = ada.run(
            "/speak prompt: Once upon a time strategy: gibbs temperature: 0.9 length: 12 seed: 5 top_k: 50 top_p: 0.9 "
            "options: iterations=30 tags: sea, ship context: They sailed for many days." + self.other_settings()
        )
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
        word = words.get_by_role("option").nth(2).locator("b").inner_text().split(" · ")[0]
        ada.page.keyboard.press("Escape")
        ada.choose(sheet, "Choose the word for blank 1", word)
        expect(fields.first).to_contain_text(f"Blank 1: {word} ✓")
        expect(sheet.locator(".footer")).to_contain_text("1 chosen")
        self.take("fill-chosen", sheet)
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
        rewritten = ada.run(
            "/rewrite text: The old man house goed to the sea quickly. seed: 1 temperature: 0.5 "
            "strength: moderate: what fits badly"
        )
        self.assertNotIn("goed", done(rewritten))
        self.take("rewrite", rewritten)
        words = ada.run(
            "/keywords words: sea, storm, lighthouse prompt: That night temperature: 0.7 length: 30 seed: 4"
        )
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
        expect(picker.filter(has_not_text="sandwich")).to_have_count(0)
        self.album.take("show-ids", page, page.locator("#picker"), page.locator(".keys"))
        self.assertGreater(picker.count(), 2)
        picker.last.click()
        shown = ada.new(lambda: page.keyboard.press("Enter"))
        self.assertEqual(done(shown), first)
        expect(shown.locator(".content")).to_contain_text("asked for by @Ada")
