"""Entry point for gunicorn: `gunicorn app.wsgi:server`."""

import pandas  # noqa: F401 - pyarrow imports it lazily; plotly fails in a thread that sees it half imported

from app.factory import create_app
from app.settings import Settings

app = create_app(Settings.from_environment())
server = app.server
# Dash finishes its setup in the first request; concurrent requests in other threads would see an unfinished setup.
server.test_client().get("/_dash-dependencies")
