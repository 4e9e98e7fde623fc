"""What gunicorn serves: `gunicorn app.wsgi:server`."""

import pandas  # noqa: F401 - pyarrow loads it at first use, and a thread in which plotly meets it half loaded fails

from app.factory import create_app
from app.settings import Settings

app = create_app(Settings.from_environment())
server = app.server
# Dash sets itself up during its first request; those that come meanwhile, in other threads, would find it half done.
server.test_client().get("/_dash-dependencies")
