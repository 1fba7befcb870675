import os

from django.core.wsgi import get_wsgi_application

from salesops.embedded import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings")
if "granian" in processes.command_of(os.getppid()):
    processes.end_with(os.getppid())  # else the serving process of a killed server keeps the port
application = get_wsgi_application()
