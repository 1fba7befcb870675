from __future__ import annotations

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("accounts/", views.account_list, name="accounts"),
    path("accounts/new/", views.account_edit, name="account_new"),
    path("accounts/<int:account_id>/", views.account_page, name="account"),
    path("accounts/<int:account_id>/edit/", views.account_edit, name="account_edit"),
    path("accounts/<int:account_id>/hand-over/", views.account_hand_over, name="account_hand_over"),
    path("accounts/hand-over/<int:event_id>/undo/", views.hand_over_undo, name="hand_over_undo"),
    path("accounts/options/", views.account_options, name="account_options"),
    path("accounts/restore/", views.accounts_restore, name="accounts_restore"),
    path("accounts/<int:account_id>/archive/", views.account_archive, name="account_archive"),
    path("contacts/restore/", views.contacts_restore, name="contacts_restore"),
    path("contacts/<int:contact_id>/archive/", views.contact_archive, name="contact_archive"),
    path("contacts/", views.contact_list, name="contacts"),
    path("contacts/new/", views.contact_edit, name="contact_new"),
    path("contacts/<int:contact_id>/", views.contact_page, name="contact"),
    path("contacts/<int:contact_id>/edit/", views.contact_edit, name="contact_edit"),
]
