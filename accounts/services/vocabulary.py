"""Well-spelled values of free-text fields: near misses in a file are proposed against them."""

from __future__ import annotations

from django.db.models import Count

from accounts.kernel.words import usual_spellings
from accounts.models import Account

INDUSTRIES = tuple(
    """agriculture automotive banking biotechnology chemicals construction consulting education energy
engineering entertainment finance food government healthcare hospitality insurance legal logistics
manufacturing marketing media medical mining pharmaceuticals realestate retail services software
technology telecommunications tourism transportation utilities wholesale employment""".split()
)
COUNTRIES = tuple(
    """Afghanistan|Albania|Algeria|Argentina|Armenia|Australia|Austria|Azerbaijan|Bahrain|Bangladesh|
Belarus|Belgium|Bolivia|Bosnia and Herzegovina|Botswana|Brazil|Bulgaria|Cambodia|Cameroon|Canada|
Chile|China|Colombia|Costa Rica|Croatia|Cuba|Cyprus|Czech Republic|Denmark|Dominican Republic|
Ecuador|Egypt|El Salvador|Estonia|Ethiopia|Finland|France|Georgia|Germany|Ghana|Greece|Guatemala|
Honduras|Hong Kong|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Jamaica|Japan|
Jordan|Kazakhstan|Kenya|Korea|Kuwait|Latvia|Lebanon|Lithuania|Luxembourg|Malaysia|Malta|Mexico|
Moldova|Mongolia|Morocco|Mozambique|Myanmar|Namibia|Nepal|Netherlands|New Zealand|Nicaragua|Nigeria|
North Macedonia|Norway|Oman|Pakistan|Panama|Paraguay|Peru|Philippines|Poland|Portugal|Qatar|Romania|
Russia|Rwanda|Saudi Arabia|Senegal|Serbia|Singapore|Slovakia|Slovenia|South Africa|South Korea|Spain|
Sri Lanka|Sudan|Sweden|Switzerland|Syria|Taiwan|Tanzania|Thailand|Tunisia|Turkey|Uganda|Ukraine|
United Arab Emirates|United Kingdom|United States|Uruguay|Uzbekistan|Venezuela|Vietnam|Yemen|Zambia|
Zimbabwe""".replace("\n", "").split("|")
)
WORDS = {"country": COUNTRIES, "industry": INDUSTRIES}


def other_spellings(name: str) -> dict[str, str]:
    """What accounts say in a field in another way than most: value -> the usual one. One query, grouped."""
    said = Account.objects.filter(archived_at=None).exclude(**{name: ""}).order_by()
    counts = dict(said.values_list(name).annotate(n=Count("pk")).values_list(name, "n"))
    return usual_spellings(counts, WORDS[name])
