from django.db import migrations

CURRENCIES = [
    ("USD", "US dollar", 2), ("EUR", "Euro", 2), ("GBP", "Pound sterling", 2), ("JPY", "Yen", 0),
    ("CHF", "Swiss franc", 2), ("CAD", "Canadian dollar", 2), ("AUD", "Australian dollar", 2),
    ("NZD", "New Zealand dollar", 2), ("CNY", "Renminbi yuan", 2), ("INR", "Indian rupee", 2),
    ("BRL", "Brazilian real", 2), ("MXN", "Mexican peso", 2), ("SEK", "Swedish krona", 2),
    ("NOK", "Norwegian krone", 2), ("DKK", "Danish krone", 2), ("PLN", "Zloty", 2), ("CZK", "Czech koruna", 2),
    ("HUF", "Forint", 2), ("RON", "Romanian leu", 2), ("TRY", "Turkish lira", 2), ("ZAR", "Rand", 2),
    ("SGD", "Singapore dollar", 2), ("HKD", "Hong Kong dollar", 2), ("KRW", "Won", 0), ("THB", "Baht", 2),
    ("IDR", "Rupiah", 2), ("MYR", "Ringgit", 2), ("PHP", "Philippine peso", 2), ("VND", "Dong", 0),
    ("AED", "UAE dirham", 2), ("SAR", "Saudi riyal", 2), ("ILS", "Shekel", 2), ("EGP", "Egyptian pound", 2),
    ("KWD", "Kuwaiti dinar", 3), ("BHD", "Bahraini dinar", 3), ("CLP", "Chilean peso", 0),
    ("COP", "Colombian peso", 2), ("ARS", "Argentine peso", 2), ("PEN", "Sol", 2), ("UAH", "Hryvnia", 2),
    ("KES", "Kenyan shilling", 2), ("NGN", "Naira", 2), ("TWD", "New Taiwan dollar", 2), ("ISK", "Icelandic krona", 0),
]  # fmt: skip
OFFERED = {"USD", "EUR", "GBP"}


def add(apps, schema_editor):
    currency = apps.get_model("core", "Currency")
    currency.objects.bulk_create(
        [
            currency(code=code, name=name, minor_digits=digits, is_active=code in OFFERED)
            for code, name, digits in CURRENCIES
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("core", "0002_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
