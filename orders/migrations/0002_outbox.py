from django.db import migrations

# What money rows above are made of: table, topic, subject, columns, acts.
WATCHED = [
    ("orders_order", "orders.order", "id", "deal_id,account_id,ordered_on,currency_id,status,total", "insert,update,delete"),
    ("orders_orderline", "orders.order", "order_id", "product_id,quantity,amount,unit_cost", "insert,update,delete"),
    ("orders_invoice", "orders.invoice", "id", "order_id,issued_on,currency_id,amount,credited", "insert,update,delete"),
    ("orders_payment", "orders.payment", "id", "invoice_id,paid_on,currency_id,amount", "insert,update,delete"),
    ("orders_return", "orders.return", "id", "order_line_id,returned_on,quantity,amount", "insert,update,delete"),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("core", "0004_outbox_watch")]
    operations = [
        migrations.RunSQL(
            "SELECT core_outbox_watch('{}', '{}', '{}', '{}', '{}')".format(*watched),
            f"SELECT core_outbox_unwatch('{watched[0]}')",
        )
        for watched in WATCHED
    ]
