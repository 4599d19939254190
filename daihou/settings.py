"""Django settings; everything a lender changes comes from the environment, read strictly here."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path

from daihou.storage.local_postgres import database_settings
from daihou.storage.log_lines import logging_settings
from daihou.storage.secrets import django_secret_key

CHECKOUT = Path(__file__).resolve().parent.parent


def _flag(name: str, default: bool) -> bool:
    text = os.environ.get(name)
    if text is None:
        return default
    if text not in {"0", "1"}:
        raise SystemExit(f"环境变量 {name} 只能是 0 或 1,现在是 {text!r}")
    return text == "1"


def _home() -> Path:
    """Where this installation keeps its data: DAIHOU_HOME, or var/ beside a checkout."""
    if "DAIHOU_HOME" in os.environ:
        return Path(os.environ["DAIHOU_HOME"]).expanduser().resolve()
    if (CHECKOUT / "pyproject.toml").exists():
        return CHECKOUT / "var"
    return Path.home() / ".local" / "share" / "daihou"


DAIHOU_HOME = _home()
SNAPSHOT_FOLDER = DAIHOU_HOME / "snapshots"
INDICATOR_FOLDER = DAIHOU_HOME / "indicators"
TRANSACTION_FOLDER = DAIHOU_HOME / "transactions"
SCORE_FOLDER = DAIHOU_HOME / "scores"
STATEMENT_FOLDER = DAIHOU_HOME / "statements"
UPLOAD_FOLDER = DAIHOU_HOME / "uploads"
COLUMNAR_BOOK_FOLDER = DAIHOU_HOME / "columnar_book"
SPARK_FOLDER = Path(os.environ.get("DAIHOU_SPARK_FOLDER", DAIHOU_HOME / "spark"))
SPARK_MASTER = os.environ.get("DAIHOU_SPARK_MASTER", "local[*]")
SEALING_KEY_FILE = Path(os.environ.get("DAIHOU_SEALING_KEY_FILE", DAIHOU_HOME / "sealing.key"))

DEBUG = _flag("DAIHOU_DEBUG", False)
SECRET_KEY = django_secret_key(DAIHOU_HOME)
ALLOWED_HOSTS = os.environ.get("DAIHOU_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
BEHIND_HTTPS = _flag("DAIHOU_HTTPS", False)
METRICS_TOKEN = os.environ.get("DAIHOU_METRICS_TOKEN", "")  # empty: /metrics only for loopback
LOGGING = logging_settings(os.environ.get("DAIHOU_LOG", ""))  # a file, "stderr", or warnings only

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "daihou.staff",
    "daihou.audit",
    "daihou.api_clients",
    "daihou.policy",
    "daihou.loan_book",
    "daihou.ledger",
    "daihou.collateral",
    "daihou.provision",
    "daihou.servicing",
    "daihou.fund_supervision",
    "daihou.statements",
    "daihou.public_events",
    "daihou.client_graph",
    "daihou.early_warning",
    "daihou.risk_models",
    "daihou.classification",
    "daihou.feeds",
    "daihou.reports",
    "daihou.daily_run",
    "daihou.api",
    "daihou.workbench",
]

MIDDLEWARE = [
    "daihou.workbench.monitoring.web_metrics.measuring_middleware",
    "daihou.workbench.middleware.reference_middleware",
    "daihou.api.middleware.interface_middleware",
    "django.middleware.security.SecurityMiddleware",
    "daihou.workbench.middleware.security_headers_middleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "daihou.workbench.session_limits.session_limits_middleware",
    "daihou.workbench.session_limits.second_factor_middleware",
    "daihou.audit.origin.OriginMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "daihou.urls"
WSGI_APPLICATION = "daihou.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "workbench" / "templates"],  # before allauth's own pages
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database_settings(DAIHOU_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.Officer"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "daihou.workbench.login.StaffLoginAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_RATE_LIMITS = False  # a branch shares one address; axes locks the account instead
MFA_ADAPTER = "daihou.workbench.login.StaffSecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = ["username"]  # the account is locked, from wherever it was tried
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_USERNAME_CALLABLE = "daihou.workbench.login.staff_number"
AXES_LOCKOUT_CALLABLE = "daihou.workbench.error_pages.locked_out"
AXES_RESET_ON_SUCCESS = True

SESSION_IDLE_SECONDS = 30 * 60
SESSION_COOKIE_AGE = 10 * 60 * 60  # a login lasts no longer than this, however busy
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_HTTPS else 0
CSRF_FAILURE_VIEW = "daihou.workbench.error_pages.csrf_failed"
X_FRAME_OPTIONS = "DENY"

# Chinese is the default whatever the browser prefers: there is no LocaleMiddleware.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DAIHOU_HOME / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "daihou.workbench.static_files.PlotlyFinder",
]
WHITENOISE_USE_FINDERS = True  # served from the packages themselves: nothing to collect
WHITENOISE_MAX_AGE = 3600

PGHISTORY_APPEND_ONLY = True

if "pytest" in sys.modules:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
