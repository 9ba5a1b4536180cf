"""Log lines: one JSON object each, from a closed list of messages.

What libraries log is reduced to their name, the level and the class of an error: their text may
quote a query, a URL or a prompt.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, WrappedLogger

from app.telemetry.attributes import Configured, allowed


class Message(StrEnum):
    """Everything the service says in its log."""

    STARTED = "started"
    STOPPED = "stopped"
    REQUEST_REFUSED = "request refused"
    REQUEST_FAILED = "request failed"
    PART_UNAVAILABLE = "part unavailable"
    MODEL_DRAFT_DISCARDED = "model draft discarded"
    POLICY_FAILED = "policy failed"
    SEALED_VALUE_UNOPENABLE = "sealed value unopenable"
    SEQUENCER_WAITING = "sequencer waiting"
    WITNESS_WAITING = "witness waiting"
    WITNESS_REFUSED = "witness refused"
    REPORT_DIFFERS = "report differs from the approved one"
    LIBRARY = "library"


class Level(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def say(message: Message, *, level: Level = Level.INFO, **attributes: object) -> None:
    structlog.get_logger().info(message.value, level=level.value, **allowed(attributes))


class LibraryHandler(logging.Handler):
    """Tells that a library logged something, and not what."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        level = Level.ERROR if record.levelno >= logging.ERROR else Level.WARNING
        if error is None:
            say(Message.LIBRARY, level=level, logger=Configured(record.name))
        else:
            name = Configured(error.__name__)
            say(Message.LIBRARY, level=level, logger=Configured(record.name), error=name)


def configure(stream: TextIO | None = None) -> None:
    """Every log line of this process goes through here."""
    structlog.configure(
        processors=[_stamp, _line],
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [LibraryHandler()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


def _stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    stamped: EventDict = {"at": datetime.now(UTC).isoformat(timespec="milliseconds")}
    if context.is_valid:
        stamped["trace"] = f"{context.trace_id:032x}"
    return {**stamped, **event}


def _line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return json.dumps(event, default=_unsaid)


_UNSAID: Final = "?"


def _unsaid(_value: object) -> str:
    return _UNSAID
