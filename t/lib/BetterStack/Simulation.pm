package BetterStack::Simulation;

# Runs t/simulation's program on a private PostgreSQL, one database for each run.
#
#   my $simulation = BetterStack::Simulation->new;
#   my $result = $simulation->run('uplink', 1);          # scenario, seed
#   $result->{count}{ticks};  @{$result->{problems}};
#   $simulation->passes('uplink', 1 .. 3);               # the same as tests

use strict;
use warnings;

use Test::More;

use BetterStack::Checker;
use BetterStack::Postgres;

my @REGIONS = qw(eu-1 eu-2 us as);
my $root = BetterStack::Postgres::root();

sub new {
    my ($class) = @_;
    my $program = build();
    my $db = BetterStack::Postgres->new;
    my $admin = $db->session(undef, 'postgres');
    $db->session->rows("alter system set $_") for "synchronous_commit = off", "full_page_writes = off",
        "fsync = off", "max_wal_size = '4GB'", "autovacuum_naptime = '15s'";
    $db->session->rows('select pg_reload_conf()');
    return bless {db => $db, program => $program, admin => $admin, runs => 0}, $class;
}

sub build {
    my $build = BetterStack::Checker::build_dir($root);
    my $program = "$build/simulate";
    my $output = `cd '$root' && flock '$build/.lock' make -s -f tools/build.mk BUILD='$build' '$program' 2>&1`;
    return $program if $? == 0;
    $output =~ s/^/# /mg;
    print "1..1\nnot ok 1 - t/simulation is built\n$output";
    exit 1;
}

# {count => {name => value}, problems => [sentence, ...]}
sub run {
    my ($self, $scenario, $seed, $monitors, $minutes) = @_;
    my $name = 'simulation_' . ++$self->{runs};
    $self->{admin}->rows("create database $name template betterstack");
    my $session = $self->{db}->session(undef, $name);
    my $ann = $session->person('ann');
    my @regions = map { "$_=" . $session->region($ann, $_) } @REGIONS;
    undef $session;
    my @command = ($self->{program}, $self->{db}->conninfo(undef, $name), $ann, $scenario, $seed,
        $monitors // 0, $minutes // 0, @regions);
    open my $out, '-|', @command or die "$command[0]: $!\n";
    my %result = (count => {}, problems => []);
    while (my $line = <$out>) {
        if ($line =~ /^count (\S+) (\S+)$/) { $result{count}{$1} = $2 }
        else { chomp $line; push @{$result{problems}}, $line }
    }
    close $out or push @{$result{problems}}, "the program ended with $?";
    $self->{admin}->rows("drop database $name") if !$ENV{KEEP_STATE};
    return \%result;
}

# One test for each seed, and its numbers.
sub passes {
    my ($self, $scenario, @seeds) = @_;
    for my $seed (@seeds) {
        my $result = $self->run($scenario, $seed);
        $self->judge($result, "$scenario, seed $seed");
    }
}

sub judge {
    my ($self, $result, $title) = @_;
    my $count = $result->{count};
    my @problems = @{$result->{problems}};
    for my $kind (qw(silent quarantined)) {
        my $wanted = $count->{"expected_$kind"} // 0;
        my $got = $count->{"incidents_region_$kind"} // 0;
        push @problems, "$got incidents region_$kind, not $wanted" if $wanted >= 0 && $got != $wanted;
    }
    push @problems, map { "$_: $count->{$_}" } grep { /^incidents_(?:region|scheduler)_.*_open$/ } sort keys %$count;
    ok(!@problems, $title) or diag join "\n", @problems;
    note join ', ', map { "$_ $count->{$_}" } sort keys %$count;
}

1;
