from __future__ import annotations

from django.urls import URLPattern, path

from compensation.views import clauses, letters, plans, versions

app_name = "compensation"
VERSION = "compensation/plans/versions/<int:version_id>"
urlpatterns: list[URLPattern] = [
    path("compensation/plans/", plans.plan_list, name="plans"),
    path("compensation/plans/new/", plans.plan_new, name="plan_new"),
    path("compensation/plans/<int:plan_id>/", plans.plan_page, name="plan"),
    path("compensation/plans/<int:plan_id>/begin/", plans.version_begin, name="version_begin"),
    path("compensation/plans/<int:plan_id>/assign/", plans.plan_assign, name="plan_assign"),
    path("compensation/plans/<int:plan_id>/assign-many/", plans.plan_assign_many, name="plan_assign_many"),
    path("compensation/plans/assignments/file/", plans.assign_file, name="assign_file"),
    path("compensation/plans/assignments/<int:assignment_id>/end/", plans.assignment_end, name="assignment_end"),
    path(f"{VERSION}/", versions.version_page, name="version"),
    path(f"{VERSION}/value/", clauses.version_value, name="version_value"),
    path(f"{VERSION}/clauses/new/", clauses.clause_add, name="clause_add"),
    path(f"{VERSION}/clauses/edit/", clauses.clause_edit, name="clause_edit"),
    path(f"{VERSION}/clauses/remove/", clauses.clause_remove, name="clause_remove"),
    path(f"{VERSION}/yaml/", versions.version_yaml, name="version_yaml"),
    path(f"{VERSION}/download/", versions.version_download, name="version_download"),
    path(f"{VERSION}/compare/", versions.version_compare, name="version_compare"),
    path(f"{VERSION}/cases/run/", versions.cases_run, name="cases_run"),
    path(f"{VERSION}/cases/new/", clauses.case_add, name="case_add"),
    path(f"{VERSION}/cases/<int:case_number>/", clauses.case_edit, name="case_edit"),
    path(f"{VERSION}/cases/<int:case_number>/remove/", clauses.case_remove, name="case_remove"),
    path(f"{VERSION}/warning/", versions.warning_accept, name="warning_accept"),
    path(f"{VERSION}/replay/", versions.version_replay, name="version_replay"),
    path(f"{VERSION}/submit/", versions.version_submit, name="version_submit"),
    path(f"{VERSION}/take-back/", versions.version_take_back, name="version_take_back"),
    path(f"{VERSION}/withdraw/", versions.version_withdraw, name="version_withdraw"),
    path(f"{VERSION}/decide/", versions.version_decide, name="version_decide"),
    path(f"{VERSION}/letters/", letters.letters_send, name="letters_send"),
    path("compensation/my-plan/", letters.my_plan, name="my_plan"),
    path("compensation/my-plan/letters/<int:letter_id>/", letters.letter_page, name="letter"),
    path("compensation/my-plan/letters/<int:letter_id>/accept/", letters.letter_accept, name="letter_accept"),
    path("compensation/my-plan/letters/<int:letter_id>/pdf/", letters.letter_file, name="letter_file"),
]
