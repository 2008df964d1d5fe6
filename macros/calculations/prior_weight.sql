{#-
    How many trials a beta prior is worth, from the moments of groups with n trials and x successes
    (Kleinman 1973): Σ (x − n p)² = p (1 − p) (Σ n + ρ Σ n (n − 1)), and the weight is 1 / ρ − 1.
    From 1, where groups tell all of themselves, to `most`, where they are alike.
-#}
{% macro prior_weight(square_sum, mean, trials, trial_pairs, most) -%}
    least({{ most }}, greatest(1, coalesce(
        1 / nullif(greatest(
            ({{ square_sum }} / nullif({{ mean }} * (1 - {{ mean }}), 0) - {{ trials }})
            / nullif({{ trial_pairs }}, 0), 0
        ), 0) - 1, {{ most }}
    )))
{%- endmacro %}
