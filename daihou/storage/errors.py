"""The one error of the storage package: what went wrong with the database, and what to do."""


class LocalPostgresError(Exception):
    """The database cannot be used; the message tells staff in Chinese what happened and what to do.

    `happened` and `remedy` are kept apart so that a screen or `daihou doctor` can set them in two
    lines; `detail` is the server's own words (English), for whoever reads the log.
    """

    def __init__(self, happened: str, remedy: str, detail: str = "") -> None:
        self.happened = happened
        self.remedy = remedy
        self.detail = detail.strip()
        lines = [happened, f"处理办法：{remedy}"]
        if self.detail:
            lines.append(f"数据库原文：{self.detail}")
        super().__init__("\n".join(lines))
