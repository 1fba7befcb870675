from __future__ import annotations

from django.urls import path

from leads import views

app_name = "leads"
urlpatterns = [
    path("leads/", views.lead_list, name="leads"),
    path("leads/new/", views.lead_edit, name="lead_new"),
    path("leads/restore/", views.leads_restore, name="leads_restore"),
    path("leads/untouched/", views.new_leads, name="new_leads"),
    path("leads/<int:lead_id>/archive/", views.lead_archive, name="lead_archive"),
    path("leads/<int:lead_id>/", views.lead_page, name="lead"),
    path("leads/<int:lead_id>/edit/", views.lead_edit, name="lead_edit"),
]
