"""Small libraries for search tests, and what a query means for them in plain Python."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st
from sqlalchemy import Connection, insert
from tests.queries import STATUSES

from artkeep.domain.query import Query
from artkeep.domain.query_nodes import And, Choices, Node, Not, Or, Pattern, Spans, Words
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    ArtworkTag,
    Failure,
    File,
    Group,
    Tag,
    Target,
    TargetArtwork,
)

NOW = datetime(2026, 5, 31, 12, 0, tzinfo=UTC)
_TIMES = (
    None,
    datetime(2025, 6, 1, tzinfo=UTC),
    datetime(2026, 5, 1, tzinfo=UTC),
    datetime(2026, 5, 2, 10, 0, 30, tzinfo=UTC),
    datetime(2026, 5, 30, 23, 59, 59, 999_999, tzinfo=UTC),
    NOW,
)


@dataclass(frozen=True)
class Facts:
    """One artwork: columns by name, and what other tables say of it."""

    columns: dict[str, object]
    tags: tuple[tuple[str, str, int | None], ...] = ()  # name, origin, score
    files: tuple[tuple[str, int, str], ...] = ()  # format, size, state
    target: tuple[str, str | None] | None = None  # value, why left out
    reason: str | None = None
    group: str | None = None


def facts() -> st.SearchStrategy[Facts]:
    """Artworks that random queries have a fair chance to find."""
    names = st.sampled_from((None, "", "lena", "Blue", "blue sky", "A_b", "axb", "50% x/y"))
    prompts = st.sampled_from(
        (None, "", "a CAT on blue\nsky", "猫 50% X/Y", "a_B lena", "BLUE")
    )
    sizes = st.sampled_from((None, 0, 1, 2, 3, 7, 2**62))
    times = st.sampled_from(_TIMES)
    tags = st.tuples(
        st.sampled_from(("cat", "Cat", "Blue", "blue sky", "a_b", "猫")),
        st.sampled_from(("votes", "prompt")),
        st.sampled_from((None, -1, 0, 2, 3)),
    )
    files = st.tuples(
        st.sampled_from(("png", "blue")),
        st.sampled_from((999, 1000, 1024, 3_000_000)),
        st.sampled_from(("present", "trashed")),
    )
    columns = st.fixed_dictionaries(
        {
            "site": st.sampled_from(("civitai", "danbooru")),
            "site_id": st.sampled_from(("1", "2", "A/1", "a/1")),
            "kind": st.sampled_from(("image", "video", "ugoira")),
            "rating": st.sampled_from((None, 1, 2, 4, 8, 16)),
            "seed": st.sampled_from((None, "1", "2")),
            "stars": st.sampled_from((0, 1, 3)),
            "is_favourite": st.booleans(),
            "added_at": times.filter(bool),
            **dict.fromkeys(("posted_at", "downloaded_at"), times),
            **dict.fromkeys(("width", "height"), sizes),
            **dict.fromkeys(("prompt", "negative_prompt", "title"), prompts),
            **dict.fromkeys(("author", "model", "base_model", "version_name"), names),
            "version_id": st.sampled_from((None, "1", "Cat")),
            **dict.fromkeys(_STATUS_COLUMNS.values(), st.sampled_from(STATUSES)),
        }
    )
    return st.builds(
        Facts,
        columns,
        st.lists(tags, max_size=3, unique_by=lambda tag: tag[:2]).map(tuple),
        st.lists(files, max_size=2).map(tuple),
        st.none() | st.tuples(st.sampled_from(("Lena", "cat")), st.sampled_from((None, "no"))),
        st.sampled_from((None, "cat", "lena")),
        st.sampled_from((None, "1", "2")),
    )


def libraries() -> st.SearchStrategy[list[Facts]]:
    """Up to five artworks with identities of their own."""
    identity = ("site", "site_id")
    return st.lists(
        facts(), max_size=5, unique_by=lambda item: tuple(item.columns[key] for key in identity)
    )


def insert_library(connection: Connection, library: Iterable[Facts]) -> dict[int, Facts]:
    """Write the artworks and give them by their ids, which start at 1."""
    by_id = dict(enumerate(library, start=1))
    tag_ids: dict[str, int] = {}
    file_id = 0
    for id_, item in by_id.items():
        group_id = None
        if item.group:
            group_id = id_
            connection.execute(
                insert(Group).values(id=id_, site=f"site {id_}", site_id=item.group)
            )
        connection.execute(
            insert(Artwork).values(id=id_, page_url="", group_id=group_id, **item.columns)
        )
        for name, origin, score in item.tags:
            if name not in tag_ids:
                tag_ids[name] = len(tag_ids) + 1
                connection.execute(insert(Tag).values(id=tag_ids[name], name=name, category=""))
            row = {"artwork_id": id_, "tag_id": tag_ids[name], "origin": origin, "score": score}
            connection.execute(insert(ArtworkTag).values(**row, fetched_at=NOW))
        for format_, size, state in item.files:
            file_id += 1
            row = {"id": file_id, "format": format_, "size": size, "state": state}
            row |= {"role": "original", "quality": "hd", "sha256": "", "created_at": NOW}
            connection.execute(insert(File).values(**row))
            connection.execute(insert(ArtworkFile).values(artwork_id=id_, file_id=file_id))
        if item.target:
            value, skipped = item.target
            row = {"id": id_, "key": f"{id_}", "filters_key": "", "filters": {}, "value": value}
            row |= {"site": "civitai", "kind": "user", "added_at": NOW}
            connection.execute(insert(Target).values(**row))
            row = {"target_id": id_, "artwork_id": id_, "skipped": skipped, "added_at": NOW}
            connection.execute(insert(TargetArtwork).values(**row))
        if item.reason:
            row = {"artwork_id": id_, "stage": "tags", "reason": item.reason, "attempts": 1}
            connection.execute(insert(Failure).values(**row, at=NOW))
    return by_id


def matches(query: Query, item: Facts) -> bool:
    """What `domain/query.py` says, word by word, without a database."""
    return query.root is None or _holds(query.root, item)


def _holds(node: Node, item: Facts) -> bool:
    match node:
        case Or():
            return any(_holds(part, item) for part in node.parts)
        case Not():
            return not _holds(node.part, item)
        case And():
            scores = [part for part in node.parts if getattr(part, "field", "") == "score"]
            tags = [part for part in node.parts if getattr(part, "field", "") == "tag"]
            rest = [part for part in node.parts if part not in scores + tags]
            wanted = [tag.values for tag in tags] or ([None] if scores else [])
            return all(_tagged(item, names, scores) for names in wanted) and all(
                _holds(part, item) for part in rest
            )
        case Choices(field="has"):
            return any(_has(what, item) for what in node.values)
        case Choices(field="favourite"):
            return ("yes" if item.columns["is_favourite"] else "no") in node.values
        case Choices():
            return item.columns[_STATUS_COLUMNS.get(node.field, node.field)] in node.values
        case Spans(field="score"):
            return _tagged(item, None, [node])
        case Spans():
            return any(_within(value, node) for value in _measures(node.field, item))
        case Words(field="tag"):
            return _tagged(item, node.values, [])
        case Words():
            return any(
                _like(text, pattern, node.field)
                for text in _texts(node.field, item)
                for pattern in node.values
            )


def _tagged(item: Facts, names: tuple[Pattern, ...] | None, scores: list[Spans]) -> bool:
    return any(
        (names is None or any(_like(name, pattern, "tag") for pattern in names))
        and all(_within(score, spans) for spans in scores)
        for name, _, score in item.tags
    )


def _has(what: str, item: Facts) -> bool:
    match what:
        case "file":
            return any(state == "present" for _, _, state in item.files)
        case "tags":
            return bool(item.tags)
        case column:
            return bool(item.columns[column])


def _measures(field: str, item: Facts) -> list[object]:
    match field:
        case "tags":
            return [len({name for name, _, _ in item.tags})]
        case "size":
            return [size for _, size, state in item.files if state == "present"]
        case "pixels":
            width, height = item.columns["width"], item.columns["height"]
            return [None if None in (width, height) else width * height]
        case "posted" | "added" | "downloaded":
            return [item.columns[f"{field}_at"]]
        case _:
            return [item.columns[field]]


def _within(value: object, spans: Spans) -> bool:
    return any(
        span.or_missing
        if value is None
        else (span.low is None or span.low <= value)
        and (span.high is None or value < span.high)
        for span in spans.values
    )


def _texts(field: str, item: Facts) -> list[object]:
    model = ("model", "version_name", "base_model")
    match field:
        case "text":
            columns = [item.columns[name] for name in ("prompt", "title", "author", *model)]
            return columns + [name for name, _, _ in item.tags]
        case "model":
            return [item.columns[name] for name in model]
        case "version":
            return [item.columns["version_name"], item.columns["version_id"]]
        case "format":
            return [format_ for format_, _, state in item.files if state == "present"]
        case "target":
            return [item.target[0]] if item.target and not item.target[1] else []
        case "reason" | "group":
            return [getattr(item, field)]
        case _:
            return [item.columns[_TEXT_COLUMNS.get(field, field)]]


def _like(text: object, pattern: Pattern, field: str) -> bool:
    if text is None:
        return False
    if field in ("site", "id", "seed", "group") and pattern.is_plain:
        return text == pattern.parts[0]
    shape = ".*".join(re.escape(part.casefold()) for part in pattern.parts)
    if field in ("text", "title", "prompt", "negative"):
        shape = f".*{shape}.*"
    return re.fullmatch(shape, str(text).casefold(), re.DOTALL) is not None


_TEXT_COLUMNS = {"id": "site_id", "negative": "negative_prompt"}
_STATUS_COLUMNS = {
    "download": "download_status",
    "examine": "examine_status",
    "tagging": "tags_status",
    "embed": "embed_status",
    "convert": "convert_status",
}
