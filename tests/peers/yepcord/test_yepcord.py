"""This bot on YEPCord, an independent server that is compatible with Discord's clients."""

import asyncio
import contextlib
import json
import os
import pathlib
import re
import socket
import sys
import tempfile
import unittest

import aiohttp
from translator import Translator

ROOT = pathlib.Path(__file__).resolve().parents[3]
YEPCORD = pathlib.Path(sys.executable).with_name("yepcord")
LIMIT = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class AtYepcord(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        broker = {"type": "ws", "ws": {"url": f"ws://127.0.0.1:{free_port()}"}}
        database = f"sqlite://{self.folder}/db.sqlite"
        (self.folder / "conf.py").write_text(
            f"DB_CONNECT_STRING = {database!r}\nBCRYPT_ROUNDS = 4\nMESSAGE_BROKER = {broker}\n"
        )
        migrated = await self.program(YEPCORD, "migrate", "-c", "conf.py")
        self.assertEqual(await migrated.wait(), 0)
        served = await self.program(YEPCORD, "run_all", "-c", "conf.py", "-h", "127.0.0.1", "-p", "0")
        self.server = await self.says(served, r"running on (http://[\w.:]+)")
        self.http = await self.enterAsyncContext(aiohttp.ClientSession())
        translator = Translator(self.server)
        self.url = await translator.start()
        self.addAsyncCleanup(translator.stop)

    async def program(self, *command, **environment):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MOUTHPIECE")}
        program = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env=inherited | environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self.addAsyncCleanup(self.end, program)
        return program

    async def end(self, program):
        with contextlib.suppress(ProcessLookupError):
            program.terminate()
        await program.communicate()

    async def says(self, program, pattern):
        """Waits until a program logs a line that matches. Its output is drained afterwards, so that it never blocks."""
        async with asyncio.timeout(LIMIT):
            async for line in program.stderr:
                if found := re.search(pattern, line.decode()):
                    reader = asyncio.create_task(program.stderr.read())
                    self.addCleanup(reader.cancel)
                    return found[1]
        self.fail(f"it ended without saying {pattern}")

    async def ask(self, method, path, body=None, token=None):
        headers = {"Authorization": token} if token else {}
        async with self.http.request(method, f"{self.server}/api/v9{path}", json=body, headers=headers) as answer:
            text = await answer.text()
            self.assertLess(answer.status, 300, f"{method} {path}: {text}")
            return json.loads(text) if text.strip() else None

    async def settle(self):
        """Registers a user, who creates a guild and an application and adds its bot to the guild."""
        account = {
            "username": "Ada",
            "email": "ada@example.org",
            "password": "correct horse",
            "date_of_birth": "1990-01-01",
        }
        self.ada = (await self.ask("POST", "/auth/register", account))["token"]
        self.guild = await self.ask("POST", "/guilds", {"name": "Home"}, self.ada)
        self.channel = next(channel["id"] for channel in self.guild["channels"] if channel["type"] == 0)
        self.application = (await self.ask("POST", "/applications", {"name": "Mouthpiece"}, self.ada))["id"]
        self.token = (await self.ask("POST", f"/applications/{self.application}/bot/reset", {}, self.ada))["token"]
        path = f"/oauth2/authorize?client_id={self.application}&scope=bot%20applications.commands"
        await self.ask("POST", path, {"authorize": True, "guild_id": self.guild["id"], "permissions": "0"}, self.ada)

    async def run_bot(self):
        library = os.environ.get("ORT_DYLIB_PATH", str(ROOT / ".ort/libonnxruntime.so"))
        return await self.program(
            ROOT / "target/release/mouthpiece",
            "run",
            ORT_DYLIB_PATH=library,
            MOUTHPIECE__DISCORD__TOKEN=self.token,
            MOUTHPIECE__DISCORD__API_BASE_URL=self.url,
        )

    async def invoke(self, session, name, **options):
        commands = await self.ask("GET", f"/applications/{self.application}/commands", token="Bot " + self.token)
        command = next(command for command in commands if command["name"] == name)
        kinds = {option["name"]: option["type"] for option in command["options"]}
        options = [{"type": kinds[key], "name": key, "value": value} for key, value in options.items()]
        data = {"version": command["version"], "id": command["id"], "name": name, "type": 1, "options": options}
        asked = {
            "type": 2,
            "application_id": self.application,
            "channel_id": self.channel,
            "guild_id": self.guild["id"],
            "session_id": session,
            "nonce": "1",
            "data": data,
        }
        form = aiohttp.MultipartWriter("form-data")
        form.append(json.dumps(asked)).set_content_disposition("form-data", name="payload_json")
        async with self.http.post(
            self.server + "/api/v9/interactions", data=form, headers={"Authorization": self.ada}
        ) as answer:
            self.assertEqual(answer.status, 204, await answer.text())

    async def test_a_user_sees_the_text_grow(self):
        await self.settle()
        bot = await self.run_bot()
        await self.says(bot, "(commands are registered)")
        async with self.http.ws_connect(self.server + "/gateway") as eyes, asyncio.timeout(LIMIT):
            await eyes.receive_json()
            await eyes.send_json({"op": 2, "d": {"token": self.ada, "properties": {}}})
            session = (await eyes.receive_json())["d"]["session_id"]
            await self.invoke(session, "speak", prompt="Once upon a time", length=6)
            events, shown = [], [""]
            while not shown[-1] or "▌" in shown[-1]:
                said = await eyes.receive_json()
                if said.get("t") in ("INTERACTION_SUCCESS", "INTERACTION_FAILURE", "MESSAGE_CREATE", "MESSAGE_UPDATE"):
                    events.append(said["t"])
                if said.get("t") == "MESSAGE_UPDATE":
                    shown += [embed["description"] for embed in said["d"]["embeds"]]
        self.assertEqual(events[:3], ["INTERACTION_SUCCESS", "MESSAGE_CREATE", "MESSAGE_UPDATE"])
        self.assertTrue(all(text.startswith("Once upon a time") for text in shown[1:]), shown)
        self.assertGreater(len(shown[-1].split()), 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
