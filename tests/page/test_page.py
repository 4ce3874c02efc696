"""Tests of the page: the release program with its sandbox, driven through a browser.

PICTURES=folder keeps a screenshot after every test.
"""

import os
import tempfile
import unittest

from page import LONG, PROMPT, Browser, Program, Tab, done, expect


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        program = Program("run", SANDBOX__PORT=0, STORE__PATH=folder.name + "/store.sqlite3")
        cls.addClassCleanup(program.stop)
        cls.url = program.url()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.tab = Tab(self.browser, self.url)
        self.addCleanup(self.tab.context.close)
        self.page = self.tab.page

    def tearDown(self):
        if pictures := os.environ.get("PICTURES"):
            self.page.screenshot(path=f"{pictures}/{self._testMethodName}.png")
        self.assertEqual(
            (self.tab.problems, self.tab.elsewhere), ([], []), "no error in the page, and no request to another host"
        )

    def type(self, text):
        self.page.keyboard.type(text)

    def send(self, text):
        """Types a command and sends it. Returns the message that responds to it."""
        before = self.page.locator("li.message").count()
        self.type(text)
        self.page.keyboard.press("Enter")
        return self.page.locator("li.message").nth(before)

    def test_a_typed_speak_command_streams_until_the_text_is_complete(self):
        message = self.send(f"/speak prompt: {PROMPT}")
        expect(message.locator(".used")).to_have_text("Ada used /speak")
        text = done(message)
        self.assertTrue(text.startswith(PROMPT) and len(text.split()) > 20, text)
        self.assertGreater(len(message.locator(".description strong").inner_text().split()), 10)

    def test_the_text_grows_while_it_is_written(self):
        self.page.evaluate("""() => {
            window.seen = new Set();
            new MutationObserver(() => document.querySelectorAll('.description').forEach((node) => window.seen.add(node.innerText)))
                .observe(document.getElementById('messages'), { childList: true, subtree: true });
        }""")
        done(self.send(f"/speak prompt: {PROMPT} strategy: gibbs length: 60"))
        self.assertGreater(len(self.page.evaluate("[...window.seen]")), 2)

    def test_the_stop_button_is_for_the_author_only(self):
        message = self.send(f"/speak prompt: {PROMPT} {LONG}")
        expect(message.get_by_role("button", name="Stop")).to_be_visible()
        self.page.get_by_label("Who you are").select_option(label="Ben")
        self.page.get_by_role("button", name="Stop").last.click()
        expect(self.page.locator(".message.private").last).to_contain_text("Only the person who asked for this text")
        self.page.get_by_label("Who you are").select_option(label="Ada (moderator)")
        message = self.page.locator("li.message").filter(has=self.page.get_by_role("button", name="Stop"))
        message.get_by_role("button", name="Stop").click()
        expect(self.page.locator(".footer").last).to_contain_text("stopped", timeout=15_000)

    def test_the_picker_works_with_the_keyboard(self):
        self.type("/")
        picker = self.page.locator("#picker .choice")
        expect(picker.first).to_contain_text("/speak")
        self.type("fi")
        expect(picker).to_have_count(1)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#command")).to_contain_text("/fill")
        self.type("The old man ___ the door.")
        self.page.keyboard.press("Tab")
        expect(picker.first).to_contain_text("top")
        self.page.keyboard.press("Enter")
        self.type("3")
        before = self.page.locator("li.message").count()
        self.page.keyboard.press("Enter")
        fields = self.page.locator("li.message").nth(before).locator(".field")
        expect(fields).to_have_count(1)
        self.assertEqual(fields.inner_text().count("%"), 3)

    def test_invalid_commands_are_rejected_before_they_are_sent(self):
        problem = self.page.locator("#problem")
        self.type("/nothing\n")
        expect(problem).to_contain_text("There is no command /nothing.")
        self.page.locator("#plain").fill("")
        self.type("/speak prompt: x temperature: 9\n")
        expect(problem).to_contain_text("temperature must be from 0 to 5")
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Escape")
        expect(self.page.locator("#plain")).to_be_visible()

    def test_ephemeral_messages_are_visible_to_one_user_and_can_be_dismissed(self):
        message = self.send("/settings set length: 12")
        expect(message).to_contain_text("Only you can see this")
        expect(message).to_contain_text("length 12 · yours")
        self.page.get_by_label("Who you are").select_option(label="Chioma")
        expect(self.page.locator(".message.private")).to_have_count(0)
        self.page.get_by_label("Who you are").select_option(label="Ada (moderator)")
        private = self.page.locator(".message.private")
        expect(private.last).to_contain_text("length 12")
        left = private.count() - 1
        private.last.get_by_role("button", name="Dismiss message").click()
        expect(private).to_have_count(left)
        self.send("/settings reset ")

    def test_content_never_becomes_markup(self):
        typed = "<img src=x onerror=alert(1)> **bold** @everyone `code`"
        text = done(self.send(f"/speak length: 3 prompt: {typed}"))
        self.assertTrue(text.startswith(typed), text)
        self.assertEqual(self.page.locator("#messages img").count(), 0)

    def test_users_write_messages_and_messages_have_a_context_menu(self):
        before = self.page.locator("li.message").count()
        self.type("hello, **everybody**\n")
        message = self.page.locator("li.message").nth(before)
        expect(message.locator(".author")).to_have_text("Ada")
        expect(message.locator("strong")).to_have_text("everybody")
        message.click(button="right", position={"x": 300, "y": 10})
        menu = self.page.get_by_role("menu", name="Message")
        expect(menu.get_by_role("menuitem").first).to_be_focused()
        self.page.keyboard.press("ArrowDown")
        expect(menu.get_by_role("menuitem", name="Copy message ID")).to_be_focused()
        self.page.keyboard.press("Escape")
        expect(menu).to_have_count(0)
        message.hover()
        message.get_by_role("button", name="More").click()
        expect(menu).to_be_visible()

    def test_select_menus_and_modals_work_with_the_keyboard(self):
        message = self.send("/fill text: The ___ was sitting on the ___.")
        menu = message.get_by_role("button", name="Choose the word for blank 1")
        menu.click()
        entries = self.page.get_by_role("listbox", name="Choose the word for blank 1").get_by_role("option")
        expect(entries.first).to_be_focused()
        self.page.keyboard.press("End")
        expect(entries.last).to_be_focused()
        word = entries.last.locator("b").inner_text().split(" ·")[0]
        self.page.keyboard.press("Enter")
        expect(message.locator(".field").first).to_contain_text(f"Blank 1: {word}")
        message.get_by_role("button", name="Type a word").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog.locator("input, textarea").first).to_be_focused()
        dialog.locator("input, textarea").first.fill("")
        dialog.get_by_role("button", name="Submit").click()
        expect(dialog.get_by_role("alert")).to_contain_text("is required")
        dialog.locator("input, textarea").first.fill("old wooden bench")
        dialog.get_by_role("button", name="Submit").click()
        expect(dialog).to_have_count(0)

    def test_edits_keep_the_scroll_position(self):
        for number in range(25):
            self.type(f"line {number}\n")
        expect(self.page.locator("li.message").filter(has_text="line 24")).to_be_visible()
        growing = self.send(f"/speak prompt: {PROMPT} {LONG}")
        expect(growing.locator(".footer")).to_contain_text("writing")
        self.page.locator("#messages").evaluate("list => { list.scrollTop = 200; }")
        top = "() => document.querySelectorAll('#messages li')[8].getBoundingClientRect().top"
        before = self.page.evaluate(top)
        text = growing.locator(".footer").inner_text()
        expect(growing.locator(".footer")).not_to_have_text(text)
        self.assertAlmostEqual(self.page.evaluate(top), before, delta=1)
        growing.get_by_role("button", name="Stop").click()
        expect(growing.locator(".footer")).to_contain_text("stopped", timeout=15_000)

    def test_the_chosen_language_survives_a_reload(self):
        picker = self.page.get_by_label("Your language")
        self.assertEqual(picker.locator("option").count(), 32)
        picker.select_option("de")
        self.page.reload()
        expect(picker).to_have_value("de")
        picker.select_option("en-US")

    def test_channels_without_the_bot_are_marked(self):
        self.page.get_by_role("button", name="# lounge").click()
        expect(self.page.locator("#guest")).to_be_visible()
        expect(self.page.locator(".welcome")).to_contain_text("The app is a guest here")

    def test_light_mode_and_direct_messages(self):
        self.page.emulate_media(color_scheme="light")
        self.page.get_by_role("button", name="@ Mouthpiece").click()
        expect(self.page.locator("#channel-name")).to_have_text("Mouthpiece")
        done(self.send("/fill text: She ___ the ___ into the house."))
        self.send("/help")
        expect(self.page.locator(".message.private").last).to_contain_text(
            "/speak prompt: In order to make a sandwich, first"
        )
