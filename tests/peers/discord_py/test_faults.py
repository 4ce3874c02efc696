"""Rate limits, API errors and gateway faults, injected by the sandbox: discord.py handles them."""

import logging
import time
import unittest

from sandbox import InTheSandbox

import discord


class Requests(InTheSandbox):
    async def test_a_rate_limited_request_is_retried(self):
        for scope in ("user", "shared", "global"):
            with self.subTest(scope), self.assertLogs("discord", logging.WARNING) as log:
                await self.fault("PATCH", "@original", kind="limited", retry_after=0.4, scope=scope)
                began = time.monotonic()
                await self.command("count", to=2)
                self.assertEqual((await self.seen())[0], "up to 2")
                self.assertGreater(time.monotonic() - began, 0.4)
                self.assertIn("rate limited", log.output[0])

    async def test_a_bot_that_reads_rate_limit_headers_is_never_limited(self):
        await self.post("faults", plan="rate_limits", enforced=True)
        channel = self.bot.get_partial_messageable(int(self.channel))
        began = time.monotonic()
        with self.assertNoLogs("discord.http", logging.WARNING):
            for number in range(7):
                await channel.send(str(number))
        self.assertGreater(time.monotonic() - began, 4.5)

    async def test_a_failed_request_is_retried(self):
        await self.fault("POST", "/messages", kind="answer", status=500)
        await self.bot.get_partial_messageable(int(self.channel)).send("in the end")
        await self.message("in the end")

    async def test_injected_api_errors_are_understood(self):
        for kind, error, code in [
            ("unknown", discord.NotFound, 10062),
            ("acknowledged", discord.HTTPException, 40060),
            ("forbidden", discord.Forbidden, 50013),
            ("expired", discord.HTTPException, 50027),
        ]:
            with self.subTest(kind):
                await self.fault("POST", "/callback", kind=kind)
                await self.command("err", how="not at all")
                kind, _, seen = await self.seen()
                self.assertEqual((kind, seen), (error, code))


class Gateway(InTheSandbox):
    async def comes_back(self, how, kind, **details):
        with self.subTest(kind, **details):
            await self.trouble(kind, **details)
            self.assertEqual(await self.seen(), how)
            await self.command("vanish")
            self.assertEqual(await self.seen(), ("vanished", 10008))

    async def test_it_resumes_after_a_reconnect_request(self):
        await self.comes_back("resumed", "reconnect")
        await self.comes_back("resumed", "invalid_session", resumable=True)

    async def test_it_resumes_after_a_disconnect(self):
        await self.comes_back("resumed", "cut")
        await self.comes_back("resumed", "close")
        for code in (1000, 4000, 4001, 4002, 4003, 4005, 4008):
            await self.comes_back("resumed", "close", code=code)

    async def test_missed_events_are_replayed(self):
        await self.trouble("cut")
        await self.command("vanish")
        seen = {await self.seen(), await self.seen()}
        self.assertEqual(seen, {"resumed", ("vanished", 10008)})

    async def test_it_identifies_after_an_invalid_session(self):
        await self.comes_back("ready", "invalid_session", resumable=False)
        for code in (4007, 4009):
            await self.comes_back("ready", "close", code=code)

    async def test_unknown_and_reordered_events_are_tolerated(self):
        for kind in ("unknown_event", "unknown_fields"):
            await self.trouble(kind)
            await self.command("vanish")
            self.assertEqual(await self.seen(), ("vanished", 10008))
        await self.trouble("out_of_order")
        await self.command("count", to=1)
        await self.command("vanish")
        self.assertEqual({(await self.seen())[0] for _ in range(2)}, {"up to 1", "vanished"})


class FatalCloseCodes(InTheSandbox):
    async def test_fatal_close_codes_end_the_bot(self):
        for code in (4004, 4010, 4011, 4012, 4013, 4014):
            with self.subTest(code):
                error = discord.PrivilegedIntentsRequired if code == 4014 else discord.ConnectionClosed
                await self.trouble("close", code=code)
                with self.assertRaises(error) as ended:
                    await self.seen()
                self.assertEqual(getattr(ended.exception, "code", 4014), code)
                await self.start()


if __name__ == "__main__":
    unittest.main(verbosity=2)
