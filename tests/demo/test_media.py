from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from PIL import Image
from tests.demo.conftest import Visitor, visit

from artkeep.demo.records import ACCOUNT_KEY, SiteImage
from artkeep.demo.server import SampleSite

MAGIC = {
    "png": b"\x89PNG", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF", "gif": b"GIF8",
    "animated_webp": b"RIFF", "webm": b"\x1aE\xdf\xa3",
}  # fmt: skip


async def fetch(
    visitor: Visitor, image: SiteImage, params: str, name: str = "x.jpeg", **headers: str
) -> tuple[int, bytes, Mapping[str, str]]:
    url = f"{visitor.base}/{ACCOUNT_KEY}/{image.uuid}/{params}/{name}"
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    async with visitor.session.get(url, headers=sent) as reply:
        return reply.status, await reply.read(), reply.headers


@pytest.mark.parametrize("encoding", list(MAGIC))
async def test_an_original_is_what_was_uploaded_whatever_its_name_says(
    visitor: Visitor, encoding: str
) -> None:
    image = visitor.first(encoding=encoding, is_still_at_first=False)
    status, body, headers = await fetch(visitor, image, "original=true")
    assert status == 200
    assert body.startswith(MAGIC[encoding])
    assert int(headers["Content-Length"]) == len(body)
    if encoding != "webm":
        with Image.open(io.BytesIO(body)) as picture:
            assert picture.size == (image.width, image.height)
            assert getattr(picture, "n_frames", 1) == (
                10 if encoding in ("gif", "animated_webp") else 1
            )


async def test_prompts_are_inside_the_files_unless_hidden(visitor: Visitor) -> None:
    async def text(**wanted: object) -> object:
        _, body, _ = await fetch(visitor, visitor.first(**wanted), "original=true")
        with Image.open(io.BytesIO(body)) as picture:
            return picture.info.get("parameters") or picture.getexif().get_ifd(0x8769)

    assert "Steps: " in str(await text(encoding="png", meta_shape="a1111"))
    assert 0x9286 in (await text(encoding="jpeg", meta_shape="a1111"))  # type: ignore[operator]
    assert not await text(encoding="png", meta_shape="hidden")


async def test_a_width_gives_a_jpeg_snapped_to_a_known_width(visitor: Visitor) -> None:
    image = visitor.first(encoding="png", width=768)
    _, body, _ = await fetch(visitor, image, "width=400")
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.format, picture.width) == ("JPEG", 450)
    _, body, _ = await fetch(visitor, image, "width=450,optimized=true")
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.format, picture.width) == ("WEBP", 450)
    _, body, _ = await fetch(visitor, image, "w")
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.format, picture.width) == ("JPEG", 768)


async def test_a_video_has_a_still_and_reduced_forms(visitor: Visitor) -> None:
    image = visitor.first(encoding="webm", width=432, is_still_at_first=False)
    _, still, _ = await fetch(visitor, image, "anim=false,transcode=true,width=96")
    assert still.startswith(MAGIC["jpeg"])
    _, original, _ = await fetch(visitor, image, "original=true", "x.mp4")
    _, full, _ = await fetch(visitor, image, "transcode=true,original=true", "x.mp4")
    _, small, _ = await fetch(visitor, image, "transcode=true,width=320", "x.webm")
    assert all(body.startswith(MAGIC["webm"]) for body in (original, full, small))
    assert len(small) < len(full) < len(original)


async def test_some_videos_answer_a_still_until_asked_twice(visitor: Visitor) -> None:
    videos = [i for i in visitor.site.catalogue.images.values() if i.is_still_at_first]
    assert len(videos) == 2
    _, first, headers = await fetch(visitor, videos[0], "original=true", "x.mp4")
    assert first.startswith(b"RIFF")
    assert headers["Content-Type"] in ("image/webp", "text/plain")
    _, second, _ = await fetch(visitor, videos[0], "original=true,quality=100", "x.mp4")
    assert second.startswith(MAGIC["webm"])


async def test_a_content_type_may_be_wrong(visitor: Visitor) -> None:
    kinds = set()
    images = [i for i in visitor.site.catalogue.images.values() if i.encoding == "jpeg"]
    for image in [i for i in images if i.id % 11 == 0 and not i.is_gone][:1] + images[:1]:
        kinds.add((await fetch(visitor, image, "original=true"))[2]["Content-Type"])
    assert kinds == {"text/plain", "image/jpeg"}


async def test_a_part_can_be_asked_for_and_put_together(visitor: Visitor) -> None:
    image = visitor.first(encoding="jpeg")
    _, whole, headers = await fetch(visitor, image, "original=true")
    assert headers["Accept-Ranges"] == "bytes"
    status, tail, ranged = await fetch(
        visitor, image, "original=true", Range="bytes=1000-", If_Range=headers["ETag"]
    )
    assert (status, whole[:1000] + tail) == (206, whole)
    assert ranged["Content-Range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"
    _, middle, _ = await fetch(visitor, image, "original=true", Range="bytes=10-19")
    _, end, _ = await fetch(visitor, image, "original=true", Range="bytes=-5")
    assert (middle, end) == (whole[10:20], whole[-5:])


async def test_a_changed_file_is_sent_whole_and_a_span_past_the_end_refused(
    visitor: Visitor,
) -> None:
    image = visitor.first(encoding="jpeg")
    _, whole, headers = await fetch(visitor, image, "original=true")
    dated = {"Range": "bytes=5-", "If_Range": headers["Last-Modified"]}
    assert (await fetch(visitor, image, "original=true", **dated))[0] == 206
    other = {"Range": "bytes=5-", "If_Range": '"another"'}
    assert (await fetch(visitor, image, "original=true", **other))[:2] == (200, whole)
    beyond = {"Range": f"bytes={len(whole)}-"}
    assert (await fetch(visitor, image, "original=true", **beyond))[0] == 416
    known = {"If_None_Match": headers["ETag"]}
    assert (await fetch(visitor, image, "original=true", **known))[:2] == (304, b"")


async def test_the_gone_and_the_unknown_are_404(visitor: Visitor) -> None:
    gone = next(i for i in visitor.site.catalogue.images.values() if i.is_gone)
    assert (await fetch(visitor, gone, "original=true"))[0] == 404
    url = f"{visitor.base}/{ACCOUNT_KEY}/no-such-uuid/original=true/x.jpeg"
    async with visitor.session.get(url) as reply:
        assert reply.status == 404


def count_files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


async def test_starting_paints_nothing_and_a_painted_picture_is_kept(
    tmp_path: Path,
) -> None:
    bodies: list[bytes] = []
    for _ in range(2):
        async for visitor in visit(SampleSite(items=40, cache_dir=tmp_path)):
            assert count_files(tmp_path) == len(bodies)
            image = visitor.first(encoding="png")
            both = await asyncio.gather(
                *(fetch(visitor, image, "original=true") for _ in range(2))
            )
            assert both[0][1] == both[1][1]
            bodies.append(both[0][1])
    assert bodies[0] == bodies[1]


async def test_an_avatar_is_a_picture(visitor: Visitor) -> None:
    _, models = await visitor.get("/models", limit=1)
    async with visitor.session.get(models["items"][0]["creator"]["image"]) as reply:
        with Image.open(io.BytesIO(await reply.read())) as picture:
            assert picture.size == (96, 96)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Visitor]:
    site = SampleSite(items=50, cache_dir=tmp_path, payload_bytes=200_000, latency_s=0.001)
    async for one in visit(site):
        yield one


async def test_the_benchmark_mode_serves_distinct_valid_files_of_the_wanted_size(
    bench: Visitor,
) -> None:
    images = [i for i in bench.site.catalogue.images.values() if not i.is_hidden]
    bodies = [(await fetch(bench, image, "original=true"))[1] for image in images[:5]]
    assert len(set(bodies)) == 5
    assert not any(image.is_video or image.is_gone for image in images)
    for image, body in zip(images, bodies, strict=False):
        assert 190_000 < len(body) < 210_000
        with Image.open(io.BytesIO(body)) as picture:
            picture.load()
            assert picture.size == (image.width, image.height)
    _, record = await bench.trpc("image.get", {"id": images[1].id})
    assert str(len(bodies[0])) in str(record)
