from __future__ import annotations

from django.urls import path

from people import views

app_name = "people"
urlpatterns = [
    path("people/", views.person_list, name="people"),
    path("people/new/", views.person_edit, name="person_new"),
    path("people/<int:person_id>/", views.person_page, name="person"),
    path("people/<int:person_id>/edit/", views.person_edit, name="person_edit"),
    path("people/<int:person_id>/seat/", views.person_seat, name="person_seat"),
    path("people/<int:person_id>/leave/", views.person_leave, name="person_leave"),
    path("positions/", views.position_list, name="positions"),
    path("positions/new/", views.position_edit, name="position_new"),
    path("positions/<int:position_id>/", views.position_page, name="position"),
    path("positions/<int:position_id>/edit/", views.position_edit, name="position_edit"),
    path("settings/teams/", views.team_list, name="teams"),
    path("settings/teams/new/", views.team_edit, name="team_new"),
    path("settings/teams/<int:team_id>/", views.team_edit, name="team"),
    path("settings/users/", views.user_list, name="users"),
    path("settings/users/new/", views.user_new, name="user_new"),
    path("settings/users/<int:user_id>/", views.user_page, name="user"),
    path("settings/users/<int:user_id>/invite/", views.user_invite, name="user_invite"),
    path("settings/users/<int:user_id>/sign-in/", views.user_sign_in, name="user_sign_in"),
    path("settings/grants/<int:grant_id>/", views.grant_decide, name="grant_decide"),
]
