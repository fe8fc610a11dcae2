# Alerts and death: agents end at every step of a delivery's life, workers of the
# hub and backends of Postgres in the middle of leasing and of learning what was sent,
# providers answer badly or not at all.  Every message arrives; what arrives again carries
# the same key, and of each message no more often than an agent has died between a
# provider's yes to it and our having written that down.
#
# RUNS (40) lives, SEED (1) of the chances among them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../agent/lib",
    "$FindBin::Bin/../observer/lib";

use BetterStack::Agent;
use BetterStack::Agent::Sink;
use BetterStack::Stack qw(wait_for);
use BetterStack::Unit;
use List::Util qw(max sum0);
use Test::More;
use Time::HiRes qw(sleep time);

use constant WAITING_MAX => 12;

my $runs = $ENV{RUNS} // 40;
my $seed = $ENV{SEED} // 1;
srand $seed;
diag "RUNS=$runs SEED=$seed";

my @points = qw(before_send after_send after_journal before_report after_report);
my $binary = BetterStack::Unit::made('crash/betterstack-agent');
my $sink = BetterStack::Agent::Sink->new;
my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $agent = BetterStack::Agent->start(hub => $stack->url(''), redis => $stack->redis_url,
    binary => $binary,
    token => $stack->region_token('local-a'));
my $channels = 6;

# Each channel is a path of its own at the sink.
for my $number (1 .. $channels) {
    $stack->sql(sprintf q{insert into betterstack.channel (team_id, name, kind, settings)
        select min(id), 'c%d', 'webhook', jsonb_build_object('url', '%s') from betterstack.team},
        $number, $sink->url("/c$number"));
}

# A message to every channel, unless many wait: few are sent in a life that ends soon.  None of them is of
# the same millisecond as others.
my $alerts = 0;
sub alert {
    return if unfinished() > WAITING_MAX;
    $alerts++;
    $stack->sql('select core.alert_test(c, clock_timestamp()) from betterstack.channel c');
    sleep 0.002;
}

# As if the minutes had passed after which a lease ends, and the next try is due.
sub pass_time {
    $stack->sql(q{update betterstack.delivery set next_at = now(), leased_until = now() where state in (0, 1) and next_at > now()});
}

sub unfinished {
    return $stack->sql('select count(*) from betterstack.delivery where state in (0, 1)');
}

# What was taken by the provider: key => how often.
sub taken {
    my %taken;
    $taken{$_->{headers}{'idempotency-key'}}++ for grep { $_->{status} == 200 } $sink->requests;
    return \%taken;
}

# ---- deaths ----

# Where the hub's side dies: its backend inside of the transaction, or its worker while that goes on,
# so that what is committed is in no reply.
my @hub_points = qw(backend_leasing worker_leasing backend_sent worker_sent);
$stack->sql(<<~'SQL');
    create sequence public.crash_passed;
    create table public.crash (point text not null, nth integer not null);
    create function public.crash() returns trigger language plpgsql security definer as $$
    declare
        plan public.crash;
    begin
        select * into plan from public.crash;
        if plan.point is null or split_part(plan.point, '_', 2) <> (array['leasing', 'sent'])[new.state]
           or nextval('public.crash_passed') <> plan.nth then
            return null;
        elsif plan.point like 'backend%' then
            perform pg_terminate_backend(pg_backend_pid());
        end if;
        perform pg_sleep(0.4);
        return null;
    end
    $$;
    create trigger crash after update of state on betterstack.delivery for each row
        when (new.state in (1, 2) and old.state <> 2) execute function public.crash();
    SQL

sub plan_for_hub {
    my ($point, $nth) = @_;
    $stack->sql("truncate public.crash; select setval('public.crash_passed', 1, false);"
        . " insert into public.crash values ('$point', $nth)");
    return {point => $point, nth => $nth, open => 1};
}

# The backend dies by itself; the worker that waits for it is killed from here.
sub look_at_hub {
    my ($plan) = @_;
    return if !$plan->{open}
        || !$stack->sql("select 1 from public.crash_passed where is_called and last_value >= $plan->{nth}");
    $plan->{open} = 0;
    kill 'KILL', $stack->workers if $plan->{point} =~ /^worker/;
    return $plan->{point};
}

# The agent has died.  What the provider took in this life, and neither the database nor the agent's disk
# knows of, may come once more.
my (%deaths, %before);
sub count_death {
    my %written = map { /^(\d+) / ? ($1 => 1) : () } split /\n/,
        BetterStack::Agent::slurp($agent->state . '/sent');
    my %known;
    for my $row (split /\n/, $stack->sql('select id, state, key from betterstack.delivery')) {
        my ($id, $state, $key) = split /\|/, $row;
        $known{$key} = 1 if $state == 2 || $written{$id};
    }
    my $taken = taken();
    $deaths{$_}++ for grep { !$known{$_} && $taken->{$_} > ($before{$_} // 0) } keys %$taken;
    %before = %$taken;
}

sub bad_provider {
    my @bad = ({status => 500}, {status => 429, headers => {'Retry-After' => 1}}, {reset => 1},
        {drop => 1}, {status => 503}, {hang => 1});
    $sink->answers((map { $bad[rand @bad] } 1 .. int rand 3), {});
}

my (%died, $plan);
my $hub_deaths = 0;
for my $run (1 .. $runs) {
    my $point = $points[$run % @points];
    $point .= ':' . (1 + int rand($point eq 'before_report' ? 2 : 4));
    if (!$plan->{open}) {    # each in its turn, however many lives it takes to come there
        $plan = plan_for_hub($hub_points[$hub_deaths++ % @hub_points], 1 + int rand 3);
    }
    bad_provider();
    $agent->kill;
    count_death();
    pass_time();
    alert();
    $agent->begin(env => {BETTERSTACK_CRASH_AT => $point});
    my $until = time + 3;
    while ($agent->running && time < $until && unfinished()) {
        my $dead = look_at_hub($plan);
        $died{$dead}++ if $dead;
        pass_time() if time > $until - 2;
        sleep 0.05;
    }
    $died{$point =~ s/:.*//r}++ if !$agent->running && $agent->log =~ /crash point/;
}
plan_for_hub('none', 0);
$agent->kill;
count_death();
diag join ', ', map { "$_: $died{$_}" } sort keys %died;
ok !(grep { !$died{$_} } @points), 'agents died at every step';
ok !(grep { !$died{$_} } @hub_points), 'and the hub, too';

# ---- in peace ----
$sink->answers({});
$agent->begin(env => {});
ok wait_for(sub { pass_time(); sleep 0.5; !unfinished() }, 60, 'the rest'),
    'every message comes to its end';
my %want = map { $_ => 1 } split /\n/, $stack->sql('select key from betterstack.delivery');
my $taken = taken();
is scalar(keys %want), $alerts * $channels, 'none was forgotten';
is_deeply [grep { !$taken->{$_} } sort keys %want], [], 'every message has arrived';
is_deeply [grep { !$want{$_} } sort keys %$taken], [], 'and nothing else';
is $stack->sql('select count(*) from betterstack.delivery where state <> 2'), 0,
    'each is known as sent';
my %extra = map { $taken->{$_} > 1 ? ($_ => $taken->{$_} - 1) : () } keys %$taken;
my @unexcused = grep { $extra{$_} > ($deaths{$_} // 0) } sort keys %extra;
is_deeply \@unexcused, [],
    'none came again more often than an agent died between a yes to it and our note of that';
my ($total, $allowed) = (sum0(values %extra), sum0(values %deaths));
diag sprintf '%d messages, %d of them sent again, %d times in all (at most %d of one); deaths between a yes and our note: %d;'
    . ' %d requests', scalar keys %want, scalar keys %extra, $total, max(0, values %extra),
    $allowed, scalar(() = $sink->requests);
is $agent->stop, 0, 'the last agent ends well';

done_testing;
