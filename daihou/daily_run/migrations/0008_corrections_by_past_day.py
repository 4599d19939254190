import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("daily_run", "0007_corrections")]

    operations = [
        AddIndexConcurrently(
            "correction",
            django.contrib.postgres.indexes.GistIndex(
                models.Func(
                    models.F("since"),
                    models.F("until"),
                    models.Value("[]"),
                    function="daterange",
                ),
                name="correction_by_past_day",
            ),
        ),
    ]
