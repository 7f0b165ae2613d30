"""Readers nobody here wrote: how each of them is asked for the infotext of a file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import piexif
import piexif.helper
import pyexiv2
import sd_parsers
from PIL import Image
from sd_prompt_reader.image_data_reader import ImageDataReader

USER_COMMENT = 0x9286
EXIF_IFD = 0x8769


def by_exiftool(path: Path) -> dict[str, Any]:
    """Every tag by group and name; a fresh process with its own defaults."""
    words = ["exiftool", "-config", "", "-j", "-a", "-G1", "-charset", "iptc=UTF8", str(path)]
    ran = subprocess.run(words, capture_output=True, check=True, cwd=path.parent)
    found: dict[str, Any] = json.loads(ran.stdout)[0]
    return found


def by_piexif(path: Path) -> str:
    """As AUTOMATIC1111 and Forge read JPEG and WebP."""
    loaded = piexif.load(str(path))["Exif"][USER_COMMENT]
    return str(piexif.helper.UserComment.load(loaded))


def by_pillow(path: Path) -> tuple[str | None, bytes | None]:
    """The text `parameters`, and the raw UserComment."""
    with Image.open(path) as image:
        image.load()
        comment = image.getexif().get_ifd(EXIF_IFD).get(USER_COMMENT)
        return image.info.get("parameters"), comment


def by_exiv2(path: Path) -> str:
    """The infotext, as digiKam, Gwenview and darktable read it."""
    with pyexiv2.Image(str(path)) as image:
        comment: str = image.read_exif()["Exif.Photo.UserComment"]
    return comment.removeprefix("charset=Unicode ")


def by_sd_parsers(path: Path) -> tuple[str, str]:
    """Prompt and negative prompt."""
    found = sd_parsers.ParserManager().parse(path)
    assert found is not None
    return found.prompts[0].value, found.negative_prompts[0].value


def by_prompt_reader(path: Path) -> tuple[str, str, str]:
    """Prompt, negative prompt and the line of parameters."""
    found = ImageDataReader(str(path))
    return found.positive, found.negative, found.setting
