"""The index by which a client is found from any characters of the name."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models
import django.db.models.functions.text
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("loan_book", "0002_first_links")]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                django.db.models.Func(
                    django.db.models.functions.text.Upper("name"),
                    django.db.models.Value(None),
                    function="string_to_array",
                    output_field=django.contrib.postgres.fields.ArrayField(
                        base_field=django.db.models.TextField()
                    ),
                ),
                name="customer_name_characters",
            ),
        ),
    ]
