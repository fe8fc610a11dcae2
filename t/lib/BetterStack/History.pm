package BetterStack::History;

# Ticks that were reported, beside what all tiers of history hold.
#
#   my $history = BetterStack::History->new($stack);
#   $history->seed(days_ago => 3, monitors => 5, regions => 2, every => 60);    # hot, as if reported then
#   $history->report($region_id, 'true', 200);     # late: what was not reported yet and fits
#   $history->settle;                              # hurries what waits for time
#   is($history->difference, '', 'nothing lost, nothing twice');

use strict;
use warnings;

use BetterStack::Postgres;
use BetterStack::Stack qw(wait_for);
use BetterStack::Unit;

my $columns = 'monitor_id, region_id, slot, lateness_ms, dns_us, connect_us, tls_us, first_byte_us, total_us, '
    . 'http_status, status, reason, attempts, flags, address';

sub new {
    my ($class, $stack) = @_;
    my $self = bless {stack => $stack, unpacked => BetterStack::Unit::build('unpacked')}, $class;
    $self->connect;
    $self->{root}->rows('create table public.truth (like betterstack.tick including all,
        sent boolean not null default false, primary key (monitor_id, region_id, slot))');
    $self->{root}->rows("create unlogged table public.packed as select monitor_id, region_id, 0::bigint as slot_ms,
        lateness_ms, dns_us, connect_us, tls_us, first_byte_us, total_us, http_status, status, reason, attempts, flags,
        address from betterstack.tick limit 0");
    return $self;
}

# Also again, after Postgres was away.
sub connect {
    my ($self) = @_;
    $self->{root} = BetterStack::Postgres::Session->new($self->{stack}->conninfo);
    $self->{hub} = BetterStack::Postgres::Session->new($self->{stack}->conninfo('betterstack'));
    return $self->{root}->value('select 1');
}

sub root { $_[0]{root} }

# A person, regions and monitors: made once.
sub people {
    my ($self, $monitors, @regions) = @_;
    my $root = $self->{root};
    $self->{ann} = $root->person('ann');
    for my $slug (@regions) {
        my $digest = $root->region($self->{ann}, $slug);
        $self->{digest}{$root->value("select id from betterstack.region where slug = '$slug'")} = $digest;
    }
    $self->{monitors} = [map { $root->monitor($self->{ann}, url => "http://127.0.0.1:8081/$_") } 1 .. $monitors];
}

sub regions { return sort { $a <=> $b } keys %{$_[0]{digest}} }

sub day { my ($self, $ago) = @_; return $self->{root}->value("select (now() at time zone 'UTC')::date - $ago") }

# What a region measured in a day: some of it failed, some was not measured, addresses change.
sub invent {
    my ($self, %of) = @_;
    $self->{root}->rows("insert into public.truth (slot, monitor_id, region_id, lateness_ms, dns_us, connect_us,
            tls_us, first_byte_us, total_us, http_status, status, reason, attempts, address, evidence, flags)
        select core.day_begin('$of{day}') + n * interval '$of{every} ms' + m.id % 7 * interval '1 ms', m.id, r.id,
               (random() * 40)::integer - 3, case when s = 3 then -1 else (random() * 900)::integer end,
               case when s = 3 then -1 else (random() * 30000)::integer end, -1,
               case when s = 3 then -1 else (random() * 90000)::integer end,
               case when s = 3 then -1 else (random() * 200000)::integer end,
               case s when 1 then 200 when 2 then 200 else 0 end, s,
               case s when 3 then 10 when 2 then 45 when 0 then 60 else 0 end, 1 + (random() < 0.01)::integer,
               '10.0.' || m.id % 200 || '.' || (n / 400)::integer,
               case when s = 3 then '{\"detail\":\"é “' || n || '”\\n\",\"port\":' || m.id || '}' else '' end,
               (random() < 0.1)::integer
          from generate_series($of{first}, $of{last}) n
          cross join unnest(array[@{[join ',', @{$of{monitors} // $self->{monitors}}]}]) as m (id)
          cross join unnest(array[@{[join ',', @{$of{regions} // [$self->regions]}]}]::smallint[]) as r (id)
          cross join lateral (select case when random() + 0 * (n + m.id + r.id) < 0.03 then 3 when random() < 0.01 then 2
                                          when random() < 0.01 then 0 else 1 end::smallint as s) s
        on conflict do nothing");
}

# As if they had been reported while the day was open.
sub seed {
    my ($self, %of) = @_;
    $self->invent(first => 0, last => 1439, every => 60_000, %of);
    $self->{root}->rows("insert into betterstack.tick select slot, monitor_id, lateness_ms, dns_us, connect_us, tls_us,
        first_byte_us, total_us, region_id, http_status, status, reason, attempts, address, evidence, flags
        from public.truth where not sent; update public.truth set sent = true where not sent");
}

# Reports of what was not sent yet, at most `count` ticks a region; returns how many went.  Several sessions may.
sub report {
    my ($self, $count, $hub) = @_;
    my $sent = 0;
    for my $region ($self->regions) {
        my $rows = $self->{root}->rows("select format('array[%s]::integer[], array[%s]::bigint[], array[%s]::bigint[],
                array[%s]::smallint[], array[%s]::smallint[], array[%s]::smallint[], array[%s]::integer[], array[%s]::text[],
                array[%s]::integer[], array[%s]::integer[], array[%s]::integer[], array[%s]::integer[], array[%s]::integer[],
                array[%s]::text[], array[%s]::smallint[], array[%s]::bigint[]',
                string_agg(monitor_id::text, ','), string_agg(core.ms(slot)::text, ','),
                string_agg((core.ms(slot) + lateness_ms)::text, ','), string_agg(status::text, ','),
                string_agg(reason::text, ','), string_agg(attempts::text, ','), string_agg(http_status::text, ','),
                string_agg(quote_literal(address), ','), string_agg(dns_us::text, ','), string_agg(connect_us::text, ','),
                string_agg(tls_us::text, ','), string_agg(first_byte_us::text, ','), string_agg(total_us::text, ','),
                string_agg(quote_literal(evidence), ','), string_agg(flags::text, ','), string_agg('0', ',')), count(*),
                string_agg(format('(%s,%L)', monitor_id, slot), ',')
            from (select * from public.truth where not sent and region_id = $region order by md5(slot::text), monitor_id
                  limit $count) t")->[0];
        next if !$rows->[1];
        my ($done, $error) = ($hub // $self->{hub})->try("select status, refused from ingest.report('$self->{digest}{$region}',
            'agent-1', '1.0', null, $rows->[0])");
        die "report: $error\n" if defined $error;
        die "report: $done->[0][0], refused $done->[0][1]\n" if $done->[0][0] != 200 || $done->[0][1];
        $self->{root}->rows("update public.truth t set sent = true from (values $rows->[2]) as s (monitor_id, slot)
            where t.monitor_id = s.monitor_id and t.region_id = $region and t.slot = s.slot::timestamptz");
        $sent += $rows->[1];
    }
    return $sent;
}

# What waits for minutes to pass need not.
sub hurry {
    my ($self) = @_;
    $self->{root}->rows("update betterstack.day set packed_at = packed_at - interval '5 minutes'
        where packed_at > now() - interval '2 minutes'");
    $self->{root}->rows("update betterstack.sealer set late_at = '-infinity', until = '-infinity'");
}

# Until all these days are sealed and no late tick is left.
sub settle {
    my ($self, $seconds, @days) = @_;
    my $days = join ',', map { "'$_'" } @days;
    return wait_for(sub {
        $self->hurry;
        $self->{root}->value("select (select count(*) from betterstack.tick_late) = 0
            and not exists (select from unnest(array[$days]::date[]) as w (day)
                             where not exists (select from betterstack.day d where d.day = w.day and d.state = 2))") eq 't';
    }, $seconds, 'days to be sealed');
}

# '' if all tiers together hold what was sent, each tick once and with all its values; else what differs.
sub difference {
    my ($self) = @_;
    my $conninfo = $self->{stack}->conninfo;
    $self->{root}->rows('truncate public.packed');
    my $status = system('bash', '-o', 'pipefail', '-c', 'psql -XqAt "$1" -c "select format(\'%s %s %s %s\', monitor_id,
        region_id, ticks, encode(packed, \'hex\')) from betterstack.tick_sealed" | "$2" | psql -Xq "$1" -c "copy public.packed from stdin"',
        'bash', $conninfo, $self->{unpacked});
    return 'a packed day does not unpack' if $status != 0;
    return $self->{root}->value("with found as (
            select monitor_id, region_id, core.from_ms(slot_ms) as slot, lateness_ms, dns_us, connect_us, tls_us,
                   first_byte_us, total_us, http_status, status, reason, attempts, flags, address, coalesce((
                       select e.evidence::json ->> p.slot_ms::text is not null and true from betterstack.tick_evidence e
                        where e.monitor_id = p.monitor_id and e.region_id = p.region_id
                          and e.day = core.day_of(core.from_ms(p.slot_ms))
                          and e.hour = date_part('hour', core.from_ms(p.slot_ms) at time zone 'UTC')), false) as told,
                   (select e.evidence::json -> p.slot_ms::text from betterstack.tick_evidence e
                     where e.monitor_id = p.monitor_id and e.region_id = p.region_id
                       and e.day = core.day_of(core.from_ms(p.slot_ms))
                       and e.hour = date_part('hour', core.from_ms(p.slot_ms) at time zone 'UTC'))::text as evidence
              from public.packed p
            union all
            select $columns, evidence <> '', nullif(evidence, '') from betterstack.tick t
             where not exists (select from betterstack.tick_sealed s where s.monitor_id = t.monitor_id
                                  and s.region_id = t.region_id and s.day = core.day_of(t.slot))
            union all
            select $columns, evidence <> '', nullif(evidence, '') from betterstack.tick_late l
        ), truth as (
            select $columns, evidence <> '', nullif(evidence, '') from public.truth where sent
        ), lost as (select * from truth except all select * from found),
        odd as (select * from found except all select * from truth)
        select coalesce((select string_agg(l.line, E'\\n') from (select 'lost ' || lost::text as line from lost limit 3) l), '')
            || coalesce((select string_agg(o.line, E'\\n') from (select 'odd ' || odd::text as line from odd limit 3) o), '')") // '';
}

# What tick_day says is what the ticks come to.
sub wrong_sums {
    my ($self) = @_;
    return $self->{root}->value("select coalesce(string_agg(concat_ws(' ', d.day, d.monitor_id, d.region_id), ', '), '')
        from betterstack.tick_day d
        full join (select core.day_of(t.slot) as day, t.monitor_id, t.region_id, count(*) filter (where t.status = 1) as up,
                          count(*) filter (where t.status = 2) as degraded, count(*) filter (where t.status = 3) as down,
                          count(*) filter (where t.status = 0) as unknown,
                          coalesce(sum(t.total_us) filter (where t.status in (1, 2) and t.total_us >= 0), 0) as sum,
                          min(t.total_us) filter (where t.status in (1, 2) and t.total_us >= 0) as least,
                          max(t.total_us) filter (where t.status in (1, 2) and t.total_us >= 0) as most,
                          count(*) filter (where t.status in (1, 2) and t.total_us >= 0) as n
                     from public.truth t where t.sent group by 1, 2, 3) t
          on t.day = d.day and t.monitor_id = d.monitor_id and t.region_id = d.region_id
       where (d.up, d.degraded, d.down, d.unknown, d.total_sum_us, d.total_min_us, d.total_max_us,
              coalesce((select sum(c) from unnest(d.counts) c), 0))
             is distinct from (t.up, t.degraded, t.down, t.unknown, t.sum, t.least, t.most, t.n)") // '';
}

1;
