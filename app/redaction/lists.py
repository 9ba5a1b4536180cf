"""Word lists of ours, beside the code."""

from importlib.resources import files


def listed(name: str) -> frozenset[str]:
    """The folded words of one list."""
    return frozenset(
        files("app.redaction").joinpath("words", f"{name}.txt").read_text("utf-8").split()
    )
