from __future__ import annotations

from django.urls import path

from core import views

app_name = "core"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("runs/", views.run_list, name="runs"),
    path("runs/<int:run_id>/", views.run_page, name="run"),
    path("runs/<int:run_id>/stop/", views.run_stop, name="run_stop"),
    path("runs/<int:run_id>/retry/", views.run_retry, name="run_retry"),
    path("settings/", views.settings_page, name="settings"),
    path("settings/company/", views.company_edit, name="company"),
    path("settings/rates/", views.rate_list, name="rates"),
    path("settings/rates/new/", views.rate_new, name="rate_new"),
    path("settings/closed-periods/", views.closing_edit, name="closing"),
    path("settings/audit/", views.audit_list, name="audit"),
    path("lists/columns/", views.columns, name="columns"),
    path("lists/save-view/", views.save_view, name="save_view"),
    path("lists/views/<int:view_id>/delete/", views.delete_view, name="view_delete"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/<int:notification_id>/", views.notification, name="notification"),
    path("notifications/read/", views.notifications_read, name="notifications_read"),
    path("notifications/unread/", views.notifications_unread, name="notifications_unread"),
    path("notifications/choices/", views.notification_choices, name="notification_choices"),
    path("mailbox/", views.mailbox, name="mailbox"),
]
