package BetterStack::Client;

# Somebody at a hub: a browser with its cookie and Origin, or a program with a
# token.  Also event streams, and raw requests for what no library sends.
#
#   my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com');
#   my ($status, $data, $reply) = $ann->get('/api/v2/me');
#   my $events = $ann->events;  my $event = $events->next('change');

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(time);

use BetterStack::Checker;

use constant EVENT_SECONDS => 15;
use constant READ_BYTES    => 65536;

our $password = 'correct horse battery';

# token TOKEN: a program; without it: a browser.
sub new {
    my ($class, $stack, %with) = @_;
    return bless {stack => $stack, token => $with{token}, cookie => undef}, $class;
}

sub get { my ($self, $path) = @_; return $self->send('GET', $path) }
sub post { my ($self, $path, $body) = @_; return $self->send('POST', $path, $body) }
sub patch { my ($self, $path, $body) = @_; return $self->send('PATCH', $path, $body) }
sub delete { my ($self, $path) = @_; return $self->send('DELETE', $path) }

# (status, decoded body or text, whole reply).  More headers override ours;
# an undefined one is not sent.
sub send {
    my ($self, $method, $path, $body, $more) = @_;
    my %headers = ($self->headers($method), %{$more // {}});
    delete $headers{$_} for grep { !defined $headers{$_} } keys %headers;
    my %options = (headers => \%headers);
    if (defined $body) {
        $options{content} = ref $body ? JSON::PP->new->utf8->encode($body) : $body;
        $headers{'Content-Type'} //= 'application/json' if !exists(($more // {})->{'Content-Type'});
    }
    my $reply = $self->{stack}->request($method, $path, \%options);
    $self->take_cookie($reply->{headers}{'set-cookie'});
    my $data = length $reply->{content} ? eval { decode_json($reply->{content}) } : undef;
    return ($reply->{status}, $data // $reply->{content}, $reply);
}

sub headers {
    my ($self, $method) = @_;
    return (Authorization => "Bearer $self->{token}") if defined $self->{token};
    return (
        $method eq 'GET' ? () : (Origin => $self->{stack}->url),
        defined $self->{cookie} ? (Cookie => $self->{cookie}) : (),
    );
}

sub take_cookie {
    my ($self, $given) = @_;
    my ($cookie) = map { /^([^;]+)/ } ref $given ? $given->[-1] : $given // return;
    $self->{cookie} = $cookie =~ /=$/ ? undef : $cookie;
}

sub sign_up {
    my ($self, $email, $name) = @_;
    my ($status) = $self->post('/api/v2/sign-up',
        {email => $email, password => $password, $name ? (name => $name) : ()});
    die "sign-up of $email: $status\n" if $status != 201;
    return $self;
}

sub sign_in {
    my ($self, $email, $with) = @_;
    return $self->post('/api/v2/sign-in', {email => $email, password => $with // $password});
}

# A client with an API token of this one's team.
sub program {
    my ($self) = @_;
    my ($status, $data) = $self->post('/api/v2/api-tokens', {name => 'test'});
    die "API token: $status\n" if $status != 201;
    return ref($self)->new($self->{stack}, token => $data->{data}{attributes}{token});
}

# ---- raw ----

sub socket {
    my ($self) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{stack}->port)
        // die "connect: $!\n";
}

# All that is answered to these bytes until the hub closes.
sub raw {
    my ($self, $bytes) = @_;
    my $socket = $self->socket;
    local $SIG{PIPE} = 'IGNORE';
    $socket->print($bytes);
    my $answer = '';
    my $select = IO::Select->new($socket);
    while ($select->can_read(EVENT_SECONDS * BetterStack::Checker::slowness())) {
        my $n = $socket->sysread($answer, READ_BYTES, length $answer);
        last if !$n;
    }
    return $answer;
}

# ---- events ----

sub events {
    my ($self) = @_;
    my %headers = $self->headers('GET');
    my $socket = $self->socket;
    $socket->print(join "\r\n", 'GET /api/v2/events HTTP/1.1', 'Host: 127.0.0.1:' . $self->{stack}->port,
        (map { "$_: $headers{$_}" } keys %headers), '', '');
    return bless {socket => $socket, wire => '', text => '', head => undef, comments => 0},
        'BetterStack::Client::Events';
}

package BetterStack::Client::Events;

sub socket { return $_[0]{socket} }
sub comments { return $_[0]{comments} }

# Status line and headers.
sub head {
    my ($self, $seconds) = @_;
    $self->fill(Time::HiRes::time() + ($seconds // BetterStack::Client::EVENT_SECONDS)
            * BetterStack::Checker::slowness()) or last
        while !defined $self->{head};
    return $self->{head} // '';
}

# {event, data} of the next event, or of the next of that name; undef when the
# stream has ended or nothing came in time.
sub next {
    my ($self, $name, $seconds) = @_;
    my $until = Time::HiRes::time() + ($seconds // BetterStack::Client::EVENT_SECONDS)
        * BetterStack::Checker::slowness();
    while (1) {
        while ($self->{text} =~ s/^(.*?)\n\n//s) {
            my @lines = split /\n/, $1;
            $self->{comments} += grep { /^:/ } @lines;
            my ($event) = map { /^event: (.*)/ } @lines;
            next if !defined $event || (defined $name && $event ne $name);
            my $data = join "\n", map { /^data: (.*)/ } @lines;
            return {event => $event, data => eval { JSON::PP::decode_json($data) }, text => $data};
        }
        $self->fill($until) or return undef;
    }
}

# True once the hub has ended the stream; `clean` says whether it told so.
sub ended {
    my ($self, $seconds) = @_;
    my $until = Time::HiRes::time() + ($seconds // BetterStack::Client::EVENT_SECONDS)
        * BetterStack::Checker::slowness();
    1 while $self->fill($until);
    return $self->{closed};
}

sub clean { return $_[0]{last_chunk} }

# More of the stream; false at its end or when it is too late.
sub fill {
    my ($self, $until) = @_;
    my $left = $until - Time::HiRes::time();
    return 0 if $self->{closed} || $left <= 0;
    IO::Select->new($self->{socket})->can_read($left) or return 0;
    if (!$self->{socket}->sysread($self->{wire}, BetterStack::Client::READ_BYTES, length $self->{wire})) {
        $self->{closed} = 1;
        return 0;
    }
    if (!defined $self->{head}) {
        $self->{wire} =~ s/^(.*?\r\n)\r\n//s or return 1;
        $self->{head} = $1;
    }
    while ($self->{wire} =~ /^([0-9a-f]+)\r\n/i && length $self->{wire} >= length($1) + 4 + hex $1) {
        my ($head, $size) = (length($1) + 2, hex $1);
        $self->{text} .= substr $self->{wire}, $head, $size;
        $self->{last_chunk} = 1 if $size == 0;
        substr $self->{wire}, 0, $head + $size + 2, '';
    }
    return 1;
}

1;
