from __future__ import annotations

from django.urls import path

from pipeline import views

app_name = "pipeline"
urlpatterns = [
    path("opportunities/", views.deal_list, name="deals"),
    path("opportunities/new/", views.deal_new, name="deal_new"),
    path("opportunities/<int:deal_id>/", views.deal_page, name="deal"),
    path("opportunities/<int:deal_id>/edit/", views.deal_edit, name="deal_edit"),
    path("opportunities/<int:deal_id>/activities/", views.activity_new, name="activity_new"),
    path("opportunities/<int:deal_id>/criteria/<int:criterion_id>/", views.criterion_tick, name="criterion_tick"),
    path("products/", views.product_list, name="products"),
]
