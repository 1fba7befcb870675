"""How a person keeps a list."""

from __future__ import annotations

from django.http import Http404

from core.kernel.access import SignedIn
from core.models import SavedView


def get_view_for(user: SignedIn, view_id: int) -> SavedView:
    """One's own saved view. Raises Http404 for another's."""
    view = SavedView.objects.filter(pk=view_id, owner=user.pk).first()
    if view is None:
        raise Http404("No such view.")
    return view
