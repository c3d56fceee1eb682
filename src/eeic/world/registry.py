"""The services of the world: each pathway with the recording that writes it down."""

from __future__ import annotations

from eeic.world.recording import diabetes as diabetes_file
from eeic.world.recording import emergency as emergency_file
from eeic.world.recording import outpatients as outpatients_file
from eeic.world.recording import prevention as prevention_file
from eeic.world.recording import screening as screening_file
from eeic.world.recording import talking as talking_file
from eeic.world.services import (
    diabetes,
    emergency,
    outpatients,
    prevention,
    screening,
    talking,
)
from eeic.world.services.base import Indicator, Service

#: In the order in which they are walked.
SERVICES: tuple[Service, ...] = (
    Service(
        "diabetes",
        ("L03",),
        diabetes.walk,
        diabetes_file.write,
        diabetes.INDICATORS,
        diabetes.expect,
        diabetes_file.flaws,
    ),
    Service(
        "talking",
        ("L04",),
        talking.walk,
        talking_file.write,
        talking.INDICATORS,
        talking.expect,
        talking_file.flaws,
        source="talking therapies",
        contact="tt_referred",
    ),
    Service(
        "screening",
        ("L05",),
        screening.walk,
        screening_file.write,
        screening.INDICATORS,
        screening.expect,
        screening_file.flaws,
    ),
    Service(
        "outpatients",
        ("L13",),
        outpatients.walk,
        outpatients_file.write,
        outpatients.INDICATORS,
        outpatients.expect,
        outpatients_file.flaws,
    ),
    Service(
        "emergency",
        ("L18",),
        emergency.walk,
        emergency_file.write,
        emergency.INDICATORS,
        emergency.expect,
        emergency_file.flaws,
    ),
    Service(
        "prevention",
        ("L03_prevention", "L03_education"),
        prevention.walk,
        prevention_file.write,
        prevention.INDICATORS,
        prevention.expect,
        prevention_file.flaws,
    ),
)

#: Every taught indicator by name.
INDICATORS: dict[str, Indicator] = {
    indicator.name: indicator for service in SERVICES for indicator in service.indicators
}
