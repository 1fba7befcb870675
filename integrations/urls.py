from __future__ import annotations

from django.urls import path

from integrations import views

app_name = "integrations"
urlpatterns = [
    path("settings/tokens/", views.token_list, name="tokens"),
    path("settings/tokens/new/", views.token_new, name="token_new"),
    path("settings/tokens/<int:token_id>/", views.token_page, name="token"),
    path("settings/tokens/<int:token_id>/revoke/", views.token_revoke, name="token_revoke"),
    path("imports/", views.import_list, name="imports"),
    path("imports/today/", views.imports_today, name="imports_today"),
    path("imports/new/", views.import_new, name="import_new"),
    path("exports/", views.exports, name="exports"),
    path("exports/<int:run_id>/file/", views.export_file, name="export_file"),
    path("imports/<int:import_id>/", views.import_page, name="import"),
    path("imports/<int:import_id>/map/", views.import_map, name="import_map"),
    path("imports/<int:import_id>/sheet/", views.import_sheet, name="import_sheet"),
    path("imports/<int:import_id>/fix/", views.import_fix, name="import_fix"),
    path("imports/<int:import_id>/decide/", views.import_decide, name="import_decide"),
    path("imports/<int:import_id>/run/", views.import_run, name="import_run"),
    path("imports/<int:import_id>/undo/", views.import_undo, name="import_undo"),
    path("imports/<int:import_id>/errors.csv", views.import_errors, name="import_errors"),
]
