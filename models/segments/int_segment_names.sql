{#- A segment is named by its two most telling features: those furthest from all customers' mean, by
    half a standard deviation at least, in the order in which the segmentation lists them. Where two
    segments would have one name, the next telling features are added until they differ. -#}
{%- set telling_deviations, telling_features = 0.5, 2 -%}
{%- set feature_counts = [telling_features, var('interest_categories') + 2] -%}
{%- for words in segmentations().values() -%}
    {%- do feature_counts.append(words | length + 1) -%}
{%- endfor -%}

with

fits as (

    select * from {{ ref('int_segment_centers') }}

),

features as (

    select * from {{ ref('int_segment_features') }}

),

facts as (

    select * from {{ ref('int_segment_facts') }}

),

numbers as (

    select cast(generated_number as int) as segment
    from ({{ dbt.generate_series(var('max_segments')) }}) as numbers

),

lengths as (

    select cast(generated_number as int) as word_count
    from ({{ dbt.generate_series(feature_counts | max) }}) as lengths
    where generated_number >= {{ telling_features }}

),

segments as (

    select
        fits.fitted_as_of,
        fits.segmentation,
        numbers.segment,
        {{ element('fits.centers', 'numbers.segment') }} as center

    from fits

    inner join numbers
        on {{ element('fits.centers', 'numbers.segment') }} is not null

),

described as (

    select
        segments.fitted_as_of,
        segments.segmentation,
        segments.segment,
        features.feature_number,
        features.feature,
        features.low_word,
        features.high_word,
        features.low_at_most,
        features.high_at_least,
        {{ element('segments.center', 'features.feature_number') }} as deviations,
        facts.feature_median,
        facts.all_median,
        coalesce(facts.mean_amount < 0, false) as returns_more,
        {{ median_words('features.feature', 'facts.feature_median') }} as median_words

    from segments

    inner join features
        on
            segments.segmentation = features.segmentation
            and (features.fitted_as_of is null or features.fitted_as_of = segments.fitted_as_of)

    left join facts
        on
            segments.fitted_as_of = facts.fitted_as_of
            and segments.segmentation = facts.segmentation
            and segments.segment = facts.segment
            and features.feature_number = facts.feature_number

),

-- a word that the median does not bear out gives way to the median, if that tells anything
words as (

    select
        fitted_as_of,
        segmentation,
        segment,
        feature_number,
        abs(deviations) as distance,
        case
            when
                (deviations < 0 and feature_median > low_at_most)
                or (deviations >= 0 and feature_median < high_at_least)
                then case when feature_median != all_median then median_words end
            when deviations < 0 then low_word
            else high_word
        end as word

    from described

    where
        abs(deviations) >= {{ telling_deviations }}
        and not (returns_more and feature in ('monetary_amount', 'average_order_amount'))

),

-- who returns more than they buy spends neither little nor much
all_words as (

    select * from words
    where word is not null

    union all

    select distinct
        fitted_as_of,
        segmentation,
        segment,
        99 as feature_number,
        cast(99 as double) as distance,
        'return more than they buy' as word

    from described

    where returns_more

),

ranked as (

    select
        fitted_as_of,
        segmentation,
        segment,
        feature_number,
        word,
        row_number() over (
            partition by fitted_as_of, segmentation, segment
            order by distance desc, feature_number asc
        ) as place

    from all_words

),

joined as (

    select
        ranked.fitted_as_of,
        ranked.segmentation,
        ranked.segment,
        lengths.word_count,
        {{ dbt.listagg('ranked.word', "', '", 'order by ranked.feature_number') }} as words

    from ranked

    inner join lengths
        on ranked.place <= lengths.word_count

    group by
        ranked.fitted_as_of,
        ranked.segmentation,
        ranked.segment,
        lengths.word_count

),

-- all names of one length, and whether another segment has the same
names as (

    select
        segments.fitted_as_of,
        segments.segmentation,
        segments.segment,
        lengths.word_count,
        coalesce(joined.words, 'average') as words,
        count(*) over (
            partition by
                segments.fitted_as_of,
                segments.segmentation,
                lengths.word_count,
                coalesce(joined.words, 'average')
        ) as same_count

    from segments

    cross join lengths

    left join joined
        on
            segments.fitted_as_of = joined.fitted_as_of
            and segments.segmentation = joined.segmentation
            and segments.segment = joined.segment
            and lengths.word_count = joined.word_count

),

-- the shortest name that no other segment has; failing that, the longest
shortest as (

    select
        fitted_as_of,
        segmentation,
        segment,
        words,
        same_count

    from names

    qualify row_number() over (
        partition by fitted_as_of, segmentation, segment
        order by
            case when same_count = 1 then 0 else 1 end,
            case when same_count = 1 then word_count else -word_count end
    ) = 1

),

-- of segments with one name: how many medians a feature has, and how far apart they are
spreads as (

    select
        shortest.fitted_as_of,
        shortest.segmentation,
        shortest.words,
        described.feature_number,
        count(distinct described.median_words) as median_count,
        max(described.deviations) - min(described.deviations) as spread

    from shortest

    inner join described
        on
            shortest.fitted_as_of = described.fitted_as_of
            and shortest.segmentation = described.segmentation
            and shortest.segment = described.segment

    where shortest.same_count > 1

    group by
        shortest.fitted_as_of,
        shortest.segmentation,
        shortest.words,
        described.feature_number

),

-- the feature that parts them best
parting as (

    select
        fitted_as_of,
        segmentation,
        words,
        feature_number

    from spreads

    where median_count > 1

    qualify row_number() over (
        partition by fitted_as_of, segmentation, words
        order by median_count desc, spread desc, feature_number asc
    ) = 1

),

parted as (

    select
        shortest.fitted_as_of,
        shortest.segmentation,
        shortest.segment,
        shortest.words || coalesce(', ' || described.median_words, '') as words

    from shortest

    left join parting
        on
            shortest.fitted_as_of = parting.fitted_as_of
            and shortest.segmentation = parting.segmentation
            and shortest.words = parting.words

    left join described
        on
            shortest.fitted_as_of = described.fitted_as_of
            and shortest.segmentation = described.segmentation
            and shortest.segment = described.segment
            and parting.feature_number = described.feature_number

),

final as (

    select
        fitted_as_of,
        segmentation,
        segment,
        cast(segment as string) || ' ' || words || case
            when count(*) over (partition by fitted_as_of, segmentation, words) > 1
                then ', group ' || cast(segment as string)
            else ''
        end as segment_name

    from parted

)

select * from final
