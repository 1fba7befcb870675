"""Settings. Every value a deployment may change is read from the environment (docs/deployment.md lists them)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import django_stubs_ext
from django.utils.translation import gettext_lazy

from salesops import logs
from salesops.embedded import home

django_stubs_ext.monkeypatch()


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


BASE_DIR = Path(__file__).resolve().parent.parent
HOME = home.data_folder()
TEST_RUN = "pytest" in sys.modules
PRODUCTION = os.environ.get("SALESOPS_ENV") == "production"
DEBUG = os.environ.get("DEBUG") == "1" and not PRODUCTION
SECRET_KEY = os.environ.get("SECRET_KEY") or home.secret_key(required_from_environment=PRODUCTION)
SECRET_KEY_FALLBACKS = _list(os.environ.get("SECRET_KEY_FALLBACKS", ""))
PORT = int(os.environ.get("PORT", "8000"))
# First start: the demo company unless DEMO=0 (in production only with DEMO=1), else a first login.
DEMO = os.environ.get("DEMO", "0" if PRODUCTION else "1") != "0"
ADMIN_EMAIL = os.environ.get("ADMIN_EMAIL", "")
ADMIN_PASSWORD = os.environ.get("ADMIN_PASSWORD", "")
SITE_URL = os.environ.get("SITE_URL", f"http://localhost:{PORT}").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = _list(os.environ.get("ALLOWED_HOSTS", f"{urlsplit(SITE_URL).hostname},localhost,127.0.0.1,[::1]"))
CSRF_TRUSTED_ORIGINS = [SITE_URL]

LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO" if PRODUCTION else "WARNING").upper()
LOGGING = logs.configure(as_json=PRODUCTION, level=LOG_LEVEL)
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "salesops.static.StaticFiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "core",
    "people",
    "accounts",
    "pipeline",
    "territories",
    "orders",
    "quotas",
    "leads",
    "compensation",
    "planning",
    "reporting",
    "integrations",
]

SERVER_TIMING = os.environ.get("SERVER_TIMING") == "1"
MIDDLEWARE = [
    "salesops.timing.ServerTimingMiddleware",
    "core.middleware.ForwardedMiddleware",
    "core.middleware.RequestIdMiddleware",
    "salesops.health.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.PrivateMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.OpenSessionMiddleware",
    "core.middleware.SignedInOnlyMiddleware",
    "core.middleware.ActorMiddleware",
    "core.middleware.RecentMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "core.middleware.BodyLimitMiddleware",
]

ROOT_URLCONF = "salesops.urls"
WSGI_APPLICATION = "salesops.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.frame",
            ],
            "builtins": ["core.templatetags.so"],
        },
    }
]


def _database() -> dict[str, object]:
    """DATABASE_URL, else the embedded PostgreSQL. The backend starts whatever is embedded at the first connection."""
    options: dict[str, object] = {
        "CONN_MAX_AGE": 3600,  # a new connection plans its large statements anew
        "CONN_HEALTH_CHECKS": True,
        "ENGINE": "salesops.embedded.backend",
    }
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return options | {"HOST": str(home.socket_folder()), "PORT": "5432", "NAME": "salesops", "USER": "salesops"}
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))  # sslmode, sslrootcert, host (the folder of a Unix socket), ...
    return options | {
        "HOST": asked.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or asked.pop("port", "")),
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "OPTIONS": {"connect_timeout": 10, **asked},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"

REDIS_URL = os.environ.get("REDIS_URL") or f"unix://{home.socket_folder()}/valkey.sock"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "so"}
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 365 * 24 * 3600  # how long one really holds: people.models.AccessRules, kept by people.middleware
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# Celery writes a Unix socket's address another way: unix:///path?db=1 is redis+socket:///path?virtual_host=1.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A job that runs longer is delivered a second time, which finds it taken; shorter would only repeat that often.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 12 * 3600}

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("TIME_ZONE", "UTC")
LOCALE_PATHS = [BASE_DIR / "locale"]
FILTERS_EMPTY_CHOICE_LABEL = gettext_lazy("Any")

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", HOME / "static"))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/tabler/css", BASE_DIR / "node_modules/@tabler/core/dist/css"),
    ("vendor/inter", BASE_DIR / "node_modules/@fontsource-variable/inter"),
    ("vendor/plotly", BASE_DIR / "node_modules/plotly.js-cartesian-dist-min"),
    ("vendor/swagger", BASE_DIR / "node_modules/swagger-ui-dist"),
]


# In the image they are collected and compressed when it is built, and stand where the program can't write.
STATIC_IS_BUILT = os.environ.get("COMPRESS_STATIC") == "1"


def _static_storage() -> str:
    """Plain names in tests; hashed ones elsewhere; in the image also compressed."""
    if TEST_RUN:
        return "django.contrib.staticfiles.storage.StaticFilesStorage"
    if STATIC_IS_BUILT:
        return "whitenoise.storage.CompressedManifestStaticFilesStorage"
    return "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage()},
}
MEDIA_ROOT = HOME / "files"
# Uploads go to disk in the home, never whole into memory, and not to a small /tmp.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2
FILE_UPLOAD_TEMP_DIR = home.upload_folder()
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
MAX_ATTACHMENT_BYTES = int(os.environ.get("MAX_ATTACHMENT_BYTES", str(25 * 1024**2)))
MAX_IMPORT_BYTES = int(os.environ.get("MAX_IMPORT_BYTES", "1073741824"))

# The API. Limits are for each token or login; refused tokens are counted by where they come from.
API_CALLS_PER_MINUTE = int(os.environ.get("API_CALLS_PER_MINUTE", "600"))
API_REFUSALS_PER_MINUTE = int(os.environ.get("API_REFUSALS_PER_MINUTE", "60"))
API_BODY_BYTES = int(os.environ.get("API_BODY_BYTES", str(1024**2)))
# Who calls: asked in this order by every view of the API (core.api.views.Asked).
API_AUTHENTICATION = ["integrations.api.BearerTokens", "rest_framework.authentication.SessionAuthentication"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "EXCEPTION_HANDLER": "core.api.problems.answer_to",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Salesops",
    "DESCRIPTION": "Everything the pages know, with the same rights. docs/api.md begins with two minutes of curl.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "POSTPROCESSING_HOOKS": ["core.api.schema.whole_document"],
}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "people.adapters.accounts.LoginBackend",
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "people.adapters.InvitedOnlyAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {
    "reset_password": "people.adapters.PasswordLinkForm",
    "change_password": "people.adapters.PasswordForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers themselves allow plain http on localhost alone
MFA_TOTP_ISSUER = "Salesops"
MFA_ADAPTER = "people.adapters.SealedFactorAdapter"
MFA_FORMS = {"authenticate": "people.adapters.SecondFactorForm"}


def _identity_provider() -> dict[str, object]:
    """The company's identity provider (OpenID Connect), a button on the sign-in page; none without OIDC_ISSUER."""
    issuer = os.environ.get("OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return {}
    app = {
        "provider_id": "company",
        "name": os.environ.get("OIDC_NAME", "Single sign-on"),
        "client_id": os.environ.get("OIDC_CLIENT_ID", ""),
        "secret": os.environ.get("OIDC_CLIENT_SECRET", ""),
        "settings": {"server_url": issuer},
    }
    return {"openid_connect": {"APPS": [app]}}


SOCIALACCOUNT_PROVIDERS = _identity_provider()
SOCIALACCOUNT_ADAPTER = "people.adapters.InvitedIdentityAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form's answer may not lead to another site (CSP form-action); a link may
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "people.adapters.attempted_login"
AXES_LOCKOUT_CALLABLE = "people.adapters.locked_out"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

_SMTP_HOST = os.environ.get("EMAIL_HOST", "")
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": _SMTP_HOST or "127.0.0.1",
            "port": int(os.environ.get("EMAIL_PORT") or home.mail_port()),
            "username": os.environ.get("EMAIL_HOST_USER", ""),
            "password": os.environ.get("EMAIL_HOST_PASSWORD", ""),
            "use_tls": os.environ.get("EMAIL_USE_TLS") == "1",
            "use_ssl": os.environ.get("EMAIL_USE_SSL") == "1",
            "timeout": 20,
        },
    }
}
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Salesops <salesops@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# The folder of the mail catcher, shown as a page; empty where mail is really sent.
MAILBOX = os.environ.get("SALESOPS_MAILBOX") or ("" if _SMTP_HOST else str(HOME / "mail"))

SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "style-src-elem": ["'self'"],
    "style-src-attr": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = int(os.environ.get("HSTS_SECONDS", "31536000")) if HTTPS else 0
# How many proxies stand in front: their X-Forwarded-For and X-Forwarded-Proto are believed, nobody else's.
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

if TEST_RUN:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in often; this one is quick
