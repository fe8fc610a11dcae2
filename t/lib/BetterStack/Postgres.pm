package BetterStack::Postgres;

# A private PostgreSQL with this tree's sql/ in it, for tests of SQL alone.
#
#   my $db = BetterStack::Postgres->new;
#   my $hub = $db->session('betterstack');             # one psql, kept open
#   my $rows = $hub->rows('select 1, 2');              # [[1, 2]]; dies if it fails
#   my ($rows, $error) = $hub->try('select 1 / 0');    # $error: '22012 division by zero'
#   $hub->start('select pg_sleep(1)');  ...  ($rows, $error) = $hub->finish;

use strict;
use warnings;

use BetterStack::Stack;

sub new {
    my ($class) = @_;
    return bless {stack => BetterStack::Stack->new(hub => 0, account => 0)}, $class;
}

sub conninfo {
    my ($self, $user, $database) = @_;
    my $conninfo = $self->{stack}->conninfo($user);
    $conninfo =~ s/dbname=\S+/dbname=$database/ if $database;
    return $conninfo;
}

# Of the superuser unless told.
sub session {
    my ($self, $user, $database) = @_;
    return BetterStack::Postgres::Session->new($self->conninfo($user, $database));
}

sub root { return BetterStack::Stack->root }

# A text as a literal.
sub quote {
    my ($text) = @_;
    return 'null' if !defined $text;
    $text =~ s/'/''/g;
    return "'$text'";
}


package BetterStack::Postgres::Session;

use strict;
use warnings;

use IPC::Open2 qw(open2);
use JSON::PP ();

use constant COLUMN => "\x1f";
use constant RECORD => "\x1e";
use constant NULL   => "\x1d";

my $mark = 0;

sub new {
    my ($class, $conninfo) = @_;
    local $ENV{PGOPTIONS} = '-c client_min_messages=error';
    my $pid = open2(my $out, my $in, 'sh', '-c', 'exec "$@" 2> /dev/null', 'sh',
        'psql', '-XqAt', '-P', 'null=' . NULL, '-F', COLUMN, '-R', RECORD, '-d', $conninfo, '-f', '-');
    binmode $_, ':encoding(UTF-8)' for $out, $in;
    $in->autoflush(1);
    return bless {pid => $pid, in => $in, out => $out, owner => $$}, $class;
}

# Sends one statement without waiting for its end.
sub start {
    my ($self, $query) = @_;
    $self->{mark} = 'end-of-statement-' . ++$mark;
    print {$self->{in}} "$query\n;\n\\echo\n\\echo $self->{mark} :SQLSTATE :LAST_ERROR_MESSAGE\n";
}

# ([[columns of a row], ...], 'SQLSTATE message' or undef)
sub finish {
    my ($self) = @_;
    my $text = '';
    while (defined(my $line = readline $self->{out})) {
        if ($line =~ /^\Q$self->{mark}\E (\S+) (.*)$/) {
            my ($state, $message) = ($1, $2);
            return ([], "$state $message") if $state ne '00000';
            $text =~ s/\n?\n\z//;
            return ([map { [map { $_ eq NULL ? undef : $_ } split COLUMN, $_, -1] }
                split RECORD, $text, -1], undef);
        }
        if ($line =~ /^Asynchronous notification "\w+" (?:with payload "(.*)" )?received/) {
            push @{$self->{notices}}, $1;
            next;
        }
        $text .= $line;
    }
    die "psql has ended: $text\n";
}

sub try {
    my ($self, $query) = @_;
    $self->start($query);
    return $self->finish;
}

sub rows {
    my ($self, $query) = @_;
    my ($rows, $error) = $self->try($query);
    die "$error\nof: $query\n" if defined $error;
    return $rows;
}

sub value {
    my ($self, $query) = @_;
    return $self->rows($query)->[0][0];
}

sub error {
    my ($self, $query) = @_;
    return ($self->try($query))[1];
}

# The payloads of notifications that have come since the last time.
sub notices {
    my ($self) = @_;
    $self->rows('select');
    return splice @{$self->{notices} //= []};
}

# Waits until the started statement waits for a lock.  Asks through `other`.
sub wait_blocked {
    my ($self, $other) = @_;
    $self->{backend} // die "ask for pid() before start()\n";
    return BetterStack::Stack::wait_for(sub {
        $other->value("select count(*) from pg_stat_activity
            where pid = $self->{backend} and wait_event_type = 'Lock'");
    }, 20, 'a statement to wait for a lock');
}

sub pid {
    my ($self) = @_;
    return $self->{backend} //= $self->value('select pg_backend_pid()');
}

# (status, decoded body, team_id, first event decoded) of an endpoint's function.
sub call {
    my ($self, $function, @arguments) = @_;
    my $list = join ', ', map { BetterStack::Postgres::quote($_) } @arguments;
    my $row = $self->rows("select status, body, team_id, event from api.$function($list)")->[0];
    my @decoded = map { defined $_ ? JSON::PP->new->decode($_) : undef }
        $row->[1], defined $row->[3] ? (split /\n/, $row->[3])[0] : undef;
    return ($row->[0], $decoded[0], $row->[2], $decoded[1]);
}

# ---- what most tests begin with; credentials and digests are hex, as '\\x01' ----

# A person of that name with a team of the same name; the credential.
sub person {
    my ($self, $name) = @_;
    my $credential = sprintf '\\x%s', unpack 'H*', "session of $name";
    my ($status) = $self->call('sign_up', "$name\@example.com", $name, "hash of $name", $credential,
        'test', '127.0.0.1');
    die "sign-up of $name: $status\n" if $status != 201;
    return $credential;
}

# A region and the digest of a token of it.  Needs a superuser's session.
sub region {
    my ($self, $credential, $slug) = @_;
    my ($status, $body) = $self->call('region_create', $credential, qq({"slug":"$slug"}));
    die "region $slug: $status\n" if $status != 201;
    my ($made, $token) = $self->call('region_token_create', $credential, $body->{data}{id}, '{}');
    die "token of $slug: $made\n" if $made != 201;
    return $self->value('select sha256(convert_to('
        . BetterStack::Postgres::quote($token->{data}{attributes}{token}) . ", 'UTF8'))");
}

# The id of a monitor made with these attributes.
sub monitor {
    my ($self, $credential, %attribute) = @_;
    my $body = JSON::PP->new->encode({url => 'http://127.0.0.1:8081/', monitor_type => 'status',
        %attribute});
    my ($status, $reply) = $self->call('monitor_create', $credential, $body);
    die "monitor $body: $status " . JSON::PP->new->encode($reply) . "\n" if $status != 201;
    return $reply->{data}{id};
}

my @tick = (
    [monitor => 'integer', 1], [slot => 'bigint', 0], [checked_at => 'bigint', 0],
    [status => 'smallint', 1], [reason => 'smallint', 0], [attempts => 'smallint', 1],
    [http_status => 'integer', 200], [address => 'text', '127.0.0.1'], [dns => 'integer', 100],
    [connect => 'integer', 200], [tls => 'integer', -1], [first_byte => 'integer', 300],
    [total => 'integer', 600], [evidence => 'text', undef], [flags => 'smallint', 0],
    [expires_at => 'bigint', 0], [domain_expires_at => 'bigint', 0],
);

# The statement that reports these ticks ({monitor => 1, slot => ms, ...}).
sub report_sql {
    my ($class, $digest, @ticks) = @_;
    my @arrays = map {
        my ($name, $type, $default) = @$_;
        'array[' . join(',', map {
            my $value = exists $_->{$name} ? $_->{$name}
                : $name eq 'checked_at' ? $_->{slot} + 5 : $default;
            $type eq 'text' ? BetterStack::Postgres::quote($value) : $value // 'null';
        } @ticks) . "]::${type}[]";
    } @tick;
    return "select status, stored, refused, team_id, event from ingest.report('$digest', 'agent-1', "
        . "'1.0', null, " . join(', ', @arrays) . ')';
}

# (status, stored, refused, decoded events by team: {team => [event, ...]})
sub report {
    my ($self, $digest, @ticks) = @_;
    my $rows = $self->rows($self->report_sql($digest, @ticks));
    my %events;
    push @{$events{$_->[3]}}, JSON::PP->new->decode($_->[4]) for grep { defined $_->[3] } @$rows;
    return (@{$rows->[0]}[0 .. 2], \%events);
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!);
    close $self->{in};
    close $self->{out};
    waitpid $self->{pid}, 0;
}

1;
