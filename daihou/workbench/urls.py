"""The addresses of the workbench: each desk's own, login and search."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import include, path
from django.views.generic import RedirectView

from daihou.workbench.home import home
from daihou.workbench.search import search

login_addresses = [
    path("login/", account.login, name="account_login"),
    path("login/second-factor/", second_factor.authenticate, name="mfa_authenticate"),
    path("login/inactive/", account.account_inactive, name="account_inactive"),
    path("logout/", account.logout, name="account_logout"),
    path("me/password/", account.password_change, name="account_change_password"),
    path("me/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("me/confirm/second-factor/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("me/second-factor/", second_factor.index, name="mfa_index"),
    path("me/second-factor/set-up/", totp.activate_totp, name="mfa_activate_totp"),
    path(
        "me/second-factor/in-use/",
        RedirectView.as_view(pattern_name="mfa_index"),
        name="mfa_deactivate_totp",  # where allauth sends whoever has set it up already
    ),
    path(
        "me/second-factor/codes/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "me/second-factor/codes/new/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
]

urlpatterns = [
    path("", home, name="home"),
    path("", include("daihou.workbench.today.urls")),
    path("", include("daihou.workbench.term_proposals.urls")),
    path("loans/", include("daihou.workbench.loans.urls")),
    path("customers/", include("daihou.workbench.customers.urls")),
    path("statements/", include("daihou.workbench.statements.urls")),
    path("warnings/", include("daihou.workbench.warnings.urls")),
    path("provisions/", include("daihou.workbench.provisions.urls")),
    path("collateral/", include("daihou.workbench.collateral.urls")),
    path("grading/", include("daihou.workbench.grading.urls")),
    path("corrections/", include("daihou.workbench.corrections.urls")),
    path("risk-models/", include("daihou.workbench.risk_models.urls")),
    path("funds/", include("daihou.workbench.funds.urls")),
    path("events/", include("daihou.workbench.events.urls")),
    path("graph/", include("daihou.workbench.client_graph.urls")),
    path("imports/", include("daihou.workbench.imports.urls")),
    path("business-days/", include("daihou.workbench.business_days.urls")),
    path("search/", search, name="search"),
    path("overview/", include("daihou.workbench.overview.urls")),
    path("parameters/", include("daihou.workbench.parameters.urls")),
    path("signal-rules/", include("daihou.workbench.signal_rules.urls")),
    path("staff/", include("daihou.workbench.staff.urls")),
    path("connected-systems/", include("daihou.workbench.api_clients.urls")),
    path("audit/", include("daihou.workbench.audit.urls")),
    path("", include("daihou.workbench.monitoring.urls")),
    *login_addresses,
]
