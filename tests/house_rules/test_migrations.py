"""A migration of a full table must not hold up the bank: what it may do, and how instead.

Tables that hold a row per client, loan or movement, and their audit tables, are big. Migrations up
to the baseline made the tables of the first release and ran on empty ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState

BIG_APPS = {"loan_book", "ledger", "servicing", "early_warning", "classification"}
BIG_MODELS = {("daily_run", "workitem"), ("daily_run", "workitemevent")}
BASELINE = {
    "loan_book": 5, "ledger": 5, "servicing": 2, "early_warning": 3, "classification": 3,
    "daily_run": 6,
}  # fmt: skip
# What looks unsafe and is not, with the reason: {"loan_book.0009_name": "the table is new"}
REVIEWED: dict[str, str] = {
    "servicing.0003_positions_written": "sets a storage parameter; no row is read or written",
    "early_warning.0005_client_signals": (
        "partial unique indexes over rows without a loan: there are none yet, so each is one scan"
        " of signals, which are few beside loans; NOT VALID is not for unique constraints"
    ),
    "early_warning.0008_rule_drafts_and_trials": (
        "rows of rule versions are written by hand, a few a year"
    ),
    "servicing.0004_late_since": "writes the rows of loans in arrears alone, a few in a hundred",
}

SAMPLE = """
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.AddIndex("Loan", models.Index(fields=["rate"], name="by_rate")),
        migrations.AddConstraint("Loan", models.CheckConstraint(
            condition=models.Q(rate__gt=0), name="rate_above_zero")),
        migrations.AddField("Loan", "colour", models.CharField(max_length=5, unique=True)),
        migrations.AlterField("Loan", "rate", models.CharField(max_length=30)),
        migrations.RunPython(migrations.RunPython.noop),
    ]
"""


def _is_big(app: str, model: str) -> bool:
    return app in BIG_APPS or (app, model.lower()) in BIG_MODELS


def _unsafe(migration: Migration, before: ProjectState) -> Iterator[str]:
    """What a migration does to big tables that were there before it, and what to do instead."""
    app, state = migration.app_label, before.clone()
    made = {o.name_lower for o in migration.operations if isinstance(o, migrations.CreateModel)}
    concurrent = (AddIndexConcurrently, RemoveIndexConcurrently)
    if not migration.atomic and len(migration.operations) != 1:
        yield "not atomic with more than one operation: killed half-way it is half done"
    for operation in migration.operations:
        model = str(getattr(operation, "model_name", "")).lower()
        is_of_old_table = model and model not in made and _is_big(app, model)
        if isinstance(operation, migrations.RunPython | migrations.RunSQL):
            yield "runs code: move data in batches by a command, or have it reviewed"
        elif is_of_old_table and not isinstance(operation, concurrent):
            yield from _unsafe_on_full_table(operation, state, app, model)
        operation.state_forwards(app, state)


def _unsafe_on_full_table(
    operation: Operation, state: ProjectState, app: str, model: str
) -> Iterator[str]:
    if isinstance(operation, migrations.AddIndex):
        yield f"{model}: AddIndex locks the table; AddIndexConcurrently, atomic = False"
    if type(operation) is migrations.AddConstraint:
        yield f"{model}: AddConstraint reads all rows; AddConstraintNotValid, then validate"
    if isinstance(operation, migrations.AddField):
        field = operation.field
        if field.db_index or field.unique:
            yield f"{model}.{operation.name}: indexed at once; add it plain, index concurrently"
    if isinstance(operation, migrations.AlterField) and _rewrites(operation, state, app, model):
        yield f"{model}.{operation.name}: rewrites or scans the table; add a new column"


def _rewrites(operation: FieldOperation, state: ProjectState, app: str, model: str) -> bool:
    old = state.models[app, model].fields[operation.name_lower]
    new = operation.field
    becomes_longer = (
        isinstance(old, models.CharField)
        and isinstance(new, models.CharField)
        and (new.max_length or 0) >= (old.max_length or 0)
    )
    same_type = old.get_internal_type() == new.get_internal_type() and (
        becomes_longer or getattr(old, "max_length", None) == getattr(new, "max_length", None)
    )
    stricter = (old.null and not new.null) or (new.unique and not old.unique)
    return not same_type or stricter or (new.db_index and not old.db_index)


def _after_baseline(loader: MigrationLoader) -> Iterator[tuple[str, Migration]]:
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        is_ours = migration.__module__.startswith("daihou.")
        if is_ours and int(name[:4]) > BASELINE.get(app, 0):
            yield f"{app}.{name}", migration


def test_the_rule_catches_its_own_sample() -> None:
    space: dict[str, type[Migration]] = {}
    exec(SAMPLE, space)
    loader = MigrationLoader(None)
    last = max(node for node in loader.disk_migrations if node[0] == "loan_book")
    found = list(_unsafe(space["Migration"]("sample", "loan_book"), loader.project_state([last])))
    assert len(found) == 5, found


def test_migrations_do_not_hold_up_a_full_table() -> None:
    loader = MigrationLoader(None)
    wrong = []
    for name, migration in _after_baseline(loader):
        if name not in REVIEWED:
            before = loader.project_state((migration.app_label, migration.name), at_end=False)
            wrong += [f"{name}: {text}" for text in _unsafe(migration, before)]
    assert not wrong
    ours = [one for one in loader.disk_migrations.values() if one.__module__.startswith("daihou.")]
    assert len(ours) > 25


def test_every_review_is_of_a_migration_that_exists() -> None:
    names = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    assert set(REVIEWED) <= names
    assert all(reason.strip() for reason in REVIEWED.values())
