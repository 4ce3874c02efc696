"""A user of the page. Seen and used components are recorded, so that the tour can tell what it left out."""

import json
import os

from page import Tab, expect

# Records the custom id of every enabled button, menu and form.
SEEN = """
window.seen = new Set();
new MutationObserver(() => document.querySelectorAll("[data-key]:not(:disabled)").forEach((node) => seen.add(node.dataset.key)))
    .observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-key", "disabled"] });
"""
# The id of the newest message that matches a selector. All ids have the same number of digits.
NEWEST = "['', ...[...document.querySelectorAll(kind)].map((node) => node.dataset.id)].sort().at(-1)"


class Person(Tab):
    def __init__(self, browser, url, name):
        super().__init__(
            browser, url, width=860, height=1200, scale=2 if os.environ.get("PICTURES") else 1, script=SEEN
        )
        self.name, self.used, self.sent, self.ran, self.pasted = name, set(), set(), [], []
        self.page.on("request", self.note)
        self.page.get_by_label("Who you are").select_option(label=name)
        expect(self.page.locator("#my-avatar")).to_have_text(name[0])
        self.messages = self.page.locator("li.message")
        self.dialog = self.page.get_by_role("dialog")

    def note(self, request):
        """Records the actions that the page posts to the sandbox."""
        if request.url.endswith("/sandbox/act"):
            act = json.loads(request.post_data)
            if act["act"] == "component":
                self.used.add(act["custom_id"])
            self.ran.append(act)

    def seen(self):
        return set(self.page.evaluate("[...window.seen]"))

    def sees(self, message):
        """Another user's message, in this user's tab."""
        return self.message(message.get_attribute("data-id"))

    def message(self, number):
        found = self.page.locator(f'li[data-id="{number}"]')
        expect(found).to_be_visible()
        return found

    def new(self, act, kind="li.message"):
        """The new message that `act` causes."""
        before = self.page.evaluate(f"kind => {NEWEST}", kind)
        act()
        after = self.page.wait_for_function(f"([kind, before]) => {NEWEST} > before && {NEWEST}", arg=[kind, before])
        return self.message(after.json_value())

    def run(self, command):
        """Types a command and sends it. Returns the message that responds to it."""
        answer = self.new(lambda: self.say(command))
        self.pasted.append((command, self.ran[-1]))
        return answer

    def say(self, text):
        line = self.page.locator("#plain")
        line.fill(text)
        line.press("Enter")

    def go(self, channel):
        """Opens a channel."""
        self.page.get_by_role("button", name=channel).click()

    def press(self, message, label):
        """Presses a button and waits for the bot's response."""
        message.get_by_role("button", name=label, exact=True).click()
        self.taken(message)

    def ask(self, message, label):
        """Presses a button whose response is a new message. Returns that message."""
        return self.new(lambda: self.press(message, label))

    def choose(self, message, menu, label):
        """Chooses an option of a select menu."""
        self.open(message, menu).get_by_role("option").filter(has_text=label).first.click()
        self.taken(message)

    def choose_several(self, message, menu, *labels):
        """Toggles options of a select menu and submits it."""
        entries = self.open(message, menu)
        for label in labels:
            entries.get_by_role("option").filter(has_text=label).first.click()
        self.page.keyboard.press("Enter")
        self.taken(message)

    def open(self, message, menu):
        """Opens a select menu. Returns the list of its options."""
        message.get_by_role("button", name=menu).click()
        return self.page.locator(".list")

    def taken(self, message):
        expect(message.locator(".busy")).to_have_count(0)
        expect(message.locator(".failed")).to_have_count(0)

    def submit(self, **fields):
        """Fills in the inputs of the open modal, by custom id, and submits it."""
        for name, text in fields.items():
            self.dialog.locator(f'[name="{name}"]').fill(text)
        self.sent.add(self.dialog.get_attribute("data-key"))
        self.dialog.get_by_role("button", name="Submit").click()
        expect(self.dialog).to_have_count(0)

    def apps(self, message, label):
        """Runs a context menu command of a message. Returns the message that responds to it."""

        def act():
            message.click(button="right", position={"x": 300, "y": 10})
            self.page.get_by_role("menuitem", name=label).click()

        return self.new(act)
