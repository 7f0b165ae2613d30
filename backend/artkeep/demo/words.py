"""The language of the sample site: what each style is called, prompted, tagged and titled."""

# ruff: noqa: E501 -- tables: a row reads better whole than wrapped

from __future__ import annotations

from dataclasses import dataclass

from artkeep.demo.records import SiteTag


@dataclass(frozen=True, slots=True)
class StyleWords:
    """`subjects` and `details` make prompts, `tags` are label names, `titles` name posts."""

    subjects: tuple[str, ...]
    details: tuple[str, ...]
    tags: tuple[str, ...]
    own_tag: str  # what people add by hand
    titles: tuple[str, ...]


def _words(subjects: str, details: str, tags: str, own_tag: str, titles: str) -> StyleWords:
    def parts(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split(","))

    return StyleWords(
        tuple(part.strip() for part in subjects.split("/")),
        parts(details),
        parts(tags),
        own_tag,
        parts(titles),
    )


WORDS: dict[str, StyleWords] = {
    "mountains": _words(
        "misty mountain ranges at sunrise/layered alpine peaks above a sea of fog/a pine valley below snow peaks",
        "pine forest, volumetric light, atmospheric perspective, soft haze, distant peaks",
        "landscape, mountain, outdoors, sky, tree, scenery, no humans, fog, sun, forest",
        "misty morning", "Misty mornings, Above the fog, The long valley"),
    "dunes": _words(
        "endless sand dunes under a huge low sun/a desert at golden hour/rolling dunes with wind ripples",
        "fine sand texture, long shadows, warm light, minimalism, clear sky",
        "landscape, desert, sand, outdoors, sky, sun, scenery, no humans, horizon",
        "dune sea", "Dune sea, Sand and silence, Heat"),
    "forest": _words(
        "a quiet forest in morning fog/tall trunks with light falling between them/an old beech wood in mist",
        "god rays, damp air, depth, muted colours, undergrowth",
        "landscape, forest, tree, nature, outdoors, scenery, no humans, fog, sunlight",
        "fog between trees", "Between the trees, Wood walk, Quiet light"),
    "aurora": _words(
        "northern lights over a still lake/aurora borealis above dark hills/curtains of green light in a polar night",
        "mirror reflection, starry sky, long exposure, cold air, silhouettes",
        "landscape, night, night sky, aurora, star (sky), lake, reflection, outdoors, no humans, mountain",
        "northern lights", "Northern nights, Sky on fire, Still lake"),
    "lighthouse": _words(
        "a striped lighthouse on a cliff at dusk/a lonely lighthouse sweeping the sea/a beacon above calm water",
        "beam of light, calm sea, long dusk, rocky shore, storm clouds far away",
        "lighthouse, ocean, water, outdoors, sky, cliff, scenery, no humans, cloud, tower",
        "keeper of the light", "Keeper of the light, Harbour watch, Last beacon"),
    "seascape": _words(
        "the sun sinking into the open sea/ocean waves at sunset/evening light on long swell",
        "path of light, horizon, drifting clouds, glittering water",
        "ocean, water, sunset, horizon, sky, cloud, outdoors, scenery, no humans, sun",
        "golden hour", "Golden hour, Out at sea, Tides"),
    "skyline": _words(
        "a city skyline at night reflected in a river/towers with lit windows under the moon/a quiet metropolis after dark",
        "warm windows, hazy glow, river reflection, full moon, neon accents",
        "city, cityscape, night, skyscraper, building, moon, reflection, no humans, window, scenery",
        "city that never sleeps", "City lights, After midnight, Riverside"),
    "nebula": _words(
        "a glowing nebula full of young stars/deep space clouds of gas and dust/a stellar nursery in bright colours",
        "cosmic dust, lens spikes, deep field, luminous gas",
        "space, nebula, star (sky), galaxy, night, no humans, glowing, abstract",
        "deep field", "Deep field, Star nursery, Dust and light"),
    "orbit": _words(
        "a ringed planet with three moons/a gas giant on an old space poster/a banded world and its orbits",
        "retro poster, film grain, planetary rings, orbit lines",
        "space, planet, moon, star (sky), no humans, science fiction, retro artstyle, ring",
        "retro space", "Postcards from orbit, Ringed worlds, Transit"),
    "stained": _words(
        "a stained glass window of glowing panes/cathedral glass with dark lead lines/mosaic of coloured glass",
        "backlight, leaded glass, jewel tones, hand-cut panes",
        "stained glass, colorful, abstract, pattern, no humans, mosaic, light",
        "leaded glass", "Leaded light, Rose window, Panes"),
    "deco": _words(
        "art deco fan pattern with gold lines/overlapping scallops in the manner of the 1920s/seigaiha waves with gilt edges",
        "gold inlay, flat colours, symmetry, ornament",
        "art deco, pattern, geometric, gold, symmetry, no humans, abstract, ornament",
        "roaring twenties", "Gilded fans, Grand hotel, Lacquer"),
    "cubes": _words(
        "isometric cubes stacked to the horizon/an impossible staircase of coloured blocks/tumbling block tessellation",
        "isometric, three tone shading, gradient colours, optical illusion",
        "geometric, cube, isometric, pattern, abstract, no humans, colorful",
        "tumbling blocks", "Tumbling blocks, Stairs, Block study"),
    "facets": _words(
        "a low poly field of triangles/folded paper facets in soft colours/crystalline surface of triangles",
        "low poly, gradient, soft light, minimal",
        "low poly, geometric, triangle, abstract, gradient, no humans, pattern",
        "facets", "Facets, Fold, Crystal fields"),
    "bauhaus": _words(
        "bauhaus poster of circles and squares/geometric tiles in flat ink/mid-century grid composition",
        "flat colours, screen print, grid, paper grain",
        "geometric, bauhaus, pattern, abstract, flat color, no humans, circle, poster",
        "screen print", "Form studies, Grid weeks, Primary school"),
    "papercut": _words(
        "layered paper cut hills under a paper sun/cut paper countryside with round trees/a papercraft valley",
        "paper layers, soft shadows, handmade, depth",
        "papercut, landscape, hill, tree, sun, no humans, layered, scenery",
        "cut by hand", "Cut by hand, Paper valley, Sheet by sheet"),
    "contours": _words(
        "a topographic relief of stacked paper/contour map in layered sheets/flowing islands of colour",
        "paper layers, topographic lines, deep shadows, smooth curves",
        "abstract, topographic, layered, pattern, no humans, colorful, map",
        "contour lines", "Contour lines, Islands, Relief"),
    "watercolour": _words(
        "loose watercolour washes bleeding into each other/abstract watercolour blooms on rough paper/wet ink clouds",
        "granulation, paper texture, wet edges, splashes",
        "watercolor (medium), abstract, traditional media, paint, no humans, white background, splatter",
        "wet on wet", "Wet on wet, Blooms, Sunday washes"),
    "botanical": _words(
        "leaves and stems before a pale sun/modern botanical print with layered foliage/wild plants in silhouette",
        "boho colours, paper grain, silhouettes, gentle contrast",
        "plant, leaf, nature, sun, silhouette, no humans, botanical, flat color",
        "herbarium", "Herbarium, Meadow edge, Leaf by leaf"),
    "silk": _words(
        "flowing folds of silk in gradient colours/ribbons of cloth rolling like hills/layered satin waves",
        "soft sheen, smooth gradients, studio light, macro",
        "abstract, gradient, wave, colorful, no humans, fabric, smooth",
        "silk road", "Silk road, Folds, Slow waves"),
    "drift": _words(
        "thousands of strokes following an invisible current/flow field of ink lines/wind made visible",
        "generative art, fine lines, swirling motion, ink",
        "abstract, lineart, swirl, generative art, no humans, colorful, pattern",
        "flow field", "Currents, Wind maps, Drift"),
}  # fmt: skip

QUALITY = (
    "masterpiece, best quality",
    "highly detailed",
    "award winning",
    "score_9, score_8_up",
    "",
)
LIGHT = (
    "soft light",
    "dramatic lighting",
    "golden light",
    "cool tones",
    "muted palette",
    "vivid colours",
)
NEGATIVE = (
    "lowres, blurry, watermark",
    "worst quality, low quality, jpeg artifacts, signature, text",
    "people, person, text, logo, frame",
    "oversaturated, noise, cropped, watermark, bad composition",
    "",
)

_KNOWN_IDS = {
    "landscape": 5248,
    "mountain": 8449,
    "outdoors": 111839,
    "sky": 112019,
    "tree": 116352,
}


def site_tags() -> dict[str, SiteTag]:
    """All tags by name. Ids are stable: known ones as upstream, the rest counted on."""
    labels = sorted(
        {tag for words in WORDS.values() for tag in words.tags} | {"1boy", "lens flare"}
    )
    tags = {
        name: SiteTag(_KNOWN_IDS.get(name, 120_300 + 17 * place), name)
        for place, name in enumerate(labels)
    }
    for place, words in enumerate(WORDS.values()):
        tags[words.own_tag] = SiteTag(140_700 + 11 * place, words.own_tag, "UserGenerated")
    moderation = (
        ("explosions and blasts", 2),
        ("suggestive", 4),
        ("mature themes", 8),
        ("adult only", 16),
    )
    for place, (name, level) in enumerate(moderation):
        tags[name] = SiteTag(130_001 + place, name, "Moderation", level)
    return tags


# Names that the web page shows in place of the stored ones.
DISPLAY_NAMES = {"1boy": "man", "1girl": "woman", "explosions and blasts": "explosions"}
