"""What happens to ONE artwork. The list is the program: every stage that exists."""

from typing import Any

from artkeep.stages._stage import Stage
from artkeep.stages.download import Download
from artkeep.stages.examine import Examine

STAGES: tuple[Stage[Any], ...] = (Download(), Examine())
