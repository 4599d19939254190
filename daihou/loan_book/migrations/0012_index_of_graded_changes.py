from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("loan_book", "0011_index_of_relief_plans"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="termchange",
            index=models.Index(
                condition=models.Q(("kind__in", (3, 103, 7, 8, 9, 109))),
                fields=["effective_from"],
                name="term_change_graded",
            ),
        ),
    ]
