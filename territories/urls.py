from __future__ import annotations

from django.urls import path

from territories.views import coverage, territories, transitions

app_name = "territories"
_ONE = "territories/<int:territory_id>/"
urlpatterns = [
    path("territories/", territories.territory_list, name="territories"),
    path("territories/tree/", territories.tree, name="tree"),
    path("territories/new/", territories.territory_new, name="territory_new"),
    path("territories/options/", territories.territory_options, name="territory_options"),
    path("territories/seats/", territories.seat_options, name="seat_options"),
    path("territories/restore/", territories.territories_restore, name="territories_restore"),
    path("territories/coverage/", coverage.coverage_list, name="coverage"),
    path("territories/coverage/<int:territory_assignment_id>/end/", coverage.coverage_end, name="coverage_end"),
    path("territories/accounts/", coverage.placement_list, name="placements"),
    path("territories/accounts/<int:account_territory_id>/end/", coverage.placement_end, name="placement_end"),
    path("territories/transitions/", transitions.transition_list, name="transitions"),
    path("territories/transitions/<int:transition_id>/", transitions.transition, name="transition"),
    path("territories/transitions/<int:transition_id>/end/", transitions.transition_end, name="transition_end"),
    path(_ONE, territories.territory_page, name="territory"),
    path(f"{_ONE}edit/", territories.territory_edit, name="territory_edit"),
    path(f"{_ONE}archive/", territories.territory_archive, name="territory_archive"),
    path(f"{_ONE}cover/", coverage.territory_cover, name="territory_cover"),
    path(f"{_ONE}place/", coverage.territory_place, name="territory_place"),
    path("accounts/<int:account_id>/territory/", coverage.account_territory, name="account_territory"),
    path("accounts/<int:account_id>/territory/move/", coverage.account_move, name="account_move"),
    path("accounts/<int:account_id>/territory/share/", transitions.transition_new, name="transition_new"),
]
