with

build as (

    select * from {{ ref('int_build') }}

),

history as (

    select * from {{ source('build_history', 'model_runs') }}

),

runs as (

    select
        history.build_number,
        history.as_of_date,
        history.model,
        history.fitted_as_of,
        history.fit_reason,
        history.fitted_row_count,
        history.feature_count,
        history.served,
        history.figure_name,
        history.figure,
        history.beats_baseline,
        history.settings,
        history.versions,
        false as is_latest

    from history

    inner join build
        on history.build_number < build.build_number

    union all

    select
        build.build_number,
        build.as_of_date,
        models.model,
        models.fitted_as_of,
        models.fit_reason,
        models.fitted_row_count,
        models.feature_count,
        models.served,
        models.figure_name,
        models.figure,
        models.beats_baseline,
        {{ settings_text() }} as settings,
        build.versions,
        true as is_latest

    from {{ ref('int_model_runs') }} as models

    cross join build

),

with_previous as (

    select
        *,
        lag(build_number) over runs_of_model as previous_build_number,
        lag(served) over runs_of_model as previous_served,
        lag(figure) over runs_of_model as previous_figure,
        lag(fitted_row_count) over runs_of_model as previous_row_count,
        lag(settings) over runs_of_model as previous_settings,
        lag(versions) over runs_of_model as previous_versions

    from runs

    window runs_of_model as (partition by model order by build_number)

),

final as (

    select
        build_number,
        is_latest,
        as_of_date,
        model,
        fitted_as_of,
        fit_reason,
        fitted_row_count,
        feature_count,
        served,
        figure_name,
        figure,
        beats_baseline,
        previous_build_number,
        case when served != previous_served then previous_served end as previously_served,
        {{ as_decimal('cast(figure as double) - previous_figure', 28, 6) }} as figure_change,
        fitted_row_count - previous_row_count as fitted_row_count_change,
        settings != previous_settings as has_other_settings,
        versions != previous_versions as has_other_versions,
        settings,
        versions
    from with_previous

)

select * from final
