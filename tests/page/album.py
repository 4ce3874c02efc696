"""Screenshots for the documentation, if PICTURES names a folder."""

import io
import os
import pathlib

from PIL import Image

MARGIN, COLOURS = 8, 96


class Album:
    def __init__(self):
        folder = os.environ.get("PICTURES")
        self.folder = folder and pathlib.Path(folder).absolute()

    def take(self, name, page, *parts):
        """Takes a screenshot of the bounding box of these parts of a page."""
        if not self.folder:
            return
        page.mouse.move(0, 0)
        parts[0].scroll_into_view_if_needed()
        boxes = [part.bounding_box() for part in parts]
        left = max(0, min(box["x"] for box in boxes) - MARGIN)
        top = max(0, min(box["y"] for box in boxes) - MARGIN)
        right = max(box["x"] + box["width"] for box in boxes) + MARGIN
        bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
        clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        picture = Image.open(io.BytesIO(page.screenshot(clip=clip, animations="disabled")))
        picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(
            self.folder / f"{name}.png", optimize=True
        )

    def keep(self, name, content):
        """Keeps a file unchanged."""
        if self.folder:
            (self.folder / name).write_bytes(content)
