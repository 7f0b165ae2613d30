"""The bytes of an image: painted, encoded the way its creator uploaded it, or made smaller."""

from __future__ import annotations

import io
import json

from PIL import ExifTags, Image, PngImagePlugin

from artkeep.demo.art import paint
from artkeep.demo.metas import comfy_graph, infotext
from artkeep.demo.records import Catalogue, SiteImage
from artkeep.demo.webm import key_frame, write_webm

FRAMES_PER_S = 10
FRAMES = 20
_ANIMATION_FRAMES = 10


def upload(catalogue: Catalogue, image: SiteImage) -> bytes:
    """The file as it was uploaded. Metadata stays out when its creator hides it."""
    if image.encoding == "webm":
        return video(image, image.width, image.height, quality=62)
    if image.encoding in ("gif", "animated_webp"):
        return _animation(image)
    picture = paint(image.style, image.palette, image.seed, image.width, image.height)
    out, text = io.BytesIO(), infotext(catalogue, image)
    if image.encoding == "png":
        picture.save(out, "PNG", pnginfo=_png_text(catalogue, image, text), compress_level=3)
    elif image.encoding == "jpeg":
        picture.save(out, "JPEG", quality=90, exif=_user_comment(text) if text else b"")
    else:
        picture.save(
            out, "WEBP", quality=88, method=2, exif=_user_comment(text) if text else b""
        )
    return out.getvalue()


def video(image: SiteImage, width: int, height: int, quality: int) -> bytes:
    """Two seconds of WebM that begin again where they end."""
    frames = []
    for index in range(FRAMES):
        picture = paint(image.style, image.palette, image.seed, width, height, index / FRAMES)
        frames.append(key_frame(_encoded(picture, "WEBP", quality, method=1)))
    return write_webm(frames, width, height, FRAMES_PER_S)


def still(image: SiteImage, width: int | None, kind: str) -> bytes:
    """One frame as JPEG or WebP, at most `width` wide."""
    picture = paint(image.style, image.palette, image.seed, image.width, image.height)
    return shrunk(picture, width, kind)


def shrunk(picture: Image.Image, width: int | None, kind: str) -> bytes:
    """A picture as JPEG or WebP, never enlarged."""
    picture = picture.convert("RGB")
    if width is not None and width < picture.width:
        height = max(1, round(picture.height * width / picture.width))
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _encoded(picture, kind, 82)


def smaller(original: bytes, width: int | None, kind: str) -> bytes:
    """A reduced still of an uploaded picture."""
    with Image.open(io.BytesIO(original)) as picture:
        return shrunk(picture, width, kind)


def reduced_size(image: SiteImage, width: int | None) -> tuple[int, int]:
    """Video sizes when scaled down to a width; even numbers, as players like them."""
    if width is None or width >= image.width:
        return image.width, image.height
    return width // 2 * 2, max(2, round(image.height * width / image.width) // 2 * 2)


def avatar(uuid: str) -> bytes:
    """A small picture for a creator, from nothing but its uuid."""
    seed = int(uuid[:8], 16)
    return _encoded(paint("bauhaus", seed % 14, seed, 96, 96), "JPEG", 85)


def _animation(image: SiteImage) -> bytes:
    frames = [
        paint(
            image.style,
            image.palette,
            image.seed,
            image.width,
            image.height,
            index / _ANIMATION_FRAMES,
        )
        for index in range(_ANIMATION_FRAMES)
    ]
    out = io.BytesIO()
    if image.encoding == "gif":
        palette = frames[0].quantize(96)
        flat = [frame.quantize(palette=palette) for frame in frames]
        flat[0].save(out, "GIF", save_all=True, append_images=flat[1:], duration=100, loop=0)
    else:
        frames[0].save(
            out,
            "WEBP",
            save_all=True,
            append_images=frames[1:],
            duration=100,
            loop=0,
            quality=70,
            method=1,
        )
    return out.getvalue()


def _encoded(picture: Image.Image, kind: str, quality: int, method: int = 2) -> bytes:
    out = io.BytesIO()
    if kind == "WEBP":
        picture.save(out, "WEBP", quality=quality, method=method)
    else:
        picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _png_text(
    catalogue: Catalogue, image: SiteImage, text: str | None
) -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    if text:
        chunks.add_text("parameters", text)
    if image.meta_shape == "comfy":
        chunks.add_text("prompt", json.dumps(comfy_graph(catalogue, image)))
        chunks.add_text("workflow", json.dumps({"nodes": [], "links": [], "version": 0.4}))
    return chunks


def _user_comment(text: str) -> Image.Exif:
    """EXIF UserComment in the form AUTOMATIC1111 writes: `UNICODE` and UTF-16, big-endian."""
    exif = Image.Exif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.UserComment] = b"UNICODE\0" + text.encode("utf-16-be")
    return exif
