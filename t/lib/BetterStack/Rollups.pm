package BetterStack::Rollups;

# Hours that a hub rolls up, against what Postgres finds in the ticks.
#
#   my $hours = BetterStack::Rollups->new($stack);        # monitors, and ticks of the last hours
#   $hours->all_due;                                      # as after an upgrade
#   wait_for(sub { $hours->known }, 60);
#   is_deeply [$hours->wrong], [];

use strict;
use warnings;

use JSON::PP;

use BetterStack::Unit;

my @QUANTILES = (0.5, 0.95, 0.99);
my @PHASES = qw(dns_us connect_us tls_us first_byte_us total_us);

# `hours` before this one, of `monitors` in all regions, `ticks` an hour of each.
sub new {
    my ($class, $stack, %option) = @_;
    my $self = bless {stack => $stack, hours => 3, monitors => 20, ticks => 60, %option}, $class;
    $stack->sql("update betterstack.region set created_at = now() - interval '30 days'");
    my $monitor = {url => 'http://127.0.0.1:1/', monitor_type => 'status', paused => JSON::PP::true};
    for (1 .. $self->{monitors}) {
        my ($status) = $stack->api('POST', '/api/v2/monitors', $monitor);
        die "a monitor is not made: $status" if $status != 201;
    }
    $self->fill;
    return $self;
}

# Of any kind: steady ones, slow ones, failures, unknown, phases that were not reached.
sub fill {
    my ($self) = @_;
    my $step = 3600 / $self->{ticks};
    $self->{stack}->sql(<<"    SQL");
        insert into betterstack.tick
        select s.slot, m.id, 3, (300 * exp(random()))::integer, (9000 * exp(random()))::integer,
               case when m.id % 3 = 0 then -1 else (12000 * exp(random() / 3))::integer end,
               case when k.kind > 0.97 then -1 else (20000 * exp(2 * random() * random()))::integer end,
               case when k.kind > 0.98 then -1 else (50000 * exp(3 * random() * random()))::integer end,
               r.id, 200, case when k.kind > 0.98 then 0 when k.kind > 0.95 then 3 when k.kind > 0.9 then 2 else 1 end,
               0, 1, '', '', 0
          from betterstack.monitor m
         cross join betterstack.region r
         cross join generate_series(date_trunc('hour', now(), 'UTC') - interval '$self->{hours} hours',
               date_trunc('hour', now(), 'UTC') - interval '1 ms', interval '$step s') as s (slot)
         cross join lateral (select random() + 0 * m.id * r.id * date_part('minute', s.slot) as kind) k
    SQL
}

# As after an upgrade.
sub all_due {
    my ($self) = @_;
    $self->{stack}->sql("begin; delete from betterstack.hour; delete from betterstack.tick_hour;"
        . " update betterstack.hour_made set until = '-infinity'; commit");
}

# What waits for its time need not wait any more.
sub hurry {
    my ($self) = @_;
    $self->{stack}->sql('update betterstack.hour set due_at = now() where due_at is not null');
}

# Whether all hours that have ended are.
sub known {
    my ($self) = @_;
    return $self->{stack}->sql("select (select until from betterstack.hour_made) >= date_trunc('hour',"
        . " now() - interval '125 seconds', 'UTC') and not exists (select from betterstack.hour"
        . ' where due_at is not null)') eq 't';
}

# Exactly, of those that are known: monitor, region, hour, numbers as rollup_show prints them.
sub exact {
    my ($self) = @_;
    my @columns = ('count(*) filter (where status not in (1, 2, 3))',
        map { "count(*) filter (where status = $_)" } 1 .. 3);
    my $quantiles = 'array[' . join(',', 0, 1, @QUANTILES) . ']';
    for my $value (@PHASES, 'transfer') {
        my $good = "filter (where t.status in (1, 2) and $value >= 0)";
        push @columns, "count($value) $good, coalesce(sum($value) $good, 0), coalesce(array_to_string("
            . "percentile_disc(${quantiles}::float8\[]) within group (order by $value) $good, ' '),"
            . " '" . join(' ', (-1) x (2 + @QUANTILES)) . "')";
    }
    my %exact;
    for (split /\n/, $self->{stack}->sql("select t.monitor_id || ' ' || t.region_id || ' ' || date_part('epoch', h.hour),
        concat_ws(' ', " . join(', ', @columns) . ") from betterstack.hour h join (select o.*, case when o.total_us >= 0
        then greatest(0, o.total_us - greatest(o.dns_us, 0) - greatest(o.connect_us, 0) - greatest(o.tls_us, 0)) else -1 end
        as transfer from betterstack.tick o) t on t.region_id = h.region_id and t.slot >= h.hour
        and t.slot < h.hour + interval '1 hour' where h.due_at is null group by t.monitor_id, t.region_id, h.hour")) {
        my ($key, $numbers) = split /\|/;
        $exact{$key} = [split ' ', $numbers];
    }
    return \%exact;
}

# What was rolled up, in the same form.
sub rolled {
    my ($self) = @_;
    my (@keys, @hex);
    for (split /\n/, $self->{stack}->sql("select monitor_id || ' ' || region_id || ' ' || date_part('epoch', hour),
        encode(rollup, 'hex') from betterstack.tick_hour")) {
        my ($key, $hex) = split /\|/;
        push @keys, $key;
        push @hex, $hex;
    }
    my $program = BetterStack::Unit::build('rollup_show');
    my $file = $self->{stack}->state . '/rollups';
    open my $out, '>', $file or die "$file: $!";
    print $out "$_\n" for @hex;
    close $out;
    my @shown = map { [split] } `'$program' @QUANTILES < '$file'`;
    my %rolled;
    @rolled{@keys} = @shown;
    return \%rolled;
}

# What differs: quantiles by more than 2 %, the others at all.  At most ten.
sub wrong {
    my ($self) = @_;
    my ($exact, $rolled) = ($self->exact, $self->rolled);
    my @wrong;
    push @wrong, map { "$_: too much" } grep { !$exact->{$_} } keys %$rolled;
    for my $key (sort keys %$exact) {
        my ($want, $got) = ($exact->{$key}, $rolled->{$key});
        if (!$got || @$got != @$want) {
            push @wrong, "$key: " . ($got ? "@$got" : 'missing');
            next;
        }
        my @off = grep {
            my $of_phase = ($_ - 4) % (4 + @QUANTILES);
            my $near = $_ >= 4 && $of_phase >= 4;
            $near ? abs($got->[$_] - $want->[$_]) > 0.02 * abs($want->[$_]) : $got->[$_] != $want->[$_]
        } 0 .. $#$want;
        push @wrong, "$key: " . join ', ', map { "$_ is $got->[$_], not $want->[$_]" } @off if @off;
    }
    return @wrong > 10 ? (@wrong[0 .. 9], 'and more') : @wrong;
}

1;
