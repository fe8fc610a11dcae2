package BetterStack::Bench::Stand;

# What is measured: one installation with one region and one agent, monitors
# that are due once a day (so that nothing runs but what the benchmark asks
# for), each with some results.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use List::Util qw(sum0);
use Time::HiRes qw(sleep time);

use BetterStack::Bench::Jobs;
use BetterStack::Bench::Proc qw(tree_cpu_seconds);
use BetterStack::Observer::Client;
use BetterStack::Stack;

use constant MONITORS     => 1000;
use constant REGION       => 'bench';
use constant DAY_S        => 86400;
use constant SLOT_STEP_MS => 10;         # between the slots that the benchmark makes up
use constant JOB_LIFE_MS  => 600_000;
use constant STORED_SECONDS => 60;

# site: what is probed (BetterStack::Bench::Site)
sub start {
    my ($class, $site) = @_;
    my $stack = BetterStack::Stack->new(
        regions => REGION, postgres => '-c fsync=on -c full_page_writes=on',
        agent_conf => 'ca_file = ' . $site->roots);
    my $self = bless {stack => $stack, site => $site}, $class;
    $self->{token} = $stack->token;
    $self->{pid} = {$stack->processes};
    $self->add_monitors;
    $self->{jobs} = BetterStack::Bench::Jobs->new($stack->sockets . '/redis.sock', REGION);
    $self->{next_slot} = int(time * 1000) - DAY_S * 1000;
    return $self;
}

sub stack  { $_[0]{stack} }
sub jobs   { $_[0]{jobs} }
sub agent_pid { $_[0]{pid}{'agent-' . REGION} }
sub token  { $_[0]{token} }
sub ids    { @{$_[0]{ids}} }
sub credential { my ($self) = @_; return '\x' . sha256_hex($self->{token}) }

sub add_monitors {
    my ($self) = @_;
    my $client = BetterStack::Observer::Client->new($self->{stack}->url, $self->{token});
    $client->create('/api/v2/monitors', {
        url => $self->{site}->url($_ ? 'http' : 'https'), monitor_type => 'status',
        pronounceable_name => "Benchmark $_", check_frequency => DAY_S, request_timeout => 5,
    }) for 0 .. MONITORS;

    my ($tls, @rows) = map { [split /\|/] } split /\n/, $self->{stack}->sql(
        q{select id, encode(spec, 'hex') from betterstack.monitor order by id});
    $self->{ids} = [map { $_->[0] } @rows];
    $self->{spec} = {https => pack('H*', $tls->[1]), http => pack('H*', $rows[0][1])};
}

# CPU seconds so far of each part of the installation.
sub cpu {
    my ($self) = @_;
    return {map { ($_, tree_cpu_seconds($self->{pid}{$_})) } keys %{$self->{pid}}};
}

sub spent {
    my ($before, $after) = @_;
    return {map { ($_, $after->{$_} - $before->{$_}) } keys %$before};
}

# The whole of so many checks a monitor, `http` or `https`: from the jobs being
# put into Redis until all their results are in Postgres.
sub check_all {
    my ($self, $times, $scheme) = @_;
    my @jobs;
    for (1 .. $times) {
        my $slot = $self->{next_slot} += SLOT_STEP_MS;
        push @jobs, map { [$_, $slot, $self->{spec}{$scheme}] } $self->ids;
    }
    my $wanted = $self->stored + @jobs;

    my ($before, $began) = ($self->cpu, time);
    $self->{jobs}->push_jobs(\@jobs, int($began * 1000) + JOB_LIFE_MS);
    $self->{jobs}->wait_until_empty;
    my $until = time + STORED_SECONDS;
    while ($self->stored < $wanted) {
        die "results are missing\n" if time > $until;
        sleep 0.05;
    }
    my ($after, $ended) = ($self->cpu, time);
    return {ops => scalar @jobs, seconds => $ended - $began, cpu => spent($before, $after)};
}

sub stored {
    my ($self) = @_;
    return $self->{stack}->sql('select count(*) from betterstack.tick');
}

1;
