package BetterStack::Agent::Channel;

# One channel without a hub: what it makes of a delivery, byte for byte, and of
# a provider's answer.  settings and message are packed by BetterStack::Wire:
# \"\xc3" is true, \"\xc2" false; text that looks like an integer becomes one,
# unless text() says otherwise.
#
#   my $request = built(kind => 'webhook', settings => {url => ...}, message => {...});
#   $request->{method}, {url}, {headers} (lines), {header}{'content-type'}, {body}, {refused}
#   my $said = judged(kind => ..., status => 400, answer => '{}', retry_after => 0);
#   $said->{outcome} (sent, failed, refused), {retry_after}, {provider_ref}, {detail}

use strict;
use warnings;

use Exporter 'import';
use File::Temp;

use BetterStack::Checker;
use BetterStack::Unit;
use BetterStack::Wire qw(pack_value);

our @EXPORT_OK = qw(built judged text true false hostile pack_delivery message);

use constant NOW => 1795334400;

my $program;

sub true { return \"\xc3" }
sub false { return \"\xc2" }

# A text, whatever it looks like.
sub text {
    my ($bytes) = @_;
    return \("\xdb" . pack('N', length $bytes) . $bytes);
}

# What people and machines put into names and messages.
sub hostile {
    return "\"quotes\" 'and' \\back\\ <script>alert(1)</script> *bold* _it_ [a](http://b) `c` &amp; \$TITLE\r\n"
        . "\x01\x1f\x7f bad \xff\xc3( utf-8, \xf0\x9f\x94\xa5 \xe2\x82\xac end";
}

# A message as the hub's; anything may be given.
sub message {
    my (%other) = @_;
    return {
        event => 'started', title => 'example.com is down', text => 'The connection was refused.',
        severity => 'critical', state => 'started', incident_id => 42, kind => 'monitor',
        dedup_key => 'betterstack-inst-42', url => 'https://hub.example/incidents/42',
        acknowledge_url => 'https://hub.example/acknowledge/tok',
        monitors => [{name => 'example.com',
        url => 'https://example.com/'}], monitors_count => 1, regions => ['eu-1', 'us-1'],
        started_at => '2026-11-22T16:00:00Z', started_ms => 1795363200000, team => 'Operations',
        %other,
    };
}

# A delivery as a reply to a report carries it.
sub pack_delivery {
    my (%how) = @_;
    return [$how{id} // 7, $how{attempt} // 1, text($how{key} // 'inst-42-started-1-9'), $how{kind},
        $how{expires} // (NOW + 86400) * 1000, $how{settings} // {}, $how{message} // message()];
}

sub run {
    my ($how, @answer) = @_;
    $program //= BetterStack::Unit::build('channel');
    my $input = File::Temp->new;
    binmode $input;
    print $input pack_value({v => 1, time => NOW * 1000, stored => 0, refused => 0, agents => [],
        deliveries => [pack_delivery(%$how)]});
    close $input;
    BetterStack::Checker::environment();
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', $input->filename or die;
        exec BetterStack::Checker::wrap(), $program, $how->{now} // NOW, @answer
            or die "$program: $!\n";
    }
    binmode $out;
    local $/;
    my $printed = <$out> // '';
    close $out or die "channel failed: $how->{kind}\n";
    return $printed;
}

sub built {
    my (%how) = @_;
    my $printed = run(\%how);
    return {refused => $1} if $printed =~ /\Arefused: (.*)\n\z/s;
    my ($head, $body) = split /\n\n/, $printed, 2;
    my ($line, @headers) = split /\n/, $head;
    my ($method, $url) = split / /, $line, 2;
    my %header = map { /^([^:]+): (.*)$/ ? (lc $1 => $2) : () } @headers;
    my ($user) = map { /^\(user\) (.*)$/ ? $1 : () } @headers;
    return {method => $method, url => $url, headers => [grep { !/^\(user\)/ } @headers],
        header => \%header,
        user => $user, body => $body};
}

sub judged {
    my (%how) = @_;
    my %said;
    @said{qw(outcome retry_after provider_ref detail)} = split /\n/,
        run(\%how, $how{status} // 200, $how{answer} // '', $how{retry_after} // 0), 4;
    return \%said;
}

1;
