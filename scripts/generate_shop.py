"""Generate a believable, invented shop as CSV (sample) or Parquet (benchmark).

The script writes up to six tables: order_lines, customers, products, events, reviews and
campaign_contacts. Everything is drawn from a seeded random generator and from the word lists in
this file: no clock, no network, no copied data. The same arguments give the same bytes.

Examples
--------
The sample shop of the project (six CSV files, below 2 MB together)::

    python scripts/generate_shop.py

A benchmark shop of one million order lines (three Parquet files)::

    python scripts/generate_shop.py --lines 1000000 --folder build/bench/1m --format parquet

How the shop works, from top to bottom
--------------------------------------
1. A catalog: 8 categories, Zipf popularity, launches, discontinued products, price changes and
   complementary products.
2. Customers: never-buyers, one-time buyers, regular and lapsing customers, each with an own
   purchase rate, taste and end of activity. Some refill one consumable at a steady interval.
3. Orders: an inhomogeneous Poisson process (season, weekday, promotions), refills, guests, and
   the orders that a randomized campaign really caused.
4. Order lines: baskets, complements, promotions, postage, cancellations, returns.
5. Events, reviews and campaign contacts that agree with those orders.
6. Dirty rows of every kind a real export has, few of each.

Notes
-----
Times inside the script are integer seconds since 1970-01-01 (no time zone), days are integers
counted from ``START``. Money is in one currency, in units (not cents), rounded to 2 decimals.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# --------------------------------------------------------------------------------------------
# Scale and period
# --------------------------------------------------------------------------------------------

TABLES = ("order_lines", "customers", "products", "events", "reviews", "campaign_contacts")
BENCHMARK_TABLES = TABLES[:3]
STREAMS = ("catalog", "people", "orders", "baskets", "profiles", "dirt", *TABLES)

DEFAULT_SEED = 20241001
DEFAULT_LINES = 15_000
MIN_LINES = 2_000
SAMPLE_FOLDER = Path(__file__).resolve().parents[1] / "seeds" / "sample_shop"
LINES_PER_CUSTOMER_CSV = 10
LINES_PER_CUSTOMER_PARQUET = 20
LINES_PER_PRODUCT = 200
MIN_PRODUCTS, MAX_PRODUCTS = 120, 50_000
CHUNK_ROWS = 1_000_000

START = np.datetime64("2024-10-01", "D")
END = np.datetime64("2026-09-30", "D")  # the last order day, whatever the size
N_DAYS = int((END - START).astype(int)) + 1
N_MONTHS = 24
DAY_SECONDS = 86_400
START_SECOND = int(START.astype("datetime64[s]").astype(np.int64))
END_SECOND = START_SECOND + N_DAYS * DAY_SECONDS - 1
DAYS = START + np.arange(N_DAYS)
WEEKDAY = (DAYS.astype(int) + 3) % 7  # 0 = Monday; 1970-01-01 was a Thursday
MONTH_OF_DAY = (DAYS.astype("datetime64[M]") - START.astype("datetime64[M]")).astype(int)
CALENDAR_MONTH = (MONTH_OF_DAY + 9) % 12  # 0 = January

Table = TypeVar("Table")  # any dataclass of arrays

NULL_TIME = np.iinfo(np.int64).min
NULL_INT = np.iinfo(np.int32).min

# --------------------------------------------------------------------------------------------
# The assortment: name;price;c (c = consumable, bought again), fifteen products per category
# --------------------------------------------------------------------------------------------

CATALOG_TEXT = {
    "Coffee & Tea": """Espresso Beans 1 kg;18.90;c|Filter Coffee 500 g;9.80;c|Decaf Beans 500 g;
        11.40;c|Earl Grey Tea 100 g;7.20;c|Peppermint Tea 80 g;5.60;c|Oat Drink 6-Pack;11.90;c|
        Hand Coffee Grinder;49.00;|Pour-Over Dripper;24.50;|Paper Filters 100;4.20;c|
        French Press 1 L;34.00;|Milk Frother;27.90;|Gooseneck Kettle;62.00;|Tea Strainer;8.50;|
        Travel Mug 400 ml;21.90;|Descaler Tabs;8.90;c""",
    "Kitchen": """Chef Knife 20 cm;58.00;|Whetstone;32.50;|Oak Cutting Board;39.00;|
        Board Oil 250 ml;12.40;c|Cast-Iron Pan 26 cm;64.00;|Pan Scraper Set;6.90;|
        Mixing Bowl Set;28.50;|Digital Kitchen Scale;22.00;|Silicone Spatula;7.90;|
        Bread Proofing Basket;18.50;|Sourdough Starter Jar;13.90;|Storage Jar Trio;19.80;|
        Sea Salt Flakes 250 g;5.40;c|Olive Oil 750 ml;13.60;c|Linen Kitchen Towel;9.50;""",
    "Garden": """Pruning Shears;29.90;|Garden Gloves;11.50;|Tomato Seeds;3.40;|Herb Seed Set;9.90;|
        Peat-Free Compost 40 L;10.80;c|Tomato Feed 1 L;8.60;c|Clay Pot 24 cm;12.90;|
        Pot Saucer 24 cm;5.20;|Watering Can 8 L;23.00;|Hand Trowel;14.50;|Bird Feeder;26.00;|
        Wild Bird Seed 3 kg;9.40;c|Solar Path Light;17.50;|Raised Bed Kit;89.00;|
        Slug Barrier Tape;7.80;c""",
    "Pet Supplies": """Dry Dog Food 10 kg;46.00;c|Dog Chews 500 g;9.20;c|Dog Lead 2 m;16.90;|
        Dog Collar;13.50;|Orthopedic Dog Bed;79.00;|Waste Bags 120;6.80;c|Wet Cat Food 24-Pack;
        21.50;c|Cat Litter 12 L;12.90;c|Litter Scoop;4.90;|Scratching Post;37.50;|
        Cat Tunnel;19.90;|Feather Wand;6.40;|Drinking Fountain;34.90;|
        Fountain Filters 4-Pack;10.50;c|Pet Brush;14.20;""",
    "Stationery": """Fountain Pen;36.00;|Ink Cartridges 12;6.20;c|Ink Bottle 50 ml;11.80;c|
        Dotted Notebook A5;13.50;c|Week Planner;18.90;|Brush Pen Set;22.50;|
        Watercolor Paper A4;14.90;c|Watercolor Pan Set;33.00;|Gel Pen 5-Pack;7.50;c|
        Washi Tape Set;8.80;|Letter Set;11.20;|Desk Organizer;27.00;|Paper Trimmer;31.50;|
        Greeting Cards 10;12.60;|Pencil Case;15.40;""",
    "Outdoor": """Hiking Backpack 28 L;84.00;|Rain Cover;14.90;|Trekking Poles;52.00;|
        Insulated Bottle 750 ml;26.50;|Headlamp;34.50;|AAA Batteries 12;8.90;c|
        Camping Stove;44.00;|Gas Cartridge 230 g;6.50;c|Titanium Mug;23.90;|
        Sleeping Mat;56.00;|Dry Bag 15 L;18.00;|Merino Socks;17.50;|Trail Snack Bars 12;15.90;c|
        Picnic Blanket;29.50;|First Aid Pouch;21.00;""",
    "Home & Decor": """Soy Candle;16.50;c|Candle Wick Trimmer;9.40;|Linen Cushion Cover;19.90;|
        Cushion Filling 45 cm;8.90;|Wool Throw;69.00;|Ceramic Vase;31.00;|
        Dried Flower Bunch;22.00;|Picture Frame A4;17.80;|Botanical Print A4;14.50;|
        Desk Lamp;59.00;|LED Bulb E27;6.90;|Wall Hook Rail;24.50;|Storage Basket;27.50;|
        Room Diffuser;28.90;|Diffuser Refill 200 ml;15.40;c""",
    "Body Care": """Olive Soap Bar;5.90;c|Soap Dish;9.80;|Solid Shampoo;10.90;c|
        Shampoo Tin;6.20;|Hand Cream 75 ml;8.40;c|Lip Balm;4.60;c|Safety Razor;38.00;|
        Razor Blades 20;7.90;c|Shaving Soap;12.50;c|Bath Salt 600 g;11.90;c|
        Cotton Pads 7-Pack;13.20;|Body Oil 100 ml;17.90;c|Bamboo Toothbrush 4-Pack;9.60;c|
        Sun Cream SPF 30;14.80;c|Konjac Sponge;6.80;""",
}
CATEGORIES = tuple(CATALOG_TEXT)
CATEGORY_SHARE = np.array([0.19, 0.14, 0.12, 0.15, 0.10, 0.09, 0.10, 0.11])
# One row per category, one column per calendar month (January first): relative demand.
CATEGORY_SEASON = np.array([
    [1.2, 1.1, 1.0, 0.9, 0.9, 0.8, 0.8, 0.8, 1.0, 1.1, 1.2, 1.3],
    [0.9, 0.9, 0.9, 1.0, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0, 1.3, 1.5],
    [0.3, 0.7, 1.6, 2.2, 2.3, 1.8, 1.3, 1.0, 0.9, 0.6, 0.4, 0.3],
    [1.0] * 12,
    [1.2, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 1.2, 1.4, 1.0, 1.2, 1.5],
    [0.6, 0.7, 0.9, 1.2, 1.5, 1.7, 1.8, 1.6, 1.1, 0.9, 0.8, 0.9],
    [0.9, 0.8, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 1.1, 1.3, 1.6, 1.9],
    [1.0, 1.0, 1.0, 1.0, 1.1, 1.2, 1.2, 1.1, 0.9, 0.9, 1.1, 1.3],
])
RETURN_WEIGHT = np.array([0.4, 0.9, 0.8, 0.7, 0.6, 1.6, 1.5, 0.5])
CATEGORY_BRANDS = (
    ("Harbor Roast", "Leafwell", "Slow Cup"), ("Ironbark", "Table & Co", "Millstone"),
    ("Greenrow", "Potting Shed", "Fernhill"), ("Barkley", "Whiskerly", "Good Paw"),
    ("Inkfield", "Paperlane", "Quillmark"), ("Ridgeway", "Northpath", "Campkin"),
    ("Hearthline", "Woven Day", "Lumenry"), ("Saltmeadow", "Plainleaf", "Oilery"),
)
CATEGORY_TAGS = (
    ("organic", "fair_trade", "hot_drinks"), ("cooking", "baking", "durable"),
    ("outdoor_living", "balcony", "seasonal"), ("dog", "cat", "everyday"),
    ("writing", "drawing", "office"), ("hiking", "camping", "lightweight"),
    ("cozy", "living_room", "handmade"), ("vegan", "plastic_free", "sensitive"),
)
CATEGORY_SENTENCE = (
    "For slow mornings and quick breaks.", "Made for daily cooking.",
    "For beds and balconies and windowsills.", "Tested by picky pets.",
    "For desks and sketchbooks.", "Light and tough on the trail.",
    "Makes a room feel finished.", "Gentle care with a short list of ingredients.",
)
# Products that go together; the first nine pairs cross a category border.
COMPLEMENTS = (
    ("Travel Mug 400 ml", "Hiking Backpack 28 L"), ("Soy Candle", "Bath Salt 600 g"),
    ("Insulated Bottle 750 ml", "Trail Snack Bars 12"), ("Letter Set", "Fountain Pen"),
    ("Sun Cream SPF 30", "Picnic Blanket"), ("Hand Cream 75 ml", "Garden Gloves"),
    ("Headlamp", "Dog Lead 2 m"), ("Olive Soap Bar", "Linen Kitchen Towel"),
    ("Earl Grey Tea 100 g", "Greeting Cards 10"), ("Espresso Beans 1 kg", "Oat Drink 6-Pack"),
    ("Filter Coffee 500 g", "Paper Filters 100"), ("Pour-Over Dripper", "Paper Filters 100"),
    ("Gooseneck Kettle", "Pour-Over Dripper"), ("Milk Frother", "Oat Drink 6-Pack"),
    ("Earl Grey Tea 100 g", "Tea Strainer"), ("Chef Knife 20 cm", "Whetstone"),
    ("Oak Cutting Board", "Board Oil 250 ml"), ("Cast-Iron Pan 26 cm", "Pan Scraper Set"),
    ("Sourdough Starter Jar", "Bread Proofing Basket"), ("Clay Pot 24 cm", "Pot Saucer 24 cm"),
    ("Tomato Seeds", "Tomato Feed 1 L"), ("Bird Feeder", "Wild Bird Seed 3 kg"),
    ("Raised Bed Kit", "Peat-Free Compost 40 L"), ("Dog Lead 2 m", "Waste Bags 120"),
    ("Dry Dog Food 10 kg", "Dog Chews 500 g"), ("Cat Litter 12 L", "Wet Cat Food 24-Pack"),
    ("Drinking Fountain", "Fountain Filters 4-Pack"), ("Fountain Pen", "Ink Cartridges 12"),
    ("Watercolor Pan Set", "Watercolor Paper A4"), ("Dotted Notebook A5", "Gel Pen 5-Pack"),
    ("Camping Stove", "Gas Cartridge 230 g"), ("Headlamp", "AAA Batteries 12"),
    ("Hiking Backpack 28 L", "Rain Cover"), ("Soy Candle", "Candle Wick Trimmer"),
    ("Linen Cushion Cover", "Cushion Filling 45 cm"), ("Desk Lamp", "LED Bulb E27"),
    ("Picture Frame A4", "Botanical Print A4"), ("Room Diffuser", "Diffuser Refill 200 ml"),
    ("Olive Soap Bar", "Soap Dish"), ("Solid Shampoo", "Shampoo Tin"),
    ("Safety Razor", "Razor Blades 20"), ("Shaving Soap", "Safety Razor"),
)
ZIPF_EXPONENT, ZIPF_OFFSET = 0.85, 3.0
LAUNCH_SHARE, STOP_SHARE = 0.20, 0.10  # of the products that are not consumables
LAUNCH_MONTHS, STOP_MONTHS = (2, 22), (8, 22)
POSTAGE_ID = "POSTAGE"
POSTAGE_PRICES, POSTAGE_CHANGE_MONTH = (4.90, 5.50), 15
POSTAGE_FREE_FROM = 45.0

# --------------------------------------------------------------------------------------------
# Customers
# --------------------------------------------------------------------------------------------

NEVER, ONCE, REGULAR, LAPSING = range(4)
ACQUISITION = ("organic", "paid_search", "paid_social", "referral", "store", "newsletter")
ACQUISITION_SHARE = np.array([0.30, 0.22, 0.20, 0.10, 0.10, 0.08])
# Shares of (never, once, regular, lapsing) for each acquisition channel.
SEGMENT_SHARE = np.array([
    [0.05, 0.20, 0.45, 0.30], [0.05, 0.26, 0.37, 0.32], [0.06, 0.34, 0.27, 0.33],
    [0.03, 0.12, 0.58, 0.27], [0.04, 0.18, 0.48, 0.30], [0.06, 0.16, 0.50, 0.28],
])
EXISTING_SHARE = 0.25  # of the regular and lapsing customers: known before START
EXISTING_FIRST_DAYS = 150.0  # their first order in the data lies in this span
REGULAR_LIFE_DAYS, LAPSING_LIFE_DAYS, LAPSING_MIN_DAYS = 1_200.0, 170.0, 30.0
RATE_SHAPE = 1.1  # gamma shape of the purchase rates: small = very different customers
SECOND_SHARE, SECOND_MEAN_DAYS = 0.72, 50.0  # new regular and lapsing customers come back
REFILL_SHARE, REFILL_SKIP, REFILL_JITTER_DAYS = 0.18, 0.10, 2.5
REFILL_INTERVALS_DAYS = np.array([21, 28, 30, 35, 42, 56, 60, 75, 90])

FEMALE_NAMES = """Ada Alma Bea Carla Dina Edith Elin Faye Greta Hanna Ines Iris Jana Josie Kira
    Lena Lottie Mara Mina Nadia Nora Oda Paula Petra Romy Rosa Saskia Thea Tilda Una Vera Wanda
    Yara Zoe"""
MALE_NAMES = """Aaron Anton Basil Caspar Dario Edgar Emil Felix Gregor Hugo Ivo Jasper Jonas Karl
    Kilian Leo Levin Malte Marco Nils Noah Otis Pascal Quentin Ralf Ruben Silas Stefan Theo Tobias
    Ulrich Victor Willem Yannick"""
LAST_NAMES = """Alderby Ashgrove Bannick Barlowe Brennick Caldmoor Carrow Dalgrove Delmont Dunnick
    Eastham Ellerby Fairlow Fenwright Garrick Glenmoor Hadwick Halden Harrowby Ingleton Jarrow
    Kestell Kirkmond Larkmoor Linwick Marlowe Merrow Nethercote Norbeck Oakhurst Orrin Pellard
    Penrow Quillan Ravensby Rowntrey Sedgeley Stanmoor Tarrant Thornby Underhay Vantor Wainfleet
    Westerlo Wickmoor Yarwood Zellmer Zinn"""
GENDERS = ("female", "male", "nonbinary")
OCCUPATIONS = ("teacher", "nurse", "engineer", "student", "retired", "clerk", "designer",
               "sales", "driver", "self-employed", "developer", "chef")
OCCUPATION_SHARE = np.array([0.10, 0.09, 0.10, 0.09, 0.11, 0.13, 0.06, 0.10, 0.06, 0.07, 0.06,
                             0.03])
OCCUPATION_INCOME = np.array([41, 38, 56, 12, 26, 33, 42, 36, 30, 44, 62, 31]) * 1_000.0
COUNTRIES = ("GB", "IE", "DE", "FR")
COUNTRY_SHARE = np.array([0.66, 0.09, 0.15, 0.10])
CITIES = (
    ("London", "Leeds", "Bristol", "Glasgow", "York", "Cardiff", "Norwich", "Sheffield"),
    ("Dublin", "Cork", "Galway", "Limerick", "Sligo", "Kilkenny", "Tralee", "Ennis"),
    ("Berlin", "Hamburg", "Leipzig", "Bremen", "Mainz", "Kassel", "Jena", "Ulm"),
    ("Paris", "Lyon", "Nantes", "Lille", "Rennes", "Dijon", "Tours", "Metz"),
)
# Number ranges that the four countries keep free for fiction, and how many digits follow.
PHONE_PREFIX = ("+447700900", "+35320913", "+4930231250", "+33639980")
PHONE_DIGITS = np.array([3, 4, 2, 3])

# --------------------------------------------------------------------------------------------
# Orders
# --------------------------------------------------------------------------------------------

MONTH_SEASON = np.array([0.82, 0.84, 0.92, 0.98, 1.00, 0.95, 0.90, 0.90, 0.98, 1.04, 1.60, 1.75])
WEEKDAY_SEASON = np.array([0.95, 0.90, 0.90, 0.93, 1.00, 1.20, 1.18])
GROWTH_PER_YEAR = 0.20
HOLIDAY_LULL = 0.55  # from December 24 to December 31
BLACK_WEEK_BUMP, PROMOTION_BUMP = 1.55, 1.12
ONLINE_HOURS_WEEK = np.array([1, .5, .3, .2, .2, .4, 1, 2, 2.5, 2.5, 3, 3.5, 4.5, 3.5, 3, 3, 3.5,
                              4.5, 6, 8, 9.5, 9, 6, 3])
ONLINE_HOURS_WEEKEND = np.array([1.5, 1, .6, .3, .2, .3, .6, 1.5, 3, 5, 6.5, 7, 6.5, 6, 6, 6, 6,
                                 6, 6.5, 7.5, 8, 7.5, 5.5, 3])
STORE_HOURS = np.array([0] * 9 + [3, 6, 8, 9, 7, 6, 7, 8, 8, 5] + [0] * 5, dtype=float)

FIRST, REFILL, LATER, CAUSED, GUEST = range(5)  # why an order exists
GUEST_SHARE, CANCELLED_SHARE = 0.08, 0.02
LINES_PER_ORDER = 3.10  # expected, with postage and returns; used to reach --lines
CHANNELS = ("web", "app", "store")
WEB, APP, STORE = range(3)
CHANNEL_SHARE = np.array([0.55, 0.28, 0.17])
CHANNEL_LOYALTY = 0.80
STATUSES = ("completed", "cancelled", "returned")
COMPLETED, CANCELLED, RETURNED = range(3)
PAYMENTS = ("card", "wallet", "invoice", "transfer", "cash")
PAYMENT_SHARE = np.array([[0.46, 0.30, 0.17, 0.07, 0.0], [0.35, 0.58, 0.07, 0.0, 0.0],
                          [0.66, 0.10, 0.0, 0.0, 0.24]])

# Promotions: code, discount rate, first day, last day, category ("" = all).
PROMOTIONS = (
    ("WELCOME10", 0.10, "", "", ""),
    ("BLACK20", 0.20, "2024-11-25", "2024-12-02", ""),
    ("XMAS10", 0.10, "2024-12-09", "2024-12-18", ""),
    ("GARDEN15", 0.15, "2025-04-07", "2025-04-27", "Garden"),
    ("SUMMER12", 0.12, "2025-07-04", "2025-07-20", ""),
    ("BLACK20", 0.20, "2025-11-24", "2025-12-01", ""),
    ("XMAS10", 0.10, "2025-12-08", "2025-12-17", ""),
    ("GARDEN15", 0.15, "2026-04-06", "2026-04-26", "Garden"),
    ("SUMMER12", 0.12, "2026-07-03", "2026-07-19", ""),
    ("AUTUMN10", 0.10, "", "", ""),
    ("SPRING15", 0.15, "", "", ""),
)
PROMOTION_CODES = tuple(promotion[0] for promotion in PROMOTIONS)
PROMOTION_RATE = np.array([promotion[1] for promotion in PROMOTIONS])
PROMOTION_CATEGORY = np.array(
    [CATEGORIES.index(promotion[4]) if promotion[4] else -1 for promotion in PROMOTIONS])
WELCOME_USE, PROMOTION_USE, CAMPAIGN_CODE_USE = 0.25, 0.50, 0.80

BASKET_EXTRA_SHAPE, BASKET_EXTRA_MEAN = 1.6, 1.88  # product lines beyond the first (gamma)
PRIMARY_SHARE, SECONDARY_SHARE = 0.46, 0.22  # of the lines; the rest follows the season
COMPLEMENT_SHARE = 0.34  # of the lines after the first
RETURN_ORDER_SHARE, RETURN_LINE_SHARE = 0.073, 0.75
RETURN_DAYS = (4, 29)
BULK_SHARE, BULK_MIN = 0.0005, 6
BULK_MAX_PRICE = 12.0

# --------------------------------------------------------------------------------------------
# Campaigns: name, day, share of the eligible, variants with channel, offer and true uplift
# --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Campaign:
    """A randomized campaign; ``uplift`` is the mean probability of one caused order."""

    name: str
    day: str
    variants: tuple[str, ...]
    channels: tuple[str, ...]
    offers: tuple[str, ...]
    uplift: tuple[float, ...]
    promotion: int


CAMPAIGNS = (
    Campaign("autumn_2025", "2025-09-15", ("control", "autumn_mail", "autumn_sms"),
             ("", "email", "sms"), ("", "AUTUMN10", "AUTUMN10"), (0.0, 0.08, 0.05), 9),
    Campaign("spring_2026", "2026-03-16", ("control", "spring_mail", "spring_mail_gift"),
             ("", "email", "email"), ("", "SPRING15", "SPRING15 and a free gift"),
             (0.0, 0.08, 0.13), 10),
)
CAMPAIGN_RECENT_DAYS = 365
CAMPAIGN_EFFECT_DAYS = 28
# The effect differs: customers who paused are persuaded, fresh and long gone ones hardly.
PERSUADABLE_DAYS, PERSUADABLE_FACTOR, OTHER_FACTOR = (45, 200), 1.6, 0.6
CONSENT_SHARE = 0.72

# --------------------------------------------------------------------------------------------
# Events
# --------------------------------------------------------------------------------------------

EVENTS_START = np.datetime64("2026-06-01", "D")
BUYING_SESSIONS_PER_LINE = 0.0280
BROWSING_SESSIONS_PER_LINE = 0.0640
EARLIER_VISIT_SHARE = 0.80  # of the buying sessions: a visit some days before
EARLIER_VISIT_DAYS = (1, 21)
EARLIER_LOGIN_SHARE = 0.90  # of these visits; the others are anonymous
LATE_LOGIN_SHARE, NO_SESSION_ID_SHARE, NO_VISITOR_SHARE = 0.30, 0.25, 0.05
KNOWN_BROWSER_SHARE, NO_DURATION_SHARE = 0.60, 0.30
EVENT_TYPES = ("view", "cart", "favorite", "share", "search", "impression", "click", "purchase")
VIEW, CART, FAVORITE, SHARE, SEARCH, IMPRESSION, CLICK, PURCHASE = range(8)
EVENT_PAGES = ("product", "cart", "product", "product", "search", "home", "home", "checkout")
# Sequences of a browsing session; "+" marks a step that stays with the product before.
BROWSING = (
    "view", "search", "impression", "impression", "search view", "search view view",
    "impression click+ view+", "impression click+ view+ favorite+", "view view cart+",
    "search view cart+ view", "view share+", "impression impression click+ view+ cart+",
    "search search view", "view favorite+ view view",
)
RECOMMENDERS = ("popular", "similar_items", "bought_together", "newsletter")

# --------------------------------------------------------------------------------------------
# Reviews: sentences for each rating (index 0 = one star)
# --------------------------------------------------------------------------------------------

REVIEWS_PER_LINE = 0.064
REVIEW_NO_TEXT_SHARE, REVIEW_MAX_DAYS = 0.15, 45
REVIEW_OPENING = (
    ("Very disappointed by the", "Waste of money, the", "I regret buying the",
     "Sadly I sent back the", "Never again the"),
    ("Not happy with the", "I expected more from the", "Rather let down by the",
     "Would not pick again: the", "Below average, the"),
    ("Mixed feelings about the", "It is okay, the", "Average, nothing special: the",
     "Does the job, the", "So-so, the"),
    ("Pretty happy with the", "Good choice, the", "I like the", "Solid buy, the",
     "Works well for me, the"),
    ("Absolutely love the", "Could not be happier with the", "Five stars for the",
     "Simply excellent, the", "So glad I found the"),
)
REVIEW_DETAIL = (
    ("It did not last a week.", "Poor quality all round.", "Arrived damaged and smelled odd.",
     "It looks nothing like the picture.", "Useless for what I wanted.",
     "I threw it away on day one.", "Support did not answer me."),
    ("Feels cheap for the price.", "The finish is rough.", "It is smaller than described.",
     "Delivery took far too long.", "It did not last long.", "Not what was promised.",
     "I had better ones before."),
    ("Quality is fine but the price is high.", "Nice look, slow delivery.",
     "Useful, though not as sturdy as hoped.", "Some days good, some days not.",
     "The packaging could be better.", "Neither great nor bad.", "Fine for occasional use."),
    ("Good quality for the money.", "Arrived quickly and well packed.", "Easy to use.",
     "Only the packaging could be smaller.", "It looks nice and is well made.",
     "Does what it says.", "My family likes it too."),
    ("The quality is outstanding.", "Arrived the next day, beautifully packed.",
     "I use it every single day.", "Even better than I hoped.", "Wonderful to use.",
     "Worth every penny.", "Friends keep asking where I got it."),
)
REVIEW_CLOSING = (
    ("I want a refund.", "Avoid.", "Do not buy.", "", ""),
    ("I will look elsewhere.", "Not recommended.", "", "", ""),
    ("I might buy it again on offer.", "You get what you pay for.", "", "", ""),
    ("Would buy again.", "Recommended.", "", "", ""),
    ("Highly recommended!", "Will order again.", "Perfect gift.", "", ""),
)

# --------------------------------------------------------------------------------------------
# Dirty rows
# --------------------------------------------------------------------------------------------

DUPLICATE_SHARE = 0.005
FEW_ROWS = 6  # rows for each kind that also a typed table can hold
ZERO_PRICE_ROWS = 12
STRANGE_ORDERS = 2  # orders in 1970, in 2099, and with two customers
FAR_PAST = 0
FAR_FUTURE = int(np.datetime64("2099-12-31T23:59:59", "s").astype(np.int64))
BLANK = "<blank>"  # marks: pad the value with blanks

# (column, values used in turn, rows): text put into otherwise good rows of the CSV sample.
TEXT_DIRT: dict[str, tuple[tuple[str, tuple[str, ...], int], ...]] = {
    "order_lines": (
        ("quantity", ("12,5x", "n/a"), 4), ("unit_price", ("n/a", "12,5x"), 4),
        ("ordered_at", ("31/13/2025", "n/a"), 4), ("order_id", (BLANK,), 4),
        ("product_id", (BLANK,), 4), ("customer_id", (BLANK,), 4)),
    "customers": (
        ("customer_id", ("",), 3), ("birth_date", ("unknown",), 4),
        ("income_amount", ("n/a",), 3), ("signed_up_at", ("31/13/2025",), 2)),
    "products": (("list_price", ("tbd",), 2), ("launched_at", ("unknown",), 2)),
    "events": (
        ("occurred_at", ("",), 12), ("event_type", ("",), 12),
        ("event_type", ("scroll", "hover", "video_play"), 15),
        ("duration_seconds", ("n/a",), 4)),
    "reviews": (
        ("review_id", ("",), 2), ("rating", ("0",), 2), ("rating", ("6",), 2),
        ("rating", ("",), 2), ("rating", ("five",), 2)),
    "campaign_contacts": (
        ("customer_id", ("",), 4), ("contacted_at", ("31/13/2025", "soon"), 4)),
}
# (column that differs in the later row, its values, rows): the key appears a second time.
REPEATED_KEYS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "customers": ("city", ("Moved Away", "Newtown"), 4),
    "products": ("stock_quantity", ("41", "8"), 2),
    "reviews": ("review_text", ("Update after some weeks: I changed my mind.",), 2),
}
EXACT_DUPLICATES = {"events": 8, "campaign_contacts": 4}
KEYLESS_COPIES = {"products": 2}  # extra rows without a key (no real product is lost)


# ============================================================================================
# Helpers
# ============================================================================================


def stream(seed: int, name: str) -> np.random.Generator:
    """Return an own random generator for one part of the shop.

    Parameters
    ----------
    seed : int
        Seed of the whole shop.
    name : str
        One of ``STREAMS``; a part draws the same numbers whichever tables are written.
    """
    return np.random.default_rng([seed, STREAMS.index(name)])


def pick(rng: np.random.Generator, share: np.ndarray, size: int) -> np.ndarray:
    """Draw category numbers with the given shares; shape (size,), dtype int8."""
    edges = np.cumsum(share) / np.sum(share)
    drawn = np.searchsorted(edges, rng.random(size), side="right")
    return np.minimum(drawn, len(share) - 1).astype(np.int8)


def pick_many(rng: np.random.Generator, weight: np.ndarray, size: int) -> np.ndarray:
    """Draw positions of ``weight`` (any length) in proportion; shape (size,), dtype int64."""
    edges = np.cumsum(weight)
    drawn = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return np.minimum(drawn, len(weight) - 1)


def pick_rows(rng: np.random.Generator, share: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Draw category numbers where every element has an own row of shares.

    Parameters
    ----------
    rng : numpy.random.Generator
    share : ndarray, shape (n_rows, n_categories)
        Weights, each row with a positive sum.
    row : ndarray of int, shape (n,)
        Row of ``share`` that applies to each element.

    Returns
    -------
    ndarray of int8, shape (n,)
    """
    edges = np.cumsum(share, axis=1)
    edges = edges / edges[:, -1:]
    flat = (edges + np.arange(len(share))[:, None]).ravel()
    drawn = np.searchsorted(flat, row + rng.random(len(row)), side="right")
    return np.minimum(drawn - row.astype(np.int64) * share.shape[1],
                      share.shape[1] - 1).astype(np.int8)


def positions(counts: np.ndarray) -> np.ndarray:
    """Return 0, 1, 2 … inside each group; shape (counts.sum(),)."""
    starts = np.cumsum(counts) - counts
    return np.arange(counts.sum()) - np.repeat(starts, counts)


def take_rows(table: Table, rows: np.ndarray | slice) -> Table:
    """Return a dataclass of arrays with the given rows (positions, mask or slice)."""
    return type(table)(*(getattr(table, field.name)[rows] for field in fields(table)))


def id_base(count: int) -> int:
    """Return the power of ten that gives ``count`` identifiers one common width."""
    return 10 ** max(3, len(str(int(count))))


def make_ids(prefix: str, numbers: np.ndarray, base: int) -> pa.Array:
    """Return identifiers such as C10023; a negative number gives a missing one.

    Parameters
    ----------
    prefix : str
        Leading letter.
    numbers : ndarray of int, shape (n,)
        Zero-based numbers; negative = missing.
    base : int
        Added to every number, see ``id_base``.
    """
    text = pa.array(numbers.astype(np.int64) + base, mask=numbers < 0).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar(prefix), text, "")


def make_words(options: Sequence[str], codes: np.ndarray) -> pa.Array:
    """Return ``options[codes]`` as text, shape (n,); negative codes and "" are missing."""
    values = pa.array([option or None for option in options], pa.string())
    return values.take(pa.array(codes.astype(np.int64), mask=codes < 0))


def make_times(seconds: np.ndarray) -> pa.Array:
    """Return seconds since 1970 as timestamps (microseconds); ``NULL_TIME`` is missing."""
    missing = seconds == NULL_TIME
    return pa.array(np.where(missing, 0, seconds) * 1_000_000, pa.timestamp("us"), mask=missing)


def make_dates(days: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    """Return days counted from ``START`` as dates, shape (n,)."""
    return pa.array((START + days.astype(np.int64)).astype("datetime64[D]"), mask=mask)


def join_text(*parts: pa.Array | str) -> pa.Array:
    """Concatenate text columns element by element; missing if any part is missing."""
    return pc.binary_join_element_wise(*parts, "")


# ============================================================================================
# 1. Catalog
# ============================================================================================


@dataclass(frozen=True)
class Catalog:
    """The assortment; n = number of products.

    Attributes
    ----------
    template : ndarray of int, shape (n,)
        Number of the hand-written product behind each product.
    category : ndarray of int8, shape (n,)
    consumable : ndarray of bool, shape (n,)
    price : ndarray of float, shape (n, N_MONTHS)
        Price in each month.
    on_sale : ndarray of bool, shape (n, N_MONTHS)
        Whether the product can be bought in each month.
    launch_month : ndarray of int, shape (n,)
        Month of the launch; negative = before ``START``.
    complement : ndarray of int, shape (n, 2)
        Products that go with each product; -1 = none.
    weight : ndarray of float, shape (n,)
        Popularity inside the category.
    quality : ndarray of float, shape (n,)
        Shift of the ratings, in stars.
    sorted_products : ndarray of int, shape (n,)
        Products by category, the layout of ``cumulative``.
    cumulative, edges : ndarray of float
        Running weight by month, category and product; and its value at each group border.
    """

    template: np.ndarray
    category: np.ndarray
    consumable: np.ndarray
    price: np.ndarray
    on_sale: np.ndarray
    launch_month: np.ndarray
    complement: np.ndarray
    weight: np.ndarray
    quality: np.ndarray
    sorted_products: np.ndarray
    cumulative: np.ndarray
    edges: np.ndarray

    @property
    def size(self) -> int:
        """Number of products; also the number that stands for postage."""
        return len(self.template)

    def draw(self, rng: np.random.Generator, month: np.ndarray, category: np.ndarray
             ) -> np.ndarray:
        """Draw one product that is on sale for each (month, category).

        Parameters
        ----------
        rng : numpy.random.Generator
        month, category : ndarray of int, shape (n,)

        Returns
        -------
        ndarray of int32, shape (n,)
        """
        group = month.astype(np.int32) * len(CATEGORIES) + category
        low, high = self.edges[group], self.edges[group + 1]
        target = np.minimum(low + rng.random(len(group)) * (high - low), np.nextafter(high, low))
        place = np.searchsorted(self.cumulative, target, side="right") % self.size
        return self.sorted_products[place]


def read_templates() -> pd.DataFrame:
    """Return the hand-written products: name, price, consumable, category number."""
    rows = [(*(part.strip() for part in item.split(";")), number)
            for number, text in enumerate(CATALOG_TEXT.values()) for item in text.split("|")]
    frame = pd.DataFrame(rows, columns=["name", "price", "kind", "category"])
    frame["price"] = frame["price"].astype(float)
    frame["consumable"] = frame["kind"] == "c"
    return frame


def plain_names() -> list[str]:
    """Return the names of the hand-written products as people say them, without sizes."""
    return [re.sub(r" \S*\d.*", "", name).lower() for name in read_templates()["name"]]


def complement_table(names: Sequence[str], n_products: int) -> np.ndarray:
    """Return up to two complements of each product, shape (n_products, 2), -1 = none."""
    number = {name: position for position, name in enumerate(names)}
    table = np.full((len(names), 2), -1)
    for left, right in COMPLEMENTS:  # a fixed word list, not data
        for one, other in ((number[left], number[right]), (number[right], number[left])):
            if (table[one] < 0).any():
                table[one, int(np.argmax(table[one] < 0))] = other
    table[:, 1] = np.where(table[:, 1] < 0, table[:, 0], table[:, 1])
    block, template = np.divmod(np.arange(n_products), len(names))
    partner = np.where(table[template] < 0, -1, table[template] + block[:, None] * len(names))
    return np.where(partner < n_products, partner, -1).astype(np.int32)


def price_table(rng: np.random.Generator, base: np.ndarray) -> np.ndarray:
    """Return prices by product and month with up to two changes; shape (n, N_MONTHS)."""
    months = np.arange(N_MONTHS)
    price = np.repeat(base[:, None], N_MONTHS, axis=1)
    for share, low, high in ((0.55, 3, 13), (0.30, 13, 22)):
        start = np.where(rng.random(len(base)) < share, rng.integers(low, high, len(base)), 99)
        factor = 1 + np.where(rng.random(len(base)) < 0.8, 1, -1) * rng.uniform(
            0.03, 0.11, len(base))
        price = np.where(months >= start[:, None], price * factor[:, None], price)
    return np.round(np.round(price * 10) / 10, 2)


def build_catalog(seed: int, n_products: int) -> Catalog:
    """Build the assortment of ``n_products`` products (variants of the hand-written ones)."""
    rng = stream(seed, "catalog")
    templates = read_templates()
    block, template = np.divmod(np.arange(n_products), len(templates))
    consumable = templates["consumable"].to_numpy()[template]
    category = templates["category"].to_numpy()[template].astype(np.int8)
    base = templates["price"].to_numpy()[template]
    base = base * np.where(block == 0, 1.0, rng.uniform(0.7, 1.6, n_products))
    stable = consumable | (rng.random(n_products) >= LAUNCH_SHARE + STOP_SHARE)
    launches = ~stable & (rng.random(n_products) < LAUNCH_SHARE / (LAUNCH_SHARE + STOP_SHARE))
    launch = np.where(launches, rng.integers(*LAUNCH_MONTHS, n_products),
                      -rng.integers(1, 36, n_products))
    stop = np.where(~stable & ~launches, rng.integers(*STOP_MONTHS, n_products), N_MONTHS)
    months = np.arange(N_MONTHS)
    on_sale = (months >= launch[:, None]) & (months < stop[:, None])
    rank = rng.permutation(n_products)
    weight = (rank + ZIPF_OFFSET) ** -ZIPF_EXPONENT
    fresh = (months >= launch[:, None]) & (months < launch[:, None] + 3) & (launch[:, None] > 0)
    by_category = np.argsort(category, kind="stable").astype(np.int32)
    monthly = (weight[:, None] * on_sale * np.where(fresh, 1.8, 1.0)).T[:, by_category]
    cumulative = np.cumsum(monthly.ravel())
    last = np.searchsorted(category[by_category], np.arange(len(CATEGORIES)), side="right")
    ends = (months[:, None] * n_products + last - 1).ravel()
    return Catalog(
        template, category, consumable, price_table(rng, base), on_sale, launch,
        complement_table(list(templates["name"]), n_products), weight,
        rng.normal(0.0, 0.45, n_products), by_category, cumulative,
        np.concatenate([[0.0], cumulative[ends]]))


# ============================================================================================
# 2. Customers
# ============================================================================================


@dataclass(frozen=True)
class People:
    """Customers and what drives them; n = number of customers, days count from ``START``.

    Attributes
    ----------
    segment, acquisition, country, occupation, channel : ndarray of int8, shape (n,)
    join_day, end_day : ndarray of float, shape (n,)
        First and last day of activity; ``end_day`` is at most ``N_DAYS``.
    signed_up_day : ndarray of int, shape (n,)
        May lie before ``START`` (negative).
    rate : ndarray of float, shape (n,)
        Relative purchase rate.
    income : ndarray of float, shape (n,)
        Yearly income in currency units (also if the customer does not tell it).
    primary, secondary : ndarray of int8, shape (n,)
        Favorite categories.
    refill_product : ndarray of int32, shape (n,)
        Consumable bought again and again; -1 = none.
    refill_interval : ndarray of float, shape (n,)
        Days between two refills.
    consent : ndarray of bool, shape (n,)
    """

    segment: np.ndarray
    acquisition: np.ndarray
    country: np.ndarray
    occupation: np.ndarray
    channel: np.ndarray
    join_day: np.ndarray
    end_day: np.ndarray
    signed_up_day: np.ndarray
    rate: np.ndarray
    income: np.ndarray
    primary: np.ndarray
    secondary: np.ndarray
    refill_product: np.ndarray
    refill_interval: np.ndarray
    consent: np.ndarray

    @property
    def size(self) -> int:
        """Number of customers."""
        return len(self.segment)


def promotion_of_day() -> np.ndarray:
    """Return the promotion that runs on each day, shape (N_DAYS,), -1 = none."""
    running = np.full(N_DAYS, -1, dtype=np.int8)
    for number, (_, _, first, last, _) in enumerate(PROMOTIONS):  # a dozen fixed periods
        if first:
            running[(DAYS >= np.datetime64(first)) & (DAYS <= np.datetime64(last))] = number
    return running


def running_demand() -> np.ndarray:
    """Return the cumulated demand at the start of each day, shape (N_DAYS + 1,).

    The mean demand of a day is 1, so the last value is ``N_DAYS``.
    """
    day_in_year = (DAYS - DAYS.astype("datetime64[Y]")).astype(int)
    promotion = promotion_of_day()
    demand = MONTH_SEASON[CALENDAR_MONTH] * WEEKDAY_SEASON[WEEKDAY]
    demand *= 1 + GROWTH_PER_YEAR * np.arange(N_DAYS) / 365
    demand *= np.where(promotion >= 0, PROMOTION_BUMP, 1.0)
    black = np.isin(np.array(PROMOTION_CODES)[promotion], ["BLACK20"]) & (promotion >= 0)
    demand *= np.where(black, BLACK_WEEK_BUMP, 1.0)
    demand *= np.where((CALENDAR_MONTH == 11) & (day_in_year >= 357), HOLIDAY_LULL, 1.0)
    return np.concatenate([[0.0], np.cumsum(demand)]) * (N_DAYS / demand.sum())


def draw_days(rng: np.random.Generator, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Draw a day between two days, by demand; arguments and result of shape (n,), in days."""
    demand, borders = running_demand(), np.arange(N_DAYS + 1.0)
    start, end = np.interp(low, borders, demand), np.interp(high, borders, demand)
    return np.interp(start + rng.random(len(low)) * (end - start), demand, borders)


def build_people(seed: int, catalog: Catalog, n: int) -> People:
    """Build ``n`` customers with their hidden drives."""
    rng = stream(seed, "people")
    acquisition = pick(rng, ACQUISITION_SHARE, n)
    segment = pick_rows(rng, SEGMENT_SHARE, acquisition)
    existing = (segment >= REGULAR) & (rng.random(n) < EXISTING_SHARE)
    join_day = np.where(existing, 0.0, np.floor(draw_days(rng, np.zeros(n), np.full(n, N_DAYS))))
    life = np.where(segment == LAPSING, LAPSING_MIN_DAYS + rng.exponential(LAPSING_LIFE_DAYS, n),
                    rng.exponential(REGULAR_LIFE_DAYS, n))
    occupation = pick(rng, OCCUPATION_SHARE, n)
    income = OCCUPATION_INCOME[occupation] * rng.lognormal(0.0, 0.28, n)
    country = pick(rng, COUNTRY_SHARE, n)
    channel = pick(rng, CHANNEL_SHARE, n)
    primary = pick(rng, CATEGORY_SHARE, n)
    refills = (segment == REGULAR) & (rng.random(n) < REFILL_SHARE)
    candidates = np.flatnonzero(catalog.consumable)
    favorite = candidates[pick_many(rng, catalog.weight[candidates], n)]
    return People(
        segment=segment, acquisition=acquisition, country=country, occupation=occupation,
        channel=np.where((channel == STORE) & (country != 0), WEB, channel).astype(np.int8),
        join_day=join_day, end_day=np.minimum(join_day + life, N_DAYS),
        signed_up_day=np.where(existing, -rng.integers(1, 700, n), join_day).astype(np.int64),
        rate=rng.gamma(RATE_SHAPE, 1 / RATE_SHAPE, n) * np.clip((income / 38e3) ** 0.3, 0.6, 1.6),
        income=income, primary=primary, secondary=pick(rng, CATEGORY_SHARE, n),
        refill_product=np.where(refills, favorite, -1).astype(np.int32),
        refill_interval=rng.choice(REFILL_INTERVALS_DAYS, n).astype(float),
        consent=rng.random(n) < CONSENT_SHARE)


# ============================================================================================
# 3. Orders and campaigns
# ============================================================================================


@dataclass(frozen=True)
class Orders:
    """Orders, sorted by time; n = number of orders.

    Attributes
    ----------
    customer : ndarray of int32, shape (n,)
        Customer number; -1 = guest.
    kind : ndarray of int8, shape (n,)
        Why the order exists: FIRST, REFILL, LATER, CAUSED or GUEST.
    time : ndarray of int64, shape (n,)
        Seconds since 1970.
    channel, country, payment, status, promotion : ndarray of int8, shape (n,)
        ``promotion`` -1 = no code.
    """

    customer: np.ndarray
    kind: np.ndarray
    time: np.ndarray
    channel: np.ndarray
    country: np.ndarray
    payment: np.ndarray
    status: np.ndarray
    promotion: np.ndarray

    @property
    def size(self) -> int:
        """Number of orders."""
        return len(self.customer)

    @property
    def month(self) -> np.ndarray:
        """Month of each order, 0 = the month of ``START``; shape (n,)."""
        return MONTH_OF_DAY[(self.time - START_SECOND) // DAY_SECONDS]


@dataclass(frozen=True)
class Contacts:
    """Campaign contacts; n = number of contacts, all arrays of shape (n,).

    ``campaign``, ``variant``: numbers; ``customer``: number; ``time``: seconds since 1970.
    """

    campaign: np.ndarray
    variant: np.ndarray
    customer: np.ndarray
    time: np.ndarray


def first_orders(rng: np.random.Generator, people: People) -> np.ndarray:
    """Return the day of the first order, shape (n_customers,); NaN = never."""
    span = np.minimum(people.end_day, EXISTING_FIRST_DAYS)
    day = np.where(people.signed_up_day < 0, draw_days(rng, np.zeros(people.size), span),
                   people.join_day)
    return np.where((people.segment == NEVER) | (day >= N_DAYS), np.nan, day)


def second_orders(rng: np.random.Generator, people: People, first: np.ndarray
                  ) -> tuple[np.ndarray, np.ndarray]:
    """Return customer number and day of the early second orders, shape (n_seconds,)."""
    day = first + 2 + rng.exponential(SECOND_MEAN_DAYS, people.size)
    back = (people.segment >= REGULAR) & (people.signed_up_day >= 0)
    back &= rng.random(people.size) < SECOND_SHARE
    customer = np.flatnonzero(back & (day < N_DAYS))  # comparing NaN gives False
    return customer, day[customer]


def refill_orders(rng: np.random.Generator, people: People, first: np.ndarray
                  ) -> tuple[np.ndarray, np.ndarray]:
    """Return customer number and day of the refills, both of shape (n_refills,)."""
    active = (people.refill_product >= 0) & np.isfinite(first)
    span = np.where(active, people.end_day - np.where(active, first, 0.0), 0.0)
    count = np.maximum(span // people.refill_interval, 0).astype(np.int64)
    customer = np.repeat(np.arange(people.size), count)
    day = first[customer] + (positions(count) + 1) * people.refill_interval[customer]
    day = day + rng.normal(0.0, REFILL_JITTER_DAYS, len(day))
    keep = (rng.random(len(day)) >= REFILL_SKIP) & (day < N_DAYS) & (day > first[customer])
    return customer[keep], day[keep]


def later_orders(rng: np.random.Generator, people: People, first: np.ndarray, wanted: float
                 ) -> tuple[np.ndarray, np.ndarray]:
    """Return customer number and day of all other orders, about ``wanted`` of them."""
    active = (people.segment >= REGULAR) & np.isfinite(first) & (first < people.end_day)
    newcomer = active & (people.signed_up_day >= 0)  # the others were customers before START
    start = np.where(newcomer, np.nan_to_num(first) + 1.0, 0.0)
    end = np.where(active, np.maximum(people.end_day, start), 0.0)
    demand, borders = running_demand(), np.arange(N_DAYS + 1.0)
    mean = people.rate * (np.interp(end, borders, demand) - np.interp(start, borders, demand))
    count = rng.poisson(mean * max(wanted, 1.0) / max(mean.sum(), 1.0))
    customer = np.repeat(np.arange(people.size), count)
    return customer, draw_days(rng, start[customer], end[customer])


def contact_customers(rng: np.random.Generator, people: People, number: int,
                      customer: np.ndarray, day: np.ndarray) -> tuple[Contacts, np.ndarray]:
    """Choose and randomize the customers of one campaign.

    Parameters
    ----------
    rng : numpy.random.Generator
    people : People
    number : int
        Position in ``CAMPAIGNS``.
    customer, day : ndarray, shape (n_orders,)
        Orders so far; only those before the campaign are looked at.

    Returns
    -------
    Contacts
        Blocks of customers with a similar last order are split evenly over the variants.
    ndarray of float, shape (n_contacts,)
        Days since the last order.
    """
    campaign = CAMPAIGNS[number]
    start = int((np.datetime64(campaign.day) - START).astype(int))
    last = np.full(people.size, -np.inf)
    before = day < start
    np.maximum.at(last, customer[before], day[before])
    eligible = np.flatnonzero(people.consent & (last >= start - CAMPAIGN_RECENT_DAYS))
    eligible = eligible[np.argsort(-last[eligible], kind="stable")]
    arms = len(campaign.variants)
    block = np.arange(len(eligible)) // arms
    variant = np.empty(len(eligible), dtype=np.int8)
    variant[np.lexsort((rng.random(len(eligible)), block))] = np.arange(len(eligible)) % arms
    second = rng.integers(8 * 3600, 11 * 3600, len(eligible)) // 60 * 60
    time = START_SECOND + start * DAY_SECONDS + second
    contacts = Contacts(np.full(len(eligible), number, dtype=np.int8), variant,
                        eligible.astype(np.int32), time)
    return contacts, start - last[eligible]


def run_campaigns(rng: np.random.Generator, people: People, customer: np.ndarray,
                  day: np.ndarray) -> tuple[Contacts, np.ndarray, np.ndarray, np.ndarray]:
    """Contact customers and add the orders that the campaigns cause.

    Returns
    -------
    Contacts
    customer, day, promotion : ndarray, shape (n_caused_orders,)
        The caused orders; ``promotion`` is -1 where the code is not used.
    """
    contacts, caused = [], []
    for number, campaign in enumerate(CAMPAIGNS):
        contact, recency = contact_customers(rng, people, number, customer, day)
        paused = (recency >= PERSUADABLE_DAYS[0]) & (recency < PERSUADABLE_DAYS[1])
        chance = np.array(campaign.uplift)[contact.variant]
        chance = chance * np.where(paused, PERSUADABLE_FACTOR, OTHER_FACTOR)
        yes = rng.random(len(chance)) < chance
        wait = 1 + np.floor(rng.beta(1.2, 2.5, yes.sum()) * CAMPAIGN_EFFECT_DAYS)
        start = int((np.datetime64(campaign.day) - START).astype(int))
        code = np.where(rng.random(yes.sum()) < CAMPAIGN_CODE_USE, campaign.promotion, -1)
        contacts.append(contact)
        caused.append((contact.customer[yes], start + wait, code))
        customer = np.concatenate([customer, contact.customer[yes]])
        day = np.concatenate([day, start + wait])
    merged = Contacts(*(np.concatenate([getattr(contact, field.name) for contact in contacts])
                        for field in fields(Contacts)))
    return merged, *(np.concatenate(part) for part in zip(*caused, strict=True))


def clock_seconds(rng: np.random.Generator, day: np.ndarray, channel: np.ndarray) -> np.ndarray:
    """Return the second of the day by weekday and channel, shape (n,)."""
    weekend = WEEKDAY[day] >= 5
    profile = np.where(channel == STORE, 2, weekend.astype(int))
    hours = np.vstack([ONLINE_HOURS_WEEK, ONLINE_HOURS_WEEKEND, STORE_HOURS])
    hour = pick_rows(rng, hours, profile).astype(np.int64)
    return hour * 3600 + rng.integers(0, 3600, len(day))


def order_places(rng: np.random.Generator, people: People, customer: np.ndarray
                 ) -> tuple[np.ndarray, np.ndarray]:
    """Return channel and country of each order, both int8 of shape (n,)."""
    n = len(customer)
    guest = customer < 0
    country = np.where(guest, pick(rng, COUNTRY_SHARE, n), people.country[customer])
    switched = rng.random(n) >= CHANNEL_LOYALTY
    usual = np.where(switched, pick(rng, CHANNEL_SHARE, n), people.channel[customer])
    channel = np.where(guest, np.where(rng.random(n) < 0.35, STORE, WEB), usual)
    channel = np.where((channel == STORE) & (country != 0), WEB, channel)
    return channel.astype(np.int8), country.astype(np.int8)


def order_promotions(rng: np.random.Generator, kind: np.ndarray, day: np.ndarray,
                     campaign_code: np.ndarray) -> np.ndarray:
    """Return the promotion used by each order, int8 of shape (n,), -1 = none."""
    running = promotion_of_day()[day]
    code = np.where(rng.random(len(day)) < PROMOTION_USE, running, -1)
    welcome = (kind == FIRST) & (code < 0) & (rng.random(len(day)) < WELCOME_USE)
    return np.where(campaign_code >= 0, campaign_code,
                    np.where(welcome, 0, code)).astype(np.int8)


def customer_orders(rng: np.random.Generator, people: People, wanted: float
                    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return customer, kind and day of about ``wanted`` orders without any campaign.

    All three arrays have the shape (n_orders,); days count from ``START``.
    """
    first = first_orders(rng, people)
    newcomers = np.flatnonzero(np.isfinite(first))
    second = second_orders(rng, people, first)
    refill = refill_orders(rng, people, first)
    rest = wanted - len(newcomers) - len(second[0]) - len(refill[0])
    parts = [(newcomers, first[newcomers]), second, refill,
             later_orders(rng, people, first, rest)]
    kind = np.repeat([FIRST, LATER, REFILL, LATER], [len(customer) for customer, _ in parts])
    kind[:len(newcomers)][people.signed_up_day[newcomers] < 0] = LATER
    return (np.concatenate([customer for customer, _ in parts]), kind,
            np.concatenate([day for _, day in parts]))


def build_orders(seed: int, people: People, n_lines: int) -> tuple[Orders, Contacts]:
    """Build all purchase orders (about ``n_lines / LINES_PER_ORDER``) and the contacts."""
    rng = stream(seed, "orders")
    usual, usual_kind, usual_day = customer_orders(
        rng, people, n_lines / LINES_PER_ORDER * (1 - GUEST_SHARE))
    contacts, caused, caused_day, code = run_campaigns(rng, people, usual, usual_day)
    guests = round((len(usual) + len(caused)) * GUEST_SHARE / (1 - GUEST_SHARE))
    guest_day = draw_days(rng, np.zeros(guests), np.full(guests, float(N_DAYS)))
    customer = np.concatenate([usual, caused, np.full(guests, -1)]).astype(np.int32)
    kind = np.concatenate([usual_kind, np.full(len(caused), CAUSED), np.full(guests, GUEST)])
    kind = kind.astype(np.int8)
    day = np.concatenate([usual_day, caused_day, guest_day])
    day = np.clip(np.floor(day).astype(np.int64), 0, N_DAYS - 1)
    day[np.argmax(day)] = N_DAYS - 1  # the last order day is always END
    campaign_code = np.full(len(day), -1)
    campaign_code[kind == CAUSED] = code
    channel, country = order_places(rng, people, customer)
    time = START_SECOND + day * DAY_SECONDS + clock_seconds(rng, day, channel)
    orders = Orders(
        customer, kind, time, channel, country, pick_rows(rng, PAYMENT_SHARE, channel),
        np.where(rng.random(len(day)) < CANCELLED_SHARE, CANCELLED, COMPLETED).astype(np.int8),
        order_promotions(rng, kind, day, campaign_code))
    return take_rows(orders, np.argsort(time, kind="stable")), contacts


# ============================================================================================
# 4. Order lines
# ============================================================================================


@dataclass(frozen=True)
class Lines:
    """Order lines; n = number of lines, all arrays of shape (n,).

    Attributes
    ----------
    order : ndarray of int32
        Position in ``Orders``; -1 = missing order_id.
    product : ndarray of int32
        Product number; ``Catalog.size`` = postage; -1 = missing.
    time : ndarray of int64
        Seconds since 1970; ``NULL_TIME`` = missing.
    quantity : ndarray of int32
        Units, negative for returns; ``NULL_INT`` = missing.
    price, discount : ndarray of float
        Price per unit and discount of the whole line; NaN = missing.
    customer : ndarray of int32
        Customer number; -1 = guest.
    promotion, status : ndarray of int8
    is_return : ndarray of bool
        The line belongs to a return with an order_id of its own.
    was_returned : ndarray of bool
        The line was sent back later.
    dirty : ndarray of bool
        The line was spoiled on purpose.
    """

    order: np.ndarray
    product: np.ndarray
    time: np.ndarray
    quantity: np.ndarray
    price: np.ndarray
    discount: np.ndarray
    customer: np.ndarray
    promotion: np.ndarray
    status: np.ndarray
    is_return: np.ndarray
    was_returned: np.ndarray
    dirty: np.ndarray

    @property
    def size(self) -> int:
        """Number of lines."""
        return len(self.order)


def draw_categories(rng: np.random.Generator, people: People, customer: np.ndarray,
                    month: np.ndarray) -> np.ndarray:
    """Return the category of each line by taste and season, int8 of shape (n_lines,)."""
    calendar = np.arange(N_MONTHS) + 9
    season = (CATEGORY_SEASON[:, calendar % 12] * CATEGORY_SHARE[:, None]).T
    seasonal = pick_rows(rng, season, month)
    mood = rng.random(len(customer))
    taste = np.where(mood < PRIMARY_SHARE, people.primary[customer], people.secondary[customer])
    own = (mood < PRIMARY_SHARE + SECONDARY_SHARE) & (customer >= 0)
    # Out of season even a lover of a category buys less of it.
    strength = CATEGORY_SEASON[taste, calendar[month] % 12]
    own &= rng.random(len(customer)) < np.minimum(strength + 0.2, 1.0)
    return np.where(own, taste, seasonal)


def draw_baskets(rng: np.random.Generator, catalog: Catalog, people: People, orders: Orders
                 ) -> tuple[np.ndarray, np.ndarray]:
    """Return order and product number of each product line, both int32 of shape (n_lines,).

    The first line follows taste, season and refills; later lines are often a complement of
    the first. No product appears twice in one order.
    """
    extra = rng.poisson(rng.gamma(BASKET_EXTRA_SHAPE, BASKET_EXTRA_MEAN / BASKET_EXTRA_SHAPE,
                                  orders.size))
    count = 1 + np.minimum(extra, 11)
    starts = np.cumsum(count) - count
    order = np.repeat(np.arange(orders.size, dtype=np.int32), count)
    month = orders.month[order].astype(np.int8)
    customer = orders.customer[order]
    product = catalog.draw(rng, month, draw_categories(rng, people, customer, month))
    refill = np.flatnonzero(orders.kind == REFILL)
    product[starts[refill]] = people.refill_product[orders.customer[refill]]
    side = rng.integers(0, 2, len(order), dtype=np.int8)
    partner = catalog.complement[product[starts][order], side]
    follow = (rng.random(len(order)) < COMPLEMENT_SHARE) & (partner >= 0)
    follow &= catalog.on_sale[partner, month]
    follow[starts] = False
    product = np.where(follow, partner, product)
    key = np.unique(order.astype(np.int64) * (catalog.size + 1) + product)
    order, product = np.divmod(key, catalog.size + 1)
    return order.astype(np.int32), product.astype(np.int32)


def draw_quantities(rng: np.random.Generator, catalog: Catalog, product: np.ndarray,
                    price: np.ndarray) -> np.ndarray:
    """Return units of each line, int32 of shape (n_lines,), with a few bulk orders."""
    mean = np.where(catalog.consumable[product], 0.55, 0.12)
    quantity = 1 + np.minimum(rng.poisson(mean), 7)
    cheap = np.flatnonzero(price <= BULK_MAX_PRICE)
    bulk = rng.choice(cheap, max(BULK_MIN, round(BULK_SHARE * len(product))), replace=False)
    quantity[bulk] = rng.integers(5, 41, len(bulk)) * 12
    return quantity.astype(np.int32)


def sell(rng: np.random.Generator, catalog: Catalog, people: People, orders: Orders) -> Lines:
    """Return the product lines with quantity, price and discount."""
    order, product = draw_baskets(rng, catalog, people, orders)
    price = catalog.price[product, orders.month[order]]
    quantity = draw_quantities(rng, catalog, product, price)
    code = orders.promotion[order]
    applies = (PROMOTION_CATEGORY[code] < 0) | (
        PROMOTION_CATEGORY[code] == catalog.category[product])
    code = np.where(applies, code, -1).astype(np.int8)
    rate = np.where(code >= 0, PROMOTION_RATE[code], 0.0)
    no = np.zeros(len(order), dtype=bool)
    return Lines(order, product, orders.time[order], quantity, price,
                 np.round(quantity * price * rate, 2), orders.customer[order], code,
                 orders.status[order], no, no, no)


def charge_postage(catalog: Catalog, orders: Orders, lines: Lines) -> Lines:
    """Return the postage lines: one for each small order that is sent."""
    total = np.bincount(lines.order, lines.quantity * lines.price - lines.discount, orders.size)
    order = np.flatnonzero((total < POSTAGE_FREE_FROM) & (orders.channel != STORE))
    n = len(order)
    price = np.where(orders.month[order] < POSTAGE_CHANGE_MONTH, *POSTAGE_PRICES)
    no = np.zeros(n, dtype=bool)
    return Lines(order.astype(np.int32), np.full(n, catalog.size, dtype=np.int32),
                 orders.time[order], np.ones(n, dtype=np.int32), price, np.zeros(n),
                 orders.customer[order], np.full(n, -1, dtype=np.int8), orders.status[order],
                 no, no, no)


def send_back(rng: np.random.Generator, catalog: Catalog, orders: Orders, lines: Lines
              ) -> tuple[Lines, np.ndarray]:
    """Draw returns from the product lines of known customers.

    Returns
    -------
    Lines
        Return lines: negative quantity, the price really paid, some days later.
    ndarray of bool, shape (lines.size,)
        Which of the given lines were returned.
    """
    returning = rng.random(orders.size) < RETURN_ORDER_SHARE
    returning &= (orders.customer >= 0) & (orders.status == COMPLETED)
    day = (orders.time - START_SECOND) // DAY_SECONDS + rng.integers(*RETURN_DAYS, orders.size)
    returning &= day < N_DAYS
    time = START_SECOND + day * DAY_SECONDS + rng.integers(9 * 3600, 18 * 3600, orders.size)
    chance = np.minimum(RETURN_WEIGHT[catalog.category[lines.product]] * RETURN_LINE_SHARE, 1)
    chosen = returning[lines.order] & (rng.random(lines.size) < chance) & (lines.quantity < 12)
    back = take_rows(lines, chosen)
    paid = np.round(back.price - back.discount / back.quantity, 2)
    units = np.ceil(back.quantity * rng.uniform(0.3, 1.0, back.size)).astype(np.int32)
    back = replace(back, time=time[back.order], quantity=-units, price=paid,
                   discount=np.zeros(back.size), is_return=np.ones(back.size, dtype=bool),
                   promotion=np.full(back.size, -1, dtype=np.int8),
                   status=np.full(back.size, RETURNED, dtype=np.int8))
    return back, chosen


def stack(parts: Sequence[Lines]) -> Lines:
    """Return several sets of lines as one."""
    return Lines(*(np.concatenate([getattr(part, field.name) for part in parts])
                   for field in fields(Lines)))


def build_lines(seed: int, catalog: Catalog, people: People, orders: Orders) -> Lines:
    """Build all clean order lines, sorted by time, order (returns last) and product."""
    rng = stream(seed, "baskets")
    sold = sell(rng, catalog, people, orders)
    postage = charge_postage(catalog, orders, sold)
    back, returned = send_back(rng, catalog, orders, sold)
    lines = stack([replace(sold, was_returned=returned), postage, back])
    place = lines.is_return * np.int64(orders.size) + lines.order
    place = place * (catalog.size + 1) + lines.product
    rows = np.argsort(place, kind="stable")
    rows = rows[np.argsort(lines.time[rows], kind="stable")]
    return take_rows(lines, rows)


def spoil_values(rng: np.random.Generator, lines: Lines) -> Lines:
    """Spoil single values: missing ones, negative and zero prices, quantity 0."""
    known = np.flatnonzero((lines.customer >= 0) & ~lines.is_return)
    rows = rng.choice(known, 7 * FEW_ROWS + ZERO_PRICE_ROWS, replace=False)
    groups = np.split(rows, np.arange(1, 8) * FEW_ROWS)
    order, product, time = lines.order.copy(), lines.product.copy(), lines.time.copy()
    quantity, price = lines.quantity.copy(), lines.price.copy()
    discount, dirty = lines.discount.copy(), lines.dirty.copy()
    order[groups[0]], product[groups[1]], time[groups[2]] = -1, -1, NULL_TIME
    quantity[groups[3]], price[groups[4]] = NULL_INT, np.nan
    price[groups[5]] *= -1
    quantity[groups[6]] = 0
    price[groups[7]] = 0.0  # legal: a free gift
    discount[rows] = 0.0
    dirty[rows] = True
    return replace(lines, order=order, product=product, time=time, quantity=quantity,
                   price=price, discount=discount, dirty=dirty)


def spoil_orders(rng: np.random.Generator, lines: Lines, orders: Orders, people: People
                 ) -> Lines:
    """Move some whole orders to 1970 and 2099, and give some two customers."""
    bought = ~lines.is_return & (lines.order >= 0)
    good = np.bincount(lines.order[bought], minlength=orders.size) >= 2
    good &= orders.customer >= 0
    good[lines.order[lines.dirty & bought]] = False
    chosen = rng.choice(np.flatnonzero(good), 3 * STRANGE_ORDERS, replace=False)
    past, future, mixed = np.split(chosen, 3)
    time, customer = lines.time.copy(), lines.customer.copy()
    time[np.isin(lines.order, past) & bought] = FAR_PAST
    time[np.isin(lines.order, future) & bought] = FAR_FUTURE
    rows = np.flatnonzero(np.isin(lines.order, mixed) & bought)
    last = rows[np.append(np.diff(lines.order[rows]) != 0, True)]
    customer[last] = (customer[last] + people.size // 2) % people.size
    return replace(lines, time=time, customer=customer,
                   dirty=lines.dirty | np.isin(lines.order, chosen))


def spoil_lines(seed: int, lines: Lines, orders: Orders, people: People) -> Lines:
    """Spoil a few lines in the ways a typed table can hold, and add exact duplicates."""
    rng = stream(seed, "dirt")
    lines = spoil_orders(rng, spoil_values(rng, lines), orders, people)
    twice = rng.choice(np.flatnonzero(~lines.dirty), round(DUPLICATE_SHARE * lines.size),
                       replace=False)
    copies = np.ones(lines.size, dtype=np.int64)
    copies[twice] += 1
    return take_rows(lines, np.repeat(np.arange(lines.size), copies))


def order_line_tables(lines: Lines, orders: Orders, people: People, catalog: Catalog
                      ) -> Iterator[pa.Table]:
    """Yield the typed order_lines table in chunks of at most ``CHUNK_ROWS`` rows."""
    bases = id_base(orders.size), id_base(catalog.size), id_base(people.size)
    for start in range(0, lines.size, CHUNK_ROWS):
        part = take_rows(lines, slice(start, start + CHUNK_ROWS))
        places = take_rows(orders, part.order)
        apart = part.is_return & (part.order % 3 > 0)  # others are booked on the order's own number
        letter = make_words(("O", "R"), apart.astype(np.int8))
        product = make_ids("P", np.where(part.product == catalog.size, -1, part.product),
                           bases[1])
        postage = pa.array(part.product == catalog.size)
        yield pa.table({
            "order_id": join_text(letter, make_ids("", part.order, bases[0])),
            "product_id": pc.if_else(postage, POSTAGE_ID, product),
            "ordered_at": make_times(part.time),
            "quantity": pa.array(part.quantity, mask=part.quantity == NULL_INT),
            "unit_price": pa.array(part.price, mask=np.isnan(part.price)),
            "customer_id": make_ids("C", part.customer, bases[2]),
            "discount_amount": pa.array(part.discount),
            "status": make_words(STATUSES, part.status),
            "channel": make_words(CHANNELS, places.channel),
            "country": make_words(COUNTRIES, places.country),
            "payment_method": make_words(PAYMENTS, places.payment),
            "promotion_code": make_words(PROMOTION_CODES, part.promotion),
        })


# ============================================================================================
# 5. The other tables
# ============================================================================================


@dataclass(frozen=True)
class Shop:
    """All parts of the shop before they become tables."""

    seed: int
    catalog: Catalog
    people: People
    orders: Orders
    contacts: Contacts
    lines: Lines


def customer_names(rng: np.random.Generator, n: int) -> tuple[np.ndarray, pa.Array, pa.Array]:
    """Return gender numbers, first and last names, each of shape (n,)."""
    gender = pick(rng, np.array([0.52, 0.46, 0.02]), n)
    female, male, last = FEMALE_NAMES.split(), MALE_NAMES.split(), LAST_NAMES.split()
    number = np.where(gender == 1, len(female) + rng.integers(0, len(male), n),
                      rng.integers(0, len(female), n))
    return (gender, make_words([*female, *male], number),
            make_words(last, rng.integers(0, len(last), n)))


def customer_phones(rng: np.random.Generator, country: np.ndarray) -> pa.Array:
    """Return invented phone numbers from ranges kept free for fiction; 20 % are missing."""
    digits = PHONE_DIGITS[country]
    number = rng.integers(0, 10 ** digits)
    tail = pc.utf8_slice_codeunits(pa.array(number + 10 ** digits).cast(pa.string()), 1)
    phone = join_text(make_words(PHONE_PREFIX, country), tail)
    return pc.if_else(pa.array(rng.random(len(country)) < 0.2), pa.scalar(None, pa.string()),
                      phone)


def customers_table(shop: Shop) -> pa.Table:
    """Return the typed customers table, sorted by customer_id."""
    rng, people = stream(shop.seed, "customers"), shop.people
    n = people.size
    numbers = np.arange(n)
    gender, first, last = customer_names(rng, n)
    email = join_text(pc.utf8_lower(first), ".", pc.utf8_lower(last),
                      pa.array(numbers + 1).cast(pa.string()), "@example.com")
    age_years = np.select([people.occupation == 3, people.occupation == 4],
                          [rng.uniform(18, 28, n), rng.uniform(61, 84, n)],
                          rng.triangular(21, 37, 66, n))
    city = people.country * len(CITIES[0]) + pick(rng, 1 / np.arange(1.5, 9.5), n)
    hidden = rng.random((n, 5)) < np.array([0.08, 0.18, 0.25, 0.35, 0.03])
    return pa.table({
        "customer_id": make_ids("C", numbers, id_base(n)),
        "email": email,
        "phone": customer_phones(rng, people.country),
        "full_name": join_text(first, " ", last),
        "gender": make_words(GENDERS, np.where(hidden[:, 0], -1, gender)),
        "birth_date": make_dates(N_DAYS - np.floor(age_years * 365.25), mask=hidden[:, 1]),
        "occupation": make_words(OCCUPATIONS, np.where(hidden[:, 2], -1, people.occupation)),
        "income_amount": pa.array(np.round(people.income, -2), mask=hidden[:, 3]),
        "country": make_words(COUNTRIES, people.country),
        "city": make_words(sum(CITIES, ()), np.where(hidden[:, 4], -1, city)),
        "signed_up_at": make_dates(people.signed_up_day),
        "acquisition_channel": make_words(ACQUISITION, people.acquisition),
        "has_marketing_consent": pa.array(people.consent),
    })


def product_stock(rng: np.random.Generator, shop: Shop) -> tuple[np.ndarray, np.ndarray]:
    """Return stock in units and lead time in days, both int32 of shape (n_products,)."""
    catalog, lines = shop.catalog, shop.lines
    recent = (lines.time > END_SECOND - 90 * DAY_SECONDS) & (lines.quantity > 0)
    recent &= (lines.quantity < 12) & (lines.product < catalog.size)
    sold = np.bincount(lines.product[recent], lines.quantity[recent], catalog.size)
    cover = rng.gamma(2.0, 0.6, catalog.size)  # months of stock
    stock = np.round((sold / 3 + 1.5) * cover * np.where(catalog.on_sale[:, -1], 1, 0.3))
    stock[rng.random(catalog.size) < 0.05] = 0
    return stock.astype(np.int32), rng.integers(2, 31, catalog.size).astype(np.int32)


def product_tags(rng: np.random.Generator, catalog: Catalog) -> pa.Array:
    """Return tags delimited by |, shape (n_products,)."""
    n = catalog.size
    options = sum(CATEGORY_TAGS, ())
    one = catalog.category * 3 + rng.integers(0, 2, n)
    tags = make_words(options, one)
    both = rng.random(n) < 0.6
    tags = pc.if_else(pa.array(both), join_text(tags, "|", make_words(options, one + 1)), tags)
    tags = pc.if_else(pa.array(catalog.consumable), join_text(tags, "|refill"), tags)
    gift = (rng.random(n) < 0.25) & ~catalog.consumable
    return pc.if_else(pa.array(gift), join_text(tags, "|gift"), tags)


def products_table(shop: Shop) -> pa.Table:
    """Return the typed products table, sorted by product_id."""
    rng, catalog = stream(shop.seed, "products"), shop.catalog
    n = catalog.size
    block = np.arange(n) // len(read_templates())
    name = make_words(list(read_templates()["name"]), catalog.template)
    variant = join_text(name, " No. ", pa.array(block + 1).cast(pa.string()))
    name = pc.if_else(pa.array(block > 0), variant, name)
    brand = make_words(sum(CATEGORY_BRANDS, ()), catalog.category * 3 + rng.integers(0, 3, n))
    sentence = make_words(CATEGORY_SENTENCE, catalog.category)
    month = START.astype("datetime64[M]") + catalog.launch_month
    launched = (month.astype("datetime64[D]") - START).astype(int)
    stock, lead = product_stock(rng, shop)
    price = catalog.price[:, -1]
    return pa.table({
        "product_id": make_ids("P", np.arange(n), id_base(n)),
        "product_name": name,
        "category": make_words(CATEGORIES, catalog.category),
        "brand": brand,
        "tags": product_tags(rng, catalog),
        "description": join_text(name, " by ", brand, ". ", sentence),
        "list_price": pa.array(price),
        "unit_cost": pa.array(np.round(price * rng.uniform(0.35, 0.70, n), 2)),
        "stock_quantity": pa.array(stock),
        "lead_time_days": pa.array(lead),
        "launched_at": make_dates(launched),
    })


def contacts_table(shop: Shop) -> pa.Table:
    """Return the typed campaign_contacts table, sorted by campaign and customer."""
    contacts = shop.contacts
    contacts = take_rows(contacts, np.lexsort((contacts.customer, contacts.campaign)))
    arms = len(CAMPAIGNS[0].variants)
    cell = contacts.campaign.astype(np.int64) * arms + contacts.variant
    return pa.table({
        "campaign_id": make_words([campaign.name for campaign in CAMPAIGNS], contacts.campaign),
        "customer_id": make_ids("C", contacts.customer, id_base(shop.people.size)),
        "variant": make_words(sum((campaign.variants for campaign in CAMPAIGNS), ()), cell),
        "contacted_at": make_times(contacts.time),
        "channel": make_words(sum((campaign.channels for campaign in CAMPAIGNS), ()), cell),
        "offer": make_words(sum((campaign.offers for campaign in CAMPAIGNS), ()), cell),
    })


def review_texts(rng: np.random.Generator, rating: np.ndarray, name: pa.Array) -> pa.Array:
    """Return review texts that agree with the rating (1-5); some are missing."""
    n = len(rating)
    star = rating - 1

    def phrase(options: Sequence[Sequence[str]]) -> pa.Array:
        width = len(options[0])
        drawn = star * width + rng.integers(0, width, n)
        return pa.array([text for row in options for text in row]).take(pa.array(drawn))

    text = join_text(phrase(REVIEW_OPENING), " ", name, ". ",
                     phrase(REVIEW_DETAIL), " ", phrase(REVIEW_CLOSING))
    short = phrase(REVIEW_DETAIL)
    text = pc.if_else(pa.array(rng.random(n) < 0.35), short, pc.utf8_trim_whitespace(text))
    silent = pa.array(rng.random(n) < REVIEW_NO_TEXT_SHARE)
    return pc.if_else(silent, pa.scalar(None, pa.string()), text)


def reviews_table(shop: Shop) -> pa.Table:
    """Return the typed reviews table: bought products only, after the purchase."""
    rng, lines, catalog = stream(shop.seed, "reviews"), shop.lines, shop.catalog
    fits = (lines.customer >= 0) & (lines.status == COMPLETED) & (lines.product < catalog.size)
    fits &= lines.time < END_SECOND - 4 * DAY_SECONDS
    rows = rng.choice(np.flatnonzero(fits), round(REVIEWS_PER_LINE * lines.size), replace=False)
    pair = lines.customer[rows].astype(np.int64) * catalog.size + lines.product[rows]
    rows = rows[np.unique(pair, return_index=True)[1]]  # one review per customer and product
    wait = 3 * DAY_SECONDS + rng.beta(1.2, 3.0, len(rows)) * REVIEW_MAX_DAYS * DAY_SECONDS
    time = lines.time[rows] + wait.astype(np.int64)
    keep = time <= END_SECOND
    by_time = np.argsort(time[keep], kind="stable")
    rows, time = rows[keep][by_time], time[keep][by_time]
    part = take_rows(lines, rows)
    stars = 4.25 + catalog.quality[part.product] + rng.normal(0.0, 1.05, part.size)
    rating = np.clip(np.round(stars - 2.0 * part.was_returned), 1, 5).astype(np.int32)
    name = make_words(plain_names(), catalog.template[part.product])
    return pa.table({
        "review_id": make_ids("W", np.arange(part.size), id_base(part.size)),
        "rating": pa.array(rating),
        "reviewed_at": make_times(time),
        "customer_id": make_ids("C", part.customer, id_base(shop.people.size)),
        "product_id": make_ids("P", part.product, id_base(catalog.size)),
        "order_id": make_ids("O", part.order, id_base(shop.orders.size)),
        "review_text": review_texts(rng, rating, name),
    })


# ----------------------------------------------------------------------------------- events


@dataclass(frozen=True)
class Events:
    """Events; n = number of events, all arrays of shape (n,).

    ``time``: seconds since 1970; ``kind``: position in ``EVENT_TYPES``; ``customer``,
    ``visitor``, ``product``: numbers, -1 = missing; ``session``: number of the session.
    """

    time: np.ndarray
    kind: np.ndarray
    customer: np.ndarray
    visitor: np.ndarray
    session: np.ndarray
    product: np.ndarray


def buying_sessions(rng: np.random.Generator, shop: Shop, visitor_of: np.ndarray) -> Events:
    """Return sessions that end with a real order: search, view, cart and purchase.

    Parameters
    ----------
    rng : numpy.random.Generator
    shop : Shop
    visitor_of : ndarray of int, shape (n_customers,)
        Visitor number of each customer.
    """
    orders, lines = shop.orders, shop.lines
    begin = EVENTS_START.astype("datetime64[s]").astype(np.int64) + DAY_SECONDS
    fits = (orders.customer >= 0) & (orders.channel != STORE) & (orders.time > begin)
    fits &= orders.status == COMPLETED
    fits = np.flatnonzero(fits)
    wanted = min(len(fits), round(BUYING_SESSIONS_PER_LINE * lines.size))
    chosen = np.sort(rng.choice(fits, wanted, replace=False))
    mine = np.isin(lines.order, chosen) & ~lines.is_return & (lines.product < shop.catalog.size)
    rows = np.flatnonzero(mine)
    rows = rows[np.argsort(lines.order[rows], kind="stable")]
    session = np.searchsorted(chosen, lines.order[rows])
    count = np.bincount(session, minlength=wanted)
    step = rng.integers(25, 200, wanted)[session]  # seconds
    order_time, product = lines.time[rows], lines.product[rows]
    seen = order_time - (count[session] - positions(count) + 1) * 2 * step
    liked = rng.random(len(rows)) < 0.12
    start = np.flatnonzero(positions(count) == 0)
    pieces = [(seen, VIEW, slice(None)), (seen + step, CART, slice(None)),
              (order_time, PURCHASE, slice(None)), (seen + step // 2, FAVORITE, liked),
              (seen - step, SEARCH, start)]
    time = np.concatenate([moment[use] for moment, _, use in pieces])
    kind = np.concatenate([np.full(len(moment[use]), code) for moment, code, use in pieces])
    session, product = (np.concatenate([values[use] for _, _, use in pieces])
                        for values in (session, product))
    customer = orders.customer[chosen][session]
    late = (rng.random(wanted) < LATE_LOGIN_SHARE)[session]
    anonymous = late & np.isin(kind, (VIEW, SEARCH, FAVORITE))
    return Events(time, kind, np.where(anonymous, -1, customer), visitor_of[customer], session,
                  product)


def browse(rng: np.random.Generator, shop: Shop, start: np.ndarray, customer: np.ndarray,
           visitor: np.ndarray, wish: np.ndarray) -> Events:
    """Return sessions without a purchase.

    Parameters
    ----------
    rng : numpy.random.Generator
    shop : Shop
    start : ndarray of int64, shape (n_sessions,)
        Seconds since 1970.
    customer, visitor : ndarray of int, shape (n_sessions,)
        Numbers; -1 = not known.
    wish : ndarray of int, shape (n_sessions,)
        A product the visitor has in mind; -1 = none.
    """
    scripts = [script.split() for script in BROWSING]
    length = np.array([len(script) for script in scripts])
    steps = [step for script in scripts for step in script]
    kind_of = np.array([EVENT_TYPES.index(step.rstrip("+")) for step in steps])
    stays = np.array([step.endswith("+") for step in steps])
    script = rng.integers(0, len(scripts), len(start))
    count = length[script]
    session = np.repeat(np.arange(len(start)), count)
    place = (np.cumsum(length) - length)[script][session] + positions(count)
    n = len(place)
    gap = np.where(positions(count) == 0, 0, rng.integers(6, 420, n))
    passed = np.cumsum(gap)
    passed = passed - np.repeat(passed[np.cumsum(count) - count], count)
    time = start[session] + passed
    month = MONTH_OF_DAY[np.clip((time - START_SECOND) // DAY_SECONDS, 0, N_DAYS - 1)]
    people = shop.people
    category = draw_categories(rng, people, customer[session], month)
    product = shop.catalog.draw(rng, month, category)
    wanted = (wish[session] >= 0) & (rng.random(n) < 0.6)
    product = np.where(wanted, wish[session], product)
    anchor = np.maximum.accumulate(np.where(stays[place], 0, np.arange(n)))
    return Events(time, kind_of[place], customer[session], visitor[session], session,
                  product[anchor])


def earlier_visits(rng: np.random.Generator, shop: Shop, bought: Events) -> Events:
    """Return visits some days before a purchase, by the same visitor, logged in or not."""
    buys = np.flatnonzero(bought.kind == PURCHASE)
    buys = buys[np.unique(bought.session[buys], return_index=True)[1]]
    buys = buys[rng.random(len(buys)) < EARLIER_VISIT_SHARE]
    wait = rng.integers(*EARLIER_VISIT_DAYS, len(buys)) * DAY_SECONDS
    start = bought.time[buys] - wait + rng.integers(-7200, 7200, len(buys))
    keep = start >= EVENTS_START.astype("datetime64[s]").astype(np.int64)
    buys, start = buys[keep], start[keep]
    known = rng.random(len(buys)) < EARLIER_LOGIN_SHARE
    customer = np.where(known, bought.customer[buys], -1)
    return browse(rng, shop, start, customer, bought.visitor[buys], bought.product[buys])


def bouncing_visits(rng: np.random.Generator, shop: Shop, visitor_of: np.ndarray) -> Events:
    """Return visits without a purchase, by known customers and by strangers."""
    people = shop.people
    n = round(BROWSING_SESSIONS_PER_LINE * shop.lines.size)
    first = float((EVENTS_START - START).astype(int))
    day = draw_days(rng, np.full(n, first), np.full(n, N_DAYS - 1.0)).astype(np.int64)
    start = START_SECOND + day * DAY_SECONDS + clock_seconds(rng, day, np.full(n, WEB))
    chance = (people.rate + 0.2) * (people.end_day > first) * (people.join_day < N_DAYS - 1)
    known = pick_many(rng, chance, n)
    known = np.where((rng.random(n) < KNOWN_BROWSER_SHARE) & (people.join_day[known] <= day),
                     known, -1)
    stranger = people.size + rng.integers(0, max(1, int(n * 0.45)), n)
    visitor = np.where(known >= 0, visitor_of[known], stranger)
    return browse(rng, shop, start, known, visitor, np.full(n, -1))


def merge_events(parts: Sequence[Events]) -> Events:
    """Return several sets of events as one, sessions numbered by time, sorted by time."""
    shift = np.cumsum([0, *(part.session.max(initial=-1) + 1 for part in parts)])
    parts = [replace(part, session=part.session + offset)
             for part, offset in zip(parts, shift[:-1], strict=True)]
    events = Events(*(np.concatenate([getattr(part, field.name) for part in parts])
                      for field in fields(Events)))
    begin = np.full(shift[-1], np.iinfo(np.int64).max)
    np.minimum.at(begin, events.session, events.time)
    number = np.empty(shift[-1], dtype=np.int64)
    number[np.argsort(begin, kind="stable")] = np.arange(shift[-1])
    events = replace(events, session=number[events.session])
    keys = (events.product, events.kind, events.session, events.time)
    return take_rows(events, np.lexsort(keys))


def search_terms(rng: np.random.Generator, shop: Shop, events: Events) -> pa.Array:
    """Return what visitors typed: a product or a category, missing for other events."""
    short = [category.lower().replace(" &", "") for category in CATEGORIES]
    exact = make_words(plain_names(), shop.catalog.template[events.product])
    vague = make_words(short, shop.catalog.category[events.product])
    term = pc.if_else(pa.array(rng.random(len(events.time)) < 0.65), exact, vague)
    return pc.if_else(pa.array(events.kind == SEARCH), term, pa.scalar(None, pa.string()))


def events_table(shop: Shop) -> pa.Table:
    """Return the typed events table of the last four months, sorted by time."""
    rng = stream(shop.seed, "events")
    visitor_of = rng.permutation(shop.people.size)
    bought = buying_sessions(rng, shop, visitor_of)
    events = merge_events([bought, earlier_visits(rng, shop, bought),
                           bouncing_visits(rng, shop, visitor_of)])
    events = take_rows(events, events.time <= END_SECOND)
    n, n_sessions = len(events.time), int(events.session.max()) + 1
    nameless = (rng.random(n_sessions) < NO_SESSION_ID_SHARE)[events.session]
    owned = np.bincount(events.session, events.customer < 0, n_sessions) == 0
    hide = (owned & (rng.random(n_sessions) < NO_VISITOR_SHARE))[events.session]
    seconds = np.clip(rng.lognormal(3.3, 0.9, n), 1, 900).astype(np.int32)
    timeless = rng.random(n) < NO_DURATION_SHARE
    timeless |= np.isin(events.kind, (IMPRESSION, CLICK, CART, FAVORITE, SHARE, PURCHASE))
    advised = np.isin(events.kind, (IMPRESSION, CLICK))
    source = np.where(advised, (events.session + events.product) % len(RECOMMENDERS), -1)
    base = id_base(shop.people.size * 2)
    return pa.table({
        "occurred_at": make_times(events.time),
        "event_type": make_words(EVENT_TYPES, events.kind),
        "customer_id": make_ids("C", events.customer, id_base(shop.people.size)),
        "visitor_id": make_ids("V", np.where(hide, -1, events.visitor), base),
        "session_id": make_ids("S", np.where(nameless, -1, events.session), base),
        "product_id": make_ids("P", np.where(events.kind == SEARCH, -1, events.product),
                               id_base(shop.catalog.size)),
        "page": make_words(EVENT_PAGES, events.kind),
        "search_term": search_terms(rng, shop, events),
        "duration_seconds": pa.array(seconds, mask=timeless),
        "recommendation_source": make_words(RECOMMENDERS, source),
    })


# ============================================================================================
# 6. Writing
# ============================================================================================


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a typed column as the text of the CSV files; missing becomes empty."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = pc.strftime(column.cast(pa.timestamp("s")), "%Y-%m-%d %H:%M:%S")
    elif pa.types.is_floating(kind):
        text = column.cast(pa.decimal128(14, 2), safe=False).cast(pa.string())
        column = pc.replace_substring_regex(text, r"\.00$", "")
    return pc.fill_null(column.cast(pa.string()), "")


def spoil_text(name: str, frame: pd.DataFrame, clean: np.ndarray, rng: np.random.Generator
               ) -> pd.DataFrame:
    """Put dirty values, repeated keys and duplicates into a table of text.

    Parameters
    ----------
    name : str
        Table name.
    frame : pandas.DataFrame
        Text columns; changed in place.
    clean : ndarray of int, shape (n_clean,)
        Rows that may be spoiled.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        The table with the added rows at the end.
    """
    rules, key = TEXT_DIRT[name], frame.columns[0]
    clean = rng.permutation(clean)
    for column, values, count in rules:  # a handful of rules, not data
        rows, clean = clean[:count], clean[count:]
        place = frame.columns.get_loc(column)
        if values == (BLANK,):
            frame.iloc[rows, place] = "  " + frame.iloc[rows, place] + " "
        else:
            frame.iloc[rows, place] = np.resize(np.array(values, dtype=object), count)
    added = []
    if name in REPEATED_KEYS:
        column, values, count = REPEATED_KEYS[name]
        rows, clean = clean[:count], clean[count:]
        changed = np.resize(np.array(values, dtype=object), count)
        added.append(frame.iloc[rows].assign(**{column: changed}))
    rows, clean = np.split(clean, [KEYLESS_COPIES.get(name, 0)])
    copies = frame.iloc[rows].assign(**{key: ""})
    again = frame.iloc[clean[:EXACT_DUPLICATES.get(name, 0)]]
    return pd.concat([frame, *added, copies, again], ignore_index=True)


def write_csv(name: str, tables: Iterator[pa.Table], shop: Shop, path: Path) -> int:
    """Write one table as CSV with dirty rows; return the number of rows."""
    table = pa.concat_tables(tables)
    text = {column: as_text(table[column]).to_numpy() for column in table.column_names}
    frame = pd.DataFrame({column: values.astype(object) for column, values in text.items()})
    clean = np.arange(len(frame))
    if name == "order_lines":  # a blank can be seen only around a value
        clean = np.flatnonzero(~shop.lines.dirty & (shop.lines.customer >= 0))
        clean = clean[~frame.iloc[clean].duplicated(keep=False).to_numpy()]
    frame = spoil_text(name, frame, clean, stream(shop.seed, name).spawn(1)[0])
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return len(frame)


def write_parquet(name: str, tables: Iterator[pa.Table], shop: Shop, path: Path) -> int:
    """Write one typed table as Parquet; return the number of rows.

    Tables other than order_lines get their exact duplicates here, at the end.
    """
    first = next(tables)
    rows = 0
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        table: pa.Table | None = first
        while table is not None:
            writer.write_table(table)
            rows += table.num_rows
            table = next(tables, None)
        if name != "order_lines":
            rng = stream(shop.seed, name).spawn(1)[0]
            count = round(DUPLICATE_SHARE * first.num_rows)
            again = first.take(np.sort(rng.choice(first.num_rows, count, replace=False)))
            writer.write_table(again)
            rows += again.num_rows
    return rows


def build_shop(seed: int, n_lines: int, n_customers: int, n_products: int) -> Shop:
    """Build all parts of a shop of about ``n_lines`` clean order lines."""
    catalog = build_catalog(seed, n_products)
    people = build_people(seed, catalog, n_customers)
    orders, contacts = build_orders(seed, people, n_lines)
    return Shop(seed, catalog, people, orders, contacts,
                build_lines(seed, catalog, people, orders))


def make_tables(name: str, shop: Shop) -> Iterator[pa.Table]:
    """Return the typed table ``name`` of the shop in one or more chunks."""
    if name == "order_lines":
        return order_line_tables(shop.lines, shop.orders, shop.people, shop.catalog)
    build = {"customers": customers_table, "products": products_table, "events": events_table,
             "reviews": reviews_table, "campaign_contacts": contacts_table}[name]
    return iter([build(shop)])


def write_shop(shop: Shop, folder: Path, names: Sequence[str], file_format: str) -> None:
    """Write the chosen tables and print one line for each file."""
    folder.mkdir(parents=True, exist_ok=True)
    write = write_csv if file_format == "csv" else write_parquet
    # Order lines last: the other tables are made from the clean lines.
    for name in sorted(names, key=lambda table: (table == "order_lines", TABLES.index(table))):
        if name == "order_lines":
            shop = replace(shop, lines=spoil_lines(shop.seed, shop.lines, shop.orders,
                                                   shop.people))
        path = folder / f"{name}.{file_format}"
        rows = write(name, make_tables(name, shop), shop, path)
        print(f"{name:<18}{rows:>12,} rows {path.stat().st_size:>14,} bytes  {path}")


def read_arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked command line arguments, defaults filled in."""
    parser = argparse.ArgumentParser(
        description="Generate an invented shop: a small CSV sample or a large Parquet benchmark.")
    parser.add_argument("--lines", type=int, default=DEFAULT_LINES, metavar="N",
                        help="order lines, about (default: %(default)s)")
    parser.add_argument("--customers", type=int, metavar="N",
                        help="customers (default: lines/10 for csv, lines/20 for parquet)")
    parser.add_argument("--folder", type=Path, default=SAMPLE_FOLDER,
                        help="folder to write to (default: %(default)s)")
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv",
                        help="csv: text with dirty rows; parquet: typed (default: %(default)s)")
    parser.add_argument("--tables", nargs="+", choices=TABLES, metavar="TABLE",
                        help="tables to write: %(choices)s (default: all six for csv, the "
                             "first three for parquet)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED,
                        help="seed of all random numbers (default: %(default)s)")
    arguments = parser.parse_args(words)
    if arguments.lines < MIN_LINES:
        parser.error(f"--lines must be at least {MIN_LINES}")
    csv = arguments.format == "csv"
    per_customer = LINES_PER_CUSTOMER_CSV if csv else LINES_PER_CUSTOMER_PARQUET
    arguments.customers = arguments.customers or arguments.lines // per_customer
    arguments.tables = list(dict.fromkeys(arguments.tables or (
        TABLES if csv else BENCHMARK_TABLES)))
    return arguments


def main(words: Sequence[str] | None = None) -> None:
    """Generate the shop that the words of a command line ask for (by default, this process's)."""
    arguments = read_arguments(words)
    n_products = min(MAX_PRODUCTS, max(MIN_PRODUCTS, arguments.lines // LINES_PER_PRODUCT))
    shop = build_shop(arguments.seed, arguments.lines, arguments.customers, n_products)
    write_shop(shop, arguments.folder, arguments.tables, arguments.format)


if __name__ == "__main__":
    main()
