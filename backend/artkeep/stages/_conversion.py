"""How a job converts: the plan for the bytes, what becomes of originals, and where files go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from artkeep.domain.artwork import Artwork
from artkeep.domain.layout import LONGEST_PATH
from artkeep.domain.naming import (
    UNKNOWN_AUTHOR,
    UNKNOWN_MODEL,
    file_name,
    fit_path,
    model_version,
    safe_component,
)
from artkeep.domain.rating import Rating
from artkeep.errors import UsageError
from artkeep.media.convert_plan import ConvertPlan
from artkeep.settings import Convert, Settings
from artkeep.stages._stage import Item, StageContext
from artkeep.store.conversions import Source

Originals = Literal["keep", "trash", "delete"]
Part = Literal["rating", "model", "author"]
_BESIDE = "."
_PLAN = ("format", "quality", "effort", "max_side", "may_reduce_depth")


@dataclass(frozen=True, slots=True)
class Conversion:
    """`keep`: into `folder` of the library, within it by `organise` or as the originals lie;
    `trash` and `delete`: in the place of the original. `may_replace_own` is the consent to do
    so with files that were not downloaded (CV-16)."""

    plan: ConvertPlan
    originals: Originals = "keep"
    folder: str = "Converted"
    organise: tuple[Part, ...] = ()
    may_replace_own: bool = False

    @property
    def is_in_place(self) -> bool:
        """Whether the new file takes the place of its original."""
        return self.originals != "keep"

    def may_take_place_of(self, source: Source) -> bool:
        """CV-16: nobody could fetch again what was not downloaded."""
        return not self.is_in_place or source.is_fetched or self.may_replace_own

    def to_json(self) -> dict[str, Any]:
        """For the job's row."""
        return asdict(self) | {"plan": self.plan.to_json(), "organise": list(self.organise)}


def read_conversion(told: Mapping[str, Any], settings: Settings) -> Conversion:
    """What people ask for (`format`, `quality`, `lossless`, `originals` …), with the settings
    for what they do not say. Raises UsageError."""
    usual = settings.convert
    known = {*_PLAN, "lossless", "may_replace_own", *_NAMES}
    for name in told:
        if name not in known:
            raise UsageError(f"Nothing called {name!r} can be said about a conversion.")
    told = {name: value for name, value in told.items() if value is not None}
    try:
        plan = ConvertPlan(
            format=told.get("format", usual.format),
            quality=int(told.get("quality", usual.quality)),
            is_lossless=bool(told.get("lossless", usual.lossless)),
            may_reduce_depth=bool(told.get("may_reduce_depth", False)),
            max_side=told.get("max_side"),
            effort=int(told.get("effort", 4)),
        )
        # The same rules as for the settings themselves.
        rest = Convert(**{name: told[name] for name in _NAMES if name in told})
    except (TypeError, ValueError) as error:
        raise UsageError(f"This is no conversion: {_first_line(error)}.") from None
    return Conversion(
        plan,
        originals=rest.originals if "originals" in told else usual.originals,
        folder=rest.folder if "folder" in told else usual.folder,
        organise=rest.organise if "organise" in told else usual.organise,
        may_replace_own=bool(told.get("may_replace_own", False)),
    )


_NAMES = ("originals", "folder", "organise")


def _first_line(error: Exception) -> str:
    """Of pydantic's many lines, the one that says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[2].split(" [type=")[0] if len(lines) > 2 else lines[0]


def saved_conversion(saved: Mapping[str, Any], settings: Settings) -> Conversion:
    """What `to_json` gave; what the settings say, where a chain says nothing."""
    if "plan" not in saved:
        return read_conversion({}, settings)
    return Conversion(
        ConvertPlan.from_json(saved["plan"]),
        originals=saved["originals"],
        folder=saved["folder"],
        organise=tuple(part for part in saved["organise"] if part in get_args(Part)),
        may_replace_own=bool(saved.get("may_replace_own", False)),
    )


def rendering(to: Conversion) -> Conversion:
    """What of it holds for an ugoira: an animated WebP beside the archive, which stays."""
    plan = ConvertPlan(quality=to.plan.quality, effort=to.plan.effort)
    return Conversion(plan, originals="keep", folder=_BESIDE)


def converted_path(
    item: Item, source_path: str, to: Conversion, extension: str, context: StageContext, n: int
) -> str:
    """The n-th name to try for what is made of a file, relative to the library."""
    artwork = item.stored.artwork
    folder, _, name = source_path.rpartition("/")
    if to.is_in_place or to.folder == _BESIDE:
        stem = name.rpartition(".")[0] or name
        ending = f"{stem} ({n + 1}).{extension}" if n else f"{stem}.{extension}"
        return fit_path(folder, ending, _budget(context))
    if to.organise:
        folder = "/".join(_component(part, artwork, context) for part in to.organise)
    ending = file_name(artwork.site_id, extension, n + 1 if n else 0)
    return fit_path(f"{to.folder}/{folder}".rstrip("/"), ending, _budget(context))


def _component(part: Part, artwork: Artwork, context: StageContext) -> str:
    if part == "rating":
        return _rating_folder(artwork.rating, context)
    if part == "model":
        return safe_component(model_version(artwork), UNKNOWN_MODEL)
    return safe_component(artwork.author, UNKNOWN_AUTHOR)


def _rating_folder(rating: Rating | None, context: StageContext) -> str:
    return "SFW" if rating in context.safe_ratings else "NSFW"


def _budget(context: StageContext) -> int:
    return LONGEST_PATH - len(str(context.library.path)) - 1
