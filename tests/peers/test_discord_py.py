"""A small bot of discord.py's in the sandbox: what another library understands is Discord, and not our idea of it."""

import asyncio
import os
import pathlib
import re
import subprocess
import unittest

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 30


class Peer(discord.Client):
    """Counts aloud: defers, edits while it counts, and says with a button when it is told to stop."""

    def __init__(self):
        super().__init__(intents=discord.Intents.none())
        self.tree = app_commands.CommandTree(self)
        self.there = asyncio.Event()
        self.resumed = asyncio.Event()
        self.counted = self.pressed = None

        @self.tree.command(description="Counts aloud.")
        @app_commands.describe(to="How far.")
        async def count(interaction: discord.Interaction, to: app_commands.Range[int, 1, 5]):
            await interaction.response.defer()
            for number in range(1, to + 1):
                await interaction.edit_original_response(content=str(number))
            view = discord.ui.View(timeout=None)
            view.add_item(discord.ui.Button(label="More", custom_id="more"))
            embed = discord.Embed(description="counted").set_footer(text="by discord.py")
            await interaction.edit_original_response(content=f"up to {to}", embed=embed, view=view)
            await interaction.followup.send("only you see this", ephemeral=True)
            original = await interaction.original_response()
            self.counted = (original.content, original.embeds[0].footer.text, original.author.id == self.user.id)

    async def setup_hook(self):
        await self.tree.sync()

    async def on_ready(self):
        self.there.set()

    async def on_resumed(self):
        self.resumed.set()

    async def on_interaction(self, interaction):
        if interaction.type is discord.InteractionType.component:
            self.pressed = interaction.data["custom_id"]
            await interaction.response.edit_message(content="more", view=None)


class InTheSandbox(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MOUTHPIECE")}
        environment |= {"MOUTHPIECE__SANDBOX__PORT": "0"}
        self.program = subprocess.Popen([ROOT / "target/release/mouthpiece", "sandbox"], env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.program.stdout.close)
        self.addCleanup(self.program.wait, LIMIT)
        self.addCleanup(self.program.terminate)
        self.url = next(match[1] for line in self.program.stdout if (match := re.search(r"open at (http://[\w.:]+)\. ", line)))
        Route.BASE = self.url + "/api/v10"
        self.http = aiohttp.ClientSession()
        self.addAsyncCleanup(self.http.close)
        # The library knows the gateway by heart.
        async with self.http.get(self.url + "/api/v10/gateway") as answer:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await answer.json())["url"])
        self.bot = Peer()
        self.addAsyncCleanup(self.bot.close)
        self.running = asyncio.create_task(self.bot.start("a-token-of-any-kind"))
        there = asyncio.create_task(self.bot.there.wait())
        done, _ = await asyncio.wait({self.running, there}, timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if self.running in done:
            await self.running
        self.assertIn(there, done, "it is ready")

    async def state(self):
        async with self.http.get(self.url + "/sandbox/state") as answer:
            return await answer.json()

    async def act(self, what, **body):
        async with self.http.post(f"{self.url}/sandbox/act", json=body | {"act": what}) as answer:
            self.assertLess(answer.status, 300, await answer.text())

    async def until(self, look):
        async with asyncio.timeout(LIMIT):
            while not (seen := look(await self.state())):
                await asyncio.sleep(0.05)
        return seen

    async def test_it_registers_answers_edits_follows_up_and_hears_buttons(self):
        state = await self.state()
        user, channel = state["users"][0]["id"], state["channels"][0]["id"]
        self.assertEqual([command["name"] for command in state["commands"]], ["count"])
        await self.act("command", user=user, channel=channel, name="count", options=[{"name": "to", "type": 4, "value": 3}])

        def counted(state):
            return next((message for message in state["messages"] if message["content"] == "up to 3"), None)

        message = await self.until(counted)
        await self.until(lambda state: any(message["content"] == "only you see this" for message in state["messages"]))
        await self.until(lambda _: self.bot.counted)
        self.assertEqual(self.bot.counted, ("up to 3", "by discord.py", True))
        await self.act("component", user=user, channel=channel, message=message["id"], custom_id="more", values=[])
        await self.until(lambda state: any(message["content"] == "more" and not message["components"] for message in state["messages"]))
        self.assertEqual(self.bot.pressed, "more")

    async def test_it_resumes_when_its_connection_is_cut(self):
        self.bot.ws.socket._response.connection.transport.abort()
        async with asyncio.timeout(LIMIT):
            await self.bot.resumed.wait()


if __name__ == "__main__":
    unittest.main(verbosity=2)
