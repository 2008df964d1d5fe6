"""Which customers respond differently to a campaign."""

from report.figure import Column, Figure, Rows
from report.words import Words, plain

QUERY = """
select
    campaign_id,
    arm,
    metric,
    attribute,
    attribute_value,
    contacted_count,
    lift,
    other_lift,
    adjusted_p_value,
    responds_differently,
    count(p_value) over () as comparison_count,
    count(*) filter (where responds_differently) over () as telling_count
from marts.rpt_campaign_segments
where lift is not null
order by
    p_value nulls last, contacted_count desc, campaign_id, arm, metric, attribute, attribute_value
limit 20
"""


def finding(rows: Rows, words: Words) -> str:
    """Who responds most unlike the others, if anybody does beyond chance."""
    first = rows[0]
    if not first["comparison_count"]:
        return "No group of customers is large enough to tell whether it responds differently."
    compared = words.count(first["comparison_count"], "comparison")
    if not first["telling_count"]:
        return f"None of {compared} shows customers who respond unlike the others."
    return (
        f"{words.number(first['telling_count'])} of {compared} tell: where "
        f"{plain(first['attribute'])} is {first['attribute_value']}, {first['arm']} changes "
        f"{first['metric']} by {words.number(float(first['lift']), 3)}, elsewhere by "
        f"{words.number(float(first['other_lift']), 3)}."
    )


FIGURE = Figure(
    place=3,
    shows="table",
    query=QUERY,
    columns={
        "campaign_id": Column("Campaign"),
        "arm": Column("Arm"),
        "metric": Column("What"),
        "attribute": Column("Customers by", "name"),
        "attribute_value": Column("Who are"),
        "contacted_count": Column("Customers", "number"),
        "lift": Column("Lift", "number"),
        "other_lift": Column("Lift elsewhere", "number"),
        "adjusted_p_value": Column("Adjusted p", "number"),
        "responds_differently": Column("Tells", "yes"),
    },
    finding=finding,
    nothing="The shop has no campaigns with a control group, so nobody can be compared.",
    note=(
        "The adjusted p says how often chance alone gives such a difference among so many "
        "comparisons (Benjamini and Hochberg)."
    ),
)
