"""A proxy in front of YEPCord that translates version 9 of Discord's API, as of 2023, to version 10.

All differences are in this file. The proxy invents no responses: every request reaches YEPCord."""

import asyncio
import json

import aiohttp
from aiohttp import web


class Translator:
    def __init__(self, server):
        self.server = server
        self.runner = self.http = None

    async def start(self):
        """Starts the proxy. Returns the API base URL for the bot."""
        self.http = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_get("/gateway", self.gateway)
        app.router.add_get("/gateway/", self.gateway)
        app.router.add_get("/api/v10/gateway/bot", self.information)
        app.router.add_get("/api/v10/gateway", self.information)
        app.router.add_put("/api/v10/applications/{application}/commands", self.commands)
        app.router.add_route("*", "/api/v10/{path:.*}", self.request)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        return "http://{}:{}".format(*site._server.sockets[0].getsockname())

    async def stop(self):
        await self.http.close()
        await self.runner.cleanup()

    async def information(self, request):
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return web.json_response({"url": f"ws://{request.host}/gateway", "shards": 1, "session_start_limit": limit})

    async def commands(self, request):
        """YEPCord has no bulk overwrite: commands are created one by one."""
        registered = [await self.command(request, command) for command in await request.json()]
        return web.json_response(registered)

    async def command(self, request, command):
        url = self.server + request.path.replace("v10", "v9")
        async with self.http.post(url, json=plain(command), headers=credentials(request)) as answer:
            assert answer.status == 200, (command["name"], await answer.text())
            return await answer.json()

    async def request(self, request):
        body = await request.read()
        if request.content_type == "application/json" and body:
            said = json.loads(body)
            for embed in said.get("embeds", []):
                embed.setdefault("title", "untitled")  # which is required there
            body = json.dumps(said).encode()
        url = self.server + request.path.replace("v10", "v9")
        headers = credentials(request) | {"Content-Type": request.headers.get("Content-Type", "application/json")}
        async with self.http.request(request.method, url, data=body, headers=headers, params=request.query) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)

    async def gateway(self, request):
        down = web.WebSocketResponse()
        await down.prepare(request)
        async with self.http.ws_connect(self.server + "/gateway") as up:
            await asyncio.gather(carry(down, up, upwards), carry(up, down, lambda said: downwards(said, request.host)))
        return down


async def carry(source, target, translate):
    async for message in source:
        await target.send_json(translate(json.loads(message.data)))
    await target.close(code=source.close_code or 1000)


def credentials(request):
    return {name: value for name, value in request.headers.items() if name == "Authorization"}


def plain(command):
    """A command without localizations and choices, which YEPCord encodes differently."""
    kept = {key: command[key] for key in ("name", "type", "required") if key in command}
    kept |= {"description": command.get("description", "")}
    if "options" in command:
        kept["options"] = [{"required": False} | plain(option) for option in command["options"]]
    return kept


def upwards(said):
    if said["op"] == 2:
        said["d"]["token"] = said["d"]["token"].removeprefix("Bot ")
    return said


def downwards(said, host):
    data = said.get("d")
    if said.get("t") == "READY":
        user = {key: data["user"][key] for key in ("id", "username", "discriminator", "avatar")} | {"bot": True}
        guilds = [{"id": guild["id"], "unavailable": True} for guild in data["guilds"]]
        said["d"] = {key: data[key] for key in ("session_id", "application")}
        said["d"] |= {
            "v": 10,
            "user": user,
            "guilds": guilds,
            "resume_gateway_url": f"ws://{host}/gateway",
            "shard": [0, 1],
        }
    if said.get("t") == "INTERACTION_CREATE":
        # Fields that Discord added since.
        owners = {"0": data["guild_id"]}
        said["d"] = {
            "entitlements": [],
            "attachment_size_limit": 10 << 20,
            "authorizing_integration_owners": owners,
            "context": 0,
        } | data
    return said
