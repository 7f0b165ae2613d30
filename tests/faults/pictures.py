"""Pictures that are worth converting: photo-like, each another one."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter
from PIL.PngImagePlugin import PngInfo

PARAMETERS = (
    "a quiet harbour, 港の朝\nNegative prompt: blurry\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 64x96, Model: aurora"
)


@cache
def photo(number: int, width: int = 64, height: int = 96) -> Image.Image:
    """Smooth colours with some noise."""
    noise = Image.effect_noise((width, height), 24).convert("RGB")
    start = Image.linear_gradient("L").resize((width, height))
    hue = Image.new("RGB", (width, height), (37 * number % 256, 91 * number % 256, 120))
    shaded = Image.composite(hue, Image.new("RGB", (width, height), (240, 230, 210)), start)
    draw = ImageDraw.Draw(shaded)
    for shape in range(6):
        x, y = (13 * shape + 29 * number) % width, (23 * shape + 17 * number) % height
        size = 8 + (7 * shape + number) % (width // 3)
        fill = (53 * shape % 256, 97 * (shape + number) % 256, 31 * number % 256)
        draw.ellipse((x - size, y - size, x + size, y + size), fill)
    return Image.blend(shaded, noise.filter(ImageFilter.GaussianBlur(1)), 0.25)


def png_photo(number: int, parameters: str | None = None) -> bytes:
    """With or without a generator's own words inside."""
    written, told = BytesIO(), PngInfo()
    if parameters is not None:
        told.add_itxt("parameters", parameters)
    photo(number).save(written, "PNG", pnginfo=told)
    return written.getvalue()


def jpeg_photo(number: int) -> bytes:
    """As a camera would."""
    written = BytesIO()
    photo(number).save(written, "JPEG", quality=97, subsampling=0)
    return written.getvalue()
