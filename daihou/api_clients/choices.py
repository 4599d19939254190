"""What a connected system may be allowed to do."""

from django.db.models import TextChoices


class Scope(TextChoices):
    """One permission of a connected system (权限); every address of the interface asks for one."""

    LOANS_READ = "loans:read", "查询借据、流水与借据状态"
    CUSTOMERS_READ = "customers:read", "查询客户、分类与预警信号"
    CORRECTIONS_READ = "corrections:read", "查询更正"
    CORRECTIONS_SIGN = "corrections:sign", "签阅更正"
    WORK_READ = "work:read", "查询客户经理待办"
    POLICY_READ = "policy:read", "查询参数"
    LEDGER_WRITE = "ledger:write", "登记与冲正流水"
    HAPPENINGS_WRITE = "happenings:write", "登记客户事项"
