#!/usr/bin/env python
import os
import sys

UNDEFINED_TABLE = "42P01"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings")
    from django.core.management import execute_from_command_line
    from django.db.utils import ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if getattr(error.__cause__, "pgcode", "") != UNDEFINED_TABLE:
            raise
        sys.exit(
            "The database isn't laid out yet, or is older than the program. Bring it up to date first: "
            "python manage.py prepare (make run does it at each start)."
        )


if __name__ == "__main__":
    main()
