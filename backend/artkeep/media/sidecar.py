"""The `.json` beside a file: everything known about an artwork, for people and other programs.

One top-level key a line, so that two sidecars can be compared by eye; what is nested stays on
its line, because only then does Python's fast encoder do the work: every download waits for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Artwork, Tag, json_safe
from artkeep.logs import holds_secret, strip_secrets
from artkeep.media.sniff import MEDIA_TYPES

FORMAT = "artkeep-sidecar 1"
MOST_BYTES = 64 * 1024 * 1024
_FORMAT_PREFIX = FORMAT.rpartition(" ")[0]

_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def sidecar_json(
    artwork: Artwork,
    *,
    file: Mapping[str, Any],
    downloaded_at: datetime,
    group_title: str | None = None,
) -> bytes:
    """UTF-8 JSON with a fixed order of keys and a line break at the end.

    `file` holds name, size (bytes), sha256, type and quality. Secrets in addresses are left out
    (SE-24), lone surrogates are written as JSON escapes.
    """
    fields: dict[str, Any] = {
        "format": FORMAT,
        "site": artwork.site,
        "id": artwork.site_id,
        "page_url": artwork.page_url,
        "kind": artwork.kind.value,
        "author": artwork.author,
        "author_id": artwork.author_id,
        "title": artwork.title,
        "rating": artwork.rating.label if artwork.rating is not None else None,
        "posted_at": _utc(artwork.posted_at),
        "size": {"width": artwork.width, "height": artwork.height},
        "model": artwork.model,
        "base_model": artwork.base_model,
        "version": {"id": artwork.version_id, "name": artwork.version_name},
        "prompt": artwork.prompt,
        "negative_prompt": artwork.negative_prompt,
        "seed": artwork.seed,
        "generation": artwork.generation,
        "tags": [_tag(tag) for tag in artwork.tags],
        "group": {
            "id": artwork.group_id,
            "title": group_title,
            "position": artwork.position,
        },
        "links": [{"relation": link.relation, "id": link.site_id} for link in artwork.links],
        "media_url": artwork.media_url,
        "hashes": {
            "md5": artwork.md5,
            "sha1": artwork.sha1,
            "sha256": artwork.sha256,
            "sha512": artwork.sha512,
        },
        "file": file,
        "downloaded_at": _utc(downloaded_at),
        "raw": artwork.raw,
    }
    return _document(fields)


def _document(fields: Mapping[str, Any]) -> bytes:
    lines = ",\n".join(
        [f"{encode_basestring(name)}: {_encode(value)}" for name, value in fields.items()]
    )
    # what UTF-8 cannot hold becomes \udXXX, which is how JSON spells it
    return f"{{\n{lines}\n}}\n".encode("utf-8", "backslashreplace")


def about_other_file(
    sidecar: Mapping[str, Any], file: Mapping[str, Any], *, is_new: bool
) -> bytes:
    """What a sidecar says, for the file as it is now; as it was downloaded stays told.

    With `is_new` it is another file made of the first one, which is told as `source`.
    """
    before = sidecar.get("file")
    before = before if isinstance(before, dict) else {}
    first = before.get("downloaded_sha256", before.get("sha256"))
    if is_new:
        return _document({**sidecar, "file": file, "source": sidecar.get("source", before)})
    return _document({**sidecar, "file": {**before, **file, "downloaded_sha256": first}})


def with_making(sidecar: Mapping[str, Any], artwork: Artwork) -> dict[str, Any]:
    """The same, with what is known of the artwork's making now. What was told and is not known
    stays, and another artwork's sidecar is left as it is."""
    if (sidecar.get("site"), sidecar.get("id")) != (artwork.site, artwork.site_id):
        return dict(sidecar)
    told: dict[str, Any] = {
        "title": artwork.title,
        "model": artwork.model,
        "base_model": artwork.base_model,
        "prompt": artwork.prompt,
        "negative_prompt": artwork.negative_prompt,
        "seed": artwork.seed,
    }
    known = {name: value for name, value in told.items() if value is not None}
    for name, newer in (("generation", artwork.generation), ("raw", artwork.raw)):
        before = sidecar.get(name)
        if newer:
            known[name] = {**(before if isinstance(before, dict) else {}), **newer}
    return {**sidecar, **known}


def about_tags(
    path: Path, artwork: Artwork, tags: Sequence[Tag], fetched_at: datetime, method: str
) -> bytes | None:
    """What a sidecar of an artwork says, with the votes of the site's visitors in place of its
    tags; None when it is not there or is another one's. Raises OSError.

    One key a line: those of the tags are exchanged, which spares reading the others.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
        return None
    lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
    fetched = {"at": _utc(fetched_at), "method": method}
    new = {"tags": [_tag(tag) for tag in tags], "tags_fetched": fetched}
    if lines[0] != b"{" or lines[-1] != b"}" or not _is_of(lines, artwork):
        told = read_sidecar(path)  # somebody has laid it out in another way
        if told is None or (told["site"], told["id"]) != (artwork.site, artwork.site_id):
            return None
        return _document({**told, **new})
    kept = [
        line.removesuffix(b",")
        for line in lines[1:-1]
        if not line.startswith((b'"tags": ', b'"tags_fetched": '))
    ]
    kept += [
        f"{encode_basestring(name)}: {_encode(value)}".encode("utf-8", "backslashreplace")
        for name, value in new.items()
    ]
    return b"{\n" + b",\n".join(kept) + b"\n}\n"


def _is_of(lines: Sequence[bytes], artwork: Artwork) -> bool:
    """Whether it is laid out as we do it, and about this artwork."""
    told = {"format": FORMAT, "site": artwork.site, "id": artwork.site_id}
    lines_of = (f"{encode_basestring(name)}: {_encode(to)}," for name, to in told.items())
    wanted = {line.encode("utf-8", "backslashreplace") for line in lines_of}
    return wanted <= set(lines[1:5]) and all(line.startswith(b'"') for line in lines[1:-1])


def read_sidecar(path: Path) -> dict[str, Any] | None:
    """What a sidecar of ours says, or None when it is not one, is too large or is broken.

    Only `format`, `site` and `id` are certain to be there; all values are to be distrusted.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return None
        content = path.read_bytes()
        found = json.loads(content.decode("utf-8-sig"), parse_constant=lambda _: None)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(
        isinstance(found.get(name), str) and found[name] for name in ("format", "site", "id")
    ):
        return None
    return found if found["format"].startswith(_FORMAT_PREFIX + " ") else None


def about_source(sidecar: Mapping[str, Any]) -> bytes:
    """What the sidecar of a made file says, for the file that it was made of."""
    rest = {name: value for name, value in sidecar.items() if name != "source"}
    return _document({**rest, "file": sidecar.get("source") or {}})


def is_sidecar_of(told: Mapping[str, Any] | None, name: str) -> bool:
    """Whether a sidecar is about the file of this name: `123.json` lies beside `123.png` and
    beside the `123.webp` that was made of it, and says which of them it is about."""
    if told is None:
        return False
    file = told.get("file")
    if not isinstance(file, dict):
        return True
    if isinstance(file.get("name"), str):
        return bool(file["name"] == name)
    mime = file.get("type")
    kinds = [known.extension for known in MEDIA_TYPES.values() if known.mime == mime]
    return not kinds or name.rpartition(".")[2].lower() in kinds


def write_atomically(path: Path, content: bytes, temp_path: Path) -> None:
    """Replace `path` whole or not at all. `temp_path` is ours and on the same filesystem.

    A left-over of it is removed first; neither path is followed if it is a link (SE-18). Raises
    OSError, and leaves no temporary file then.
    """
    temp_path.unlink(missing_ok=True)
    try:
        with temp_path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temp_path.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temp_path.unlink(missing_ok=True)
        raise


def _encode(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return encode_basestring(strip_secrets(value))
    try:
        text = _compact(value)
    except (ValueError, TypeError, RecursionError):  # NaN, odd types, endless nesting
        text = _compact(json_safe(value))
    if holds_secret(text):
        text = _compact(_cleaned(json_safe(value)))
    return text


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return strip_secrets(value)
    if isinstance(value, dict):
        return {strip_secrets(name): _cleaned(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_cleaned(part) for part in value]
    return value


def _tag(tag: Tag) -> dict[str, Any]:
    """Only what the site says; these tags all come from the site's own record."""
    fields: dict[str, Any] = {"name": tag.name, "category": tag.category, "origin": "site"}
    if tag.score is not None:
        fields["score"] = tag.score
    if tag.up is not None:
        fields["up"] = tag.up
    if tag.down is not None:
        fields["down"] = tag.down
    if tag.automated is not None:
        fields["automated"] = tag.automated
    if tag.site_tag_id is not None and tag.score is not None:
        fields["id"] = tag.site_tag_id
    if tag.level is not None:
        fields["level"] = tag.level
    if tag.display is not None:
        fields["display"] = tag.display
    return fields


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment is not None else None
