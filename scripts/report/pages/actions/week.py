"""What to do with whom, by action."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words, plain

QUERY = """
select
    replace(action, '_', ' ') as action,
    customer_count,
    not_contactable_count,
    contact_count,
    control_count,
    expected_value,
    contact_cost
from marts.rpt_marketing_actions
where action != 'no play fits'
order by expected_value desc, action
"""


def finding(rows: Rows, words: Words) -> str:
    """How many to contact, and what is expected of it."""
    contacts = sum(row["contact_count"] for row in rows)
    silent = sum(row["not_contactable_count"] for row in rows)
    if not contacts:
        return (
            f"Nobody is to be contacted: {words.count(silent, 'customer')} have not consented, and "
            "no other action brings more than it costs."
        )
    first = rows[0]
    return (
        f"{words.count(contacts, 'contact')} are expected to bring "
        f"{words.money(sum(row['expected_value'] for row in rows))} after their costs, most of it "
        f"by “{plain(first['action'])}”; {words.count(silent, 'customer')} have not consented and "
        "are left alone."
    )


def draw(rows: Rows) -> alt.Chart:
    """A bar per action."""
    return (
        picture()
        .mark_bar(color="$customers")
        .encode(
            x=alt.X("expected_value:Q"),
            y=alt.Y("action:N", sort=[row["action"] for row in rows], title=None),
        )
        .properties(height=26 * len(rows))
    )


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "action": Column("Action"),
        "customer_count": Column("Customers it fits", "number"),
        "not_contactable_count": Column("Not to be contacted", "number"),
        "contact_count": Column("To contact", "number"),
        "control_count": Column("Control group", "number"),
        "expected_value": Column("Expected value", "money"),
        "contact_cost": Column("Cost of the contacts", "money"),
    },
    finding=finding,
    nothing="No customer is known, so there is nothing to do.",
    draw=draw,
    note=(
        "The actions are those of the seed marketing_playbook. fct_marketing_actions has each part "
        "of the expected value, and says which were measured and which assumed; make export writes "
        "an audience as CSV."
    ),
)
