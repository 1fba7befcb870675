import gc
import os
import sys

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from salesops.embedded import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings")
if "granian" in processes.command_of(os.getppid()):
    processes.end_with(os.getppid())  # else the serving process of a killed server keeps the port
# A thread that comes back from the database waits this long for one that computes; the usual 5 ms, once for each
# statement of a page, add up to more than the page.
sys.setswitchinterval(0.001)
application = get_wsgi_application()
_ = get_resolver().url_patterns  # loads every view now, not while the first visitor waits
# What is there for good needn't be looked through for garbage; a page makes some ten thousand objects.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
