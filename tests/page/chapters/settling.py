"""Middle chapters of the tour: settings of users, presets, and rules of a guild."""

import re

from page import PATIENCE, PROMPT, done, expect

# Values for the modals of the settings panel; other settings get the text "calm".
GIVEN = {
    "prompt": "Every morning",
    "temperature": "0.6",
    "length": "14",
    "seed": "8",
    "top_k": "40",
    "top_p": "0.95",
    "options": "repetition=1.2",
    "tags": "sun, garden",
    "context": "It was summer.",
    "keywords": "tea",
}


class Settling:
    def test_08_settings_are_kept_in_a_panel(self):
        ada = self.ada
        panel = ada.run("/settings show")
        values = panel.locator(".description")
        expect(values).to_contain_text("strategy causal · default")
        self.take("settings", panel)
        ada.choose(panel, "Choose a strategy", "keywords")
        expect(values).to_contain_text("strategy keywords · yours")
        ada.press(panel, "Temperature 0.7")
        expect(values).to_contain_text("temperature 0.7 · yours")
        self.set_everything(panel)
        self.take("settings-changed", panel)
        text = ada.run("/speak")
        self.assertRegex(done(text), "^Every morning.*tea")
        expect(text.locator(".footer")).to_contain_text("keywords · temperature 0.6 · seed 8 · length 14")
        self.set_back(panel)
        type(self).panel = panel.get_attribute("data-id")
        some = ada.run(
            "/settings set prompt: Every evening strategy: best-of temperature: 0.5 length: 12 seed: 6 top_k: 30 "
            "top_p: 0.9 options: drafts=2 tags: moon context: It was winter. keywords: fire" + self.other_settings()
        )
        expect(some.locator(".description")).to_contain_text("prompt Every evening · yours")
        some = ada.run("/settings reset what: keywords")
        expect(some.locator(".description")).to_contain_text("keywords none")

    def other_settings(self):
        """The settings without a value above, as options of a command."""
        commands = {command["name"]: command for command in self.ask_sandbox("/sandbox/state")["commands"]}
        subcommands = {option["name"]: option for option in commands["settings"]["options"]}
        names = {option["name"] for option in subcommands["set"]["options"]} - {*GIVEN, "strategy"}
        return "".join(f" {name}: calm" for name in sorted(names))

    def set_everything(self, panel):
        """Fills in every modal of Ada's settings panel."""
        entries = self.ada.open(panel, "Change a value")
        names = [text.removeprefix("Change ") for text in entries.locator(".entry b").all_inner_texts()]
        self.ada.page.keyboard.press("Escape")
        self.assertLessEqual(set(GIVEN), set(names), "each has a form")
        for name in names:
            value = GIVEN.get(name, "calm")
            self.ada.choose(panel, "Change a value", f"Change {name}")
            self.ada.submit(value=value)
            expect(panel.locator(".description")).to_contain_text(f"{name} {value} · yours")

    def set_back(self, panel):
        self.ada.choose(panel, "Set back", "Set back keywords")
        expect(panel.locator(".description")).to_contain_text("keywords none")

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
        ada.run("/settings set temperature: 0.4")
        ada.run("/preset save name: throwaway")
        expect(ada.run("/preset delete name: throwaway")).to_contain_text("Forgotten: throwaway.")
        listed = ada.run("/preset list")
        expect(listed).to_contain_text("winter evenings")
        expect(listed).not_to_contain_text("throwaway")
        self.take("presets", listed)
        ada.run("/settings reset")

    def test_10_a_server_has_defaults_and_rules(self):
        ada, ben = self.ada, self.ben
        panel = ada.run("/server settings")
        said = panel.locator(".description")
        expect(panel.locator("h3")).to_have_text("This server")
        menu = ada.open(panel, "Change …")
        self.take("server", panel, menu)
        ada.page.keyboard.press("Escape")
        self.settle_channel(panel)
        self.settle_defaults(panel)
        self.settle_rules(panel)
        self.take("server-rules", panel)

        def change(part):
            ada.choose(panel, "Change …", part)

        why = self.refused(
            ben, lambda: ben.say("/speak prompt: Once upon a time"), "for people with the role @Writers only"
        )
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
        other = [
            name
            for name in ben.page.locator("#channels button").all_inner_texts()
            if name.startswith("# ") and "general" not in name
        ]
        ben.go(other[0])
        self.refused(
            ben, lambda: ben.say("/speak prompt: Once upon a time"), "Here texts are written in #general only."
        )
        ben.go("# general")
        type(self).house = panel.get_attribute("data-id")
        ben.say("/server settings")
        expect(ben.page.locator("#problem")).to_have_text("There is no command /server.")
        ben.page.locator("#plain").fill("")

    def try_defaults(self, panel):
        """Uses every component of a panel of defaults."""
        ada, said = self.ada, panel.locator(".description")
        ada.choose(panel, "Choose a strategy", "gibbs")
        expect(said).to_contain_text("strategy gibbs")
        ada.press(panel, "Temperature 1")
        expect(said).to_contain_text("temperature 1 ")
        ada.choose(panel, "Change a value", "Change length")
        ada.submit(value="11")
        expect(said).to_contain_text("length 11")
        ada.choose(panel, "Set back", "Set back strategy")
        expect(said).to_contain_text("strategy causal")

    def settle_defaults(self, panel):
        ada = self.ada
        ada.choose(panel, "Change …", "Defaults of the server")
        expect(panel.locator("h3")).to_have_text("Defaults of this server")
        self.try_defaults(panel)
        ada.press(panel, "Back")
        expect(panel.locator(".field")).to_contain_text("length 11")

    def settle_channel(self, panel):
        """Sets defaults and limits of a channel, tries them, and resets them."""
        ada, ben, said = self.ada, self.ben, panel.locator(".description")
        ada.choose(panel, "Change …", "One channel")
        ada.choose(panel, "Make a selection", "experiments")
        expect(said).to_contain_text("What holds in #experiments and its threads instead.")
        ada.choose(panel, "Change …", "Length and pace")
        ada.submit(length="9", pace="2")
        expect(said).to_contain_text("Longest text 9 tokens")
        ada.choose(panel, "Change …", "Banned words")
        ada.submit(words="castle")
        expect(said).to_contain_text("Banned words castle")
        for part, name in [("Roles", "Writers"), ("Strategies", "naive")]:
            ada.choose(panel, "Change …", part)
            ada.choose_several(panel, "Make a selection", name)
            expect(said).to_contain_text(name)
        self.take("server-channel", panel)
        ben.go("# experiments")
        self.refused(ben, lambda: ben.say("/speak prompt: Once upon a time"), "the role @Writers only")
        for part, name in [("Roles", "Writers"), ("Strategies", "naive")]:
            ada.choose(panel, "Change …", part)
            ada.choose_several(panel, name, name)
            expect(said).to_contain_text(f"{part} as on the server")
        self.refused(ben, lambda: ben.say("/speak prompt: The castle"), "castle")
        self.refused(ben, lambda: ben.say("/speak prompt: Once upon a time length: 10"), "at most 9 here")
        ben.go("# general")
        for part, fields in [("Length and pace", ["length", "pace"]), ("Banned words", ["words"])]:
            ada.choose(panel, "Change …", part)
            ada.submit(**dict.fromkeys(fields, ""))
        expect(said).to_contain_text("Banned words those of the server")
        ada.choose(panel, "Change …", "Defaults of the channel")
        expect(panel.locator("h3")).to_have_text("Defaults of a channel")
        self.try_defaults(panel)
        ada.choose(panel, "Set back", "Set back everything")
        ada.press(panel, "Back")
        ada.press(panel, "Back")

    def settle_rules(self, panel):
        """Uses the remaining components of a guild's panel."""
        ada, said = self.ada, panel.locator(".description")
        ada.choose(panel, "Change …", "Quotas")
        ada.submit(cooldown="1", person_hour="200", person_day="300", server_hour="400", server_day="500")
        expect(said).to_contain_text("One person 200 texts in an hour, 300 texts in a day")
        ada.choose(panel, "Change …", "Length and pace")
        ada.submit(length="60", pace="2", running="1")
        expect(said).to_contain_text("Longest text 60 tokens")
        ada.choose(panel, "Change …", "Banned words")
        ada.submit(words="dragon*, castle")
        expect(said).to_contain_text("Banned words dragon*, castle")
        ada.choose(panel, "Change …", "Roles")
        ada.choose_several(panel, "Make a selection", "Writers")
        expect(said).to_contain_text("Roles @Writers")
        ada.choose(panel, "Change …", "Strategies")
        ada.choose_several(panel, "Make a selection", "lookahead", "gibbs")
        expect(said).to_contain_text("Strategies lookahead, gibbs")

    def unsettle_rules(self, panel):
        """Resets all rules."""
        ada = self.ada
        for part, mark in [("Roles", "Writers"), ("Channels", "general"), ("Strategies", "lookahead|gibbs")]:
            ada.choose(panel, "Change …", part)
            expect(panel.locator("h3")).to_have_text(part)
            if panel.get_by_role("button", name=re.compile(mark)).count():
                ada.choose_several(panel, re.compile(mark), *mark.split("|"))
            else:
                ada.press(panel, "Back")
            expect(panel.locator("h3")).to_have_text("This server")
        for part, fields in [
            ("Quotas", ["cooldown", "person_hour", "person_day", "server_hour", "server_day"]),
            ("Length and pace", ["length", "pace", "running"]),
            ("Banned words", ["words"]),
        ]:
            ada.choose(panel, "Change …", part)
            ada.submit(**dict.fromkeys(fields, ""))
        for none in ["Channels all", "Roles everybody", "Strategies all", "Banned words none"]:
            expect(panel.locator(".description")).to_contain_text(none)

    def test_11_a_manager_stops_somebody_and_lets_them_start_afresh(self):
        ada, ben = self.ada, self.ben
        long = ben.run(f"/speak prompt: {PROMPT} strategy: gibbs length: 60 options: iterations=5000")
        expect(long.locator(".footer")).to_contain_text("writing", timeout=PATIENCE)
        expect(ada.run("/server stop user: @Ben")).to_contain_text("Stopped the text of @Ben.")
        expect(long.locator(".footer")).to_contain_text("stopped")
        expect(ada.run("/server reset user: @Ben")).to_contain_text("@Ben starts afresh")
        self.unsettle_rules(ada.message(self.house))
