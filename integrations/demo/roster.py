"""Who works at the demo company: seats by team in order, who sits on them, and what changes over two years."""

from __future__ import annotations

ENTERPRISE, MID_MARKET = "Enterprise", "Mid-Market"
REGIONS = ("West", "Central", "South", "Northeast")
VP = "Adaeze Lindholm"

# team -> manager, and the reps of its seats
TEAMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "West Enterprise": (
        "Halvard Brandt",
        ("Maya Okonjo", "Elara Abernaut", "Casimir Vellacott", "Nerys Osei-Lund", "Odell Ravensdale",
         "Priska Moreau-Finch", "Jorah Kessling", "Tomoe Ishikawa-Reid"),
    ),
    "West Mid-Market": (
        "Ione Castellane",
        ("Rafferty Parwani", "Ivo Haverkamp", "Marisol Ulloa-Reyes", "Kelechi Strand", "Saoirse Delgado-Quinn",
         "Wen Harrowell", "Amadou Fairweather", "Lupita Brandvold", "Desmond Oyelaran", "Yuki Tarrant"),
    ),
    "Central Enterprise": (
        "Osric Vandermeer",
        ("Bram Kessling", "Cato Nakamori-Bell", "Ottoline Mbatha", "Ruben Castleton", "Ingrid Solheim-Diaz",
         "Farouk Pellerin"),
    ),
    "Central Mid-Market": (
        "Barnaby Szekely",
        ("Lachlan Lockridge", "Leda Marchetti", "Thandeka Rourke", "Anders Villareal", "Noor Hathersage",
         "Gwendolyn Achebe", "Mikko Santangelo", "Paloma Whitcombe"),
    ),
    "South Enterprise": (
        "Thaddeus Roake",
        ("Anselm Castleford", "Imara Pellworth", "Quentin Abara", "Sanjana Holloway", "Esteban Lindgren"),
    ),
    "South Mid-Market": (
        "Ines Quillfeather",
        ("Yuna Fenwright", "Dashiell Obuya", "Calista Montrose", "Hamid Verlaine", "Zora Pennington-Ito",
         "Lucian Abiodun", "Freja Kincaid", "Mateus Ellingham"),
    ),
    "Northeast Enterprise": (
        "Bram Ostergaard",
        ("Linnea Tamblyn", "Solene Haverkamp", "Corin Oduya-Marsh", "Alaric Castleford", "Vashti Rosenqvist",
         "Emeric Dubashi", "Tallulah Nkemelu", "Gaspard Winterson"),
    ),
    "Northeast Mid-Market": (
        "Sunniva Hale",
        ("Freya Northcott", "Idris Calloway-Sen", "Oluchi Bergstrom", "Rosalba Whitaker", "Kasper Adewale",
         "Minh Hollingsworth", "Brigid Tanaka-Cole", "Soraya Vanterpool", "Leopold Mwangi"),
    ),
}  # fmt: skip

# Seats beside the reps', without a book of their own: (part, the team whose manager they report to, person, the quarter
# in which the seat was opened; None = before the story begins)
SDR, SPECIALIST = "Sales development rep", "Solutions specialist"
SUPPORT: tuple[tuple[str, str, str, int | None], ...] = (
    (SDR, "West Mid-Market", "Odalys Ferrante", None),
    (SDR, "West Mid-Market", "Jasper Nwosu", None),
    (SDR, "Central Mid-Market", "Tindra Falkenrath", None),
    (SDR, "Central Mid-Market", "Emil Castellanos", None),
    (SDR, "South Mid-Market", "Priya Lindqvist", None),
    (SDR, "South Mid-Market", "Tobin Abernathy", None),
    (SDR, "Northeast Mid-Market", "Nadia Quist", None),
    (SDR, "Northeast Mid-Market", "Cormac Adeyemi", 5),
    (SPECIALIST, "West Enterprise", "Signe Thorvald", None),
    (SPECIALIST, "Central Enterprise", "Rahul Devereaux", None),
    (SPECIALIST, "South Enterprise", "Maren Okoro", None),
    (SPECIALIST, "Northeast Enterprise", "Caspian Holt", None),
)

# Seats added by growth: (quarter of the story, team, rep). 62 seats in the end.
GROWTH: tuple[tuple[int, str, str], ...] = (
    (2, "West Mid-Market", "Yuki Tarrant"),
    (2, "South Mid-Market", "Mateus Ellingham"),
    (2, "Northeast Enterprise", "Gaspard Winterson"),
    (5, "Central Mid-Market", "Paloma Whitcombe"),
    (5, "Northeast Mid-Market", "Leopold Mwangi"),
    (7, "West Enterprise", "Tomoe Ishikawa-Reid"),
)
# (quarter, day of it, who leaves the seat, who follows after so many days; "" = the seat stays vacant)
HANDOVERS: tuple[tuple[int, int, str, str, int], ...] = (
    (3, 40, "Barnaby Szekely", "Leda Marchetti", 0),
    (3, 40, "Leda Marchetti", "Viggo Ramaswamy", 21),
    (4, 30, "Quentin Abara", "Xiomara Fielding", 35),
    (6, 12, "Dashiell Obuya", "Tobias Makinde", 28),
)
PROMOTED = frozenset({"Leda Marchetti"})
LATE_LEAVER, LATE_LEAVER_DAYS_AGO = "Desmond Oyelaran", 41
# (quarter, rep, the team the seat moves to)
MOVES: tuple[tuple[int, str, str], ...] = (
    (4, "Oluchi Bergstrom", "Central Mid-Market"),
    (4, "Kasper Adewale", "Central Mid-Market"),
    (7, "Anders Villareal", "South Mid-Market"),
)

# login name, roles, person, what they see
LOGINS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("vp", ("executive",), VP, "the dashboard and every deal"),
    ("manager", ("manager",), "Halvard Brandt", "the deals of the team West Enterprise"),
    ("rep", ("rep",), "Maya Okonjo", "own deals and accounts"),
    ("ops", ("sales_ops",), "Corvina Hartigan", "everything in sales; imports, data quality, targets"),
    ("comp", ("comp_admin",), "Mireille Asante", "everybody's pay; files of it"),
    ("finance", ("finance",), "Gerrit Valdivia", "bookings and pay of everyone"),
    ("marketing", ("marketing",), "Sunita Ferreira-Holm", "leads"),
    ("planner", ("planner",), "Ebenezer Thorsen", "what the role opens so far"),
    ("admin", ("admin",), "Nasrin Eklund", "users, settings, audit, caught e-mail"),
)
