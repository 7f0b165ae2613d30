"""What happens to ONE artwork. The list is the program: every stage that exists."""

from typing import Any

from artkeep.stages._stage import Stage
from artkeep.stages.convert import Convert
from artkeep.stages.download import Download
from artkeep.stages.embed import Embed
from artkeep.stages.examine import Examine
from artkeep.stages.move import Move
from artkeep.stages.tags import Tags

STAGES: tuple[Stage[Any], ...] = (Download(), Examine(), Tags(), Embed(), Convert(), Move())
STAGE_OF = {stage.name: stage for stage in STAGES}
