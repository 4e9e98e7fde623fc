"""The health check for deployments: `/health`."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, jsonify

from analysis.errors import AnalysisError
from analysis.store.store import Store


def register(server: Flask, store: Path) -> None:
    """Add the route: status 200 if the store can be read, else 503 with the reason."""

    def health() -> tuple[Response, int]:
        try:
            Store(store).check_readable()
        except AnalysisError as error:
            return jsonify({"status": "unavailable", "reason": str(error)}), 503
        return jsonify({"status": "ok"}), 200

    server.add_url_rule("/health", "health", health)
