"""Figures as lines for a terminal and as tables of docs/redaction.md."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.evaluation.leakage import Scored, Share
from tests.evaluation.measures import Figure

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "redaction.md"
BEGIN: Final = "<!-- figures: written by `make eval-redaction` -->"
END: Final = "<!-- figures: end -->"

Key = Callable[[Scored], str]


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


Measure = Callable[[], tuple[list[Figure], list[Table]]]


def lines(figures: Iterable[Figure]) -> str:
    return "".join(
        f"{each.name}  {each.what:62} {value(each):>9} {interval(each):>17}"
        f"  target {aim(each):>8}  {verdict(each)}\n"
        for each in figures
    )


def write(figures: Sequence[Figure], tables: Sequence[Table]) -> None:
    """Between the two markers; everything around them is written by hand.

    A table that was not measured this time stays as it is, as its figures do.
    """
    before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
    old, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{DOCUMENT.name} has no place for figures")
    heads = ("", "measure", "of", "value", "95 % interval", "target", "")
    rows = [
        (
            each.name,
            each.what,
            f"{each.of:,}" if each.of else "",
            value(each),
            interval(each),
            aim(each),
            verdict(each),
        )
        for each in figures
        if not each.name.endswith("*")
    ]
    parts = [_table(heads, rows)]
    new = {each.title: f"### {each.title}\n\n{_table(each.heads, each.rows)}" for each in tables}
    parts += [new.pop(title, table) for title, table in _tables(old).items()]
    parts += new.values()
    written = "\n".join(parts)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{written}\n{END}{after}", "utf-8")


def _tables(written: str) -> dict[str, str]:
    """By title, as they stand in the page."""
    _, *tables = written.split("\n### ")
    return {table.partition("\n")[0]: f"### {table.strip()}\n" for table in tables}


def spoken(share: Share) -> str:
    return f"{share.part} of {share.whole}"


def value(figure: Figure) -> str:
    return _written(figure.value, figure)


def interval(figure: Figure) -> str:
    if figure.unit != "share":
        return ""
    return f"{_written(figure.low, figure)} – {_written(figure.high, figure)}"


def aim(figure: Figure) -> str:
    if figure.target is None:
        return ""
    sign = "≤" if figure.better == "less" else "≥"
    return f"{sign} {_written(figure.target, figure)}"


def verdict(figure: Figure) -> str:
    return {True: "reached", False: "missed", None: ""}[figure.reached]


def _written(number: float, figure: Figure) -> str:
    match figure.unit:
        case "share":
            return f"{number * 100:.2f} %"
        case "count":
            return f"{number:g}"
        case unit:
            return f"{number:.1f} {unit}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
