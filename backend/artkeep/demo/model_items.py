"""Models, versions and their files as the REST API writes them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from artkeep.demo.blurhash import blurhash_of
from artkeep.demo.context import SITE, media_url
from artkeep.demo.metas import meta_of
from artkeep.demo.queries import Refused
from artkeep.demo.records import ACCOUNT_KEY, Model, ModelVersion, SiteImage
from artkeep.demo.rest_images import iso


def model_item(
    request: web.Request, model: Model, mask: int, *, is_listed: bool
) -> dict[str, Any]:
    """A model in a list, or alone: then images have no id and empty values are stripped."""
    catalogue = request.app[SITE].catalogue
    item: dict[str, Any] = {
        "id": model.id,
        "name": model.name,
        "description": model.description,
        "allowNoCredit": True,
        "allowCommercialUse": "{Image,RentCivit}",
        "allowDerivatives": True,
        "allowDifferentLicense": True,
        "type": model.type,
        "minor": False,
        "sfwOnly": False,
        "poi": False,
        "nsfw": model.level > 3,
        "nsfwLevel": model.level,
        "availability": "Public",
        "userId": model.creator_id if model.creator_id is not None else -1,
        "baseModels": sorted({version.base_model for version in model.versions}),
        "cosmetic": None,
        "supportsGeneration": True,
        "stats": {
            "downloadCount": model.downloads if model.creator_id is not None else None,
            "thumbsUpCount": model.thumbs_up,
            "thumbsDownCount": 3,
            "commentCount": 17,
            "tippedAmountCount": 250,
        },
    }
    if model.creator_id is not None:
        creator = catalogue.creators[model.creator_id]
        picture = f"{ACCOUNT_KEY}/{creator.avatar}/width=96/{creator.username}.jpeg"
        item["creator"] = {
            "username": creator.username,
            "image": f"{request.url.origin()}/{picture}",
        }
    item["tags"] = list(model.tags)
    item["modelVersions"] = [
        _nested_version(request, model, index, mask, is_listed=is_listed)
        for index in range(len(model.versions))
    ]
    if model.is_archived:
        item["mode"] = "Archived"
    return item


def _nested_version(
    request: web.Request, model: Model, index: int, mask: int, *, is_listed: bool
) -> dict[str, Any]:
    version, catalogue = model.versions[index], request.app[SITE].catalogue
    shown = [image for image in catalogue.showcase(version) if image.level & mask][:20]
    item: dict[str, Any] = {
        "id": version.id,
        "index": index,
        "name": version.name,
        "baseModel": version.base_model,
        "baseModelType": "Standard",
        "publishedAt": iso(version.published_ms),
        "flags": 0,
        "availability": "Public",
        "nsfwLevel": model.level,
        "description": "<p>First release.</p>" if index == len(model.versions) - 1 else None,
        "trainedWords": list(version.trained_words),
        "vaeId": None,
        "paidAccess": None,
        "stats": {
            "downloadCount": version.downloads,
            "thumbsUpCount": version.thumbs_up,
            "thumbsDownCount": 1,
        },
        "supportsGeneration": True,
        "files": [] if model.is_archived else [file_item(request, model, version)],
        "images": [_showcase_item(request, image, with_id=is_listed) for image in shown],
    }
    if not model.is_archived:
        item["downloadUrl"] = _download_url(request, version)
    if not is_listed:
        del item["supportsGeneration"]
        item = {key: value for key, value in item.items() if value is not None}
        created = iso(version.published_ms - 46_800_000)
        item |= {"status": "Published", "createdAt": created, "covered": True}
    return item


def _showcase_item(request: web.Request, image: SiteImage, *, with_id: bool) -> dict[str, Any]:
    has_meta = bool(meta_of(request.app[SITE].catalogue, image))
    item: dict[str, Any] = {"id": image.id} if with_id else {}
    return item | {
        "url": media_url(request, image, str(image.id)),
        "nsfwLevel": image.level,
        "width": image.width,
        "height": image.height,
        "hash": blurhash_of(image.style, image.palette),
        "type": image.type,
        "minor": False,
        "poi": False,
        "hasMeta": has_meta,
        "hasPositivePrompt": has_meta,
        "onSite": image.meta_shape == "onsite",
        "remixOfId": None,
    }


def version_item(request: web.Request, version: ModelVersion | None) -> dict[str, Any]:
    """`/model-versions/:id`: up to ten showcase images, with their meta."""
    if version is None:
        raise Refused(404, {"error": "Model not found"})
    site = request.app[SITE]
    model = site.catalogue.models[version.model_id]
    if model.is_archived:
        raise Refused(404, {"error": "Missing model file"})
    images = []
    for image in site.catalogue.showcase(version)[:10]:
        item = _showcase_item(request, image, with_id=False)
        metadata: dict[str, Any] = {
            "hash": item["hash"],
            "width": image.width,
            "height": image.height,
        }
        if (size := site.media.known_size(image)) is not None:
            metadata["size"] = size
        item |= {
            "metadata": metadata,
            "meta": meta_of(site.catalogue, image),
            "availability": "Public",
        }
        images.append(item)
    base = version.base_model.split()[0].lower()
    return {
        "id": version.id,
        "modelId": model.id,
        "name": version.name,
        "nsfwLevel": model.level,
        "createdAt": iso(version.published_ms - 46_800_000),
        "updatedAt": iso(version.published_ms),
        "status": "Published",
        "publishedAt": iso(version.published_ms),
        "trainedWords": list(version.trained_words),
        "trainingStatus": None,
        "trainingDetails": None,
        "baseModel": version.base_model,
        "baseModelType": "Standard",
        "description": None,
        "uploadType": "Created",
        "usageControl": "Download",
        "licensingFee": None,
        "paidAccess": None,
        "air": f"urn:air:{base}:{model.type.lower()}:civitai:{model.id}@{version.id}",
        "stats": {"downloadCount": version.downloads, "thumbsUpCount": version.thumbs_up},
        "model": {
            "name": model.name,
            "type": model.type,
            "nsfw": model.level > 3,
            "poi": False,
        },
        "files": [file_item(request, model, version)],
        "images": images,
        "downloadUrl": _download_url(request, version),
    }


def file_item(request: web.Request, model: Model, version: ModelVersion) -> dict[str, Any]:
    stem = model.name.lower().replace(" ", "-")
    return {
        "id": version.id - 210_000,
        "sizeKB": version.size_kb,
        "name": f"{stem}_{version.name.replace(' ', '-')}.safetensors",
        "overrideName": None,
        "type": "Model",
        "pickleScanResult": "Success",
        "pickleScanMessage": "No Pickle imports",
        "virusScanResult": "Success",
        "virusScanMessage": None,
        "scannedAt": iso(version.published_ms - 2_928_000),
        "metadata": {"format": "SafeTensor"},
        "hashes": version_hashes(version),
        "downloadUrl": _download_url(request, version),
        "primary": True,
    }


def version_hashes(version: ModelVersion) -> dict[str, str]:
    digest = version.sha256
    return {
        "AutoV1": digest[40:48],
        "AutoV2": digest[:10],
        "SHA256": digest,
        "CRC32": digest[48:56],
        "BLAKE3": digest[::-1],
        "AutoV3": digest[20:32],
    }


def _download_url(request: web.Request, version: ModelVersion) -> str:
    return f"{request.url.origin()}/api/download/models/{version.id}"
