use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Verdict;

# A decision that fails takes nothing with it: neither the results that it is about, nor the
# decisions about other monitors.

my $world = BetterStack::Verdict->new(qw(eu us));
my $root = $world->root;
my ($bad, $good) = map { $world->monitor(regions => ['eu', 'us'], pronounceable_name => $_, url => "https://$_.example/") }
    qw(bad good);
my $ticks = sub { $root->value('select count(*) from betterstack.tick') };

for my $what ('up', 'down') {
    $world->pass(30);
    $world->batch($_, map { {monitor => $_, what => $what, address => "192.0.2.$_"} } $bad, $good) for 'eu', ($what eq 'up' ? 'us' : ());
}
is($world->state($_), 'suspect', 'suspected') for $bad, $good;

for my $state ('23514', '22P05') {
    $root->rows("create or replace function betterstack.refuse() returns trigger language plpgsql as \$\$ begin
        if new.name = 'bad' then raise exception 'no such incident' using errcode = '$state'; end if; return new;
        end \$\$");
    $root->rows('create trigger refuse before insert on betterstack.incident for each row execute function betterstack.refuse()')
        if $state eq '23514';
    my $before = $ticks->();
    $world->pass(1);
    $world->batch('us', map { {monitor => $_, what => 'down', address => "192.0.2.$_"} } $bad, $good);
    is($ticks->(), $before + 2, "$state: results are stored");
    is($world->state($bad), 'suspect', 'one cannot be decided');
    is($world->state($good), 'down', 'the other one is');
    is($root->value("select due_at - @{[$world->at]} from betterstack.monitor_state where monitor_id = $bad"), '00:01:00',
        'the first is looked at again');
}
is($root->value('select count(*) from betterstack.incident'), 1, 'there is one incident');

$world->sweeps(2);
is($world->state($bad), 'suspect', 'not at once');
$root->rows('drop trigger refuse on betterstack.incident');
$world->sweeps(60);
is($world->state($bad), 'down', 'by time alone');
is($root->value('select count(*) from betterstack.incident'), 2, 'with an incident');

# One heartbeat that cannot be decided keeps no other from being missed.
$root->rows('create trigger refuse before insert on betterstack.incident for each row execute function betterstack.refuse()');
my @jobs = map { heartbeat($_) } qw(bad good);
$world->sweeps(60);
my $incident_of = sub { $root->value("select incident_id is not null from betterstack.heartbeat where id = $_[0]") };
is($incident_of->($jobs[1]), 't', 'one heartbeat is missed');
is($incident_of->($jobs[0]), 'f', 'though another cannot be');
$root->rows('drop trigger refuse on betterstack.incident');
$world->sweeps(62);
is($incident_of->($jobs[0]), 't', 'until it can');

# What else the sweep does fails alone, too.
$root->rows('create or replace function core.heartbeat_sweep(at timestamptz) returns integer language plpgsql as
    $$ begin perform 1 / 0; return 1; end $$');
$world->pass(30);
$world->look($_, eu => 'up') for $bad, $good;
$world->pass(400);
$world->look($good, us => 'up');
$world->sweeps(150);
is($world->state($bad), 'no_data', 'monitors are still swept');

# Every 30 seconds, heard now.
sub heartbeat {
    my ($name) = @_;
    my $ann = $world->{ann};
    my ($status, $body) = $root->call('heartbeat_create', $ann, '{}', qq({"name":"$name","period":30,"grace":0}));
    my $id = $body->{data}{id};
    $root->rows("select core.heartbeat_ping((select token_digest from betterstack.heartbeat where id = $id), 'success', null, null,
        '192.0.2.1', @{[$world->at]}, @{[$world->at]})");
    return $id;
}

done_testing;
