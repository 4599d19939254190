from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("loan_book", "0009_grading_facts"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="happening",
            index=models.Index(
                condition=models.Q(
                    (
                        "kind__in",
                        (
                            "extension_granted",
                            "refinanced",
                            "restructured",
                            "misused",
                            "debt_evasion",
                            "liquidation",
                            "rating_cut",
                            "impairment",
                            "all_bank_debts",
                        ),
                    )
                ),
                fields=["happened_on"],
                name="happening_graded",
            ),
        ),
    ]
