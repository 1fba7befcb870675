"""The pages of territories: for who keeps them, who sees them, and who doesn't."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from territories import services
from territories.models import AccountTerritory, Territory, TerritoryAssignment
from territories.selectors.records import territory_hits
from tests.counting import queries
from tests.territories.atlas import Atlas

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_a_tree_grows_by_hand(atlas: Atlas, signed_in: Any) -> None:
    client = signed_in(atlas.company.ops)
    client.post("/territories/new/", {"name": "West", "kind": "geography"})
    west = Territory.objects.get()
    answer = client.post("/territories/new/", {"name": "Coast", "kind": "named", "parent": "west"}, follow=True)
    assert "Coast" in text(answer) and "Territory saved." in text(answer)
    assert Territory.objects.get(name="Coast").parent == west
    shown = text(client.get("/territories/tree/"))
    assert shown.index("West") < shown.index("Coast") and 'class="lv2"' in shown
    found = text(client.get("/territories/?q=coa"))
    assert "Coast" in found and "Named accounts" in found


def test_a_circle_and_a_second_editor_are_told_in_the_form(atlas: Atlas, signed_in: Any) -> None:
    coast, client = atlas.territory(), signed_in(atlas.company.ops)
    west = Territory.objects.get(name="West")
    sent = {"name": "West", "kind": "geography", "parent": f"TER-{coast.pk}", "version": 1}
    assert "lies within this territory" in text(client.post(f"/territories/{west.pk}/edit/", sent))
    services.save_territory(territory=coast, by=atlas.by)
    sent = {"name": "Shore", "initial-name": "Coast", "kind": "geography", "initial-kind": "geography", "version": 1}
    assert "was changed by someone else" in text(client.post(f"/territories/{coast.pk}/edit/", sent))


def test_a_seat_is_given_a_territory_and_it_ends(atlas: Atlas, signed_in: Any) -> None:
    coast, client, rep = atlas.territory(), signed_in(atlas.company.ops), atlas.company.rep
    offered = client.get("/territories/seats/?q=alves").json()["options"]
    assert offered == [f"Rep West, Ana Alves · POS-{rep.position.pk}"]
    sent = {"position": offered[0], "part": "owner", "valid_from": "2024-01-01"}
    page = text(client.post(f"/territories/{coast.pk}/cover/", sent, follow=True))
    assert "Rep West" in page and "Ana Alves" in page and "since Jan 1, 2024" in page
    row = TerritoryAssignment.objects.get()
    typed = client.post(f"/territories/{coast.pk}/cover/", sent | {"position": "No such seat"})
    assert "There is no position “No such seat”" in text(typed)
    client.post(f"/territories/{coast.pk}/cover/", sent | {"position": "rep east", "part": "support"})
    assert TerritoryAssignment.objects.filter(position=atlas.company.outsider.position).exists()
    again = text(client.post(f"/territories/{coast.pk}/cover/", sent | {"valid_from": "2024-02-01"}))
    assert "is it on that day already" in again
    client.post(f"/territories/coverage/{row.pk}/end/", {"on": "2024-06-01"})
    assert "Jan 1, 2024 – May 31, 2024" in text(client.get(coast.get_absolute_url()))
    assert "Rep West" in text(client.get("/territories/coverage/?state=ends"))


def test_an_account_is_placed_moved_and_taken_out(atlas: Atlas, signed_in: Any) -> None:
    account, coast, client = atlas.company.account(), atlas.territory(), signed_in(atlas.company.ops)
    atlas.territory("Hills")
    atlas.cover()
    page = client.post(
        f"/territories/{coast.pk}/place/", {"account": account.name, "valid_from": "2024-01-01"}, follow=True
    )
    assert account.name in text(page)
    move = reverse("territories:account_move", args=[account.pk])
    client.post(move, {"territory": "Hills", "valid_from": "2024-05-01"})
    panel = text(client.get(f"/accounts/{account.pk}/territory/", headers=HTMX))
    assert (
        panel.index("Hills") < panel.index("Coast") and "Jan 1, 2024 – Apr 30, 2024" in panel and "<html" not in panel
    )
    row = AccountTerritory.objects.get(valid_to=None)
    client.post(f"/territories/accounts/{row.pk}/end/", {"on": "2024-06-01"})
    assert not AccountTerritory.objects.filter(valid_to=None).exists()
    assert text(client.get("/territories/accounts/")).count(account.name) >= 2


def test_the_account_page_shows_its_territory(atlas: Atlas, signed_in: Any) -> None:
    account = atlas.company.account()
    atlas.place(account)
    atlas.cover()
    side = reverse("core:record_panels", args=["account", account.pk, "side"])
    shown = text(signed_in(atlas.company.rep).get(side, headers=HTMX))
    assert "Coast" in shown and "Ana Alves" in shown and "/territory/move/" not in shown
    assert signed_in(atlas.company.outsider).get(f"/accounts/{account.pk}/territory/").status_code == 404


def test_an_archived_territory_comes_back(atlas: Atlas, signed_in: Any) -> None:
    coast, client = atlas.territory(), signed_in(atlas.company.ops)
    page = text(client.post("/territories/", {"action": "archive", "pk": [coast.pk]}, follow=True))
    assert "1 territory archived." in page
    assert "Coast" not in text(client.get("/territories/tree/"))
    assert "Coast" in text(client.get("/territories/?archived=1"))
    assert "Restore" in text(client.get(coast.get_absolute_url()))
    client.post(f"/territories/restore/?pk={coast.pk}")
    assert Territory.objects.get(pk=coast.pk).archived_at is None
    covered = atlas.cover()
    page = text(client.post(f"/territories/{coast.pk}/archive/", follow=True))
    assert "“Rep West” covers “Coast”" in page and covered.pk


def test_everyone_in_sales_sees_the_tree_and_only_sales_ops_keeps_it(atlas: Atlas, signed_in: Any) -> None:
    coast, row = atlas.territory(), atlas.cover()
    for member in (atlas.company.rep, atlas.company.outsider, atlas.company.vp):
        client = signed_in(member)
        assert "Coast" in text(client.get("/territories/tree/"))
        assert "Ana Alves" in text(client.get(coast.get_absolute_url()))
        for address in (
            f"{coast.get_absolute_url()}edit/",
            f"{coast.get_absolute_url()}cover/",
            "/territories/new/",
            f"/territories/coverage/{row.pk}/end/",
        ):
            assert client.get(address).status_code == 403
    assert signed_in(atlas.company.admin).get("/territories/tree/").status_code == 404


def test_accounts_are_shown_to_who_sees_them(atlas: Atlas, signed_in: Any) -> None:
    account = atlas.company.account("Quartz Mills")
    atlas.place(account)
    coast = atlas.territory()
    assert "Quartz Mills" in text(signed_in(atlas.company.rep).get(coast.get_absolute_url()))
    for address in (coast.get_absolute_url(), "/territories/accounts/"):
        assert "Quartz Mills" not in text(signed_in(atlas.company.outsider).get(address))


def test_pages_ask_as_often_for_three_as_for_one(atlas: Atlas, signed_in: Any) -> None:
    client = signed_in(atlas.company.ops)
    addresses = ("/territories/", "/territories/tree/", "/territories/coverage/", "/territories/accounts/")
    counts = []
    for names in (("One",), ("Two", "Three")):
        for name in names:
            atlas.place(atlas.company.account(f"Account {name}"), name)
            atlas.cover(name)
        counts.append([queries(client, address) for address in addresses])
    assert counts[0] == counts[1]


def test_territories_are_found_by_name_and_number(atlas: Atlas) -> None:
    coast = atlas.territory()
    for words in ("coas", coast.number):
        hits = territory_hits(atlas.company.rep.user, words, atlas.on, 5)
        assert [hit.title for hit in hits] == ["Coast"]
    assert not territory_hits(atlas.company.admin.user, "coast", atlas.on, 5)


@pytest.mark.parametrize("address", ["/territories/options/", "/territories/seats/", "/territories/tree/"])
def test_a_nul_is_passed_over(atlas: Atlas, signed_in: Any, address: str) -> None:
    assert signed_in(atlas.company.ops).get(address, {"q": "a\0b"}).status_code == 200


@pytest.mark.parametrize("list_of", ["", "coverage/", "accounts/"])
def test_lists_take_what_nobody_meant(atlas: Atlas, signed_in: Any, list_of: str) -> None:
    client = signed_in(atlas.company.ops)
    asked = {"q": "\0", "territory": "\0", "external_id": "\0", "on": "x", "parent": "9" * 30}
    for name, value in asked.items():
        assert client.get(f"/territories/{list_of}", {name: value}).status_code == 200


def test_options_are_for_who_sees_territories(atlas: Atlas, signed_in: Any) -> None:
    coast = atlas.territory()
    url = "/territories/options/?q=coast"
    assert signed_in(atlas.company.rep).get(url).json() == {"options": [f"Coast · TER-{coast.pk}"]}
    assert signed_in(atlas.company.admin).get(url).status_code == 404
