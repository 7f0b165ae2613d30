"""Sharing the bytes of another artwork's file: proven, and remembered over a death (CR-17)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.gallery import png

from artkeep.domain.artwork import Artwork, Kind, StageName
from artkeep.errors import BadMedia
from artkeep.media.digest import digest_of
from artkeep.media.library import Library
from artkeep.sites._adapter import MediaSource
from artkeep.stages._body import require_digest
from artkeep.stages._found import recover
from artkeep.stages._stage import Item
from artkeep.store.claims import Claim
from artkeep.store.places import Intent
from artkeep.store.stored import StoredArtwork

BODY = png(5)
MD5 = digest_of(BODY, "md5")


def test_who_dies_between_intent_and_commit_still_shares(tmp_path: Path) -> None:
    library = Library(tmp_path, "marker", 1)
    library.parts.mkdir(parents=True)
    old = library.part(9, 1)
    old.write_bytes(BODY)
    intent = Intent(3, "b/2.png", digest_of(BODY, "sha256"), len(BODY), "png", "hd")
    scratch = {**intent.to_json(), "shares": 7}
    claim = Claim(9, 2, 4, StageName.DOWNLOAD, 1, "verified", 1, 0, 0, scratch=scratch)
    artwork = Artwork("yandere", "2", Kind.IMAGE, "", md5=MD5)
    done = recover(Item(claim, StoredArtwork(4, artwork, None)), library)
    assert done is not None
    assert (done.shares, done.intent, done.part) == (7, intent, library.part(9, 2))


@pytest.mark.parametrize("as_file", [True, False])
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha512"])
def test_bytes_must_have_the_hash_that_is_declared(
    tmp_path: Path, algorithm: str, as_file: bool
) -> None:
    body: Path | bytes = BODY
    if as_file:
        body = tmp_path / "part"
        body.write_bytes(BODY)
    right = MediaSource("https://a.test/1", digest=(algorithm, digest_of(BODY, algorithm)))
    require_digest(body, right)
    require_digest(body, MediaSource("https://a.test/1"))
    wrong = MediaSource("https://a.test/1", digest=(algorithm, "0" * 32))
    with pytest.raises(BadMedia) as caught:
        require_digest(body, wrong)
    assert caught.value.code == "checksum"
    require_digest(
        body, MediaSource("https://a.test/1", "hd", digest=("md5", "0"), is_digest_strict=False)
    )
