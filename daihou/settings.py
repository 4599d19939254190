"""Django settings; everything a lender changes comes from the environment, read strictly here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from daihou.storage.local_postgres import database_settings
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
COLUMNAR_BOOK_FOLDER = DAIHOU_HOME / "columnar_book"
SEALING_KEY_FILE = Path(os.environ.get("DAIHOU_SEALING_KEY_FILE", DAIHOU_HOME / "sealing.key"))

DEBUG = _flag("DAIHOU_DEBUG", False)
SECRET_KEY = django_secret_key(DAIHOU_HOME)
ALLOWED_HOSTS = os.environ.get("DAIHOU_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
BEHIND_HTTPS = _flag("DAIHOU_HTTPS", False)

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
    "daihou.policy",
    "daihou.loan_book",
    "daihou.ledger",
    "daihou.servicing",
    "daihou.early_warning",
    "daihou.classification",
    "daihou.feeds",
    "daihou.reports",
    "daihou.daily_run",
    "daihou.workbench",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "daihou.urls"
WSGI_APPLICATION = "daihou.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

# Chinese is the default whatever the browser prefers: there is no LocaleMiddleware.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DAIHOU_HOME / "static"

PGHISTORY_APPEND_ONLY = True

if "pytest" in sys.modules:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
