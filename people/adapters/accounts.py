"""What the sign-in library asks of us: who may come in, what is kept of it, and who hears of a change."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import ChangePasswordForm, ResetPasswordForm, default_token_generator
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.utils import perform_login, user_pk_to_url_str
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from people import selectors, services
from people.models import User

# What the library mails a person about -> the act that is recorded. A new password ends all other sessions.
SECURITY_ACTS = {
    "account/email/password_changed": "user.password_changed",
    "account/email/password_reset": "user.password_changed",
    "account/email/password_set": "user.password_changed",
    "mfa/email/totp_activated": "second_factor.app_added",
    "mfa/email/totp_deactivated": "second_factor.app_removed",
    "mfa/email/recovery_codes_generated": "second_factor.codes_made",
    "mfa/email/webauthn_added": "second_factor.key_added",
    "mfa/email/webauthn_removed": "second_factor.key_removed",
    "socialaccount/email/account_connected": "identity.connected",
    "socialaccount/email/account_disconnected": "identity.disconnected",
}


class LoginBackend(AuthenticationBackend):
    """The library's, with a login's person and roles at hand: every request asks for them."""

    def get_user(self, user_id: int) -> User | None:
        user = selectors.login_with_roles(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


class InvitedOnlyAdapter(DefaultAccountAdapter):
    """Logins are made by an admin; nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords are counted by django-axes; a second count here would lock sooner and say less."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        what = "locked out" if getattr(request, "axes_locked_out", False) else "wrong password"
        email = str(credentials.get("email") or credentials.get("username") or "")
        services.note_failure(email=email, ip=address_of(request), what=what)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Our logins have their e-mail on the row itself, not in the library's table of addresses."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        answer = super().post_login(request, user, **kwargs)
        if request.session.session_key is None:
            request.session.save()
        methods = [str(one.get("type") or one["method"]) for one in get_authentication_records(request, user)]
        row = services.begin_session(
            user=user,
            session_key=str(request.session.session_key),
            method=", ".join(dict.fromkeys(methods)),
            ip=address_of(request),
            user_agent=request.headers.get("User-Agent", ""),
        )
        services.take_invitation(user=user)
        request.session["sign_in"] = row.pk
        request.session["lacks_factor"] = selectors.lacks_second_factor(user)
        return answer

    def logout(self, request: HttpRequest) -> None:
        if request.session.session_key:
            services.session_left(session_key=request.session.session_key)
        super().logout(request)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """A change of how somebody signs in: recorded, told by mail, and a new password ends all other sessions."""
        act = SECURITY_ACTS.get(template_prefix)
        if act is None:
            return
        request = self.request
        services.note_security_change(act=act, user=user, by=request.user, ip=address_of(request))
        if act == "user.password_changed":
            key = request.session.session_key if request.user.is_authenticated else None
            services.keep_session(session_id=request.session.get("sign_in"), session_key=key)
            services.end_sessions(user=user, by=user, but_key=key)


def address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR") or "")


def sign_in_invited(request: HttpRequest, user: User) -> HttpResponse:
    """Sign somebody in who has just set the password of their invitation."""
    return perform_login(request, user, email_verification="none")


def password_link(user: User) -> str:
    """The link that chooses a new password. It holds once, since a new password makes it void.

    Built on SITE_URL: what a request calls itself isn't trusted to stand in a mail.
    """
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=key)


class PasswordLinkForm(ResetPasswordForm):
    """A forgotten password: the mail goes out as a job, so that known and unknown addresses are answered alike."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email = str(self.cleaned_data["email"])
        services.ask_password_link(email=email)
        return email


class PasswordForm(ChangePasswordForm):
    """A new password in place of one that is known; labels in sentence case, as on every form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = (_("Current password"), _("New password"), _("New password again"))
        for name, label in zip(("oldpassword", "password1", "password2"), labels, strict=True):
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)


class SecondFactorForm(AuthenticateForm):
    """The second half of a sign-in; a wrong code is recorded."""

    def clean_code(self) -> str:
        try:
            code = super().clean_code()
        except Exception:
            services.note_failure(email=self.user.email, ip="", what="wrong code")
            raise
        return str(code)


class SealedFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are sealed in the database by a key made from SECRET_KEY; older keys open them too."""

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()


def _seal() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    made = (salted_hmac("people.second_factor", "seal", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in made])
