from __future__ import annotations

from django.urls import path

from people import views

app_name = "people"
urlpatterns = [
    path("people/", views.person_list, name="people"),
    path("people/<int:person_id>/", views.person_page, name="person"),
    path("positions/", views.position_list, name="positions"),
    path("positions/<int:position_id>/", views.position_page, name="position"),
    path("settings/users/", views.user_list, name="users"),
    path("settings/users/new/", views.user_new, name="user_new"),
    path("settings/users/<int:user_id>/", views.user_roles, name="user"),
]
