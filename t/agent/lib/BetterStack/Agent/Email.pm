package BetterStack::Agent::Email;

# What the tests of e-mail ask: settings that do, the messages of a mail's life, and a mail taken apart.

use strict;
use warnings;

use Exporter 'import';

use BetterStack::Agent::Channel qw(built text true hostile message);
use BetterStack::Agent::Chat ();
use BetterStack::Agent::MailServer;
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::QuotedPrint qw(decode_qp);

our @EXPORT_OK = qw(%settings %messages mail_of taken_apart parsed);

our %settings = (
    to => [text('ann@example.com'), text('bob@example.net')], smtp_host => 'mail.example.org',
        smtp_port => 587,
    smtp_security => 'starttls', smtp_username => text('alerts'), smtp_password => text('secret'),
    from => text('Example alerts <alerts@example.org>'),
);

my $hostile = hostile();
my %acknowledge = (acknowledge_url => 'https://hub.example/acknowledge/tok');

our %messages = (
    %BetterStack::Agent::Chat::messages,
    critical => message(critical => true(),
        title => "Caf\xc3\xa9 \xf0\x9f\x94\xa5 \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e is down, and this "
        . "is a title that goes on for longer than one line of a header may be, to see where it is broken"),
    reminder => message(event => 'reminder',
        title => 'Still, after 30 minutes: example.com is down', duration_text => '30 minutes'),
    reopened => message(event => 'reopened', title => 'Reopened: example.com is down'),
    escalated => message(event => 'escalated', title => 'Escalated: example.com is down',
        duration_text => '10 minutes', critical => true(),
        instructions => "1. Look at the load balancer.\n2. Restart the web servers, one by one:\n   systemctl restart web\n\n.\n3. Call Ann."),
    undeliverable => message(event => 'undeliverable',
        title => 'Not delivered to Ops (Slack): example.com is down',
        text => "HTTP 404: no_service\nThe connection was refused."),
    on_call => {event => 'on_call', title => 'You are on call for Operations', severity => 'info',
        state => 'started',
        text => 'From now until Monday, 30 November 2026, 09:00 (Europe/Prague).',
        url => 'https://hub.example/on-call',
        started_at => '2026-11-22T16:00:00Z', started_ms => 1795363200000, team => 'Operations'},
    report => {event => 'report', title => 'Shop: 23 to 29 March 2026', word => 'Weekly report', severity => 'info',
        text => '99.95% available, 100% the week before. 2 incidents, 5 min of downtime.',
        url => 'https://hub.example/reports/1/runs/7', team => 'Operations',
        figures => [map { {label => $_->[0], value => $_->[1], note => $_->[2]} } ['Availability', '99.95%', '100% before'],
            ['Downtime', '5 min', '0 s before'], ['Incidents', text('2'), 'longest 4 min'], ['Acknowledged', "\xe2\x80\x93", 'nothing to acknowledge']],
        sections => [{title => 'Availability of each monitor', more => 'and 3 more in the report', items => [
            {title => 'shop.example.com', value => '99.95%', text => 'down for 5 min, 2 incidents, 95% of checks within 142 ms',
                url => 'https://hub.example/monitors/1'},
            {title => 'api.example.com', value => '100%', text => '95% of checks within 8.3 ms', url => 'https://hub.example/monitors/2'}]},
            {title => 'Incidents', items => [{title => 'shop.example.com', value => '4 min', text => 'Tue 24 Mar, 10:00: HTTP 502',
                url => 'https://hub.example/incidents/9'}]}],
        notices => ['Added during this period, and counted from then on: api.example.com.']},
    report_hostile => {event => 'report', map({ $_ => text($hostile) } qw(title word text team)), url => 'javascript:alert(1)',
        figures => [{map { $_ => text($hostile) } qw(label value note)}], notices => [text($hostile)],
        sections => [{title => text($hostile), more => text($hostile), items => [{url => 'javascript:alert(1)',
            map { $_ => text($hostile) } qw(title value text)}]}]},
    dots => message(title => '.dots',
        text => ".\n..\n.hidden\nFrom here on\ntrailing blank \nline\ttab\t\n" . 'x' x 300),
);

sub mail_of {
    my ($message, %other) = @_;
    my %more = %{delete $other{settings} // {}};
    return built(kind => 'email', settings => {%settings, %more}, message => $message, %other);
}

# {headers => {lower case => value, unfolded}, order => [...], text, html}: the two parts decoded.
sub taken_apart {
    my ($bytes) = @_;
    my ($head, $rest) = split /\r\n\r\n/, $bytes, 2;
    $head =~ s/\r\n([ \t])/$1/g;
    my @lines = map { [/^([^:]+):[ \t]*(.*)$/s] } split /\r\n/, $head;
    my %mail = (headers => {map { lc $_->[0] => $_->[1] } @lines},
        order => [map { $_->[0] } @lines]);
    my ($boundary) = ($mail{headers}{'content-type'} // '') =~ /boundary="([^"]+)"/;
    for my $part (split /^--\Q$boundary\E(?:--)?\r\n/m, $rest) {
        my ($type, $body) = $part =~ m{^Content-Type: text/(plain|html).*?\r\n\r\n(.*)\r\n\z}s
            or next;
        $mail{$type eq 'plain' ? 'text' : 'html'} = decode_qp($body) =~ s/\r\n/\n/gr;
    }
    return \%mail;
}

# The same by Python's parser, of many at once: name => {subject, to, text, html, defects}.
sub parsed {
    my (%mails) = @_;
    my $dir = tempdir('bs-parsed-XXXXXX', DIR => '/tmp', CLEANUP => 1);
    for my $name (keys %mails) {
        open my $out, '>:raw', "$dir/$name.eml" or die "$name: $!\n";
        print $out $mails{$name};
    }
    open my $in, '-|', BetterStack::Agent::MailServer::PYTHON, '-c', <<'END', $dir or die "python: $!\n";
import email, email.policy, glob, json, os, sys
read = {}
for path in glob.glob(sys.argv[1] + "/*.eml"):
    with open(path, "rb") as file:
        mail = email.message_from_binary_file(file, policy=email.policy.default)
    defects = [str(d) for part in mail.walk() for d in part.defects]
    defects += [name + ": " + str(d) for name, value in mail.items() for d in value.defects]
    read[os.path.basename(path)[:-4]] = {
        "subject": mail["subject"], "to": mail["to"], "defects": defects,
        "text": mail.get_body(["plain"]).get_content(), "html": mail.get_body(["html"]).get_content()}
print(json.dumps(read))
END
    local $/;
    return %{decode_json(<$in>)};
}

1;
