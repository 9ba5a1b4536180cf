"""`klarfall serve`: the service, set up from the environment."""

from typing import Annotated, Final, Literal, TypedDict

import typer
import uvicorn

from app.web.wire import LARGEST_HEAD


class Manner(TypedDict):
    """How we are served, wherever: see uvicorn's settings of the same names."""

    http: str
    ws: Literal["none"]
    access_log: bool
    log_level: str
    server_header: bool
    proxy_headers: bool
    h11_max_incomplete_event_size: int
    timeout_keep_alive: int
    timeout_graceful_shutdown: int


# No access log: paths hold ids, and our own logs say what may be said. No header that names the
# server, none believed that names the caller. The body of a request is the edge's business.
MANNER: Final[Manner] = {
    "http": "app.web.wire:Wire",
    "ws": "none",
    "access_log": False,
    "log_level": "warning",
    "server_header": False,
    "proxy_headers": False,
    "h11_max_incomplete_event_size": LARGEST_HEAD,
    "timeout_keep_alive": 15,
    "timeout_graceful_shutdown": 5,
}


STARTING_SECONDS: Final = 30


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port")] = 8000,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes")] = 1,
) -> None:
    """Serve until stopped. Settings come from KLARFALL_… variables."""
    uvicorn.run(
        "app.web.application:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        # A worker that loads its models is silent for longer than uvicorn's five seconds on a busy
        # machine, and is then killed and begun anew for ever.
        timeout_worker_healthcheck=STARTING_SECONDS,
        **MANNER,
    )
