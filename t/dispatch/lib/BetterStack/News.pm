package BetterStack::News;

# What SQL decides, decided by the test instead: rows put into public.news are
# what the next dispatch.sweep() tells the hub, and what a report tells whose
# ticks are down.  So the hub is tested with answers that are known, whatever
# the verdict thinks.

use strict;
use warnings;

my $columns = 'team_id integer, event text, confirm_region text, confirm_monitor integer,'
    . ' confirm_slot bigint, confirm_expires bigint, confirm_spec bytea';

# Replaces dispatch.sweep(); `body` (plpgsql) comes before it answers.
sub sweep {
    my ($stack, $body) = @_;
    $stack->sql(<<"SQL");
create table if not exists public.news ($columns);
create table if not exists public.swept (at timestamptz, ended timestamptz, pid integer);
drop function if exists dispatch.sweep(timestamptz);
create function dispatch.sweep(at timestamptz default clock_timestamp())
    returns table ($columns)
language plpgsql volatile security definer as \$\$
begin
    @{[ $body // '' ]}
    return query delete from public.news returning *;
    insert into public.swept values (at, clock_timestamp(), pg_backend_pid());
end
\$\$;
grant execute on function dispatch.sweep(timestamptz) to betterstack;
SQL
}

# Makes ingest.report() answer with the rows as well when a tick is down, after
# `body`, which sees the arrays of ingest.report.
sub report {
    my ($stack, $body) = @_;
    my $arguments = 'token_digest bytea, agent text, version text, self text, monitor_ids integer[],'
        . ' slots bigint[], checked_ats bigint[], statuses smallint[], reasons smallint[],'
        . ' attempts smallint[], http_statuses integer[], addresses text[], dns_us integer[],'
        . ' connect_us integer[], tls_us integer[], first_byte_us integer[], total_us integer[],'
        . ' evidences text[], flags smallint[], expires_ats bigint[],'
        . ' domain_expires_ats bigint[], deliver boolean, outcomes jsonb, asking jsonb';
    my $types = join ', ', map { (split ' ')[1] } split /, /, $arguments;
    my $names = join ', ', map { (split ' ')[0] } split /, /, $arguments;
    my $is_new = !$stack->sql("select count(*) from pg_proc where proname = 'report_inside'");
    $stack->sql("alter function ingest.report($types) rename to report_inside") if $is_new;
    $stack->sql(<<"SQL");
drop function if exists ingest.report($types);
create function ingest.report($arguments)
    returns table (status smallint, stored integer, refused integer, team_id integer, event text,
                   agents text, confirm_region text, confirm_monitor integer,
                   confirm_slot bigint, confirm_expires bigint, confirm_spec bytea,
                   delivery bytea)
language plpgsql volatile security definer as \$\$
#variable_conflict use_column
begin
    @{[ $body // '' ]}
    for status, stored, refused, team_id, event, agents in
        select i.status, i.stored, i.refused, i.team_id, i.event, i.agents
          from ingest.report_inside($names) i
    loop
        return next;
    end loop;
    if 3 = any (statuses) then
        for team_id, event, confirm_region, confirm_monitor, confirm_slot, confirm_expires,
            confirm_spec in delete from public.news returning *
        loop
            return next;
        end loop;
    end if;
end
\$\$;
grant execute on function ingest.report($types) to betterstack;
SQL
}

# So many jobs for `region`, with slots from now on.
sub tell {
    my ($stack, $region, $monitor, $count) = @_;
    $stack->sql(<<"SQL");
insert into public.news
select null, null, '$region', $monitor, (extract(epoch from now()) * 1000)::bigint + i,
       (extract(epoch from now()) * 1000)::bigint + 40000, '\\x81a474797065a6737461747573'
  from generate_series(0, @{[ ($count // 1) - 1 ]}) i
SQL
}

# Of /metrics, without prefix and "_total".
sub metric {
    my ($stack, $name) = @_;
    my ($value) = $stack->request('GET', '/metrics')->{content} =~ /^betterstack_\Q$name\E(?:_total)? (\S+)$/m;
    return $value;
}

1;
