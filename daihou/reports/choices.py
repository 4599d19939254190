"""By what the daily totals are kept."""

from django.db.models import TextChoices

NO_INDUSTRY = "-"  # the code under which loans without an industry are counted
NO_OFFICER = 0  # the code under which loans without a client manager are counted


class ScopeKind(TextChoices):
    """A heading of the daily totals; a branch counts with all branches under it."""

    WHOLE = "whole", "全行"
    BRANCH = "branch", "机构"
    OFFICER = "officer", "客户经理"
    PRODUCT = "product", "产品"
    INDUSTRY = "industry", "行业"
