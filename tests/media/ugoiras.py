"""Archives of pictures, as pixiv makes them."""

from __future__ import annotations

import zipfile
from functools import cache
from io import BytesIO

from PIL import Image
from tests.media.samples import encoded


@cache
def frame(number: int, size: tuple[int, int] = (60, 40)) -> bytes:
    """A JPEG in which something moves."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    left = 4 + 7 * number % (size[0] - 24)
    image.paste((40 * number % 256, 200, 90), (left, 5, left + 20, 30))
    return encoded(image, "jpeg", quality=92)


def archive(
    *pictures: bytes,
    names: tuple[str, ...] = (),
    more: dict[str, bytes] | None = None,
    is_packed: bool = False,
) -> bytes:
    """Stored, unless `is_packed`, under numbered names or these, with what else there is."""
    written = BytesIO()
    packing = zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(written, "w", packing) as file:
        for number, picture in enumerate(pictures):
            file.writestr(names[number] if names else f"{number:06}.jpg", picture)
        for name, content in (more or {}).items():
            file.writestr(name, content)
    return written.getvalue()
