from __future__ import annotations

from django.urls import path

from pipeline import views
from pipeline.views import hygiene

app_name = "pipeline"
urlpatterns = [
    path("opportunities/", views.deal_list, name="deals"),
    path("opportunities/new/", views.deal_new, name="deal_new"),
    path("opportunities/<int:deal_id>/", views.deal_page, name="deal"),
    path("opportunities/<int:deal_id>/edit/", views.deal_edit, name="deal_edit"),
    path("opportunities/restore/", views.deals_restore, name="deals_restore"),
    path("opportunities/<int:deal_id>/details/", views.deal_details, name="deal_details"),
    path("opportunities/<int:deal_id>/move/", views.deal_move, name="deal_move"),
    path("opportunities/<int:deal_id>/archive/", views.deal_archive, name="deal_archive"),
    path("opportunities/<int:deal_id>/splits/", views.deal_part, {"part": "splits"}, name="deal_splits"),
    path("opportunities/<int:deal_id>/products/", views.deal_part, {"part": "lines"}, name="deal_lines"),
    path("opportunities/<int:deal_id>/buying-group/", views.deal_part, {"part": "group"}, name="deal_group"),
    path("opportunities/<int:deal_id>/team/", views.deal_part, {"part": "team"}, name="deal_team"),
    path("opportunities/<int:deal_id>/competitors/", views.deal_part, {"part": "competitors"}, name="deal_competitors"),
    path("opportunities/<int:deal_id>/criteria/<int:criterion_id>/", views.criterion_tick, name="criterion_tick"),
    path("activities/<str:kind>/<int:record_id>/", views.activity_log, name="activity_log"),
    path("activities/<int:activity_id>/done/", views.activity_done, name="activity_done"),
    path("accounts/<int:account_id>/deals/", views.account_deals, name="account_deals"),
    path("accounts/<int:account_id>/timeline/", views.account_timeline, name="account_timeline"),
    path("contacts/<int:contact_id>/timeline/", views.contact_timeline, name="contact_timeline"),
    path("products/", views.product_list, name="products"),
    path("products/new/", views.product_edit, name="product_new"),
    path("products/<int:product_id>/", views.product_page, name="product"),
    path("products/<int:product_id>/edit/", views.product_edit, name="product_edit"),
    path("settings/stages/", views.stage_list, name="stages"),
    path("settings/stages/new/", views.stage_new, name="stage_new"),
    path("settings/stages/<int:stage_id>/", views.stage_page, name="stage"),
    path("settings/loss-reasons/", views.loss_reason_list, name="loss_reasons"),
    path("settings/loss-reasons/new/", views.loss_reason_edit, name="loss_reason_new"),
    path("settings/loss-reasons/<int:lossreason_id>/", views.loss_reason_edit, name="loss_reason_edit"),
    path("settings/competitors/", views.competitor_list, name="competitors"),
    path("settings/competitors/new/", views.competitor_edit, name="competitor_new"),
    path("settings/competitors/<int:competitor_id>/", views.competitor_edit, name="competitor_edit"),
    path("data-quality/", hygiene.hygiene_page, name="hygiene"),
    path("data-quality/run/", hygiene.hygiene_run, name="hygiene_run"),
    path("data-quality/undo/<int:event_id>/", hygiene.hygiene_undo, name="hygiene_undo"),
    path("data-quality/standards/", hygiene.standards_edit, name="hygiene_standards"),
    path("data-quality/checks/", hygiene.rule_list, name="hygiene_rules"),
    path("data-quality/checks/<int:rule_id>/", hygiene.rule_edit, name="hygiene_rule"),
    path("data-quality/checks/<int:rule_id>/ask/", hygiene.rule_ask, name="rule_ask"),
    path("data-quality/checks/<int:rule_id>/fix/", hygiene.rule_fix, name="rule_fix"),
    path("data-quality/records/<slug:kind>/", hygiene.finding_list, name="findings"),
]
