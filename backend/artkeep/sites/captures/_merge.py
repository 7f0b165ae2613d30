"""Two captures of the same creation as one."""

from __future__ import annotations

from dataclasses import replace

from artkeep.sites.captures._capture import Creation, Output


def merge(earlier: Creation, later: Creation) -> Creation:
    """Two captures of one creation as one: the later one wins, what it lacks is kept.

    Lists show less than the page of a creation, and live updates less than both.
    """
    known = {output.id: output for output in earlier.outputs}
    newer = {
        output.id: _merge_outputs(known.get(output.id), output) for output in later.outputs
    }
    outputs = tuple({**known, **newer}.values())
    richer = later if _tells(later) >= _tells(earlier) else earlier
    had = {output.id for output in outputs}
    rejects = {one.site_id: one for one in (*earlier.rejects, *later.rejects)}
    filled = {
        name: getattr(later, name) or getattr(earlier, name)
        for name in (
            *("page_url", "title", "created_at", "author", "author_id", "init_image"),
            *("model", "base_model", "version_id", "version_name", "hashes", "resources"),
        )
    }
    return replace(
        later,
        **filled,
        is_own=earlier.is_own if later.is_own is None else later.is_own,
        prompt=richer.prompt or later.prompt or earlier.prompt,
        negative_prompt=richer.negative_prompt or later.negative_prompt,
        is_prompt_hidden=richer.is_prompt_hidden,
        parameters=richer.parameters,
        outputs=tuple(sorted(outputs, key=lambda one: (one.position, bool(one.label)))),
        rejects=tuple(one for one in rejects.values() if one.site_id not in had),
        wants=earlier.wants and later.wants,
        raw=richer.raw,
    )


def _tells(creation: Creation) -> tuple[bool, int]:
    """How much it says of the making."""
    return not creation.is_prompt_hidden, len(creation.parameters)


def _merge_outputs(earlier: Output | None, later: Output) -> Output:
    if earlier is None:
        return later
    return replace(
        later,
        seed=later.seed or earlier.seed,
        width=later.width or earlier.width,
        height=later.height or earlier.height,
        created_at=later.created_at or earlier.created_at,
        parameters=later.parameters or earlier.parameters,
    )
