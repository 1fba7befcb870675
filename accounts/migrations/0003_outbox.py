from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial"), ("core", "0004_outbox_watch")]
    operations = [
        migrations.RunSQL(
            "SELECT core_outbox_watch('accounts_account', 'accounts.segment', 'id', 'segment', 'update')",
            "SELECT core_outbox_unwatch('accounts_account')",
        )
    ]
