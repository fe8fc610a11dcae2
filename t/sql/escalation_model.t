use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(first);
use Test::More;
use BetterStack::Outbox;
use BetterStack::Policies;

# Random policies, swept at random moments, acknowledged, resolved and reopened: each receiver is
# told exactly when a model of its own says.  SEED=n ROUNDS=n repeats or extends a run.

my $seed = $ENV{SEED} // time;
srand $seed;
my $rounds = $ENV{ROUNDS} // 30;
my $o = BetterStack::Outbox->new;
my $root = $o->root;
my $p = BetterStack::Policies->new($o);
$p->person($_) for qw(bob cid);
my ($start, $GONE) = ($o->{now}, 900000);

sub pick { return $_[rand @_] }

# ---- what is made ----

sub members {
    my ($world) = @_;
    return [map { pick({type => 'user', id => 1}, {type => 'user', id => 2},
        {type => 'user', email => 'cid@example.com'},
        {type => 'entire_team'}, {type => 'current_on_call'},
            {type => 'channel', id => pick(@{$world->{channels}})},
        {type => 'user', id => $GONE}, rand() < 0.4
            ? {type => 'policy', id => pick(@{$world->{ids}}, $GONE)} : {type => 'user', id => 2}) }
        1 .. 1 + int rand 3];
}

sub step {
    my ($world) = @_;
    my $kind = pick(qw(escalation escalation escalation instructions time metadata));
    my %step = (wait_before => pick(0, 0, 5, 20, 61));
    return {%step, type => 'escalation', step_members => members($world)} if $kind eq 'escalation';
    return {%step, type => 'instructions',
        instructions_comment => 'Look'} if $kind eq 'instructions';
    return {%step, type => 'time_branching', timezone => 'UTC',
        policy_id => pick(@{$world->{ids}}, $GONE),
        pick(0, 1) ? (time_from => '00:00', time_to => '22:20')
            : (time_from => '22:15', time_to => '23:59')} if $kind eq 'time';
    return {%step, type => 'metadata_branching', metadata_key => 'Tier',
        metadata_values => [{type => 'String', value => pick('gold', 'tin')}],
        policy_id => pick(@{$world->{ids}})};
}

sub world {
    my %world = (ids => [map { $p->policy([], name => "P$_") } 1 .. 4],
        on_call => pick([], [2], [3, 1]));
    $world{channels} = [map { $o->channel(all_incidents => 'f', rate_limit => 600) } 1 .. 2];
    $world{everywhere} = rand() < 0.3 ? [$o->channel] : [];
    for my $id (@{$world{ids}}) {
        my %q = (id => $id, steps => [map { step(\%world) } 1 .. pick(1, 2, 3)],
            repeat_count => pick(0, 0, 1, 2),
            repeat_delay => pick(0, 7, 30), fallback => pick(undef, undef, @{$world{ids}}));
        $world{policy}{$id} = \%q;
        $root->rows(sprintf 'update betterstack.policy
            set steps = %s, repeat_count = %d, repeat_delay = %d, fallback_policy_id = %s
            where id = %d', BetterStack::Postgres::quote(BetterStack::Policies::json($q{steps})),
            $q{repeat_count}, $q{repeat_delay},
            $q{fallback} // 'null', $id);
    }
    $root->rows(sprintf "insert into betterstack.on_call_event (on_call_id, user_ids, starts_at,
        ends_at, override, updated_at)
        values (core.on_call_default(1), '{%s}', '-infinity', 'infinity', true,
            now())", join ',', @{$world{on_call}}) if @{$world{on_call}};
    return \%world;
}

# ---- the model ----

# Receivers of a member, and the policy that it leads to.
sub whom {
    my ($world, $m) = @_;
    my $t = $m->{type};
    return (undef, $m->{email} ? 'u3' : $m->{id} == $GONE ? () : "u$m->{id}") if $t eq 'user';
    return (undef, qw(u1 u2 u3)) if $t eq 'entire_team';
    return (undef, map { "u$_" } @{$world->{on_call}}) if $t eq 'current_on_call';
    return (undef, "c$m->{id}") if $t eq 'channel';
    return $m->{id} == $GONE ? undef : $m->{id};
}

sub hear {
    my ($s, @receivers) = @_;
    for my $r (@receivers) {
        next if ($s->{heard}{$r} // -1) == $s->{now};
        push @{$s->{told}}, exists $s->{heard}{$r} ? "$s->{now} escalated $s->{number} $r"
            : "$s->{now} started 1 $r";
        $s->{heard}{$r} = $s->{now};
    }
}

sub enter {
    my ($s, $id, $once) = @_;
    @$s{qw(policy place round due once)} = ($s->{world}{policy}{$id}, 0, 0, undef, $once);
    $s->{due} = $s->{now} + 1000 * $s->{policy}{steps}[0]{wait_before};
}

sub hop {
    my ($s, $id, $once) = @_;
    if (++$s->{hops} > 10) { $s->{due} = undef } else { enter($s, $id, $once) }
}

sub go_on {
    my ($s, $at_once) = @_;
    my $q = $s->{policy};
    if (++$s->{place} < @{$q->{steps}}) {
        $s->{due} = $s->{now} + ($at_once ? 0 : 1000 * $q->{steps}[$s->{place}]{wait_before});
    } elsif ($s->{round} < ($s->{once} ? 0 : $q->{repeat_count})) {
        $s->{due} = $s->{now} + 1000 * $q->{repeat_delay};
    } elsif ($q->{fallback}) {
        hop($s, $q->{fallback}, 1);
    } else {
        $s->{due} = undef;
    }
}

sub act_step {
    my ($s) = @_;
    my $step = $s->{policy}{steps}[$s->{place}];
    if (!$step) {
        @$s{qw(place)} = (0);
        $s->{round}++;
        $s->{due} = $s->{now} + 1000 * $s->{policy}{steps}[0]{wait_before};
        return;
    }
    $s->{number}++;
    my $next;
    if ($step->{type} eq 'escalation') {
        my (@people, @channels);
        for my $m (@{$step->{step_members}}) {
            my ($policy, @whom) = whom($s->{world}, $m);
            $next //= $policy;
            push @people, grep { /^u/ } @whom;
            push @channels, grep { /^c/ } @whom;
        }
        hear($s, @people, @channels);
        return $next ? hop($s, $next) : go_on($s, !@people && !@channels);
    }
    if ($step->{type} eq 'time_branching') {
        my $minute = int($s->{now} / 60000) % 1440;
        my ($from, $to) = map { my @at = split /:/; $at[0] * 60 + $at[1] }
            @$step{qw(time_from time_to)};
        $next = $step->{policy_id} if $from <= $minute && $minute < $to
            && $step->{policy_id} != $GONE;
    } elsif ($step->{type} eq 'metadata_branching') {
        $next = $step->{policy_id} if $step->{metadata_values}[0]{value} eq 'gold';
    }
    return $next ? hop($s, $next) : go_on($s);
}

sub begin {
    my ($s) = @_;
    $s->{hops} = 0;
    enter($s, $s->{first});
    model_sweep($s);
}

sub model_sweep { my ($s) = @_; act_step($s) while defined $s->{due} && $s->{due} <= $s->{now} }

# ---- both ----

# Until nothing is due: what is done in one sweep has its limit.
sub sweep { my $n = 0; while ($o->sweep && ++$n < 30) {} }

sub reopen {
    my ($s) = @_;
    $s->{heard}{$_} = $s->{now} for keys %{$s->{heard}};
    begin($s);
}

sub one {
    my ($round) = @_;
    $o->forget;
    $root->rows('truncate betterstack.policy, betterstack.on_call_event cascade');
    $o->{now} = $start + 1000 * int rand 600;
    my $world = world();
    my %s = (world => $world, first => pick(@{$world->{ids}}), told => [], heard => {}, number => 0,
        now => $o->{now});
    my $incident = $p->incident($s{first},
        metadata => '{"Tier": [{"type": "String", "value": "gold"}]}');
    hear(\%s, map { "c$_" } @{$world->{everywhere}});
    begin(\%s);
    sweep();
    my $state = 'open';
    for (1 .. 12) {
        $s{now} = $o->pass(pick(1, 4.5, 5, 20, 30, 61, 200))->{now};
        my $what = pick(qw(sweep sweep sweep sweep sweep acknowledged resolved reopened));
        if ($what eq 'acknowledged' && $state eq 'open' || $what eq 'resolved'
            && $state ne 'resolved') {
            $o->act($incident, $what);
            ($state, $s{due}) = ($what, undef);
        } elsif ($what eq 'reopened' && $state eq 'resolved') {
            $o->act($incident, $what);
            $state = 'open';
            reopen(\%s);
        }
        sweep();
        model_sweep(\%s);
    }
    my $got = join "\n", map { $_->[0] } @{$root->rows("select
        concat_ws(' ', core.ms(created_at), event, number, receiver)
        from betterstack.delivery where event in ('started', 'escalated') order by id")};
    my $expected = join "\n", @{$s{told}};
    return is($got, $expected, "round $round") || diag BetterStack::Policies::json($world),
        " first $s{first}, seed $seed";
}

one($_) for 1 .. $rounds;
done_testing;
