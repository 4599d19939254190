import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("daily_run", "0008_fewer_indexes_of_work")]

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
