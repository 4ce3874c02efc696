"""Message events by intents, and the endpoints of channel messages, as discord.py uses them."""

import unittest

from bot import picture
from sandbox import InTheSandbox

import discord


class WithMessageEvents(InTheSandbox):
    async def heard(self):
        kind, message = await self.seen()
        self.assertEqual(kind, "message")
        return message


class Messages(WithMessageEvents):
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)

    async def test_a_guild_message_is_received_and_replied_to(self):
        await self.say("hello, bot")
        heard = await self.heard()
        self.assertEqual(
            (heard.content, heard.author.display_name, heard.channel.name), ("hello, bot", "Ada", "general")
        )
        embed = discord.Embed(title="hello").set_thumbnail(url="attachment://hello.gif")
        reply = await heard.reply("hello, Ada", file=picture("hello.gif"), embed=embed)
        own = await self.heard()
        self.assertEqual((own.id, own.author, own.reference.message_id), (reply.id, self.bot.user, heard.id))
        shown = await self.message("hello, Ada")
        self.assertEqual(shown["embeds"][0]["thumbnail"]["url"], shown["attachments"][0]["url"])
        await reply.edit(content="good bye", attachments=[picture("bye.gif")], embed=None)
        self.assertEqual(await self.seen(), ("edit", "hello, Ada", "good bye"))
        shown = await self.message("good bye")
        self.assertEqual(([file["filename"] for file in shown["attachments"]], shown["embeds"]), (["bye.gif"], []))
        await reply.delete()
        self.assertEqual(await self.seen(), ("delete", "good bye"))
        with self.assertRaises(discord.NotFound) as gone:
            await reply.edit(content="too late")
        self.assertEqual(gone.exception.code, 10008)

    async def test_a_direct_message_is_received_and_answered(self):
        await self.say("psst", channel=self.direct)
        heard = await self.heard()
        self.assertIsInstance(heard.channel, discord.DMChannel)
        await heard.channel.send("yes?")
        self.assertEqual((await self.heard()).content, "yes?")
        sent = await heard.author.send("by the person's name")
        self.assertEqual(str(sent.channel.id), self.direct)
        others = (await self.state(self.ben))["messages"]
        self.assertEqual(others, [], "it is Ada's")

    async def test_message_history(self):
        for text in ("one", "two", "three"):
            await self.say(text)
            heard = await self.heard()
        channel = heard.channel
        self.assertEqual([message.content async for message in channel.history(limit=2)], ["three", "two"])
        first = [message async for message in channel.history(limit=1, oldest_first=True)][0]
        self.assertEqual([message.content async for message in channel.history(after=first)], ["two", "three"])
        self.assertEqual((await channel.fetch_message(first.id)).content, "one")

    async def test_responses_cause_message_events(self):
        await self.command("count", to=1)
        # The library updates its cached message in place, so the earlier contents are in the edit events only.
        self.assertEqual((await self.heard()).channel.name, "general")
        self.assertEqual(await self.seen(), ("edit", "", "1"))
        self.assertEqual(await self.seen(), ("edit", "1", "up to 1"))
        # The order of the last two events is not defined.
        last = [await self.seen(), await self.seen()]
        private = next(seen[1] for seen in last if seen[0] == "message")
        self.assertTrue(private.flags.ephemeral and not private.guild, "it goes to one person and the bot")

    async def test_missing_permissions_and_access_are_forbidden(self):
        await self.say("mine")
        heard = await self.heard()
        with self.assertRaises(discord.Forbidden) as refused:
            await heard.delete()
        self.assertEqual(refused.exception.code, 50013)
        elsewhere = next(
            place for place in (await self.state())["channels"] if place["guild_id"] and not place["has_bot"]
        )
        with self.assertRaises(discord.Forbidden) as refused:
            await self.bot.get_partial_messageable(int(elsewhere["id"])).send("hello")
        self.assertEqual(refused.exception.code, 50001)


class WithoutMessageContent(WithMessageEvents):
    intents = discord.Intents(guilds=True, guild_messages=True)

    async def test_content_is_hidden_unless_the_bot_is_mentioned(self):
        await self.say("among us")
        await self.say("psst", channel=self.direct)
        self.assertEqual((await self.heard()).content, "")
        await self.say(f"<@{self.bot.user.id}>, you!")
        called = await self.heard()
        self.assertEqual((called.content, called.mentions), (f"<@{self.bot.user.id}>, you!", [self.bot.user]))


class WithoutIntents(InTheSandbox):
    async def test_no_message_events_are_received(self):
        await self.say("hello")
        await self.command("vanish")
        self.assertEqual(await self.seen(), ("vanished", 10008))


if __name__ == "__main__":
    unittest.main(verbosity=2)
