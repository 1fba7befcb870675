"""A month closed in Chromium by three people: how long each step took, and what the server says of each request."""

from __future__ import annotations

import csv
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

MONTH, NUMBER = "February 2026", "2026-02"
WORK_MS = 600_000
_TIMING = re.compile(r'(\w+);dur=([\d.]+)(?:;desc="(\d+)")?')
_NOT_MEASURED = ("/static/", "/auth/", "/progress/", "/checks/")
_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--no-first-run", "--disable-component-update"]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    what: str
    status: int
    is_page: bool
    ms: float
    sql_ms: float
    statements: int


@dataclass
class Seen:
    """Steps and their seconds; requests with the server's own time; texts of the progress; sums of file and page."""

    steps: dict[str, float] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    period_id: int = 0
    rows: int = 0
    paid: Decimal = Decimal(0)
    shown: Decimal = Decimal(0)

    def note(self, response: Response) -> None:
        found = {name: (float(ms), int(count or 0)) for name, ms, count in _TIMING.findall(
            response.headers.get("server-timing", "")
        )}  # fmt: skip
        if "app" not in found or any(part in response.url for part in _NOT_MEASURED):
            return
        path = re.sub(r"\d{1,}", "N", "/" + response.url.split("/", 3)[3])
        sql = found.get("sql", (0.0, 0))
        is_page = response.request.resource_type == "document"
        given = (response.request.method, path, response.status, is_page, found["app"][0], *sql)
        self.requests.append(Request(*given))

    def slowest(self) -> list[Request]:
        """Each kind of request once, by the slowest of its kind."""
        found: dict[tuple[str, str], Request] = {}
        for one in self.requests:
            key = (one.method, one.what)
            found[key] = max(found.get(key, one), one, key=lambda each: each.ms)
        return list(found.values())


def close_the_month(url: str, logins: dict[str, str], password: str) -> Seen:
    seen = Seen()
    expect.set_options(timeout=60_000)
    names = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((place for place in names if place), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        pages = {who: _entered(browser, url, login, password, seen) for who, login in logins.items()}
        _calculate(pages["keeper"], seen)
        _look_around(pages["keeper"], seen)
        _check(pages["keeper"], seen)
        _approve(pages, seen)
        _lock(pages["keeper"], seen)
        _export(pages["keeper"], seen)
        browser.close()
    return seen


def _entered(browser: Browser, url: str, login: str, password: str, seen: Seen) -> Page:
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto("/auth/login/")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda at: "/auth/login" not in at)
    page.on("response", seen.note)
    return page


@contextmanager
def _step(seen: Seen, name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seen.steps[name] = time.perf_counter() - began


def _calculate(page: Page, seen: Seen) -> None:
    """From the press to the page that shows the result; every text of the progress on the way is kept."""
    page.goto("/pay-runs/")
    page.get_by_role("link", name=MONTH).click()
    seen.period_id = int(re.findall(r"/pay-runs/(\d+)/", page.url)[0])
    with _step(seen, "calculated"):
        page.get_by_role("button", name="Calculate", exact=True).click()
        until = time.monotonic() + WORK_MS / 1000
        while not page.get_by_role("button", name="Request approval").count():
            _watch(page, seen)
            if time.monotonic() > until:
                raise SystemExit("The calculation wasn't over after ten minutes.")


def _watch(page: Page, seen: Seen) -> None:
    for text in page.locator("#calculation .so-run").all_inner_texts():
        said = " ".join(re.sub(r"Refresh|Stop|You can leave this page\.", "", text).split())
        if said and said not in seen.states:
            seen.states.append(said)
    page.wait_for_timeout(100)


def _look_around(page: Page, seen: Seen) -> None:
    """What somebody reads before they hand a month in."""
    here = page.url
    for url in ("", "?show=all", "?show=all&rows=all", "payees/", "payees/?sort=-paid", "compare/"):
        with _step(seen, f"page: {url or 'month'}"):
            page.goto(f"{here.split('?')[0]}{url}")
    page.goto(here)
    page.goto("/pay-runs/")
    page.goto("/")
    page.goto(here)


def _check(page: Page, seen: Seen) -> None:
    with _step(seen, "checked by the second calculator"):
        page.get_by_role("button", name="Check again").click()
        agrees = page.locator("#checks .good + span", has_text="cents apart")
        same = page.locator("#checks .good + span", has_text="Same result when run again")
        expect(agrees).to_be_visible(timeout=WORK_MS)
        expect(same).to_be_visible(timeout=WORK_MS)


def _approve(pages: dict[str, Page], seen: Seen) -> None:
    keeper = pages["keeper"]
    with _step(seen, "handed in"):
        keeper.get_by_role("button", name="Request approval").click()
        expect(keeper.get_by_text("Handed in.")).to_be_visible()
    for who in ("second", "finance"):
        page = pages[who]
        page.goto(keeper.url)
        with _step(seen, f"approved by {who}"):
            page.get_by_role("button", name="Approve", exact=True).click()
            expect(page.get_by_text("Approved.", exact=True).first).to_be_visible()


def _lock(page: Page, seen: Seen) -> None:
    page.reload()
    page.get_by_role("link", name="Post and lock").click()
    with _step(seen, "posted and locked"):
        page.get_by_role("button", name="Post and lock").click()
        expect(page.get_by_text("Posted. The period is locked")).to_be_visible()


def _export(page: Page, seen: Seen) -> None:
    cell = page.get_by_role("row").filter(has_text="Payout").get_by_role("cell").nth(1)
    seen.shown = _amount(cell.inner_text())
    page.locator("summary", has_text="Export").click()
    with _step(seen, "payroll file"), page.expect_download() as asked:
        page.locator(".so-pop").get_by_role("link", name="CSV").first.click()
    rows = _rows(asked.value.path())
    seen.rows, seen.paid = len(rows), sum((_amount(row["Amount"]) for row in rows), Decimal(0))


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _amount(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.-]", "", text.replace("\u2212", "-")))
