"""Each model that is served beside the rule that it has to beat."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

AXIS = "Better than its rule by"
# what decides, and whether more of it is better (docs/models)
QUERY = """
with served as (
    select 'churn' as task, min(method) as method from marts.fct_customer_churn where not is_current
    union all
    select 'spend', min(spend_method) from marts.fct_customer_spend_forecast where not is_current
    union all
    select 'visits', min(visits_method) from marts.fct_customer_spend_forecast where not is_current
    union all
    select 'next_order', min(method) from marts.fct_customer_next_order where not is_current
    union all
    select 'visitor_propensity', min(method) from marts.fct_visitor_propensity where not is_current
    union all
    select 'cart_propensity', min(method) from marts.fct_cart_propensity where not is_current
    union all
    select 'demand', min(method) from marts.fct_product_demand_forecast
    union all
    select 'lifetime_value', min(purchases_method_90_days)
    from marts.fct_customer_lifetime_value
    where as_of_date < cast($as_of_date as date)
    union all
    select 'lifetime_value', min(value_method_90_days)
    from marts.fct_customer_lifetime_value
    where as_of_date < cast($as_of_date as date)
    union all
    select 'recommendation', 'buy_again'
    union all
    select 'recommendation', 'discover'
),
verdicts as (
    select
        card.task,
        card.list,
        card.method,
        card.metric,
        replace(card.metric, '_difference', '') as measure,
        card.baseline,
        card.method = card.baseline as is_rule,
        case when is_rule then 0 else card.value end as difference,
        case when not is_rule then card.low end as low,
        case when not is_rule then card.high end as high,
        card.beats_baseline,
        card.rows_scored,
        card.as_of_date,
        card.slice,
        card.k
    from marts.rpt_model_scorecard as card
    inner join served on card.task = served.task and card.method = served.method
    where
        card.protocol in ('time_cut', 'rolling_origin')
        and case
            when card.method = card.baseline then card.metric in ('ndcg', 'brier', 'mae', 'wape')
            else card.metric in (
                'ndcg_difference', 'brier_difference', 'mae_difference', 'wape_difference'
            )
        end
        and coalesce(card.k, 10) = 10
        and (card.task != 'lifetime_value' or card.list like '% within 90 days')
        and card.slice in ('something to find', 'all customers', 'compared products')
    qualify row_number() over (
        partition by card.task, card.list
        order by
            card.as_of_date desc,
            case card.slice when 'something to find' then 1 else 2 end,
            card.slice
    ) = 1
)
select
    replace(verdicts.task, '_', ' ')
        || case
            when verdicts.task in ('recommendation', 'lifetime_value')
                then ': ' || replace(verdicts.list, '_', ' ')
            else ''
        end as task,
    replace(verdicts.method, '_', ' ') as method,
    replace(verdicts.baseline, '_', ' ') as baseline,
    verdicts.measure,
    rule.value as baseline_value,
    verdicts.difference,
    verdicts.low,
    verdicts.high,
    verdicts.rows_scored,
    verdicts.as_of_date,
    case when verdicts.measure = 'ndcg' then 1 else -1 end
        * verdicts.difference / nullif(rule.value, 0) as gain,
    case when verdicts.measure = 'ndcg' then verdicts.low else -verdicts.high end
        / nullif(rule.value, 0) as gain_low,
    case when verdicts.measure = 'ndcg' then verdicts.high else -verdicts.low end
        / nullif(rule.value, 0) as gain_high,
    case
        when verdicts.is_rule then 'the rule itself'
        when verdicts.beats_baseline then 'better'
        when verdicts.beats_baseline is null then 'no verdict'
        when
            case when verdicts.measure = 'ndcg' then verdicts.high else -verdicts.low end < 0
            then 'worse'
        else 'not surely better'
    end as verdict
from verdicts
left join marts.rpt_model_scorecard as rule
    on verdicts.task = rule.task
    and verdicts.list = rule.list
    and verdicts.baseline = rule.method
    and verdicts.measure = rule.metric
    and verdicts.as_of_date = rule.as_of_date
    and verdicts.slice = rule.slice
    and coalesce(verdicts.k, 0) = coalesce(rule.k, 0)
    and rule.protocol in ('time_cut', 'rolling_origin')
order by gain desc nulls last, task
"""


def finding(rows: Rows, words: Words) -> str:
    """How many models are surely better than their rule."""
    counts = {
        verdict: sum(row["verdict"] == verdict for row in rows) for verdict in ("better", "worse")
    }
    rules = sum(row["verdict"] == "the rule itself" for row in rows)
    said = (
        f"Of {words.count(len(rows) - rules, 'model')} {words.number(counts['better'])} did surely "
        f"better than the simple rule beside it, and {words.number(counts['worse'])} surely worse"
    )
    return f"{said}; {words.number(rules)} more are the rule itself." if rules else f"{said}."


def draw(rows: Rows) -> alt.LayerChart:
    """A dot with its interval per model; the rule is the line at 0."""
    y = alt.Y("task:N", sort=[row["task"] for row in rows], title=None)
    color = alt.Color(
        "verdict:N",
        scale=alt.Scale(
            domain=["better", "not surely better", "worse", "no verdict", "the rule itself"],
            range=["$better", "$unsure", "$worse", "$line", "$rule"],
        ),
    )
    percent = alt.Axis(format="+.0%")
    return alt.layer(
        alt.Chart(alt.InlineData([{"at": 0}]))
        .mark_rule(color="$rule", strokeDash=[4, 4])
        .encode(x=alt.X("at:Q", title=AXIS)),
        picture()
        .mark_rule(strokeWidth=2)
        .encode(
            x=alt.X("gain_low:Q", title=AXIS, axis=percent),
            x2=alt.X2("gain_high:Q"),
            y=y,
            color=color,
        ),
        picture()
        .mark_point(filled=True, size=90)
        .encode(x=alt.X("gain:Q", title=AXIS, axis=percent), y=y, color=color),
    ).properties(height=30 * len(rows))


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "task": Column("What is foretold"),
        "method": Column("Model"),
        "baseline": Column("Rule"),
        "measure": Column("Measure"),
        "baseline_value": Column("The rule's", "number"),
        "difference": Column("Model less rule", "number"),
        "low": Column("Low end, 95 %", "number"),
        "high": Column("High end, 95 %", "number"),
        "gain": Column("Better than the rule by", "share"),
        "gain_low": Column("Low end of that", "share"),
        "gain_high": Column("High end of that", "share"),
        "rows_scored": Column("Customers or products", "number"),
        "verdict": Column("Verdict"),
        "as_of_date": Column("As of", "day"),
    },
    finding=finding,
    nothing=(
        "No model could be put to the test: there is too little history before and after a past "
        "date."
    ),
    draw=draw,
    note=(
        "Each model was made as of a past day and judged by what followed. The dashed line is the "
        "rule; a line through it means that the difference may be chance. Errors of models are "
        "turned round, so that right is better. Who foretells amounts or demand has to get the "
        "total about right, too. There is no verdict on few. Models of orders and texts are judged "
        "otherwise, in rpt_model_scorecard. Where a model was surely worse in closed windows, the "
        "rule itself is served."
    ),
)
