"""A test case with a sandbox of its own and a discord.py bot in it."""

import asyncio
import json
import os
import pathlib
import re
import subprocess
import unittest

import aiohttp
import yarl
from bot import Peer

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route

ROOT = pathlib.Path(__file__).resolve().parents[3]
LIMIT = 30


class InTheSandbox(unittest.IsolatedAsyncioTestCase):
    intents = discord.Intents.none()

    async def asyncSetUp(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MOUTHPIECE")}
        environment |= {"MOUTHPIECE__SANDBOX__PORT": "0"}
        self.program = subprocess.Popen(
            [ROOT / "target/release/mouthpiece", "sandbox"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.addCleanup(self.program.stdout.close)
        self.addCleanup(self.program.wait, LIMIT)
        self.addCleanup(self.program.terminate)
        self.url = next(
            match[1] for line in self.program.stdout if (match := re.search(r"open at (http://[\w.:]+)\. ", line))
        )
        Route.BASE = self.url + "/api/v10"
        self.http = aiohttp.ClientSession()
        self.addAsyncCleanup(self.http.close)
        # The library's gateway URL is a constant.
        async with self.http.get(self.url + "/api/v10/gateway") as answer:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await answer.json())["url"])
        await self.start()
        state = await self.state()
        self.ada, self.ben = (user["id"] for user in state["users"][:2])
        self.channel = next(
            channel["id"] for channel in state["channels"] if channel["has_bot"] and channel["guild_id"]
        )
        self.direct = next(channel["id"] for channel in state["channels"] if channel["type"] == 1)

    async def start(self):
        self.bot = Peer(self.intents)
        self.addAsyncCleanup(self.bot.close)
        self.running = asyncio.create_task(self.bot.start("a-token-of-any-kind"))
        self.assertEqual(await self.seen(), "ready")

    async def seen(self):
        """The next event that the bot reported. Raises the exception that ended the bot, if there is one."""
        saw = asyncio.create_task(self.bot.saw.get())
        done, _ = await asyncio.wait({saw, self.running}, timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
        self.assertTrue(done, "the bot sees something")
        return saw.result() if saw in done else self.running.result()

    async def post(self, control, /, **body):
        async with self.http.post(f"{self.url}/sandbox/{control}", json=body) as answer:
            self.assertLess(answer.status, 300, await answer.text())
            return await answer.json() if answer.status == 200 else None

    async def act(self, what, **body):
        place = {"user": self.ada, "channel": self.channel}
        return (await self.post("act", **place | body | {"act": what}))["token"]

    async def answered(self, what, **body):
        """Performs an action whose response is not only a message. Returns the token and the page's event."""
        async with self.http.get(self.url + "/sandbox/events", params={"user": self.ada}) as events:
            token = await self.act(what, **body)
            async with asyncio.timeout(LIMIT):
                async for line in events.content:
                    event = json.loads(line[5:]) if line.startswith(b"data:") else {}
                    if event.get("type") == "answered" and event["token"] == token:
                        return token, event

    async def command(self, name, **options):
        return await self.act(
            "command", name=name, options=[{"name": key, "value": value} for key, value in options.items()]
        )

    async def say(self, text, **place):
        await self.post("message", **{"user": self.ada, "channel": self.channel, "text": text} | place)

    async def fault(self, method, path, times=1, **fault):
        await self.post("faults", plan="request", method=method, path=path, times=times, fault=fault)

    async def trouble(self, kind, **details):
        await self.post("faults", plan="gateway", trouble={"kind": kind} | details)

    async def state(self, user=None):
        async with self.http.get(self.url + "/sandbox/state", params={"user": user} if user else None) as answer:
            return await answer.json()

    async def until(self, look):
        """Polls the state until `look` returns a value."""
        async with asyncio.timeout(LIMIT):
            while not (found := look(await self.state())):
                await asyncio.sleep(0.02)
        return found

    async def message(self, content, **more):
        """Waits for the message with this content."""

        def fits(message):
            return message["content"] == content and all(message[key] == value for key, value in more.items())

        return await self.until(lambda state: next(filter(fits, state["messages"]), None))
