"""An end-to-end tour of the bot: every command with every option, and every button, menu and modal.

Four users use the release program with the real model; halfway the program is restarted. PICTURES=folder keeps the images
of docs/tour.md. The tests run in the order of the tour and depend on the earlier ones.
"""

import json
import tempfile
import unittest

import checklist
import openapi
from album import Album
from chapters.living import Living
from chapters.returning import Returning
from chapters.settling import Settling
from chapters.writing import Writing
from page import Browser, Program, expect
from person import Person


class Tour(Writing, Settling, Living, Returning, unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder, cls.log = folder.name, open(folder.name + "/log", "w+")
        cls.addClassCleanup(cls.log.close)
        cls.sandbox = Program("sandbox", SANDBOX__PORT=0)
        cls.addClassCleanup(cls.sandbox.stop)
        cls.url = cls.sandbox.url()
        cls.bot = cls.start()
        cls.addClassCleanup(lambda: cls.bot.stop())
        cls.browser, cls.album = Browser(), Album()
        cls.addClassCleanup(cls.browser.close)
        cls.people = [Person(cls.browser, cls.url, name) for name in ["Ada (moderator)", "Ben", "Chioma", "Dario"]]
        cls.ada, cls.ben, cls.chioma, cls.dario = cls.people
        limits = {"plan": "rate_limits", "enforced": True}
        assert cls.ada.context.request.post(cls.url + "/sandbox/faults", data=limits).ok

    @classmethod
    def start(cls):
        return Program(
            "run",
            cls.log,
            DISCORD__TOKEN="any",
            DISCORD__API_BASE_URL=cls.url,
            LOG__FORMAT="json",
            STORE__PATH=cls.folder + "/store.sqlite3",
            ARENA__VOTES=4,
            STOP__GRACE_SECONDS=1,
        )

    def ask_sandbox(self, path):
        return self.ada.context.request.get(self.url + path).json()

    def take(self, name, message, *others):
        self.album.take(name, message.page, message, *others)

    def refused(self, person, act, sentence):
        """The response to `act` is ephemeral and contains the reason of a refusal."""
        message = person.new(act, "li.private")
        expect(message).to_contain_text(sentence)
        return message

    def content(self, link):
        """The content of the file that a link refers to."""
        return self.ada.context.request.get(self.url + link.get_attribute("href").removeprefix(self.url)).text()

    def next_round(self):
        """Ends the first round and keeps what was used in it."""
        type(self).first = self.round()
        for person in self.people:
            person.used, person.sent, person.ran = set(), set(), []

    def round(self):
        """The commands, the components and the modals that were used in this round."""
        ran = checklist.ran([act for person in self.people for act in person.ran])
        return ran, *(set().union(*parts) for parts in zip(*((person.used, person.sent) for person in self.people)))

    def test_20_everything_was_used_without_errors(self):
        first, second = self.first, self.round()
        ran, used, sent = (one | other for one, other in zip(first, second))
        registered = self.ask_sandbox("/sandbox/state")["commands"]
        self.assertEqual(checklist.registered(registered) - ran, set(), "every command is run with every option")
        seen = set().union(*(person.seen() for person in self.people))
        self.assertEqual(
            checklist.kinds(seen), checklist.kinds(used | sent), "every enabled component and modal is used"
        )
        self.assertEqual(first[0] - second[0], set(), "every command is run again after the restart")
        self.assertEqual(
            checklist.kinds(first[1] | first[2]) - checklist.kinds(second[1] | second[2]),
            set(),
            "every component and modal is used again after the restart",
        )
        self.assertEqual(
            checklist.registry("component") - checklist.names(used), set(), "every registered component is used"
        )
        self.assertEqual(checklist.registry("modal") - checklist.names(sent), set(), "every registered modal is used")
        for person in self.people:
            self.assertEqual(
                (person.problems, person.elsewhere), ([], []), "no error in the page, and no request to another host"
            )
        self.assertEqual(self.ask_sandbox("/sandbox/refused"), [], "no request was rejected")
        requests = self.ask_sandbox("/sandbox/requests")
        self.assertGreater(len(requests), 500)
        self.assertEqual(
            [problem for request in requests for problem in openapi.problems(request)],
            [],
            "every request conforms to the OpenAPI document",
        )
        self.log.seek(0)
        logged = [json.loads(line) for line in self.log]
        self.assertEqual(
            [line for line in logged if line["level"] in ("WARN", "ERROR")], [], "no warnings and no errors are logged"
        )
