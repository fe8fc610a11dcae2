package BetterStack::Agent::SmtpSink;

# A mail server that says what the test wants and writes down every byte that comes.
#
#   my $sink = BetterStack::Agent::SmtpSink->new(RCPT => '550 no', END => 'drop', offers => ['SIZE 1000']);
#   $sink->port;  $sink->seen     # all that came, as it came
#
# By command (GREETING, EHLO, ..., DATA, MESSAGE: after its first line, END: after its dot): a reply, a list of
# replies one after the other, or 'drop', 'reset', 'silent'.

use strict;
use warnings;

use BetterStack::Agent::Server qw(reply hold reset_connection);

my %usual = (GREETING => '220 sink.test ESMTP', EHLO => 'EHLO', HELO => '250 sink.test',
    MAIL => '250 2.1.0 ok', RCPT => '250 2.1.5 ok',
    DATA => '354 go ahead', END => '250 2.0.0 taken', QUIT => '221 bye', AUTH => '235 in',
    STARTTLS => '502 no');

sub new {
    my ($class, %says) = @_;
    my $self = bless {says => {%usual, %says}, offers => $says{offers} // []}, $class;
    $self->{server} = BetterStack::Agent::Server->new(sub { $self->converse($_[0]) });
    return $self;
}

sub port { $_[0]{server}->port }
sub connections { $_[0]{server}->connections }
sub seen { $_[0]{server}->seen }

# ---- in the server's process ----

# False when the conversation is over.
sub answer {
    my ($self, $client, $command) = @_;
    my $says = $self->{says}{$command} // '502 what?';
    $says = @$says > 1 ? shift @$says : $says->[0] if ref $says;
    return 0 if $says eq 'drop';
    reset_connection($client) if $says eq 'reset';
    if ($says eq 'silent') {
        hold($client);
        return 0;
    }
    $says = join "\r\n", (map { "250-$_" } 'sink.test', @{$self->{offers}}), '250 HELP' if $says
        eq 'EHLO';
    reply($client, "$says\r\n");
    return $says !~ /^421/ && $command ne 'QUIT';
}

sub heard {
    my ($client) = @_;
    my $line = <$client>;
    $BetterStack::Agent::Server::current->note('seen', $line) if defined $line;
    return $line;
}

sub converse {
    my ($self, $client) = @_;
    $self->answer($client, 'GREETING') or return;
    while (defined(my $line = heard($client))) {
        my ($command) = $line =~ /^([A-Za-z]+)/ or return;
        $self->answer($client, uc $command) or return;
        next if uc $command ne 'DATA' || ($self->{says}{DATA} // '') !~ /^354/;
        my $first = 1;
        while (defined($line = heard($client)) && $line ne ".\r\n") {
            $self->answer($client, 'MESSAGE') or return if $first && $self->{says}{MESSAGE};
            $first = 0;
        }
        return if !defined $line;
        $self->answer($client, 'END') or return;
    }
}

1;
