-- Numbers of reports as people read them in a mail.

-- "99.95%"; never more than it was.
create or replace function core.percent_in_words(percent numeric) returns text
language sql immutable parallel safe as $$
    select case when percent is null then 'No data'
                when percent = 100 then '100%'
                else to_char(trunc(percent, 3), 'FM990.009') || '%' end
$$;

-- "45 s", "12 min", "1 h 12 min", "3 d 4 h": two units at most.
create or replace function core.length_in_words(seconds numeric) returns text
language sql immutable parallel safe as $$
    select case when s < 60 then s || ' s'
                when s < 3600 then s / 60 || ' min'
                    || case when s < 600 and s % 60 > 0 then ' ' || s % 60 || ' s' else '' end
                when s < 86400 then s / 3600 || ' h'
                    || case when s / 60 % 60 > 0 then ' ' || s / 60 % 60 || ' min' else '' end
                else s / 86400 || ' d'
                    || case when s / 3600 % 24 > 0 then ' ' || s / 3600 % 24 || ' h' else '' end end
      from (select greatest(round(seconds), 0)::bigint as s) t
$$;

-- Microseconds: "8.3 ms", "142 ms", "2.41 s".
create or replace function core.micros_in_words(us numeric) returns text
language sql immutable parallel safe as $$
    select case when us >= 1000000 then to_char(us / 1000000, 'FM9999990.00') || ' s'
                when us >= 100000 then round(us / 1000) || ' ms'
                when us >= 0 then to_char(us / 1000, 'FM990.0') || ' ms' end
$$;

-- "November 2026", "16 to 22 November 2026", "28 December 2026 to 3 January 2027"
create or replace function core.days_in_words(first_day date, last_day date) returns text
language sql immutable parallel safe as $$
    select case
        when first_day = date_trunc('month', first_day)
             and last_day = first_day + interval '1 month' - interval '1 day'
            then to_char(first_day, 'FMMonth YYYY')
        else to_char(first_day, case
                when to_char(first_day, 'YYYYMM') = to_char(last_day, 'YYYYMM') then 'FMDD'
                when to_char(first_day, 'YYYY') = to_char(last_day, 'YYYY') then 'FMDD FMMonth'
                else 'FMDD FMMonth YYYY' end)
             || ' to ' || to_char(last_day, 'FMDD FMMonth YYYY') end
$$;
