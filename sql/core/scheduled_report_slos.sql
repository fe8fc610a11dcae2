-- What became of the team's service levels in the time of a report, each over that time.

create or replace function core.scheduled_report_slos_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.scheduled_report_slos(team_id integer, since timestamptz,
    until timestamptz) returns jsonb
language plpgsql stable as $$
declare
    ids integer[] := array(select s.id from betterstack.slo s
                            where s.team_id = scheduled_report_slos.team_id
                            order by s.id limit core.scheduled_report_slos_max());
begin
    return (
        with member as materialized (
            select m.* from core.slo_members(ids) m
        ), spent as materialized (      -- of each monitor once, however many have it
            select d.* from core.down_time(array(select distinct m.monitor_id from member m),
                                           since, until) d
        ), summed as (
            select m.slo_id, count(*) as monitors, sum(d.down_s) as down_s,
                   1 - sum(d.down_s) / nullif(sum(d.counted_s), 0) as availability
              from member m join spent d on d.monitor_id = m.monitor_id
             group by m.slo_id
        )
        select coalesce(jsonb_agg(jsonb_build_object('id', s.id::text, 'name', s.name,
                   'target', s.target, 'monitors', coalesce(t.monitors, 0),
                   'downtime', round(coalesce(t.down_s, 0)),
                   'availability', core.scheduled_report_percent(t.availability),
                   'met', t.availability * 100 >= s.target) order by s.id), '[]')
          from betterstack.slo s left join summed t on t.slo_id = s.id
         where s.id = any (ids));
end
$$;
