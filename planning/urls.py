from __future__ import annotations

from django.urls import path

from planning.views import scenarios

app_name = "planning"
urlpatterns = [
    path("plans/", scenarios.scenario_list, name="scenarios"),
]
