"""Every setting of the house, read from the environment, strict and loud.

Numbers that a regulator might change (fees, gates, thresholds) are dated rows
in the database, never settings.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.checkout import first_port, service_addresses
from config.connectors import Named, connectors_from

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("GRIDHOUR_VAR", BASE_DIR / "var"))
env = environ.Env()

# --- What kind of house this is -------------------------------------------------
# development: embedded services, a fixed key, plain HTTP. production: everything
# must be given.
MODE = env.str("GRIDHOUR_MODE", "development")
if MODE not in {"development", "production"}:
    msg = f"GRIDHOUR_MODE is {MODE!r}; it must be 'development' or 'production'"
    raise ImproperlyConfigured(msg)
PRODUCTION = MODE == "production"
DEBUG = False

SECRET_KEY = env.str("SECRET_KEY", "" if PRODUCTION else "development-only-" + "k" * 48)
if not SECRET_KEY:
    msg = "SECRET_KEY must be set in production"
    raise ImproperlyConfigured(msg)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# A sandbox market says so under its header; its stand-ins may be used.
SANDBOX_MARKET = env.bool("GRIDHOUR_SANDBOX", not PRODUCTION)
EVENTS_URL = env.str("EVENTS_URL", "")
# Where served endpoints answer: an origin of its own, since strangers' pages come from there.
DOOR_URL = env.str("DOOR_URL", "")
# HOST:PORT of the door for shells, as buyers reach it.
SSH_DOOR = env.str("SSH_DOOR", "")

# --- Rooms, in the order in which a trade walks through them ---------------------
ROOMS = [
    "timetable",
    "counter",
    "accounts",
    "ledger",
    "marketplace",
    "contracts",
    "delivery",
    "billing",
    "oversight",
    "desk",
]
INSTALLED_APPS = [
    "config.apps.WatchingConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "oauth2_provider",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "django_structlog",
    "csp",
    *ROOMS,
    "config",
    "sandbox",
]
MIDDLEWARE = [
    "config.middleware.ObservedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.pages.middleware.ActingMemberMiddleware",
    "counter.refusals.RefusalPageMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "counter.context.page_frame",
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "counter.templatetags.figures",
                "counter.templatetags.frame",
            ],
        },
    }
]
COTTON_DIR = "_components"
# A component sees its own attributes and the frame, never its caller's variables.
COTTON_ISOLATE_BY_DEFAULT = True

# --- The market's engine: where it listens; nothing where a process takes turns itself ---
# A path, or tls://HOST:PORT; several are tried in order, since a standby listens elsewhere.
ENGINE_SOCKET = env.str("ENGINE_SOCKET", "")
# Between machines both sides show a certificate of the same authority.
ENGINE_TLS = {
    "certificate": env.str("ENGINE_TLS_CERTIFICATE", ""),
    "key": env.str("ENGINE_TLS_KEY", ""),
    "authority": env.str("ENGINE_TLS_AUTHORITY", ""),
}

# --- State: PostgreSQL is the truth, Valkey may be lost ---------------------------
_SERVICES = service_addresses(BASE_DIR, os.environ, production=PRODUCTION)
DATABASES = {
    # The application's role: may not change the schema nor append-only tables.
    "default": env.db_url_config(_SERVICES.database_url),
    # The owner of the schema: migrations and grants only.
    "owner": env.db_url_config(_SERVICES.database_owner_url),
    # A role that can only SELECT: what regulators read through.
    "reader": env.db_url_config(_SERVICES.database_reader_url),
}
for _alias, _database in DATABASES.items():
    _database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 60)
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {"options": "-c lock_timeout=5000 -c timezone=UTC"}
    if _alias != "default":
        _database["TEST"] = {"MIRROR": "default"}
DATABASE_ROUTERS = ["config.routers.OneMarketRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _SERVICES.redis_url
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "gridhour",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    # A worker waits a second at a time for work: longer than that nobody waits for an answer.
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_SOFT_TIME_LIMIT = 200
# A wake-up never fails an action (the database is the truth).
CELERY_TASK_PUBLISH_RETRY = False

# --- Connectors and gateways, named here and nowhere else --------------------------
CONNECTORS: dict[str, str | Named] = {
    "process": "delivery.adapters.process.connector.ProcessConnector",
    "agent": "delivery.adapters.agent.connector.AgentConnector",
    **({"simulated": "sandbox.sites.SimulatedConnector"} if SANDBOX_MARKET else {}),
    # Centres of one's own, each a table of a file: docs/connectors.md.
    **connectors_from(env.str("CONNECTORS_FILE", "")),
}
# The ways to carriers: who hands links over, and reads their meters.
CARRIERS: dict[str, str] = {"reported": "delivery.adapters.reporting_carrier.ReportingCarrier"}
if SANDBOX_MARKET:
    CARRIERS["simulated"] = "sandbox.carriers.SimulatedCarrier"
# Jobs on this machine: what they may read besides its programs, and whether they have a network
# ("none"; "host": all that this machine reaches, its database included). Where jobs cannot be
# confined none is taken, unless development says so.
PROCESS_SHOWN = env.list("PROCESS_SHOWN", default=[])
PROCESS_NETWORK = env.str("PROCESS_NETWORK", "none")
if PROCESS_NETWORK not in {"none", "host"}:
    msg = f"PROCESS_NETWORK is {PROCESS_NETWORK!r}; it must be 'none' or 'host'"
    raise ImproperlyConfigured(msg)
PROCESS_UNISOLATED = env.bool("PROCESS_UNISOLATED", default=False)
if PROCESS_UNISOLATED and PRODUCTION:
    msg = "PROCESS_UNISOLATED is a setting of development; production never runs jobs unconfined"
    raise ImproperlyConfigured(msg)
# How a site's own scheduler is read for idle hours; which site by which: docs/survey.md.
SCHEDULERS = {
    "slurm": "delivery.adapters.slurm_reader.SlurmReader",
    **({"simulated": "sandbox.schedulers.SimulatedScheduler"} if SANDBOX_MARKET else {}),
}
SCHEDULERS_FILE = env.str("SCHEDULERS_FILE", "")
# How often simulated sites go wrong, in basis points; drawn from names, so that runs repeat.
SIMULATED_SITES = {
    "provision_failure_bp": env.int("SIMULATED_PROVISION_FAILURE_BP", 100),
    "acceptance_failure_bp": env.int("SIMULATED_ACCEPTANCE_FAILURE_BP", 50),
    "unhealthy_bp": env.int("SIMULATED_UNHEALTHY_BP", 100),
    "silent_bp": env.int("SIMULATED_SILENT_BP", 20),
    # Wall time; 0: as fast as it comes.
    "data_bytes_a_second": env.int("SIMULATED_DATA_BYTES_A_SECOND", 1_000_000),
}
SIMULATED_CARRIERS = {
    "provision_failure_bp": env.int("SIMULATED_LINK_PROVISION_FAILURE_BP", 50),
    "acceptance_failure_bp": env.int("SIMULATED_LINK_ACCEPTANCE_FAILURE_BP", 50),
    "down_bp": env.int("SIMULATED_LINK_DOWN_BP", 50),
    "silent_bp": env.int("SIMULATED_LINK_SILENT_BP", 20),
}
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "sk_test_gridhour_emulator")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "whsec_gridhour_emulator")
STRIPE_EMULATOR_PORT = env.int("GRIDHOUR_STRIPE_PORT", first_port(BASE_DIR) + 4)
# Empty: Stripe itself. A sandbox market talks to the emulator on loopback.
STRIPE_API_BASE = env.str(
    "STRIPE_API_BASE", f"http://127.0.0.1:{STRIPE_EMULATOR_PORT}" if SANDBOX_MARKET else ""
)

# --- People --------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", "optional")
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Gridhour"
# WebAuthn needs HTTPS but on loopback.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
OAUTH2_PROVIDER_APPLICATION_MODEL = "accounts.ApiApplication"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "market:read": "Read market data",
        "orders": "Place, read and cancel orders and listings",
        "agreements": "Read agreements, deliveries and statements",
        "readings": "Deliver meter readings for own sites",
        "registry": "Read licences, verdicts and national ratios (regulators, operators)",
    },
    "SCOPES_BACKEND_CLASS": "accounts.api.scopes.AllowedScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    # Credentials only: no person is redirected, yet the safe side of every switch is taken.
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    # Only the hash of a token is stored, and tokens travel in the header alone (RFC 9700).
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
}
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if PRODUCTION
    else "django.core.mail.backends.filebased.EmailBackend",
)
EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Gridhour <noreply@localhost>")

# --- Doors ---------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "counter.problems.exception_handler",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.MemberTokenAuthentication",
        "accounts.api.authentication.MemberSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["counter.access.ActsForAMember"],
    "DEFAULT_PAGINATION_CLASS": "counter.paging.NewestFirst",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.CallsOfAMember"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gridhour API",
    "DESCRIPTION": "Listings, orders, trades, agreements and readings for members.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "ENUM_NAME_OVERRIDES": {
        "KindEnum": [("INVOICE", "invoice"), ("CREDIT_NOTE", "credit note")],
        "AuctionKindEnum": [("DAY_AHEAD", "day-ahead"), ("WEEKLY", "weekly")],
        "AuctionEntryStateEnum": "marketplace.models.auction_entry.STATES",
        "CommandKindEnum": "delivery.models.agent_work.CommandKind",
        "DatasetStateEnum": "delivery.models.data.DatasetState",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", 12_000)
ENTRY_CALLS_PER_MINUTE = env.int("ENTRY_CALLS_PER_MINUTE", 120_000)
TOKENS_PER_MINUTE = env.int("TOKENS_PER_MINUTE", 60)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# --- Language and time ------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale" / room for room in ("shared", *ROOMS, "config")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
MARKET_TIME_ZONE = "Asia/Shanghai"

# --- Static files and the browser's orders -------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("GRIDHOUR_STATIC_MANIFEST", PRODUCTION)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF, *([EVENTS_URL] if EVENTS_URL else [])],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"

# Prometheus sends it as a bearer token; without one the figures are the sandbox's only.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# The outermost middleware has checked it.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
LOGGING_CONFIG = "config.logs.configure"
LOGGING = {"level": env.str("LOG_LEVEL", "INFO"), "json": PRODUCTION}
