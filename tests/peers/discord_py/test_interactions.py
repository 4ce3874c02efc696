"""Commands, select menus, buttons and modals, as discord.py understands them."""

import unittest

import aiohttp
from sandbox import InTheSandbox

import discord


class Interactions(InTheSandbox):
    async def counted(self):
        """Runs a command. Returns its message with the custom ids of its menus and button."""
        await self.command("count", to=3)
        self.assertEqual(await self.seen(), ("up to 3", "by discord.py", True))
        message = await self.message("up to 3")
        return message, [row["components"][0]["custom_id"] for row in message["components"]]

    async def test_commands_are_registered(self):
        commands = {(command["type"], command["name"]) for command in (await self.state())["commands"]}
        slash = {(1, name) for name in ("count", "paint", "vanish", "err")}
        self.assertEqual(commands, slash | {(3, "Quote"), (2, "Greet")})

    async def test_a_deferred_response_is_edited_and_followed_up(self):
        message, _ = await self.counted()
        self.assertEqual(message["embeds"][0]["description"], "counted")
        private = await self.message("only you see this")
        self.assertEqual(private["flags"] & 64, 64)
        others = (await self.state(self.ben))["messages"]
        self.assertEqual([other["content"] for other in others], ["up to 3"])

    async def test_select_menus_update_their_message(self):
        message, (colour, person, _) = await self.counted()
        await self.act("component", message=message["id"], custom_id=colour, values=["blue", "red"])
        await self.message("blue and red", id=message["id"])
        await self.act("component", message=message["id"], custom_id=person, values=[self.ben])
        await self.message("for Ben", id=message["id"])

    async def test_a_button_opens_a_modal(self):
        message, (_, _, button) = await self.counted()
        token, said = await self.answered("component", message=message["id"], custom_id=button, values=[])
        name, why = (row["components"][0]["custom_id"] for row in said["modal"]["components"])
        await self.act("modal", token=token, fields=[[name, "Ada"], [why, "no reason"]])
        await self.message("Ada: no reason")
        self.assertEqual(await self.seen(), ("thanked", True))

    async def test_autocomplete(self):
        _, said = await self.answered(
            "autocomplete", name="paint", options=[{"name": "what", "value": "a", "focused": True}]
        )
        self.assertEqual(said["choices"], [{"name": "a cat", "value": "cat"}, {"name": "a dog", "value": "dog"}])

    async def test_embeds_and_files_are_sent(self):
        form = aiohttp.FormData()
        form.add_field("file", b"some words", filename="words.txt")
        async with self.http.post(self.url + "/sandbox/upload", data=form) as answer:
            file = (await answer.json())["id"]
        await self.command("paint", what="cat", file=file)
        painted, url, names = await self.seen()
        self.assertEqual((painted, names), ("painted", ["pixel.gif", "words.txt"]))
        async with self.http.get(url) as answer:
            self.assertEqual((await answer.read())[:6], b"GIF89a")

    async def test_context_menu_commands(self):
        message, _ = await self.counted()
        await self.act("menu", name="Quote", message=message["id"])
        await self.message("Mouthpiece said 'up to 3'")
        await self.act("menu", name="Greet", person=self.ben)
        await self.message(f"hello, <@{self.ben}>")

    async def test_a_response_is_deleted(self):
        await self.command("vanish")
        self.assertEqual(await self.seen(), ("vanished", 10008))
        self.assertEqual((await self.state())["messages"], [])

    async def test_invalid_responses_are_rejected(self):
        await self.command("err", how="nobody")
        self.assertEqual(await self.seen(), (discord.NotFound, 404, 10062))
        await self.command("err", how="twice")
        self.assertEqual(await self.seen(), (discord.HTTPException, 400, 40060))


if __name__ == "__main__":
    unittest.main(verbosity=2)
