"""Names and domains of companies in one form, so that the same company is found again."""

from __future__ import annotations

import re
import unicodedata

FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com outlook.com hotmail.com live.com icloud.com aol.com gmx.de gmx.net web.de "
    "protonmail.com proton.me mail.com yandex.ru qq.com 163.com t-online.de orange.fr".split()
)
_LEGAL = re.compile(
    r"\b(inc|incorporated|corp|corporation|co|company|llc|llp|lp|ltd|limited|plc|gmbh|ag|kg|ohg|ug|se|sa|sas|sarl|srl|spa|"
    r"bv|nv|ab|as|oy|oyj|aps|pty|pte|kk|the|group|holding|holdings)\b"
)


def domain_of(text: str) -> str:
    """Host of a web or e-mail address without www, lower case. "https://www.Acme.com/de" -> "acme.com"."""
    host = re.sub(r"^[a-z]+://", "", text.strip().lower()).split("@")[-1]
    return re.split(r"[/:?#]", host, maxsplit=1)[0].removeprefix("www.").strip(".")


def normal_name(text: str) -> str:
    """A company's name without legal form, signs and accents. "The Acme Corp., Inc." -> "acme"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("&", " and ")
    words = re.sub(r"[^0-9a-z]+", " ", re.sub(r"(?<=\b\w)\.(?=\w\b)", "", plain))
    stripped = " ".join(_LEGAL.sub(" ", words).split())
    return stripped or " ".join(words.split())
