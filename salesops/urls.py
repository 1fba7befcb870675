from __future__ import annotations

from django.urls import include, path

from salesops import health

handler500 = "salesops.outage.server_error"
ROOMS = (
    *(
        "core",
        "people",
        "accounts",
        "pipeline",
        "territories",
        "orders",
        "quotas",
        "leads",
        "compensation",
        "planning",
        "integrations",
        "reporting",
    ),
)

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("auth/", include("allauth.urls")),
    path("api/", include("salesops.api_urls")),
    *(path("", include(f"{room}.urls")) for room in ROOMS),
]
