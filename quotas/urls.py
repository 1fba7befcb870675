from __future__ import annotations

from django.urls import path

from quotas import views

app_name = "quotas"
urlpatterns = [
    path("settings/targets/", views.target_list, name="targets"),
    path("settings/targets/new/", views.target_new, name="target_new"),
    path("settings/targets/<int:target_id>/", views.target_page, name="target"),
    path("settings/targets/<int:target_id>/end/", views.target_end, name="target_end"),
    path("territories/transitions/<int:transition_id>/quota/", views.relief_panel, name="relief_panel"),
    path("territories/transitions/<int:transition_id>/quota/relieve/", views.relief, name="relief"),
    path("territories/transitions/<int:transition_id>/quota/undo/", views.relief_undo, name="relief_undo"),
]
