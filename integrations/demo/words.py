"""Words the demo company is made of. Names of people and companies are invented; domains end in `.example`."""

from __future__ import annotations

GIVEN = tuple(
    """Adaora Aiko Alejandra Amara Anouk Antonin Arjun Astrid Ayodele Beatriz Birgit Bogdan Camila Chidi Chiara Cyrus
Dagny Darius Delphine Dilnoza Ekaterina Elias Emeka Esperanza Farida Fergus Fumiko Gideon Giulia Habib Hana Hiroshi
Ibrahim Imogen Inés Ishaan Jamila Javier Joaquim Jolanta Kavita Kenji Kwame Laszlo Leilani Lina Lorenzo Lucía Magnus
Malika Marek Mateo Meera Mikael Nadia Naomi Nikhil Nkechi Olumide Oona Oscar Paloma Petra Priya Qasim Rahel Ravi
Renata Rosalind Samir Sanna Selin Sigrid Sofía Tadeusz Tamar Thandiwe Tomasz Umar Valentina Viktor Wanjiru Wei Ximena
Yara Yusuf Zainab Zoltan""".split()
)
FAMILY = tuple(
    """Abramov Achterberg Adeyemi Alvarenga Amundsen Anand Arslan Aubertin Ayala Balogun Barzani Belmonte Bergqvist
Bhandari Bianchetti Blackthorne Bosworth Brandao Calloway Castellanos Chidozie Coppersmith Cotter Dalgaard Delacroix
Demir Desrosiers Drummond Dzhaparov Echeverri Eldridge Engström Espinel Falkner Farrokhzad Fenwick Ferrante Fitzroy
Fujimori Galbraith Ganesan Gathoni Giordano Greenhalgh Guerin Hallberg Hashimi Hawksworth Hendriksen Hollis Ibarra
Iyengar Jablonski Jansson Kamara Kapoor Karimova Kessler Kimathi Kobayashi Kowalczyk Lachance Lindqvist Lockwood Maalouf
Macallan Mahlangu Marchand Mbeki Medeiros Mehrotra Montclair Moreau Mukherjee Nakagawa Ndiaye Nordahl Nyambura Oakeshott
Odhiambo Okonkwo Ortega Osterberg Pacheco Pemberton Petrossian Quintero Radcliffe Rasmussen Reyes Rosenthal Saavedra
Sandoval Sasaki Serrano Silvestri Sorensen Sundaram Takahashi Tavares Thorburn Tshabalala Ulrich Vance Varga Villalobos
Wakefield Westergaard Whitlock Yamashita Yılmaz Zamora Zielinski""".split()
)

# First words of company names; the second word comes from the industry.
COMPANY_FIRST = tuple(
    """Aldermoor Amberline Arbordale Ashgrove Aureliana Basalt Bellwether Birchfield Blackmere Bluepeak Bramblewood
Brightline Brindlewood Brookhaven Calder Calderine Cinderford Clearmere Cobaltine Coldharbour Copperfield Corvid
Crestfall Dawnfield Deepwell Delmar Driftwood Dunmore Eastmere Elderbrook Emberly Evenfall Fairmere Fallowfield
Fernhollow Firebrook Foxglove Galewood Garnetfield Glasswater Goldenrod Graniteworks Greywall Halwyck Halden
Harrowgate Hartwell Hawthornby Hazelmere Heronsgate Highmere Hollowell Ilex Ironbark Ivorydale Juniperdale Kestrel
Kingsmere Lakemont Larkspur Lindenhall Longmeadow Lumenfield Maplecroft Marlow Meadowlark Meridale Millbrook
Mistralle Moorland Mossridge Norvik Northgate Oakhaven Onyxdale Oldcastle Orchard Ospreyford Palisadia Pebblebrook
Pinecrest Portage Quarry Quillmark Rainford Ravenswood Redwoodby Ridgeway Riverstone Rosewater Rowanberry Saddleback
Saltmarsh Sandpiper Shadowbrook Silverbirch Slate Solstice Starlingford Stonemark Summerfield Sunvale Tallgrass
Tamarack Tessera Thornbury Thistledown Tidewater Timberline Umberland Unionvale Vantor Verdance Wavecrest Westerly
Whitecliff Wildrose Willowmere Windrose Winterbourne Wrenfield Yarrow Zephyr""".split()
)
COMPANY_SECOND = {
    "Manufacturing": (
        "Foundry",
        "Ceramics",
        "Tools",
        "Plastics",
        "Castings",
        "Turbines",
        "Components",
        "Machine Works",
    ),
    "Food": ("Foods", "Dairy", "Brewing", "Bakeries", "Seafoods", "Provisions", "Mills"),
    "Logistics": ("Freight", "Parcel", "Cold Storage", "Logistics", "Fulfilment", "Warehousing"),
    "Healthcare": ("Hospitals", "Health", "Clinics", "Medical Supply"),
    "Pharmaceuticals": ("Pharma", "Laboratories", "Biologics"),
    "Retail": ("Grocers", "Apparel", "Outfitters", "Home", "Pet Supply"),
    "Automotive": ("Auto Parts", "Motors", "Drivetrain"),
    "Agriculture": ("Growers", "Vineyards", "Greenhouses", "Farms"),
    "Chemicals": ("Coatings", "Chemicals", "Resins"),
    "Energy": ("Energy", "Power", "Batteries"),
    "Construction": ("Building Products", "Timber", "Glass"),
    "Wholesale": ("Distribution", "Supply", "Trading"),
}
INDUSTRY_WEIGHTS = {
    "Manufacturing": 22, "Food": 14, "Logistics": 16, "Healthcare": 7, "Pharmaceuticals": 6, "Retail": 11,
    "Automotive": 7, "Agriculture": 4, "Chemicals": 4, "Energy": 3, "Construction": 3, "Wholesale": 3,
}  # fmt: skip

# city, state, first three digits of the postal code, latitude, longitude
CITIES = {
    "West": (
        ("Sacramento", "California", "958", 38.58, -121.49), ("Fresno", "California", "937", 36.75, -119.77),
        ("San Diego", "California", "921", 32.72, -117.16), ("Oakland", "California", "946", 37.80, -122.27),
        ("Reno", "Nevada", "895", 39.53, -119.81), ("Portland", "Oregon", "972", 45.52, -122.68),
        ("Seattle", "Washington", "981", 47.61, -122.33), ("Spokane", "Washington", "992", 47.66, -117.43),
        ("Salt Lake City", "Utah", "841", 40.76, -111.89), ("Phoenix", "Arizona", "850", 33.45, -112.07),
    ),
    "Central": (
        ("Chicago", "Illinois", "606", 41.88, -87.63), ("Milwaukee", "Wisconsin", "532", 43.04, -87.91),
        ("Minneapolis", "Minnesota", "554", 44.98, -93.27), ("Des Moines", "Iowa", "503", 41.59, -93.62),
        ("Kansas City", "Missouri", "641", 39.10, -94.58), ("Detroit", "Michigan", "482", 42.33, -83.05),
        ("Columbus", "Ohio", "432", 39.96, -83.00), ("Indianapolis", "Indiana", "462", 39.77, -86.16),
    ),
    "South": (
        ("Dallas", "Texas", "752", 32.78, -96.80), ("Houston", "Texas", "770", 29.76, -95.37),
        ("San Antonio", "Texas", "782", 29.42, -98.49), ("Atlanta", "Georgia", "303", 33.75, -84.39),
        ("Nashville", "Tennessee", "372", 36.16, -86.78), ("Charlotte", "North Carolina", "282", 35.23, -80.84),
        ("Tampa", "Florida", "336", 27.95, -82.46), ("Birmingham", "Alabama", "352", 33.52, -86.80),
    ),
    "Northeast": (
        ("Boston", "Massachusetts", "021", 42.36, -71.06), ("Worcester", "Massachusetts", "016", 42.26, -71.80),
        ("Hartford", "Connecticut", "061", 41.77, -72.67), ("Newark", "New Jersey", "071", 40.74, -74.17),
        ("Buffalo", "New York", "142", 42.89, -78.88), ("Albany", "New York", "122", 42.65, -73.76),
        ("Philadelphia", "Pennsylvania", "191", 39.95, -75.17), ("Pittsburgh", "Pennsylvania", "152", 40.44, -80.00),
    ),
}  # fmt: skip
# Customers abroad are worked by Northeast Enterprise: city, region, postal code, latitude, longitude, country, currency
ABROAD = (
    ("Hamburg", "Hamburg", "20457", 53.55, 9.99, "Germany", "EUR"),
    ("Leipzig", "Saxony", "04109", 51.34, 12.37, "Germany", "EUR"),
    ("Lyon", "Auvergne-Rhône-Alpes", "69002", 45.76, 4.84, "France", "EUR"),
    ("Rotterdam", "South Holland", "3011", 51.92, 4.48, "Netherlands", "EUR"),
    ("Leeds", "England", "LS1 4DY", 53.80, -1.55, "United Kingdom", "GBP"),
    ("Bristol", "England", "BS1 5TR", 51.45, -2.59, "United Kingdom", "GBP"),
)
STREETS = ("Foundry Road", "Dockside Avenue", "Commerce Parkway", "Mill Street", "Industrial Way", "Longley Lane",
           "Harbor Drive", "Quarry Hill", "Railyard Street", "Enterprise Court")  # fmt: skip

JOB_TITLES = {
    "decision_maker": ("VP Operations", "Chief operating officer", "Plant director", "Director of automation"),
    "economic_buyer": ("Chief financial officer", "VP Finance", "Finance director"),
    "champion": ("Cell engineer", "Automation lead", "Continuous improvement manager", "Warehouse manager"),
    "buyer": ("Head of procurement", "Procurement lead", "Strategic buyer"),
    "user": ("Shift supervisor", "Line technician", "Maintenance planner"),
    "gatekeeper": ("IT security officer", "EHS manager", "Quality manager"),
}
SOURCES = {"Web form": 26, "Outbound": 24, "Trade fair": 16, "Referral": 14, "Partner": 11, "Webinar": 9}
COMPETITORS = ("Ferrant Automation", "Kobold Robotics", "Axiom Handling", "Tessellate Systems", "In-house build")
LOSS_REASONS = {"Price": 24, "Competitor": 20, "No decision": 19, "No budget": 14, "Timing": 12, "Missing feature": 7,
                "Lost contact": 4}  # fmt: skip
NEXT_STEPS = {
    "Discovery": ("Site survey with plant lead", "Send ROI worksheet", "Map the buying group", "Book a floor walk"),
    "Evaluation": (
        "Pilot readout",
        "Confirm security review",
        "Validation plan to QA",
        "Reference call with a customer",
    ),
    "Proposal": (
        "Pricing call with CFO",
        "Resend the quote",
        "Legal redlines back",
        "Walk procurement through the terms",
    ),
    "Negotiation": ("Countersign order form", "MSA with their counsel", "PO expected", "Close open clauses with legal"),
}
ACTIVITIES = {
    "call": ("Call about scope", "Call with procurement", "Check-in call", "Call on timeline", "Call on integration"),
    "email": ("Sent the proposal", "Sent the ROI worksheet", "Follow-up after the call", "Answered security questions"),
    "meeting": ("Floor walk", "Demo at the lab", "Pilot review", "Steering meeting", "Workshop with engineering"),
    "note": ("Budget confirmed for this year", "Two lines in scope, third later", "Champion is on leave next week"),
}  # fmt: skip
CAMPAIGNS = ("Dark warehouse webinar", "Spring automation fair", "Palletiser payback guide", "Fleet OS launch",
             "Cold chain roundtable")  # fmt: skip
