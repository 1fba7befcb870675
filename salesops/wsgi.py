import os
import sys

from django.core.wsgi import get_wsgi_application

from salesops.embedded import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings")
if "granian" in processes.command_of(os.getppid()):
    processes.end_with(os.getppid())  # else the serving process of a killed server keeps the port
# A thread that comes back from the database waits this long for one that computes; the usual 5 ms, once for each
# statement of a page, add up to more than the page.
sys.setswitchinterval(0.001)
application = get_wsgi_application()
