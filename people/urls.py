from __future__ import annotations

from django.urls import path

from people import views

# Kinds of records whose page shows who sees them, and what their addresses call their number.
SHARED_KINDS = {"account": "account", "contact": "contact", "lead": "lead", "opportunity": "deal"}

app_name = "people"
urlpatterns = [
    path("people/", views.person_list, name="people"),
    path("people/new/", views.person_edit, name="person_new"),
    path("people/visible/", views.person_options, name="person_options"),
    path("people/pay/", views.pay_list, name="pay"),
    path("people/pay/rules/", views.pay_rules, name="pay_rules"),
    path("people/pay/<int:person_pay_id>/end/", views.pay_end, name="pay_end"),
    path("people/<int:person_id>/", views.person_page, name="person"),
    path("people/<int:person_id>/pay/", views.pay_of, name="pay_of"),
    path("people/<int:person_id>/edit/", views.person_edit, name="person_edit"),
    path("people/<int:person_id>/seat/", views.person_seat, name="person_seat"),
    path("people/<int:person_id>/leave/", views.person_leave, name="person_leave"),
    path("people/<int:person_id>/leave/<slug:part>/", views.leaver_part, name="leaver_part"),
    path("people/<int:person_id>/hand-overs/<int:handover_id>/undo/", views.hand_over_undo, name="hand_over_undo"),
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
    path("settings/users/<int:user_id>/role/", views.role_grant, name="role_grant"),
    path("settings/grants/<int:grant_id>/", views.grant_decide, name="grant_decide"),
    path("settings/grants/<int:grant_id>/end/", views.role_end, name="role_end"),
    path("settings/users/<int:user_id>/sessions/end/", views.user_sessions_end, name="user_sessions_end"),
    path("settings/users/<int:user_id>/unlock/", views.user_unlock, name="user_unlock"),
    path("settings/users/<int:user_id>/factors/remove/", views.user_factors_remove, name="user_factors_remove"),
    path("settings/access/", views.access_rules, name="access_rules"),
    path("settings/invitations/", views.invitation_list, name="invitations"),
    path("settings/invitations/people/", views.invite_people, name="invite_people"),
    path("auth/invitation/<str:token>/", views.invitation, name="invitation"),
    path("auth/second-factor/", views.second_factor, name="second_factor"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/end-others/", views.sessions_end_others, name="sessions_end_others"),
    path("sessions/<int:session_id>/end/", views.session_end, name="session_end"),
    path("approvals/", views.approvals, name="approvals"),
    path("approvals/roles/<int:grant_id>/", views.grant_page, name="grant"),
    path("absence/", views.absence, name="absence"),
    path("absence/<int:delegation_id>/end/", views.absence_end, name="absence_end"),
    path("absence/<int:delegation_id>/resume/", views.absence_resume, name="absence_resume"),
    path("people/options/", views.colleague_options, name="colleague_options"),
    *(
        path(f"sharing/{kind}/<int:{noun}_id>/", views.sharing, {"kind": kind}, name=f"sharing_{kind}")
        for kind, noun in SHARED_KINDS.items()
    ),
    path("shares/<int:share_id>/stop/", views.share_stop, name="share_stop"),
    path("shares/<int:share_id>/resume/", views.share_resume, name="share_resume"),
]
