from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("loan_book", "0010_index_of_graded_happenings"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="planversion",
            index=models.Index(
                condition=models.Q(("reason__in", ("extension", "restructuring"))),
                fields=["effective_from"],
                name="plan_of_relief",
            ),
        ),
    ]
