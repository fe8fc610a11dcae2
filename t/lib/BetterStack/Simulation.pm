package BetterStack::Simulation;

# Runs t/simulation's program on a private PostgreSQL, one database for each run.
#
#   my $simulation = BetterStack::Simulation->new;
#   my $result = $simulation->run('uplink', 1);          # scenario, seed
#   $result->{count}{ticks};  @{$result->{problems}};
#   $simulation->pass(['uplink', 1], ['loss', 2]);       # the same as tests

use strict;
use warnings;

use Test::More import => [qw(ok diag note)];

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

# Begins a run; finish() waits for it.
sub start {
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
    return {out => $out, name => $name, title => "$scenario, seed $seed"};
}

# {count => {name => value}, problems => [sentence, ...]}
sub finish {
    my ($self, $run) = @_;
    my %result = (count => {}, problems => []);
    while (defined(my $line = readline $run->{out})) {
        if ($line =~ /^count (\S+) (\S+)$/) { $result{count}{$1} = $2 }
        else { chomp $line; push @{$result{problems}}, $line }
    }
    close $run->{out} or push @{$result{problems}}, "the program ended with $?";
    $self->{admin}->rows("drop database $run->{name}") if !$ENV{KEEP_STATE};
    return \%result;
}

sub run {
    my ($self, @arguments) = @_;
    return $self->finish($self->start(@arguments));
}

# One test for each [scenario, seed], and its numbers; two at a time.
sub pass {
    my ($self, @runs) = @_;
    my @under_way;
    while (@runs || @under_way) {
        push @under_way, $self->start(@{shift @runs}) while @runs && @under_way < 2;
        my $run = shift @under_way;
        $self->judge($self->finish($run), $run->{title});
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
