"""Signing in by passkey, in Chromium with its virtual authenticator, and taking an invitation from mail to work."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ADMIN, ROOT, Instance

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"


def make_login(instance: Instance, email: str) -> None:
    command = [sys.executable, "manage.py", "create_login", email, "--roles", "rep", "--password-stdin"]
    done = subprocess.run(
        command, cwd=ROOT, env=instance.environment, input=PASSWORD, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def with_passkeys(page: Page) -> Any:
    """A virtual authenticator in the page's browser, such as a laptop with a fingerprint reader has one."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def confirm_password(page: Page, password: str) -> None:
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name=re.compile("Confirm", re.IGNORECASE)).click()


def sign_out(page: Page) -> None:
    page.goto("/auth/logout/")
    page.get_by_role("button", name=re.compile("Sign Out", re.IGNORECASE)).last.click()
    page.wait_for_url("**/auth/login/**")


def test_a_passkey_is_made_and_signed_in_with(visitor: Callable[..., Page], instance: Instance) -> None:
    make_login(instance, "passkey@example.com")
    page = visitor("passkey@example.com", PASSWORD)
    with_passkeys(page)
    page.goto("/auth/2fa/webauthn/add/")
    confirm_password(page, PASSWORD)
    page.locator("input[name=name]").fill("My laptop")
    passwordless = page.locator("input[name=passwordless]")
    if passwordless.count():
        passwordless.check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url(lambda url: "/webauthn/add" not in url)
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/auth/login" not in url)
    page.goto("/sessions/")
    expect(page.get_by_text("webauthn").first).to_be_visible()


def mails_to(instance: Instance, address: str) -> list[str]:
    """Bodies of caught mails to an address, oldest first."""
    found = []
    for path in sorted(Path(instance.home / "mail").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy)
        part = message.get_body(preferencelist=("plain",))
        if str(message["To"]) == address and part is not None:
            found.append(part.get_content())
    return found


@pytest.fixture
def newcomer(chromium: Browser, instance: Instance) -> Iterator[Page]:
    context = chromium.new_context(base_url=instance.url, viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def test_an_invitation_from_mail_to_work_on_a_phone(
    visitor: Callable[..., Page], instance: Instance, newcomer: Page
) -> None:
    admin = visitor(*ADMIN)
    admin.goto("/settings/users/new/")
    admin.get_by_label("E-mail").fill("ines@example.com")
    admin.get_by_label(re.compile("^Sales rep")).check()
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("An invitation is on its way").first).to_be_visible()
    for _attempt in range(60):
        if mails_to(instance, "ines@example.com"):
            break
        admin.wait_for_timeout(500)
    link = re.search(r"http://\S+/auth/invitation/\S+", mails_to(instance, "ines@example.com")[0])
    assert link is not None
    newcomer.goto(link[0])
    newcomer.get_by_label("Password", exact=False).first.fill("short")
    newcomer.get_by_label("The same again").fill("short")
    newcomer.get_by_role("button", name="Set the password and sign in").click()
    expect(newcomer.get_by_text("at least 10 characters").last).to_be_visible()
    newcomer.get_by_label("Password", exact=False).first.fill(PASSWORD)
    newcomer.get_by_label("The same again").fill(PASSWORD)
    newcomer.get_by_role("button", name="Set the password and sign in").click()
    newcomer.wait_for_url(lambda url: "/auth/" not in url)
    newcomer.goto("/sessions/")
    expect(newcomer.get_by_text("This browser")).to_be_visible()
    newcomer.goto(link[0])
    expect(newcomer.get_by_text("opens nothing any more").first).to_be_visible()
