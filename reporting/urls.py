from __future__ import annotations

from django.urls import path

from reporting import views

app_name = "reporting"
urlpatterns = [
    path("", views.home, name="home"),
    path("today/", views.today, name="today"),
    path("today/team/", views.team, name="today_team"),
    path("today/health/", views.health, name="today_health"),
    path("today/tasks/<int:activity_id>/done/", views.task_done, name="task_done"),
    path("today/tasks/<int:activity_id>/snooze/", views.task_snooze, name="task_snooze"),
    path("today/tasks/<int:activity_id>/due/", views.task_due, name="task_due"),
    path("today/deals/<int:deal_id>/next-step/", views.next_step, name="next_step"),
    path("today/deals/<int:deal_id>/close-date/", views.close_date, name="close_date"),
    path("today/deals/<int:deal_id>/fix/", views.fix_deal, name="fix_deal"),
    path("today/deals/<int:deal_id>/back/", views.deal_back, name="deal_back"),
    path("dashboard/", views.dashboard_page, name="dashboard"),
    path("dashboard/breakdown/", views.breakdown, name="breakdown"),
    path("dashboard/changes/<slug:bucket>/", views.changes, name="changes"),
    path("dashboard/export/", views.export, name="export"),
]
