"""What unkind, careless and broken programs send."""

from __future__ import annotations

ALERT = "zirkel()"
SCRIPT = f'"><script>{ALERT}</script><img src=x onerror={ALERT}>'
# As they would run in a page, were they not escaped.
RUNS = (f"<script>{ALERT}", f"<img src=x onerror={ALERT}", f'href="javascript:{ALERT}', f"href='javascript:{ALERT}")

TEXTS = (
    "x" * 10_000,
    SCRIPT,
    f"javascript:{ALERT}",
    "a\x00b",
    b"\xed\xa0\x80".decode("utf-8", "surrogatepass"),  # half a character
    "\u202egnp.exe\u200b\ufeff",
    "=HYPERLINK(A1)",
    "a\r\nBcc: everyone@example.com\r\n\r\nhello",
    "'; DROP TABLE people_user; --",
    "%s %(name)s {0} {{ 7 }} ${7}",
    "../../../../etc/passwd",
    "😀" * 300,
    " \t\u00a0\u2003 ",
)
NUMBERS = (
    "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity", "99999999999999999999.99", "-1", "1e5", "0x10",
    "1_000", "\u00b2", "\uff11\uff12", "9" * 400, "9223372036854775808", "--1", "1,2,3",
)  # fmt: skip
DAYS = ("0001-01-01", "9999-12-31", "31.02.2024", "2024-02-30", "10000-01-01", "0000-00-00", "2024-W01", "today")
ALL = (*TEXTS, *NUMBERS, *DAYS)
