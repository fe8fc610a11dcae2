-- What became of the team's service levels in the time of a report, each over that time.

create or replace function core.scheduled_report_slos_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.scheduled_report_slos(team_id integer, since timestamptz,
    until timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('id', s.id::text, 'name', s.name,
                   'target', s.target, 'monitors', t.monitors, 'downtime', round(t.down_s),
                   'availability', core.scheduled_report_percent(t.availability),
                   'met', t.availability * 100 >= s.target) order by s.id), '[]')
          from (select o.* from betterstack.slo o
                 where o.team_id = scheduled_report_slos.team_id
                 order by o.id limit core.scheduled_report_slos_max()) s
         cross join lateral core.availability_total(
                   array(select m.monitor_id from core.slo_members(array[s.id]) m),
                   since, until) t);
end
$$;
