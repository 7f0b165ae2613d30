"""`/api/doctor`: what is here and what is missing."""

from __future__ import annotations

import threading

from flask_openapi3.blueprint import APIBlueprint

from artkeep.jobs.doctor import checks, find
from artkeep.media.programs import find_programs
from artkeep.web.schemas.status import Check, Doctor, Program
from artkeep.web.services import services

bp = APIBlueprint("doctor", __name__)

_one_at_a_time = threading.Lock()  # each look starts programs to ask for their versions


@bp.get("/api/doctor", responses={200: Doctor})
def show_doctor() -> Doctor:
    """Look at everything now. No site is contacted."""
    at = services()
    with _one_at_a_time:
        programs = find_programs()
    return Doctor(
        checks=[
            Check(name=one.name, state=one.state, text=one.text, advice=one.advice)
            for one in checks(find(at.settings, at.store))
        ],
        programs=[
            Program(
                name=one.name,
                path=one.path,
                version=one.version,
                feature=one.feature,
                install_command=one.install_command,
            )
            for one in programs
        ],
    )
