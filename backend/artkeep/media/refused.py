"""Why a picture is not converted. What people read about it stands in `media.convert`."""

from __future__ import annotations


class Refused(Exception):
    """Nothing is wrong, but this file stays as it is. The text is a detail for the message."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code


class NotProven(Exception):
    """The converted file is not what it has to be; the text says in what."""

    code = "proof_failed"


class NotCarried(NotProven):
    """What was written inside the source is not all in the converted file."""

    code = "metadata_not_kept"
