"""What gunicorn serves: `gunicorn app.wsgi:server`."""

from app.factory import create_app
from app.settings import Settings

app = create_app(Settings.from_environment())
server = app.server
