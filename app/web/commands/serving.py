"""`klarfall serve`: the service, set up from the environment."""

from typing import Annotated, Final

import typer
import uvicorn

_HEADER_BYTES: Final = 16 * 1024


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port")] = 8000,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes")] = 1,
) -> None:
    """Serve until stopped. Settings come from KLARFALL_… variables.

    uvicorn keeps no access log: paths hold ids, and our own logs say what may be said.
    """
    uvicorn.run(
        "app.web.application:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        h11_max_incomplete_event_size=_HEADER_BYTES,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=5,
    )
