"""What one is told: under the bell, on a page of its own, and how one wants to hear of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import selectors, services
from core.forms import ChannelsForm
from core.htmx import PageRequest
from core.pages import chosen_ids, own_address, undoable, undone

UNDER_THE_BELL, ON_THE_PAGE = 8, 50
MOST_UNDONE = 200  # ids that fit into the address of an Undo button
SHOWN = (
    ("", _lazy("All")),
    ("unread", _lazy("Unread")),
    ("work", _lazy("Work")),
    ("mentions", _lazy("Mentions")),
    ("runs", _lazy("Runs")),
)


def notifications(request: PageRequest) -> HttpResponseBase:
    """The newest under the bell; on the page all of them, by part."""
    at = timezone.now()
    as_of, user = selectors.company_day(at), request.user
    is_bell = bool(request.htmx) and request.htmx.target == "notes"
    show = request.GET.get("show", "")
    feed = selectors.feed_of(
        user,
        show=show if show in dict(SHOWN) else "",
        before=request.GET.get("before", ""),
        limit=UNDER_THE_BELL if is_bell else ON_THE_PAGE,
        as_of=as_of,
    )
    tabs = [{"key": key, "label": label, "active": key == feed.show} for key, label in SHOWN]
    template = "core/_notes.html" if is_bell else "core/notifications.html"
    zone = getattr(user, "time_zone", "") or selectors.the_company().time_zone
    days = selectors.by_day(feed.told, at=at, zone=zone)
    return render(request, template, {"feed": feed, "days": days, "tabs": tabs})


def notification(request: PageRequest, notification_id: int) -> HttpResponseBase:
    """Open what a notification is about; it counts as read."""
    row = selectors.get_notification_for(request.user, notification_id)
    services.mark_read(user=request.user, ids=[row.pk], at=timezone.now())
    told = selectors.told_to(request.user, [row], as_of=selectors.company_day(timezone.now()))[0]
    there = row.url if told.has_address else reverse("core:notifications")
    return HttpResponseRedirect(own_address(request, there, otherwise=reverse("core:notifications")))


@require_POST
def notifications_read(request: PageRequest) -> HttpResponseBase:
    """Mark as read what is named (`pk`), or everything; can be taken back."""
    ids = chosen_ids(request.POST)
    done = services.mark_read(user=request.user, ids=ids or None, at=timezone.now())
    back = own_address(request, request.POST.get("to", ""), otherwise=reverse("core:notifications"))
    words = ngettext("%(n)s notification read.", "%(n)s notifications read.", len(done)) % {"n": len(done)}
    if done:
        return undoable(request, words, undo=reverse("core:notifications_unread"), ids=done[:MOST_UNDONE], back=back)
    messages.info(request, _("Nothing was unread."))
    return redirect(back)


@require_POST
def notifications_unread(request: PageRequest) -> HttpResponseBase:
    services.mark_unread(user=request.user, ids=chosen_ids(request.GET) or chosen_ids(request.POST))
    return undone(request, _("Unread again."), otherwise=reverse("core:notifications"))


def notification_choices(request: PageRequest) -> HttpResponseBase:
    """How one wants to hear of each kind."""
    channels = selectors.channels_of(request.user)
    form = ChannelsForm(request.POST or None, channels=channels)
    if request.method == "POST" and form.is_valid():
        services.choose_channels(user=request.user, channels=form.channels())
        messages.success(request, _("Saved."))
        return redirect("core:notification_choices")
    crumbs = [(_("Notifications"), reverse("core:notifications"))]
    context = {"form": form, "mail_address": getattr(request.user, "email", ""), "crumbs": crumbs}
    return render(request, "core/notification_choices.html", context)
