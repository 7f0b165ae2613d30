"""The hashes that sites declare of their files."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

_CHUNK = 2**20  # bytes


def digest_of(body: Path | bytes, algorithm: str) -> str:
    """The hex digest of bytes, or of a whole file. Raises OSError."""
    if isinstance(body, bytes):
        return hashlib.new(algorithm, body, usedforsecurity=False).hexdigest()
    return digests_of(body, [algorithm])[algorithm]


def digests_of(path: Path, algorithms: Collection[str]) -> dict[str, str]:
    """Several of a whole file, which is read once. Raises OSError."""
    hashers = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            for hasher in hashers.values():
                hasher.update(chunk)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}
