"""What a web server calls."""

import os
import signal

from django.core.wsgi import get_wsgi_application

from keepwell.web import bound

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.web.settings")
application = get_wsgi_application()
bound.to_parent(os.getppid(), signal.SIGKILL)  # a server killed from outside leaves nobody behind who keeps its port
