"""How gunicorn serves the dashboard; it reads this file wherever it is started in this folder."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

# Its threads wait for each other in loops that burn a processor; the workers' own threads are enough.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

bind = os.environ.get("EXPLAINER_BIND") or "127.0.0.1:8050"
workers = 2
threads = 24  # twice as many as may wait for the tagger (app/server/live.py), so that clicks always find one
preload_app = True  # the workers share the memory of what is imported
max_requests = 10_000  # a worker is replaced now and then, not both at once
max_requests_jitter = 2_000
timeout = 120
limit_request_line = 0  # none: a long link is opened, and the page shortens its address (assets/long_links.js)
loglevel = "warning"
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Says in one sentence why an address cannot be had; gunicorn itself would try for seconds and log each try."""
    for address in server.cfg.address:
        if isinstance(address, tuple):
            _check_free(*address[:2])


def _check_free(host: str, port: int) -> None:
    elsewhere = "choose another address, for instance EXPLAINER_BIND=127.0.0.1:8051"
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = error.strerror or str(error)
        sys.exit(f"The dashboard cannot listen on {host}:{port} ({reason}): {elsewhere}.")


def when_ready(server: Any) -> None:
    """Prints the address once the application is loaded and its socket listens."""
    addresses = " and ".join(map(str, server.LISTENERS))
    sys.stdout.write(f"ExplaiNER is served at {addresses} (Ctrl-C stops it)\n")
    sys.stdout.flush()
