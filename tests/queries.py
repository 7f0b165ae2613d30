"""Random queries as text, valid by construction, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = ("cat", "Blue", "blue sky", "a_b", "50%", "x/y", "猫", "lena")
LEVELS = ("pg", "pg13", "R", "x", "xxx")
DATES = ("2025", "2026-05", "2026-05-02", "2026-05-02T10:00", "yesterday", "3d", "1m")
COUNTS = ("0", "1", "2", "3", "7")
SIZES = ("1k", "1000", "1KiB", "2MB")
STATUSES = ("none", "queued", "done", "failed", "skipped", "gone")

_TEXT_FIELDS = (
    *("text", "author", "model", "base_model", "version", "title", "prompt", "negative"),
    *("tag", "target", "format", "reason"),
)
_ID_FIELDS = ("site", "id", "seed", "group")


def query_texts() -> st.SearchStrategy[str]:
    """Whole queries with nesting; relative dates in them want a fixed `now`."""
    return st.recursive(_terms(), _grouped, max_leaves=8)


def _grouped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map(" ".join),
        several.map(" OR ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-({text})"),
    )


def _terms() -> st.SearchStrategy[str]:
    words = st.sampled_from(WORDS)
    shaped = st.one_of(
        words, words.map(lambda w: f"{w[:2]}*"), words.map(lambda w: f"*{w[1:]}")
    )
    text = st.one_of(shaped, st.just("*")).map(lambda w: f'"{w}"')
    texts = st.lists(text, min_size=1, max_size=2).map(",".join)
    ids = st.sampled_from(("1", "2", "civitai", "Danbooru", "c*", '"A/1"', "1,2"))
    return st.one_of(
        text,
        _named(st.sampled_from(_TEXT_FIELDS), texts),
        _named(st.just("tag"), texts),
        _named(st.just("score"), _ordered(COUNTS)),
        _named(st.sampled_from(_ID_FIELDS), ids),
        _named(st.sampled_from(("width", "height", "tags", "stars")), _ordered(COUNTS)),
        st.sampled_from(("favourite:yes", "fav:no,yes", "favourite:no")),
        _named(st.just("pixels"), _ordered(("1", "6", "1MP"))),
        _named(st.just("size"), _ordered(SIZES)),
        _named(st.just("rating"), _ordered(LEVELS)),
        st.sampled_from(("rating:sfw", "rating:nsfw,pg", "rating:unrated", "tag:none")),
        _named(st.sampled_from(("posted", "added", "downloaded")), _ordered(DATES)),
        _named(st.sampled_from(("since", "until")), st.sampled_from(DATES)),
        _named(st.just("kind"), st.sampled_from(("image", "video,ugoira"))),
        _named(
            st.sampled_from(("download", "examine", "tagging", "embed", "convert")),
            st.sampled_from(STATUSES),
        ),
        _named(st.just("has"), st.sampled_from(("prompt", "model", "seed", "file", "tags"))),
    ).flatmap(lambda term: st.sampled_from((term, f"-{term}")))


def _named(
    fields: st.SearchStrategy[str], values: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.tuples(fields, values).map(":".join)


def _ordered(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    value = st.sampled_from(values)
    signs = st.sampled_from(("", "=", ">", ">=", "<", "<="))
    return st.one_of(
        st.tuples(signs, value).map("".join),
        value.map(lambda text: f"{text}.."),
        value.map(lambda text: f"..{text}"),
        st.tuples(value, value).map(",".join),
    )
