"""Examine: the full decode behind a download, in limited child processes (CR-9, SE-12).

Leaves the picture's hash, perceptual hash, blurhash, true size and a thumbnail; a video has the
thumbnail of the still that its site shows. A file that does not decode is fetched again, at
most twice; its bytes are kept aside until replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artkeep.domain.artwork import StageName
from artkeep.domain.query import parse_query
from artkeep.errors import BadMedia, ItemError, SkipItem
from artkeep.media.examine import Examined
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages._poster import with_poster
from artkeep.stages._stage import Item, Stage, StageContext
from artkeep.store import claims, examined, files, places
from artkeep.store.files import FilePlace

_MOST_FETCHES = 2


@dataclass(frozen=True, slots=True)
class Examination:
    """What the decoder said about a file; `found` is None when it does not decode."""

    place: FilePlace
    found: Examined | None
    fault: str = ""


class Examine(Stage[Examination]):
    """Decodes a picture once, to prove it and to know it again."""

    name = StageName.EXAMINE
    needs = parse_query("download:done")

    async def work(self, item: Item, context: StageContext) -> Examination:
        """Raises SkipItem when there is no file, ItemError when it cannot be decoded at all."""
        found_places = await context.store.read(files.originals, [item.claim.artwork_id])
        place = found_places.get(item.claim.artwork_id)
        if place is None:
            raise SkipItem("There is no file to examine.", code="no_file")
        path = context.library.final(place.path)
        if place.root_id != context.library.root_id:  # downloaded before the library moved
            path = Path(
                await context.store.read(places.path_in_root, place.root_id, place.path)
            )
        if not await context.in_thread(path.is_file):
            raise SkipItem(f"{path} is not there.", code="file_missing")
        # Decoding is where a bad file could bring a process down: three times, and no more.
        await context.store.write(
            claims.save_scratch, context.owner, [(item.claim, {})], state="working"
        )
        thumbnail = thumb_path(context.thumbs, item.claim.artwork_id)
        try:
            found = await context.decoders.examine(path, place.format, thumbnail)
        except BadMedia as error:
            if (
                error.code == "decoder_died"
                or item.claim.spec.get("fetches", 0) >= _MOST_FETCHES
            ):
                raise ItemError(
                    f"The file does not decode: {error.message}",
                    code="decoder_died" if error.code == "decoder_died" else "damaged",
                    advice="It may be damaged at the source; the file was kept.",
                ) from error
            return Examination(place, None, error.message)
        if MEDIA_TYPES[place.format].kind == "video":
            found = await with_poster(item, found, thumbnail, context)
        return Examination(place, found)

    async def settle(
        self, finished: Sequence[tuple[Item, Examination]], context: StageContext
    ) -> None:
        """Keep what was found; set damaged files aside and ask for them again."""
        good = [
            (item.claim, done.place, done.found)
            for item, done in finished
            if done.found is not None
        ]
        if good:
            await context.store.write(examined.save, context.owner, good)
        for item, done in finished:
            if done.found is None:
                held = await context.store.write(
                    examined.send_back, context.owner, item.claim, done.place, done.fault
                )
                place = done.place
                if held and place.root_id == context.library.root_id:
                    await context.in_thread(
                        context.library.set_aside, place.path, place.file_id
                    )


def thumb_path(thumbs: Path, artwork_id: int) -> Path:
    """Thumbnails lie in a thousand folders, so that none grows too long to list."""
    return thumbs / f"{artwork_id % 1000:03}" / f"{artwork_id}.webp"
