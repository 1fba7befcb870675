"""Settings: the fields that the company adds, and its tags."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import selectors, services
from core.forms import CustomFieldForm, MergeForm, TagForm, choice_rows
from core.htmx import PageRequest
from core.lists import CUSTOM_FIELDS, TAGS
from core.models import CustomField, Tag
from core.pages import list_answer

EMPTY_ROWS = 3


def custom_field_list(request: PageRequest) -> HttpResponseBase:
    actions = [{"url": reverse("core:custom_field_new"), "icon": "plus", "label": _("New field"), "is_primary": True}]
    today = selectors.company_day(timezone.now())
    return list_answer(request, CUSTOM_FIELDS, as_of=today, page_actions=actions)


def _keeper(request: PageRequest) -> None:
    if not selectors.may_keep_fields(request.user):
        raise Http404


def custom_field(request: PageRequest, field_id: int | None = None) -> HttpResponseBase:
    """Define a field, or change one."""
    _keeper(request)
    row = selectors.get_custom_field_for(request.user, field_id) if field_id else None
    form = CustomFieldForm(request.POST or None, row=row, initial=_initial(row) if row else {"type": "text"})
    rows = choice_rows(request.POST or None, row, empty=int(request.GET.get("rows", "") == "more") * 9 + EMPTY_ROWS)
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            saved = _save(request, row, form.cleaned_data, rows)
        except services.FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved.label})
            return redirect("core:custom_fields")
    count = selectors.records_with_value(row) if row else 0
    has_choices = row is None or row.type in ("choice", "choices")
    context = {"form": form, "rows": rows, "row": row, "count": count, "has_choices": has_choices}
    return render(request, "core/custom_field.html", context)


def _initial(row: CustomField) -> dict[str, Any]:
    field = selectors.own_field(row)
    return {
        "label": row.label,
        "help_text": row.help_text,
        "is_required": row.is_required,
        "default": selectors.default_words(field),
    }


def _save(request: PageRequest, row: CustomField | None, given: dict[str, Any], rows: Any) -> CustomField:
    chosen = [(one.get("key", ""), one.get("label", ""), bool(one.get("is_off"))) for one in rows.cleaned_data if one]
    wanted = services.Wanted(given["label"], given["help_text"], given["is_required"], given["default"], chosen)
    if row is not None:
        return services.change_field(field_id=row.pk, wanted=wanted, by=request.user)
    return services.define_field(record_kind=given["record_kind"], type=given["type"], wanted=wanted, by=request.user)


@require_POST
def custom_field_archive(request: PageRequest, field_id: int) -> HttpResponseBase:
    row = selectors.get_custom_field_for(request.user, field_id)
    services.archive_field(field_id=row.pk, by=request.user, at=timezone.now())
    undo = f"undo:{reverse('core:custom_field_restore', args=[row.pk])}"
    words = _("%(name)s archived. The values stay in the records.") % {"name": row.label}
    messages.success(request, words, extra_tags=undo)
    return redirect("core:custom_fields")


@require_POST
def custom_field_restore(request: PageRequest, field_id: int) -> HttpResponseBase:
    row = selectors.get_custom_field_for(request.user, field_id)
    services.restore_field(field_id=row.pk, by=request.user)
    messages.success(request, _("%(name)s is back.") % {"name": row.label})
    return redirect("core:custom_fields")


@require_POST
def custom_field_move(request: PageRequest, field_id: int) -> HttpResponseBase:
    row = selectors.get_custom_field_for(request.user, field_id)
    services.move_field(field_id=row.pk, up=request.POST.get("way") == "up", by=request.user)
    return redirect(row)


def tag_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, TAGS, as_of=selectors.company_day(timezone.now()))


def tag_page(request: PageRequest, tag_id: int) -> HttpResponseBase:
    """Rename or colour a tag, merge it into another, delete it."""
    tag = selectors.get_tag_for(request.user, tag_id)
    form = TagForm(request.POST or None, initial={"name": tag.name, "tone": tag.tone})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_tag(tag=tag, by=request.user, **form.cleaned_data)
        except services.TagError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("Tag %(name)s saved.") % {"name": tag.name})
            return redirect("core:tags")
    merge = MergeForm(others=Tag.objects.exclude(pk=tag.pk))
    tag.refresh_from_db(fields=["name"])
    return render(request, "core/tag.html", {"tag": tag, "form": form, "merge": merge})


@require_POST
def tag_merge(request: PageRequest, tag_id: int) -> HttpResponseBase:
    tag = selectors.get_tag_for(request.user, tag_id)
    form = MergeForm(request.POST, others=Tag.objects.exclude(pk=tag.pk))
    if not form.is_valid():
        messages.error(request, _("Choose the tag to merge into."))
        return redirect("core:tag", tag.pk)
    into = form.cleaned_data["into"]
    many = services.merge_tags(tag=tag, into=into, by=request.user)
    words = ngettext("%(count)s record is tagged %(into)s now.", "%(count)s records are tagged %(into)s now.", many)
    messages.success(request, words % {"count": many, "into": into.name})
    return redirect("core:tags")


@require_POST
def tag_delete(request: PageRequest, tag_id: int) -> HttpResponseBase:
    tag = selectors.get_tag_for(request.user, tag_id)
    many = services.delete_tag(tag=tag, by=request.user)
    words = ngettext("Tag deleted; it was on %(count)s record.", "Tag deleted; it was on %(count)s records.", many)
    messages.success(request, words % {"count": many})
    return redirect("core:tags")
