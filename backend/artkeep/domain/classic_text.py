"""The text file beside each file of the classic layout, byte for byte as people have them.

`<id>_meta.txt` holds the generation record, a line per key; `<id>_no_meta.txt` says that there
is none. Source: the classic downloader's sources (version 2.3) and its files, read 2026-11.
"""

from __future__ import annotations

from artkeep.domain.artwork import Artwork
from artkeep.domain.classic_names import (
    as_text,
    classic_meta,
    classic_model_name,
    has_content,
)

META, NO_META = "_meta.txt", "_no_meta.txt"
_NOTHING = "No metadata available."


def text_name(name: str, artwork: Artwork) -> str:
    """What the text file beside `501.png` is called."""
    stem = name.rpartition(".")[0] or name
    return stem + (META if has_content(classic_meta(artwork)) else NO_META)


def text_names(name: str) -> tuple[str, str]:
    """Both that may lie beside a file."""
    stem = name.rpartition(".")[0] or name
    return stem + META, stem + NO_META


def text_beside(artwork: Artwork) -> bytes:
    """UTF-8 without a line break at the end; what UTF-8 cannot hold becomes `?`."""
    meta = classic_meta(artwork)
    if not has_content(meta):
        user = artwork.author or "unknown_user"
        url = f"https://civitai.red/images/{artwork.site_id}?username={user}"
        return f"{_NOTHING}\nURL: {url}".encode("utf-8", "replace")
    lines = [f"{name}: {as_text(value)}" for name, value in meta.items()]
    if "Model" not in meta and (name := classic_model_name(artwork)):
        lines.insert(0, f"Model: {name}")
    return "\n".join(lines).encode("utf-8", "replace")
