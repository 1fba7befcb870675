"""Addresses of the API, all of them: /api/v1/…; whatever else is asked below /api/ is answered as a problem."""

from __future__ import annotations

from typing import Any

from django.urls import path, re_path

from accounts.api import AccountsApi, ContactsApi
from compensation import api as compensation
from core.api.attachments import AttachmentsApi
from core.api.document import Document, docs
from core.api.runs import RunsApi
from core.api.views import NoSuchAddress
from integrations.api import ImportsApi, MeApi
from leads.api import LeadsApi
from orders import api as orders
from people.api import PayApi, PeopleApi
from pipeline import api as pipeline
from quotas.api import TargetsApi
from reporting.api import MetricsApi
from territories import api as territories

app_name = "api"


def _read(at: str, noun: str, view: Any, nouns: str) -> list[Any]:
    """A list and its records."""
    return [
        path(f"{at}/", view.as_view({"get": "list"}), name=nouns),
        path(f"{at}/<int:{noun}_id>/", view.as_view({"get": "retrieve"}), name=noun),
    ]


def _kept(at: str, noun: str, view: Any, nouns: str) -> list[Any]:
    """Records that are made, changed, archived and brought back."""
    one = f"{at}/<int:{noun}_id>/"
    acts = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
    return [
        path(f"{at}/", view.as_view({"get": "list", "post": "create"}), name=nouns),
        path(one, view.as_view(acts), name=noun),
        path(f"{one}restore/", view.as_view({"post": "restore"}), name=f"{noun}_restore"),
    ]


def _part(words: str, part: Any) -> Any:
    view = pipeline.PartsApi.as_view({"get": "rows", "put": "set_rows"}, part=part)
    name = f"opportunity_{words.replace('-', '_')}"
    return path(f"opportunities/<int:opportunity_id>/{words}/", view, name=name)


def _files(at: str, noun: str, view: Any) -> list[Any]:
    """The files of records of a kind."""

    def acts(**of: str) -> Any:
        return AttachmentsApi.as_view(of, of=view)

    files = f"{at}/<int:{noun}_id>/attachments/"
    one = f"{files}<int:attachment_id>/"
    return [
        path(files, acts(get="files", post="attach"), name=f"{noun}_files"),
        path(one, acts(get="one", delete="take_off"), name=f"{noun}_file"),
        path(f"{one}file/", acts(get="download"), name=f"{noun}_file_download"),
        path(f"{one}restore/", acts(post="bring_back"), name=f"{noun}_file_restore"),
    ]


def _written(at: str, noun: str, view: Any, nouns: str, *acts: str, is_changed: bool = True) -> list[Any]:
    """Records that are made, perhaps changed, never deleted; and what can be done with one."""
    one = f"{at}/<int:{noun}_id>/"
    on_one = {"get": "retrieve", "patch": "partial_update"} if is_changed else {"get": "retrieve"}
    return [
        path(f"{at}/", view.as_view({"get": "list", "post": "create"}), name=nouns),
        path(one, view.as_view(on_one), name=noun),
        *(path(f"{one}{act.replace('_', '-')}/", view.as_view({"post": act}), name=f"{noun}_{act}") for act in acts),
    ]


_DEAL = "opportunities/<int:opportunity_id>/"
_QUOTE_ACTS = ("submit", "take_back", "send", "accept", "decline", "revise")
_PAY_RUN_ACTS = ("submit", "approve", "give_back", "release")
_IMPORT = "imports/<int:import_id>/"
_FINDING = "findings/<int:finding_id>/"
_RUN = "runs/<int:run_id>/"
v1 = [
    path("schema/", Document.as_view(), name="schema"),
    path("me/", MeApi.as_view({"get": "retrieve"}), name="me"),
    *_kept("accounts", "account", AccountsApi, "accounts"),
    *_kept("contacts", "contact", ContactsApi, "contacts"),
    *_kept("leads", "lead", LeadsApi, "leads"),
    *_kept("opportunities", "opportunity", pipeline.OpportunitiesApi, "opportunities"),
    *_files("accounts", "account", AccountsApi),
    *_files("contacts", "contact", ContactsApi),
    *_files("leads", "lead", LeadsApi),
    *_files("opportunities", "opportunity", pipeline.OpportunitiesApi),
    path(f"{_DEAL}move/", pipeline.OpportunitiesApi.as_view({"post": "move"}), name="opportunity_move"),
    _part("splits", pipeline.SPLITS),
    _part("products", pipeline.LINES),
    _part("buying-group", pipeline.GROUP),
    _part("team", pipeline.TEAM),
    _part("competitors", pipeline.RIVALS),
    path(f"{_DEAL}criteria/", pipeline.CriteriaApi.as_view({"get": "criteria"}), name="opportunity_criteria"),
    path(
        f"{_DEAL}criteria/<int:criterion_id>/",
        pipeline.CriteriaApi.as_view({"post": "tick"}),
        name="opportunity_criterion",
    ),
    path("activities/", pipeline.ActivitiesApi.as_view({"get": "list", "post": "create"}), name="activities"),
    path("activities/<int:activity_id>/", pipeline.ActivitiesApi.as_view({"get": "retrieve"}), name="activity"),
    path("activities/<int:activity_id>/done/", pipeline.ActivitiesApi.as_view({"post": "done"}), name="activity_done"),
    path("products/", pipeline.ProductsApi.as_view({"get": "list", "post": "create"}), name="products"),
    path(
        "products/<int:product_id>/",
        pipeline.ProductsApi.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="product",
    ),
    path(
        "products/<int:product_id>/prices/",
        pipeline.PricesApi.as_view({"get": "prices", "post": "set_price"}),
        name="product_prices",
    ),
    *_read("targets", "target", TargetsApi, "targets"),
    *_kept("territories", "territory", territories.TerritoriesApi, "territories"),
    *_written(
        *("territory-assignments", "territory_assignment", territories.CoverageApi, "territory_assignments", "end"),
        is_changed=False,
    ),
    *_written(
        *("account-territories", "account_territory", territories.PlacementsApi, "account_territories", "end"),
        is_changed=False,
    ),
    *_written("quotes", "quote", orders.QuotesApi, "quotes", *_QUOTE_ACTS),
    path("quotes/<int:quote_id>/decide/", orders.DecisionsApi.as_view({"post": "decide"}), name="quote_decide"),
    *_written("contracts", "contract", orders.ContractsApi, "contracts", "sign", "cancel"),
    *_written("orders", "order", orders.OrdersApi, "orders", "cancel"),
    *_written("fulfilments", "fulfilment", orders.FulfilmentsApi, "fulfilments", "reverse", is_changed=False),
    *_written("returns", "return", orders.ReturnsApi, "returns", "reverse", is_changed=False),
    *_written("invoices", "invoice", orders.InvoicesApi, "invoices", is_changed=False),
    *_written("payments", "payment", orders.PaymentsApi, "payments", "reverse", is_changed=False),
    *_written("credit-notes", "credit_note", orders.CreditNotesApi, "credit_notes", is_changed=False),
    *_written("product-costs", "product_cost", orders.CostsApi, "product_costs", is_changed=False),
    *_files("contracts", "contract", orders.ContractsApi),
    *_files("orders", "order", orders.OrdersApi),
    *_read("pay-periods", "pay_period", compensation.PayPeriodsApi, "pay_periods"),
    path(
        "pay-periods/<int:pay_period_id>/reopen/",
        compensation.PayPeriodsApi.as_view({"post": "reopen"}),
        name="pay_period_reopen",
    ),
    *_written("pay-runs", "pay_run", compensation.PayRunsApi, "pay_runs", *_PAY_RUN_ACTS, is_changed=False),
    path("pay-runs/<int:pay_run_id>/post/", compensation.PayRunsApi.as_view({"post": "post_it"}), name="pay_run_post"),
    *_read("accounting-months", "accounting_month", compensation.AccountingMonthsApi, "accounting_months"),
    *_read("contract-costs", "contract_cost", compensation.ContractCostsApi, "contract_costs"),
    path("journal-entries/", compensation.JournalApi.as_view({"get": "list"}), name="journal_entries"),
    path("ledger-entries/", compensation.LedgerApi.as_view({"get": "list"}), name="ledger_entries"),
    *_written(
        "pay-adjustments", "adjustment", compensation.PayAdjustmentsApi, "adjustments", "decide", is_changed=False
    ),
    *_written("pay-events", "pay_event", compensation.PayEventsApi, "pay_events", "decide", is_changed=False),
    *_read("statements", "statement", compensation.StatementsApi, "statements"),
    path(
        "statements/<int:statement_id>/lines/",
        compensation.StatementsApi.as_view({"get": "lines"}),
        name="statement_lines",
    ),
    path("leaderboards/", compensation.LeaderboardsApi.as_view({"get": "races"}), name="leaderboards"),
    path(
        "leaderboards/<int:ranked_version_id>/<slug:contest_key>/",
        compensation.LeaderboardsApi.as_view({"get": "ranks"}),
        name="leaderboard",
    ),
    path("disputes/", compensation.DisputesApi.as_view({"get": "list", "post": "create"}), name="disputes"),
    path("disputes/<int:dispute_id>/", compensation.DisputesApi.as_view({"get": "retrieve"}), name="dispute"),
    path(
        "disputes/<int:dispute_id>/comments/",
        compensation.DisputesApi.as_view({"get": "comments", "post": "comment"}),
        name="dispute_comments",
    ),
    *_read("stages", "stage", pipeline.StagesApi, "stages"),
    *_read("loss-reasons", "lossreason", pipeline.LossReasonsApi, "loss_reasons"),
    *_read("competitors", "competitor", pipeline.CompetitorsApi, "competitors"),
    *_read("teams", "team", pipeline.TeamsApi, "teams"),
    *_read("people", "person", PeopleApi, "people"),
    *_written("person-pay", "person_pay", PayApi, "person_pays", "end", is_changed=False),
    *_read("findings", "finding", pipeline.FindingsApi, "findings"),
    *(
        path(f"{_FINDING}{act}/", pipeline.FindingsApi.as_view({"post": act}), name=f"finding_{act}")
        for act in ("dismiss", "restore", "fix")
    ),
    path("metrics/", MetricsApi.as_view({"get": "catalogue"}), name="metrics"),
    path("metrics/values/", MetricsApi.as_view({"get": "values"}), name="metric_values"),
    *_read("runs", "run", RunsApi, "runs"),
    path(f"{_RUN}log/", RunsApi.as_view({"get": "log"}), name="run_log"),
    path(f"{_RUN}stop/", RunsApi.as_view({"post": "stop"}), name="run_stop"),
    path(f"{_RUN}retry/", RunsApi.as_view({"post": "retry"}), name="run_retry"),
    path("imports/", ImportsApi.as_view({"get": "list", "post": "create"}), name="imports"),
    path(_IMPORT, ImportsApi.as_view({"get": "retrieve"}), name="import"),
    path(f"{_IMPORT}mapping/", ImportsApi.as_view({"post": "map_columns"}), name="import_mapping"),
    path(f"{_IMPORT}check/", ImportsApi.as_view({"post": "check"}), name="import_check"),
    path(f"{_IMPORT}problems/", ImportsApi.as_view({"get": "problems"}), name="import_problems"),
    path(f"{_IMPORT}proposals/", ImportsApi.as_view({"get": "proposals"}), name="import_proposals"),
    path(f"{_IMPORT}proposals/accept/", ImportsApi.as_view({"post": "accept"}), name="import_accept"),
    path(f"{_IMPORT}proposals/<int:proposal_id>/", ImportsApi.as_view({"post": "decide"}), name="import_decide"),
    path(f"{_IMPORT}run/", ImportsApi.as_view({"post": "run"}), name="import_run"),
    path(f"{_IMPORT}undo/", ImportsApi.as_view({"post": "undo"}), name="import_undo"),
]
urlpatterns = [
    *(path(f"v1/{one.pattern}", one.callback, name=one.name) for one in v1),
    path("docs/", docs, name="docs"),
    re_path(r"", NoSuchAddress.as_view(), name="nowhere"),
]
