"""The services whose captures are recognised, in the order in which they are tried."""

from __future__ import annotations

from typing import Final

from artkeep.sites.captures import (
    civitai_generator,
    dezgo,
    happyaccidents,
    mage,
    nightcafe,
    novita,
    starryai,
    unstability,
)
from artkeep.sites.captures._capture import Service

SERVICES: Final[tuple[Service, ...]] = (
    starryai.SERVICE,
    novita.SERVICE,
    nightcafe.SERVICE,
    dezgo.SERVICE,
    happyaccidents.SERVICE,
    unstability.SERVICE,
    mage.SERVICE,
    civitai_generator.SERVICE,
)
BY_NAME: Final = {service.name: service for service in SERVICES}
