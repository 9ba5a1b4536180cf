"""What is said when something does not hold, outside and inside."""

from app.vocabulary.errors import Unavailable


class Rejected(Exception):
    """The message is a sentence for the person verifying. It quotes nothing of what was sent."""


class TrailBroken(Unavailable):
    """The stored log contradicts what was signed. Nothing more is signed or served of it."""

    def __init__(self) -> None:
        super().__init__("log")
