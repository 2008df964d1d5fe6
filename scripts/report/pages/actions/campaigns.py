"""What each arm of the campaigns brought beside its control group."""

import altair as alt
from report.figure import Column, Figure, Rows
from report.words import Words, plain

CAMPAIGNS = 4
QUERY = f"""
with latest as (
    select campaign_id, first_contacted_at
    from marts.rpt_campaigns
    order by first_contacted_at desc, campaign_id
    limit {CAMPAIGNS}
)
select
    results.campaign_id || ': ' || results.arm as arm,
    results.metric,
    results.contacted_count,
    results.mean_outcome,
    results.control_mean,
    results.lift,
    results.low,
    results.high,
    results.relative_lift,
    results.probability_is_best,
    coalesce(results.verdict, results.no_verdict_reason) as verdict
from marts.rpt_campaign_results as results
inner join latest using (campaign_id)
where not results.is_control and results.lift is not null
order by latest.first_contacted_at desc, results.campaign_id, results.arm, results.metric
"""
WHY = """
select warning from marts.rpt_campaigns where warning is not null
order by first_contacted_at desc, campaign_id limit 1
"""


def finding(rows: Rows, words: Words) -> str:
    """How many arms had an effect, and the largest on purchases."""
    bought = [row for row in rows if row["metric"] == "conversion"] or rows
    arms = len({row["arm"] for row in rows})
    shown = [row for row in bought if row["verdict"] == "more"]
    what = "purchases" if bought[0]["metric"] == "conversion" else plain(bought[0]["metric"])
    if not shown:
        return (
            f"None of {words.count(arms, 'arm')} of the last campaigns shows more {what} than its "
            "control group."
        )
    best = max(shown, key=lambda row: (row["lift"], row["arm"]))
    return (
        f"{words.number(len(shown))} of {words.count(arms, 'arm')} brought more {what} than the "
        f"control group; most did {best['arm']}, {words.share(best['mean_outcome'])} beside "
        f"{words.share(best['control_mean'])}."
    )


def draw(rows: Rows) -> alt.FacetChart:
    """Each lift with its interval; none has an effect whose interval holds zero."""
    names = list(dict.fromkeys(row["arm"] for row in rows))
    base = alt.Chart().encode(
        y=alt.Y("arm:N", sort=names, title=None, axis=alt.Axis(labelLimit=220))
    )
    color = (
        alt.when("datum.low > 0")
        .then(alt.value("$better"))
        .when("datum.high < 0")
        .then(alt.value("$worse"))
        .otherwise(alt.value("$unsure"))
    )
    layers = alt.layer(
        alt.Chart().mark_rule(color="$quiet", strokeDash=[3, 3]).encode(x=alt.datum(0)),
        base.mark_rule(strokeWidth=2, color="$ink").encode(
            x=alt.X("low:Q", title="Lift"), x2="high:Q"
        ),
        base.mark_point(filled=True, size=60).encode(x=alt.X("lift:Q", title="Lift"), color=color),
        data=alt.NamedData("rows"),
    ).properties(height=26 * len(names))
    metrics = alt.Facet("metric:N", title=None)
    return layers.facet(facet=metrics, columns=2).resolve_scale(x="independent")


FIGURE = Figure(
    place=2,
    query=QUERY,
    columns={
        "arm": Column("Campaign and arm"),
        "metric": Column("What"),
        "contacted_count": Column("Customers", "number"),
        "mean_outcome": Column("Per customer", "number"),
        "control_mean": Column("Control group", "number"),
        "lift": Column("Lift", "number"),
        "low": Column("From", "number"),
        "high": Column("To", "number"),
        "relative_lift": Column("Lift over control", "share"),
        "probability_is_best": Column("Probably the best", "share"),
        "verdict": Column("Verdict"),
    },
    finding=finding,
    nothing="The shop has no campaigns, so there is nothing to compare.",
    why=WHY,
    draw=draw,
    note=(
        "A point is how much more an arm did than its control group, per customer; a line is its "
        "95 % interval. Visits and conversions are shares, spend is money."
    ),
)
