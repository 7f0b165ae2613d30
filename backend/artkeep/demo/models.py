"""The models of the sample site: checkpoints and LORAs with their versions and files."""

# ruff: noqa: E501 -- tables: a row reads better whole than wrapped

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from artkeep.demo.records import Model, ModelVersion

VIDEO_BASE_MODEL = "Wan Video 2.2 T2V-A14B"
_RELEASED_MS = 1_777_712_400_000  # 2026-05-02 09:00 UTC
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class _Sketch:
    """A model in short. `owner` is a place in the list of creators, None the system account."""

    name: str
    type: str
    base_model: str
    owner: int | None
    versions: tuple[str, ...]  # newest first
    tags: str
    styles: str
    level: int = 1
    is_archived: bool = False
    unindexed: str = ""  # a version that the search index does not know yet


_SKETCHES = (
    _Sketch("Aurora Dreams XL", "Checkpoint", "SDXL 1.0", 0, ("v3.0", "v2.1", "v2.0", "v1.0"), "base model,landscape,style", "mountains dunes forest aurora lighthouse seascape", 3, unindexed="v3.0"),
    _Sketch("Misty Valley Style", "LORA", "SDXL 1.0", 0, ("v2", "v1"), "landscape,style,scenery", "mountains forest papercut"),
    _Sketch("Northern Lights", "LORA", "SDXL 1.0", 0, ("v1.1", "v1.0"), "landscape,night,scenery", "aurora lighthouse"),
    _Sketch("Paper Cut Worlds", "LORA", "Flux.1 D", 1, ("v1.5", "v1.0"), "style,papercraft,illustration", "papercut contours botanical", 1),
    _Sketch("Geometrica", "Checkpoint", "Pony", 1, ("V6", "V5", "V4"), "base model,abstract,geometric", "stained deco cubes facets bauhaus contours", 31),
    _Sketch("Leaded Light", "LORA", "Pony", 2, ("v1",), "style,stained glass,abstract", "stained deco", 29),
    _Sketch("Neon Harbor", "Checkpoint", "Illustrious", 2, ("2.0", "1.0"), "base model,city,night", "skyline nebula orbit", 7),
    _Sketch("Deep Field Atlas", "LORA", "Illustrious", 3, ("v0.9",), "space,style,background", "nebula orbit", 1),
    _Sketch("Herbarium Ink", "LORA", "SD 1.5", 4, ("v2.0", "v1.0"), "style,botanical,illustration", "botanical watercolour", 1, is_archived=True),
    _Sketch("Silk and Smoke", "Checkpoint", "Flux.1 D", 4, ("v1.0 fp8", "v1.0"), "base model,abstract,texture", "silk drift watercolour botanical papercut", 28),
    _Sketch("Currents", "LORA", "Flux.1 D", 5, ("v1",), "abstract,style,generative", "drift silk", 3),
    _Sketch("Sea Study Base", "Checkpoint", "SD 1.5", None, ("v1.0",), "base model,landscape,photography", "seascape", 1),
)  # fmt: skip


def build_models(creators: Sequence[int]) -> list[Model]:
    """`creators` are user ids in the order of the list above."""
    made = []
    for place, sketch in enumerate(_SKETCHES):
        model_id = 900_001 + place
        popularity = 1204 - 83 * place
        versions = tuple(
            _version(
                sketch, model_id, 910_000 + place * 20 + len(sketch.versions) - index, index
            )
            for index in range(len(sketch.versions))
        )
        made.append(
            Model(
                id=model_id,
                name=sketch.name,
                type=sketch.type,
                creator_id=None if sketch.owner is None else creators[sketch.owner],
                description=f"<p>{sketch.name}: made for {', '.join(sketch.styles.split()[:3])} pictures.</p>",
                tags=tuple(sketch.tags.split(",")),
                styles=tuple(sketch.styles.split()),
                level=sketch.level,
                downloads=popularity * 7 + 803,
                thumbs_up=popularity,
                versions=versions,
                is_archived=sketch.is_archived,
            )
        )
    return made


def _version(sketch: _Sketch, model_id: int, version_id: int, index: int) -> ModelVersion:
    name = sketch.versions[index]
    digest = hashlib.sha256(f"{sketch.name} {name}".encode()).hexdigest().upper()
    is_checkpoint = sketch.type == "Checkpoint"
    return ModelVersion(
        id=version_id,
        model_id=model_id,
        name=name,
        base_model=sketch.base_model,
        published_ms=_RELEASED_MS - (index * 45 + (model_id % 9) * 6) * _DAY_MS,
        trained_words=() if is_checkpoint else (sketch.name.lower(),),
        sha256=digest,
        size_kb=6_775_430.35 if is_checkpoint else 223_124.37,
        downloads=5120 // (index + 1),
        thumbs_up=612 // (index + 1),
        is_indexed=name != sketch.unindexed,
    )
