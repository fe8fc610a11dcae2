package BetterStack::Fault;

# A whole installation under load with the observer around it, and the
# questions every fault test asks afterwards.  The order of a test:
#
#   my $fault = BetterStack::Fault->start;     # load is running when it returns
#   $fault->begin;
#   ... kill something, bring it back, waiting for conditions ...
#   $fault->settle;                            # until every place reports again, and a while longer
#   $fault->judge(may_miss => 0);              # the counting, as TAP
#
# Places are pairs of monitor and region.  Regions, tokens and agents are the
# test's own, so that every report passes the recording proxy.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use Fcntl qw(O_CREAT O_TRUNC O_WRONLY);
use Test::More;
use Time::HiRes qw(sleep time);

use BetterStack::Checker;
use BetterStack::Observer::Client;
use BetterStack::Observer::Ledger;
use BetterStack::Observer::Process;
use BetterStack::Observer::Proxy;
use BetterStack::Observer::Rows qw(rows_of);
use BetterStack::Observer::Target;
use BetterStack::Stack;

use constant SLOWNESS      => BetterStack::Checker::slowness();
use constant MONITORS      => $ENV{FAULT_MONITORS} // int(150 / SLOWNESS);
use constant LATE_MONITORS => 10;     # that the schedules on the agents' disks do not have yet
use constant INTERVAL_S    => 2;
use constant INTERVAL_MS   => INTERVAL_S * 1000;
use constant STEADY_SLOTS  => 3;      # of every place, before the fault and after it
use constant CHECKED_BEFORE => 2;     # slots before the fault that are judged with it
use constant PENDING_MAX   => 1000;
use constant PENDING_FIELDS => 4;     # of an entry in the answer of XPENDING
use constant WAIT_SECONDS  => 60 * SLOWNESS;    # for any one condition; a bound, not an expectation
use constant LOOK_SECONDS  => 0.1;

# Test stacks save themselves fsync; this one must not.
use constant DURABLE => '-c fsync=on -c full_page_writes=on';

my %region = ('agent-a1' => 'fault-a', 'agent-a2' => 'fault-a', 'agent-b1' => 'fault-b');

# redis_url: of other servers than the stack's own.
sub start {
    my ($class, %how) = @_;
    my $stack = BetterStack::Stack->new(postgres => DURABLE);
    my $self = bless {
        stack => $stack, directory => $stack->state, interval => INTERVAL_MS,
        redis_url => $how{redis_url} // $stack->redis_url,
    }, $class;
    $stack->reload(sub { s/betterstack_redis \S+;/betterstack_redis "$how{redis_url}";/ }) if $how{redis_url};
    $self->{client} = BetterStack::Observer::Client->new($stack->url, $stack->token);
    $self->{target} = BetterStack::Observer::Target->start($self->{directory});
    $self->{proxy} = BetterStack::Observer::Proxy->start(
        $self->{directory}, $stack->port, sort keys %region);

    $self->{region_token}{$_} = $self->region_token($_) for 'fault-a', 'fault-b';
    $self->add_monitors(MONITORS - LATE_MONITORS);
    $self->start_agent($_) for sort keys %region;
    $self->wait_for('every agent has the whole schedule on its disk', sub {
        my %knows = map { $_->{monitors} == $self->monitors ? ($_->{agent} => 1) : () }
            @{$self->{proxy}->recorded->{schedule}};
        return keys %knows == keys %region;
    });
    $self->add_monitors(LATE_MONITORS);
    $self->wait_until_reported('every place has reported ' . STEADY_SLOTS . ' slots', STEADY_SLOTS);
    return $self;
}

sub now_ms { return int(time * 1000) }
sub monitors { my ($self) = @_; return scalar keys %{$self->{number}} }
sub places { my ($self) = @_; return 2 * $self->monitors }
sub stack  { $_[0]{stack} }

sub region_token {
    my ($self, $slug) = @_;
    my $region = $self->{client}->create('/api/v2/regions', {slug => $slug, name => $slug});
    my $token = $self->{client}->create("/api/v2/regions/$region->{id}/tokens", {name => $slug});
    return $token->{attributes}{token};
}

sub add_monitors {
    my ($self, $count) = @_;
    my $known = $self->monitors;
    for my $number ($known + 1 .. $known + $count) {
        my $monitor = $self->{client}->create('/api/v2/monitors', {
            url => $self->{target}->url($number), monitor_type => 'status',
            check_frequency => INTERVAL_S, request_timeout => 5, regions => ['fault-a', 'fault-b'],
        });
        $self->{number}{$monitor->{id}} = $number;
    }
}

# Starts an agent, or starts it again with the state it left.
sub start_agent {
    my ($self, $name) = @_;
    my $conf = "$self->{directory}/$name.conf";
    write_private($conf, <<~CONF);
        hub = ${\ $self->{proxy}->url($name)}
        token = $self->{region_token}{$region{$name}}
        redis = $self->{redis_url}
        state = $self->{directory}/$name
        name = $name
        region = $region{$name}
        allow = 127.0.0.0/8
        CONF
    mkdir "$self->{directory}/$name";
    $self->{agent}{$name} = BetterStack::Observer::Process->start(
        command => [$self->{stack}->agent_binary, 'run', '--config', $conf],
        log => "$self->{directory}/log/$name.log",
    );
}

sub write_private {
    my ($path, $text) = @_;
    sysopen my $file, $path, O_WRONLY | O_CREAT | O_TRUNC, 0600 or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}

sub kill_agent {
    my ($self, $name) = @_;
    $self->{agent}{$name}->stop('KILL');
}

# Jobs that an agent has taken and not acknowledged.
sub jobs_pending {
    my ($self, $name) = @_;
    my @entries = split /\n/, $self->{stack}->redis('XPENDING', "betterstack:jobs:$region{$name}",
        'agents', '-', '+', PENDING_MAX, $name);
    return @entries / PENDING_FIELDS;
}

# Waits for a condition; a test that cannot go on dies with what it waited for.
sub wait_for {
    my ($self, $what, $condition) = @_;
    my $began = time;
    while (!$condition->()) {
        die "waited " . WAIT_SECONDS . " s in vain until $what\n" . $self->tail_of_logs
            if time - $began > WAIT_SECONDS;
        sleep LOOK_SECONDS;
    }
    diag sprintf '%6.1f s until %s', time - $began, $what;
}

sub tail_of_logs {
    my ($self) = @_;
    return join '', map { "--- $_\n" . `tail -n 8 '$_'` } glob "$self->{directory}/log/*";
}

# How many places have stored at least so many results for slots from there on.
sub places_reporting {
    my ($self, $from_ms, $at_least) = @_;
    my $ours = join ',', keys %{$self->{number}};
    my $count = eval { $self->{stack}->sql(<<~SQL) };
        select count(*) from (
            select from betterstack.tick t join betterstack.region r on r.id = t.region_id
            where r.slug like 'fault-%' and t.slot >= to_timestamp($from_ms / 1000.0)
              and t.monitor_id in ($ours)
            group by t.monitor_id, t.region_id having count(*) >= $at_least
        ) place
        SQL
    return $count // 0;
}

sub take_requests {
    my ($self) = @_;
    my $fresh = $self->{target}->take_requests;
    push @{$self->{requests}{$_}}, @{$fresh->{$_}} for keys %$fresh;
    return $fresh;
}

# Every monitor is probed so many times more, whoever orders it.
sub wait_until_probed {
    my ($self, $what, $times) = @_;
    my %count;
    $self->take_requests;
    $self->wait_for($what, sub {
        my $fresh = $self->take_requests;
        $count{$_} += @{$fresh->{$_}} for keys %$fresh;
        return $self->monitors == grep { $_ >= $times } values %count;
    });
}

# Every place stores so many results for slots that are due from now on.
sub wait_until_reported {
    my ($self, $what, $times) = @_;
    my $from = $self->now_ms;
    $self->wait_for($what, sub { $self->places_reporting($from, $times) == $self->places });
}

# What is judged begins a little before the fault: checks were under way.
sub begin {
    my ($self) = @_;
    $self->{from} = $self->now_ms - CHECKED_BEFORE * INTERVAL_MS;
}

# From here on every slot must be there; the end of what is judged is fixed.
sub settle {
    my ($self) = @_;
    $self->wait_until_reported('every place has reported a slot after the fault', 1);
    $self->{recovered} = $self->now_ms;
    $self->{end} = $self->{recovered} + STEADY_SLOTS * INTERVAL_MS;
    $self->wait_until_reported('every place has reported ' . STEADY_SLOTS . ' slots since then',
        STEADY_SLOTS);

    my $until = time + WAIT_SECONDS;
    sleep LOOK_SECONDS while $self->stored < $self->expected && time < $until;
}

# Whole intervals of what is judged: in each, every place has one slot.
sub intervals { my ($self) = @_; return int(($self->{end} - $self->{from}) / INTERVAL_MS) }
sub expected { my ($self) = @_; return $self->places * $self->intervals }

sub stored {
    my ($self) = @_;
    my $from = $self->{from};
    my $end = $from + $self->intervals * INTERVAL_MS;
    return $self->{stack}->sql(<<~SQL);
        select count(*)
        from betterstack.tick t join betterstack.region r on r.id = t.region_id
        where r.slug like 'fault-%'
          and t.slot >= to_timestamp($from / 1000.0) and t.slot < to_timestamp($end / 1000.0)
        SQL
}

sub ledger {
    my ($self) = @_;
    my @rows = rows_of(sub { $self->{stack}->sql(@_) }, 'fault-%');
    $self->take_requests;
    my $recorded = $self->{proxy}->recorded;
    $self->{reports} = $recorded->{report};
    my @acks = grep { $self->{number}{$_->{monitor}} } @{$recorded->{ack}};
    return BetterStack::Observer::Ledger->new(
        rows => \@rows, acks => \@acks, requests => $self->{requests}, region => \%region,
        number => $self->{number}, interval => INTERVAL_MS, slowness => SLOWNESS,
    );
}

# The counting.  may_miss: how many slots during the fault may have no result;
# stored_again: results were stored that a database had lost after it had them.
sub judge {
    my ($self, %how) = @_;
    ok $self->{proxy}->running, 'the observer saw it to the end' or diag $self->{proxy}->log_text;
    $_->stop for values %{$self->{agent}};
    my $ledger = $self->ledger;
    my ($rows, $acks, $reports) = (@$ledger{qw(rows acks)}, $self->{reports});

    my @lost = $ledger->lost;
    my @unbacked = $ledger->unbacked;
    my @during = $ledger->missing($self->{from}, $self->{recovered});
    my @after = $ledger->missing($self->{recovered}, $self->{end});
    my $stored = 0;
    $stored += $_->{stored} for grep { $_->{status} == 200 } @$reports;

    is scalar @lost, 0, 'no acknowledged result is missing';
    is scalar(() = $ledger->overruled), 0, 'none has given way to "not measured"';
    is scalar(() = $ledger->doubled), 0, 'no slot is stored twice';
    cmp_ok $stored, '<=', scalar @$rows, 'and none was counted as stored twice' if !$how{stored_again};
    is scalar @unbacked, 0, 'every measured result has its own request at the target';
    is scalar(() = $ledger->irregular), 0, 'slots are one interval apart';
    is scalar(grep { $_->{status} == 3 } @$rows), 0, 'no false "down"';
    is scalar @after, 0, 'after the recovery every slot of every region has its result';
    cmp_ok scalar @during, '<=', $how{may_miss}, "slots of the fault without a result: "
        . "at most $how{may_miss}";

    $self->say_counts($ledger, \@during, \@after);
    $self->judge_logs;
}

sub say_counts {
    my ($self, $ledger, $during, $after) = @_;
    my %answers;
    $answers{$_->{status}}++ for @{$self->{reports}};
    my $requests = 0;
    $requests += @$_ for values %{$self->{requests}};
    my %acked = map { $ledger->ack_key($_) => 1 } @{$ledger->{acks}};
    my $unknown = $self->{unknown} = $ledger->unknown($self->{from}, $self->{end});
    my $probed = grep { $_->{probed} } @$during;
    my @late = $ledger->lateness($self->{from}, $self->{end});

    diag sprintf 'fault and recovery %.1f s, judged in all %.1f s, %d slots',
        ($self->{recovered} - $self->{from}) / 1000, ($self->{end} - $self->{from}) / 1000,
        $self->expected;
    diag 'requests at the target ' . $requests . ', acknowledged ' . @{$ledger->{acks}}
        . ' (different slots: ' . keys(%acked) . '), stored ' . @{$ledger->{rows}};
    diag 'reports by answer: ' . join ', ', map { "$_ x $answers{$_}" } sort keys %answers;
    diag 'stored otherwise than acknowledged (two agents probed the slot): '
        . (() = $ledger->altered);
    diag 'slots without a result: during the fault ' . @$during . " ($probed of them probed), after "
        . @$after;
    diag 'missing, seconds since the fault: ' . $self->seconds_of($_, $during)
        for grep { my $r = $_; grep { $_->{region} eq $r } @$during } 'fault-a', 'fault-b';
    diag 'slots not measured, by reason: '
        . (join(', ', map { "$_ x $unknown->{$_}" } sort keys %$unknown) || 'none');
    diag sprintf 'probes began late by (ms): median %d, 99%% %d, most %d',
        $late[@late / 2], $late[@late * 0.99], $late[-1] if @late;
}

# "region: second x count, ..."
sub seconds_of {
    my ($self, $region, $missing) = @_;
    my %count;
    $count{int(($_->{slot} - $self->{from}) / 1000) - CHECKED_BEFORE * INTERVAL_S}++
        for grep { $_->{region} eq $region } @$missing;
    return "$region: " . join ', ', map { "$_ x $count{$_}" } sort { $a <=> $b } keys %count;
}

# {reason => count} of the slots that were judged and not measured.
sub unknown { $_[0]{unknown} }

sub judge_logs {
    my ($self) = @_;
    my @bad = $self->{stack}->bad_log_lines(qr/exited on signal 9/);
    is scalar @bad, 0, 'no alert in the log of nginx' or diag @bad[0 .. ($#bad < 9 ? $#bad : 9)];
}

1;
