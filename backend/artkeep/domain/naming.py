"""Names on disk: legal on Windows, macOS and Linux, whatever a site or a person wrote.

Everything that comes in is hostile (SE-8); everything that goes out is one path component, in
NFC, cut by bytes (DF-6). The same text always gives the same name, on every system.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.rating import SAFE_RATINGS, Rating
from artkeep.errors import FileProblem

UNKNOWN_MODEL = "unknown_model"
UNKNOWN_AUTHOR = "unknown_author"
SITE_FOLDERS = {"civitai": "CivitAI_Browse"}  # people's libraries have this name already

_FORBIDDEN = frozenset('<>:"/\\|?*')
# Older programs on Windows turn these into a separator or a quote ("best fit").
_LOOK_ALIKES = frozenset("／＼⁄∕⧵⧸﹨＂¥₩￥￦")
# Seen by nobody, though Unicode calls them letters, marks or symbols.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff]"
)
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])")
_LEADING = re.compile(r"[\s.~-]+")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_LONGEST_READ = 4096  # characters; what follows still counts in the hash
_LONGEST_CACHED = 256
_ROOM_FOR_NAME = 48  # so that ids of different length share one shortened folder
SHORTEST_COMPONENT = 16  # UTF-16 units of a folder that gave way


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a path is made of beside the artwork's record.

    `kind` and `extension` (no dot) are what the bytes turned out to be. `target_folder` is
    `Layout.target_folder` of the target that the artwork was found by, `""` when there is none.
    `root_length` is that of the library's own path, in UTF-16 units.
    """

    kind: Kind
    extension: str
    safe: frozenset[Rating] = SAFE_RATINGS
    target_folder: str = ""
    root_length: int = 0
    sha256: str | None = None
    group_title: str | None = None


def safe_component(text: str | None, fallback: str, *, max_bytes: int = 120) -> str:
    """One folder or file name made of `text`, or of `fallback` when nothing of it is left.

    Letters, digits, marks and symbols of any script stay, and so does common punctuation;
    invisible characters go, anything else becomes `_`. A name longer than `max_bytes` (UTF-8,
    at least 24) is cut between characters and ends in a hash of the whole text.
    """
    make = _component if len(text or "") <= _LONGEST_CACHED else _component.__wrapped__
    return make(text, fallback, max_bytes)


@lru_cache(maxsize=4096)
def _component(text: str | None, fallback: str, max_bytes: int) -> str:
    for candidate in (text, fallback, "unnamed"):
        name = _clean(candidate or "")
        if name.strip("_ "):
            return cut_by_bytes(name, max_bytes, candidate or "")
    raise AssertionError("the last candidate is clean")


def compare_key(relative_path: str) -> str:
    """Equal for paths that some filesystem takes for the same one (MI-9)."""
    folded = unicodedata.normalize("NFD", relative_path.replace("\\", "/")).casefold()
    parts = (part.rstrip(" .") for part in unicodedata.normalize("NFC", folded).split("/"))
    return "/".join(filter(None, parts))


def organized_folder(artwork: Artwork, *, safe: frozenset[Rating], kind: Kind) -> str:
    """`CivitAI_Browse/Images/SFW/<model version>/<author>`.

    `kind` is what the bytes turned out to be; pixiv's frame animations lie with the videos. No
    rating counts as not safe. Names that clean to the same folder share it.
    """
    site = SITE_FOLDERS.get(artwork.site) or safe_component(artwork.site, "unknown_site")
    return "/".join(
        (
            site,
            "Images" if kind is Kind.IMAGE else "Videos",
            "SFW" if artwork.rating in safe else "NSFW",
            safe_component(model_version(artwork), UNKNOWN_MODEL),
            safe_component(artwork.author, UNKNOWN_AUTHOR),
        )
    )


def model_version(artwork: Artwork) -> str | None:
    """`Pony Diffusion V6 XL v1.0`: model and version in one name.

    A version name by itself (`v1.0`) would throw different models together; one that already
    says the model (`Pony v3` of `Pony`) stands alone. Without either: the base model.
    """
    model, version = artwork.model, artwork.version_name
    if model and model.startswith(("{", "[")):
        model = None  # some tools write a whole record there, which is nobody's name
    if model and version and model.casefold() not in version.casefold():
        return f"{model} {version}"
    return version or model or artwork.base_model


def file_name(site_id: str, extension: str, suffix: int = 0) -> str:
    """`123.png`, or `123 (2).png` with a suffix. The slash of `creation/output` becomes `_`.

    An id that has to be changed any further gets a hash, so that ids stay apart. `extension`
    comes from the table of sniffed types, with or without its dot, and is never cut.
    """
    extension = extension.removeprefix(".")
    if not _EXTENSION.fullmatch(extension):
        raise ValueError(f"not an extension of ours: {extension!r}")
    wanted = site_id.replace("/", "_")
    stem = safe_component(wanted, "unnamed", max_bytes=100)
    if stem != wanted:
        ending = "_" + _hash(wanted)
        stem = stem if stem.endswith(ending) else stem + ending
    return f"{stem} ({suffix}).{extension}" if suffix else f"{stem}.{extension}"


def sidecar_name(name: str, extension: str = "json") -> str:
    """The sidecar beside `123.png`: `123.json`, or `123.txt` for a caption."""
    return f"{name.rpartition('.')[0] or name}.{extension}"


def fit_path(folder: str, name: str, budget_chars: int) -> str:
    """`folder/name` in at most `budget_chars` UTF-16 units (Windows counts these).

    Folders give way, the longest first, and then end in a hash of what they were; the name with
    its id and extension never does. Raises FileProblem when not even the name fits.
    """
    budget = budget_chars - max(utf16_length(name), _ROOM_FOR_NAME) - 1
    parts = folder.split("/") if folder else []
    shortened = list(parts)
    while (excess := utf16_length("/".join(shortened)) - budget) > 0:
        longest = max(range(len(parts)), key=lambda at: (utf16_length(shortened[at]), at))
        if utf16_length(shortened[longest]) <= SHORTEST_COMPONENT:
            shortened = [_hash(folder)]
            break
        to = max(SHORTEST_COMPONENT, utf16_length(shortened[longest]) - excess)
        shortened[longest] = shorten(parts[longest], to)
    for path in ("/".join([*shortened, name]), f"{_hash(folder)}/{name}", name):
        if utf16_length(path) <= budget_chars:
            return path
    raise FileProblem(
        f"No room for the file name {name} in the output folder's path.",
        code="path_too_long",
        advice="Choose an output folder with a shorter path.",
    )


def is_reserved(name: str) -> bool:
    """Whether Windows takes the name for a device, whatever its ending."""
    return bool(_RESERVED.fullmatch(name.partition(".")[0].rstrip()))


def cut_by_bytes(name: str, max_bytes: int, whole: str) -> str:
    """A name of at most `max_bytes` (UTF-8), ending in a hash of `whole` when it was cut."""
    if len(name.encode()) <= max_bytes and len(whole) <= _LONGEST_READ:
        return name
    ending = "_" + _hash(whole)
    kept = name.encode()[: max_bytes - len(ending)].decode(errors="ignore")
    return kept.rstrip(" .") + ending


def shorten(component: str, units: int) -> str:
    """A folder in at most `units` UTF-16 units, more than a hash has: it ends in its hash."""
    if utf16_length(component) <= units:
        return component
    ending = "_" + _hash(component)
    kept = component.encode("utf-16-le")[: 2 * (units - len(ending))]
    return kept.decode("utf-16-le", errors="ignore").rstrip(" .") + ending


def utf16_length(text: str) -> int:
    """As Windows counts the length of a path."""
    return len(text) + sum(character > "\uffff" for character in text)


def _clean(text: str) -> str:
    readable = unicodedata.normalize("NFC", text[:_LONGEST_READ])
    name = "".join(map(_allowed, _INVISIBLE.sub("", readable)))
    # dropping characters may have brought a letter and its accent together
    name = unicodedata.normalize("NFC", " ".join(name.split())).rstrip(" .")
    if leading := _LEADING.match(name):
        name = "_" + name[leading.end() :]
    elif name and unicodedata.category(name[0]).startswith("M"):
        name = "_" + name
    stem, dot, rest = name.partition(".")
    if _RESERVED.fullmatch(stem.rstrip()):
        name = f"{stem.rstrip()}_{dot}{rest}"
    return name


def _allowed(character: str) -> str:
    if character in _FORBIDDEN or character in _LOOK_ALIKES:
        return "_"
    category = unicodedata.category(character)
    if category[0] in "LMNPS":
        return character
    if category[0] == "Z" or character in "\t\n\r":
        return " "
    return "" if category == "Cf" else "_"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
