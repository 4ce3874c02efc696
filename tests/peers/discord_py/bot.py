"""A typical discord.py bot. It reports its events to the tests through a queue."""

import asyncio
import io

import discord
from discord import app_commands


def picture(name):
    """A GIF image of one pixel."""
    pixel = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
    return discord.File(io.BytesIO(pixel), name, description="a pixel")


class Name(discord.ui.Modal, title="Your name"):
    name = discord.ui.TextInput(label="Name", placeholder="Ada", min_length=2, max_length=20)
    why = discord.ui.TextInput(label="Why", style=discord.TextStyle.paragraph, required=False)

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"{self.name.value}: {self.why.value}")
        said = await interaction.followup.send("thank you", ephemeral=True, wait=True)
        interaction.client.saw.put_nowait(("thanked", said.flags.ephemeral))


class Choice(discord.ui.View):
    """Two select menus and a button, without a timeout."""

    @discord.ui.select(
        options=[discord.SelectOption(label=word) for word in ("red", "green", "blue")], min_values=2, max_values=3
    )
    async def colour(self, interaction, select):
        # A deferred update, followed by an edit of the menu's message.
        await interaction.response.defer()
        await interaction.edit_original_response(content=" and ".join(select.values))

    @discord.ui.select(cls=discord.ui.UserSelect)
    async def person(self, interaction, select):
        await interaction.response.edit_message(content=f"for {select.values[0].display_name}")

    @discord.ui.button(label="Name", style=discord.ButtonStyle.primary, emoji="🖊")
    async def name(self, interaction, button):
        await interaction.response.send_modal(Name())


class Peer(discord.Client):
    def __init__(self, intents):
        super().__init__(intents=intents)
        self.saw = asyncio.Queue()
        self.tree = app_commands.CommandTree(self)
        for command in COMMANDS:
            self.tree.add_command(command)

    async def setup_hook(self):
        await self.tree.sync()

    async def on_ready(self):
        self.saw.put_nowait("ready")

    async def on_resumed(self):
        self.saw.put_nowait("resumed")

    async def on_message(self, message):
        self.saw.put_nowait(("message", message))

    async def on_message_edit(self, before, after):
        self.saw.put_nowait(("edit", before.content, after.content))

    async def on_message_delete(self, message):
        self.saw.put_nowait(("delete", message.content))

    async def on_raw_message_delete(self, gone):
        if not gone.cached_message:
            self.saw.put_nowait(("delete", gone.message_id))


@app_commands.command(description="Counts aloud: promises, then edits, with an embed and a menu at the end.")
@app_commands.describe(to="How far.")
async def count(interaction: discord.Interaction, to: app_commands.Range[int, 1, 5]):
    await interaction.response.defer(thinking=True)
    for number in range(1, to + 1):
        await interaction.edit_original_response(content=str(number))
    embed = discord.Embed(description="counted", colour=discord.Colour.green()).set_footer(text="by discord.py")
    await interaction.edit_original_response(content=f"up to {to}", embed=embed, view=Choice(timeout=None))
    await interaction.followup.send("only you see this", ephemeral=True)
    original = await interaction.original_response()
    interaction.client.saw.put_nowait(
        (original.content, original.embeds[0].footer.text, original.author == interaction.client.user)
    )


@app_commands.command(description="Shows a picture, and the file that came.")
async def paint(interaction: discord.Interaction, what: str, file: discord.Attachment | None = None):
    embed = discord.Embed(title=what).set_image(url="attachment://pixel.gif")
    files = [picture("pixel.gif")] + ([await file.to_file()] if file else [])
    await interaction.response.send_message(embed=embed, files=files)
    shown = await interaction.original_response()
    interaction.client.saw.put_nowait(
        ("painted", shown.embeds[0].image.url, [file.filename for file in shown.attachments])
    )


@paint.autocomplete("what")
async def suggest(interaction: discord.Interaction, current: str):
    return [app_commands.Choice(name=f"{current} {thing}", value=thing) for thing in ("cat", "dog")]


@app_commands.command(description="Takes its answer back.")
async def vanish(interaction: discord.Interaction):
    await interaction.response.send_message("not for long", ephemeral=True)
    await interaction.delete_original_response()
    try:
        await interaction.edit_original_response(content="back again")
    except discord.NotFound as error:
        interaction.client.saw.put_nowait(("vanished", error.code))


@app_commands.command(description="Answers as one must not.")
async def err(interaction: discord.Interaction, how: str):
    right, response = interaction.id, interaction.response
    try:
        if how == "nobody":
            interaction.id += 1
        elif how == "twice":
            await response.send_message("once")
            response._response_type = None
        await response.send_message("twice")
    except discord.HTTPException as error:
        interaction.client.saw.put_nowait((type(error), error.status, error.code))
    finally:
        interaction.id = right


@app_commands.context_menu(name="Quote")
async def quote(interaction: discord.Interaction, message: discord.Message):
    await interaction.response.send_message(f"{message.author.display_name} said {message.content!r}")


@app_commands.context_menu(name="Greet")
async def greet(interaction: discord.Interaction, person: discord.Member):
    await interaction.response.send_message(f"hello, {person.mention}", allowed_mentions=discord.AllowedMentions.none())


COMMANDS = (count, paint, vanish, err, quote, greet)
