"""python -m keepwell.web: Django's own commands, for the company in KEEPWELL_COMPANY."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.web.settings")
    execute_from_command_line(["python -m keepwell.web", *sys.argv[1:]])
