"""A figure, its interval and its target; and what is committed of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

FIGURES: Final = Path(__file__).parent / "figures" / "redaction.json"
# Rounding of what is written to the file.
_GRAIN: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`better` says in which direction. What is not `held` is published and stops no build.

    Where `upper` is set, the upper end of the interval has to reach the target.
    """

    name: str
    what: str
    value: float
    low: float
    high: float
    better: Literal["less", "more"]
    unit: str = "share"
    of: int = 0
    target: float | None = None
    held: bool = True
    upper: bool = False

    @property
    def key(self) -> str:
        return f"{self.name} {self.what}"

    @property
    def reached(self) -> bool | None:
        if self.target is None:
            return None
        if self.better == "more":
            return self.value >= self.target
        return (self.high if self.upper else self.value) <= self.target

    def worse_than(self, low: float, high: float) -> bool:
        """Beyond the committed interval, in the direction that is worse."""
        if self.better == "less":
            return self.value > high + _GRAIN
        return self.value < low - _GRAIN


def figures() -> list[Figure]:
    """As they are committed."""
    if not FIGURES.exists():
        return []
    return [Figure(**each) for each in json.loads(FIGURES.read_text("utf-8"))]


def committed() -> Mapping[str, tuple[float, float]]:
    """The interval of each figure that a build is held to."""
    return {each.key: (each.low, each.high) for each in figures() if each.held}


def unmeasured(measured: Iterable[Figure]) -> list[Figure]:
    """What is committed and was not measured this time, as its data is not at hand."""
    names = {each.name for each in measured}
    return [each for each in figures() if each.name not in names]


def commit(measured: Iterable[Figure]) -> None:
    """What was not measured this time stays as it was."""
    new = list(measured)
    kept = sorted([*unmeasured(new), *new], key=lambda each: each.name)
    FIGURES.parent.mkdir(exist_ok=True)
    lines = [json.dumps(_rounded(asdict(each)), ensure_ascii=False) for each in kept]
    FIGURES.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


def worse(measured: Iterable[Figure], held: Mapping[str, tuple[float, float]]) -> list[Figure]:
    return [each for each in measured if each.key in held and each.worse_than(*held[each.key])]


def _rounded(each: Mapping[str, object]) -> dict[str, object]:
    return {
        key: round(value, 6) if isinstance(value, float) else value for key, value in each.items()
    }
