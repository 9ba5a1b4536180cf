"""A collector for OpenTelemetry that keeps every byte it is sent."""

import gzip

from tests.doubles.loopback import Answer, Loopback


class Recorder(Loopback):
    """Takes OTLP over HTTP on a free port. `paths` and `text` are what came."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []
        self._bodies: list[bytes] = []

    @property
    def text(self) -> str:
        """Names and strings stand in protobuf as they are."""
        return "\n".join(body.decode(errors="replace") for body in self._bodies)

    def answer(self, path: str, body: bytes, encoding: str | None) -> Answer:
        self.paths.append(path)
        self._bodies.append(gzip.decompress(body) if encoding == "gzip" else body)
        return Answer(200)
