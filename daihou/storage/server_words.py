"""What the server and the system say in English, told to staff in Chinese with a way out."""

from pathlib import Path

from daihou.storage.errors import LocalPostgresError

_KNOWN_CAUSES = (
    ("No space left on device", "磁盘已满", "清理磁盘空间后重新运行；已提交的数据不会丢失。"),
    ("Disk quota exceeded", "磁盘配额已用完", "请管理员提高配额或清理文件后重新运行。"),
    (
        "Read-only file system",
        "所在磁盘为只读",
        "请管理员恢复写入，或把 DAIHOU_HOME 改到可写的目录。",
    ),
    ("Permission denied", "没有读写权限", "检查数据库目录及其上级目录的所有者与权限。"),
    (
        "is still in use",
        "上一次异常退出的数据库进程仍未结束",
        "稍等片刻后重试；若一直如此，重新启动机器。",
    ),
    (
        "could not look up effective user ID",
        "当前用户编号在系统中没有名字（常见于容器）",
        "在 /etc/passwd 中登记该用户，或换用有名字的用户运行。",
    ),
    (
        "Cannot allocate memory",
        "内存不足",
        "关闭其他程序，或调小数据目录 daihou.conf 中的内存参数。",
    ),
    ("invalid value for parameter", "daihou.conf 中有错误的参数", "按下面的原文改正后重新运行。"),
    (
        "unrecognized configuration parameter",
        "daihou.conf 中有不认识的参数",
        "删除该行后重新运行。",
    ),
    ("syntax error in file", "配置文件有语法错误", "按下面的原文改正后重新运行。"),
)


def explained(folder: Path, happened: str, words: str) -> LocalPostgresError:
    tail = "\n".join(words.strip().splitlines()[-8:])
    for mark, cause, remedy in _KNOWN_CAUSES:
        if mark in words:
            return LocalPostgresError(f"{happened}：{cause}（{folder}）。", remedy, tail)
    logs = folder / "log"
    return LocalPostgresError(
        f"{happened}（{folder}）。", f"查看日志目录 {logs}，按其中的原因处理后重试。", tail
    )


def last_words(folder: Path) -> str:
    """The last words of the server: what it said before its log opened, and the newest log."""
    words = []
    logs = sorted((folder / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)
    for file in (*logs[-1:], folder / "start.log"):
        try:
            words.append(file.read_text(encoding="utf-8", errors="replace")[-4000:])
        except OSError:
            continue
    return "\n".join(words)


def cannot_lend(problem: PermissionError) -> LocalPostgresError:
    return LocalPostgresError(
        "无法以数据库所有者的身份启动 PostgreSQL（当前环境不允许切换用户）。",
        "换用普通用户运行，或给容器加上 SETUID、SETGID 权限。",
        str(problem),
    )


def folder_error(folder: Path, problem: OSError) -> LocalPostgresError:
    """Say in Chinese why a folder of the database cannot be used."""
    reasons = {
        28: ("磁盘已满", "清理磁盘空间后重新运行；已有数据不会受影响。"),
        122: ("磁盘配额已用完", "请管理员提高配额或清理文件后重新运行。"),
        30: ("所在磁盘为只读", "把环境变量 DAIHOU_HOME 改到可写的目录，或请管理员恢复磁盘写入。"),
        13: (
            "当前用户没有写入权限",
            "换用该目录的所有者运行，或把环境变量 DAIHOU_HOME 改到自己的目录。",
        ),
        1: (
            "当前用户没有操作权限",
            "换用该目录的所有者运行，或把环境变量 DAIHOU_HOME 改到自己的目录。",
        ),
        36: ("目录名太长", "把环境变量 DAIHOU_HOME 改到较短的目录。"),
    }
    reason, remedy = reasons.get(problem.errno or 0, ("读写出错", "检查该目录与磁盘，再重新运行。"))
    return LocalPostgresError(f"数据库目录 {folder} 无法使用：{reason}。", remedy, str(problem))
