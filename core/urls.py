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
    path("records/<str:kind>/<int:record_id>/tags/", views.record_tags, name="record_tags"),
    path(
        "records/<str:kind>/<int:record_id>/tags/<int:tag_id>/remove/",
        views.record_tag_remove,
        name="record_tag_remove",
    ),
    path("records/<str:kind>/<int:record_id>/files/", views.record_attachments, name="record_attachments"),
    path("records/<str:kind>/untag/<int:tag_id>/", views.records_untag, name="records_untag"),
    path("files/<int:attachment_id>/", views.attachment, name="attachment"),
    path("files/<int:attachment_id>/delete/", views.attachment_remove, name="attachment_remove"),
    path("files/<int:attachment_id>/restore/", views.attachment_restore, name="attachment_restore"),
    path("tags/options/", views.tag_options, name="tag_options"),
    path("settings/tags/", views.tag_list, name="tags"),
    path("settings/tags/<int:tag_id>/", views.tag_page, name="tag"),
    path("settings/tags/<int:tag_id>/merge/", views.tag_merge, name="tag_merge"),
    path("settings/tags/<int:tag_id>/delete/", views.tag_delete, name="tag_delete"),
    path("settings/fields/", views.custom_field_list, name="custom_fields"),
    path("settings/fields/new/", views.custom_field, name="custom_field_new"),
    path("settings/fields/<int:field_id>/", views.custom_field, name="custom_field"),
    path("settings/fields/<int:field_id>/archive/", views.custom_field_archive, name="custom_field_archive"),
    path("settings/fields/<int:field_id>/restore/", views.custom_field_restore, name="custom_field_restore"),
    path("settings/fields/<int:field_id>/move/", views.custom_field_move, name="custom_field_move"),
]
