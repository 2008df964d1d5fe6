-- the seed a shop may edit still has every cell of recency score by FM score; --empty reads none
select count(*) as cell_count
from {{ ref('rfm_groups') }}
where
    recency_score between 1 and 5
    and fm_score between 1 and 5
having count(distinct recency_score * 10 + fm_score) != {{ 0 if flags.EMPTY else 25 }}
