package BetterStack::Bench::Ingest;

# Reports of monitors that are up and stay up, as the hub commits them, beside a bare INSERT of the
# same rows into a table of the same shape.  Both are prepared statements of one connection, with the
# same arrays; slots go on from report to report.

use strict;
use warnings;

use Time::HiRes qw(time);

use BetterStack::Bench::Proc qw(tree_cpu_seconds);
use BetterStack::Bench::Rounds;
use BetterStack::Bench::Tools qw(pgbench);

use constant MONITORS => 10_000;
use constant REGION   => 'ingest';
use constant STEP_MS  => 10;

# Its monitors are due once a day, in a region of their own that has no agent.
sub new {
    my ($class, $stack, %how) = @_;    # batch (500), seconds (2)
    my $self = bless {stack => $stack, pid => $stack->pid('postgres'), batch => 500, seconds => 2, %how}, $class;
    $stack->sql(<<~SQL);
        insert into betterstack.region (slug, name) values ('${\REGION}', 'Ingest')
        on conflict do nothing;
        insert into betterstack.region_token (region_id, digest, name, prefix)
        select r.id, sha256('ingest'), 'ingest', 'bsr_' from betterstack.region r where r.slug = '${\REGION}'
        on conflict do nothing;
        do \$\$
        declare
            m betterstack.monitor;
        begin
            insert into betterstack.team (name) select 'Ingest' where not exists (
                select from betterstack.team where name = 'Ingest');
            m := (core.monitor_change(null, jsonb_build_object('url', 'http://127.0.0.1/ingest',
                      'monitor_type', 'status', 'check_frequency', 86400,
                      'regions', jsonb_build_array('${\REGION}')))).changed;
            m.id := 0;
            m.team_id := (select max(t.id) from betterstack.team t);
            m.created_at := now();
            m := core.monitor_derive(m);
            for i in 1 .. ${\MONITORS} loop
                m.id := nextval(pg_get_serial_sequence('betterstack.monitor', 'id'));
                insert into betterstack.monitor overriding system value select m.*;
                perform core.monitor_state_reset(m.id, false, '-infinity', now());
            end loop;
        end
        \$\$;
        create table public.bare (like betterstack.tick including all) partition by range (slot);
        create table public.bare_all partition of public.bare default;
        create function public.bare(region smallint, monitor_ids integer[], slots bigint[], checked_ats bigint[],
            statuses smallint[], reasons smallint[], attempts smallint[], http_statuses integer[],
            addresses text[], dns_us integer[], connect_us integer[], tls_us integer[], first_byte_us integer[],
            total_us integer[], evidences text[], flags smallint[]) returns void
        language plpgsql security definer as \$\$
        begin
            insert into public.bare (slot, monitor_id, lateness_ms, dns_us, connect_us, tls_us, first_byte_us,
                   total_us, region_id, http_status, status, reason, attempts, address, evidence, flags)
            select to_timestamp(t.slot::float8 / 1000), t.monitor_id, (t.checked_at - t.slot)::integer, t.dns,
                   t.connect, t.tls, t.first_byte, t.total, region, t.http_status::smallint, t.status, t.reason,
                   t.attempts, t.address, coalesce(t.evidence, ''), t.flags
              from unnest(monitor_ids, slots, checked_ats, statuses, reasons, attempts, http_statuses, addresses,
                          dns_us, connect_us, tls_us, first_byte_us, total_us, evidences, flags)
                   as t (monitor_id, slot, checked_at, status, reason, attempts, http_status, address, dns,
                         connect, tls, first_byte, total, evidence, flags)
            on conflict do nothing;
        end
        \$\$;
        grant usage on schema public to betterstack;
        grant execute on function public.bare to betterstack;
        SQL
    $self->{ids} = [split /\n/, $stack->sql("select id from betterstack.monitor
        where url = 'http://127.0.0.1/ingest' order by id")];
    $self->{slot} = $stack->sql('select core.ms(now())') - 200_000;
    $self->report_all(2);
    $stack->sql('vacuum analyze');
    return $self;
}

# The arrays of a report, as SQL with pgbench's variables.
sub arrays {
    my (@ids) = @_;
    my $count = @ids;
    my $fill = sub { my ($value, $type) = @_; return "array_fill($value\::$type, array[$count])" };
    my $ids = join ',', @ids;
    return ("'{$ids}'::integer[]", $fill->(':slot', 'bigint'), $fill->('(:slot::bigint + 7)', 'bigint'),
        $fill->(1, 'smallint'), $fill->(0, 'smallint'), $fill->(1, 'smallint'), $fill->(200, 'integer'),
        $fill->("'192.0.2.1'", 'text'), $fill->(1100, 'integer'), $fill->(12_200, 'integer'),
        $fill->(-1, 'integer'), $fill->(45_300, 'integer'), $fill->(61_600, 'integer'),
        $fill->('null', 'text'), $fill->(0, 'smallint'));
}

# A script that reports all monitors once.
sub script {
    my ($self, $name) = @_;
    my ($text, $number) = ("\\set slot :slot + ${\STEP_MS}\n", 0);
    my @ids = @{$self->{ids}};
    while (my @batch = splice @ids, 0, $self->{batch}) {
        my $arrays = join ', ', arrays(@batch);
        $number++;
        $text .= $name eq 'bare' ? "SELECT public.bare(1::smallint, $arrays);\n"
            : "SELECT status, stored, refused, team_id, event, agents, confirm_region, confirm_monitor FROM "
            . "ingest.report(sha256('ingest'), 'agent', '1', NULL, $arrays, "
            . "array_fill(0::bigint, array[${\scalar @batch}]));\n";
    }
    my $path = $self->{stack}->state . "/ingest-$name.sql";
    open my $file, '>', $path or die "$path: $!\n";
    print $file $text;
    close $file;
    return ($path, $number);
}

# For so many seconds, on one connection: what pgbench says.
sub send_for {
    my ($self, $seconds, $name) = @_;
    my ($path, $statements) = $self->script($name);
    local $ENV{PGOPTIONS} = '-c plan_cache_mode=force_generic_plan';
    my $done = pgbench(host => $self->{stack}->sockets, user => 'betterstack', database => 'betterstack',
        seconds => $seconds, connections => 1, script => $path, statements => $statements,
        define => {slot => $self->{slot}});
    $self->{slot} += $done->{ops} / $statements * STEP_MS;
    return $done;
}

# Ticks a second; all of them are new.
sub rate {
    my ($self, $seconds) = @_;
    my $began = time;
    return $self->send_for($seconds, 'ours')->{ops} * $self->{batch} / (time - $began);
}

# For so many seconds; counts the ticks that are in the table then.
sub report_all {
    my ($self, $seconds, $name) = @_;
    $name //= 'ours';
    my $table = $name eq 'bare' ? 'public.bare' : 'betterstack.tick';
    my $before = $self->{stack}->sql("select count(*) from $table");
    my $cpu = tree_cpu_seconds($self->{pid});
    $self->send_for($seconds, $name);
    my $spent = tree_cpu_seconds($self->{pid}) - $cpu;
    my $stored = $self->{stack}->sql("select count(*) from $table") - $before;
    return {ops => $stored, seconds => $seconds, cpu => {postgres => $spent}};
}

sub rounds {
    my ($self) = @_;
    return BetterStack::Bench::Rounds->new(
        title => "Ticks committed, $self->{batch} a report", operation => 'tick',
        parts => ['postgres'], judged => ['postgres'],
        contestants => [
            {name => 'ingest.report, with the verdict', run => sub { return $self->report_all($self->{seconds}) }},
            {name => 'bare INSERT .. unnest .. ON CONFLICT', run => sub { return $self->report_all($self->{seconds}, 'bare') }},
        ],
    );
}

1;
