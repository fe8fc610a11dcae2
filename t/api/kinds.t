# Kinds of monitors by attributes, as a client meets them: what a kind takes is kept and answered,
# the rest is refused by name; and what is given as a secret stays one.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Kinds;
use BetterStack::Stack;

my $stack = BetterStack::Stack->new(agents => 0, regions => 'east');
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann')->program;
my $monitors = '/api/v2/monitors';
my $json = JSON::PP->new->canonical->allow_nonref;

sub least { my ($kind, %more) = @_; return {%{$BetterStack::Kinds::LEAST{$kind}}, %more} }

# Types that the documentation promises, whatever the kind; each may be null unless it says not.
my %type = (
    port => 'string', ssl_expiration => 'integer', domain_expiration => 'integer', proxy_port => 'integer',
    proxy_host => 'string', request_timeout => 'integer', required_keyword => 'string', request_body => 'string',
);

for my $kind (sort keys %BetterStack::Kinds::LEAST) {
    subtest $kind => sub {
        my ($status, $data, $reply) = $ann->post($monitors, least($kind));
        is $status, 201, 'the least' or diag explain $data;
        for my $name (sort keys %type) {
            like $reply->{content}, $type{$name} eq 'string' ? qr/"$name":(null|")/ : qr/"$name":(null|-?\d+)[,}]/,
                "$name is a $type{$name}";
        }
        ok !exists $data->{data}{attributes}{client_key}, 'no key is answered';

        my (@taken, @refused);
        for my $name (sort keys %BetterStack::Kinds::TAKES) {
            my $entry = $BetterStack::Kinds::TAKES{$name};
            my ($code, $got) = $ann->post($monitors, least($kind, $name => $entry->[0]));
            if (BetterStack::Kinds::takes($kind, $entry)) {
                push @taken, "$name: $code " . $json->encode($got) if $code != 201;
            } elsif ($code != 422 || $json->encode([keys %{$got->{errors}}]) ne qq(["$name"])
                || $got->{errors}{$name}[0] !~ /\Q$kind\E$/) {
                push @refused, "$name: $code " . $json->encode($got);
            }
        }
        is_deeply \@taken, [], 'what it takes';
        is_deeply \@refused, [], 'what it does not is refused by the names of field and kind';
    };
}

subtest 'a client key goes in and never out' => sub {
    my ($pem, $key) = (BetterStack::Kinds::pem(), BetterStack::Kinds::key());
    my ($status, $data, $reply) = $ann->post($monitors, least('status', client_certificate => $pem, client_key => $key));
    is $status, 201;
    my $id = $data->{data}{id};
    my @answers = ($reply, ($ann->get("$monitors/$id"))[2], ($ann->get("$monitors?per_page=250"))[2],
        ($ann->patch("$monitors/$id", {client_key => $key}))[2],
        ($ann->post($monitors, least('status', client_certificate => $pem, client_key => "$key x")))[2]);
    unlike $_->{content}, qr/TUlJQg==\\n-----END PRIVATE|PRIVATE KEY-----\\nT/, "$_->{status}: not there" for @answers;
    is $data->{data}{attributes}{client_key_set}, JSON::PP::true;
    ($status, $data) = $ann->patch("$monitors/$id", {client_key_set => JSON::PP::false});
    is_deeply [$status, $data->{errors}], [422, {client_key_set => ['is read-only']}];
};

subtest 'a whole monitor read is a monitor that can be written' => sub {
    my ($status, $data) = $ann->post($monitors, least('smtp', port => '25,465,587', tls_mode => 'starttls',
        auth_username => 'ann', auth_password => 'secret', ssl_expiration => 14));
    my $id = $data->{data}{id};
    my %full = %{$data->{data}{attributes}};
    delete @full{qw(status state status_since failure_reason failure_text suppressed_by maintenance_until last_checked_at paused_at created_at updated_at
        team_name region_states client_key_set certificate_expires_at domain_expires_at)};
    ($status, $data) = $ann->patch("$monitors/$id", \%full);
    is $status, 200 or diag explain $data;
    is $data->{data}{attributes}{port}, '25,465,587', 'ports as they were given';
};

is_deeply [$stack->bad_log_lines], [], 'a quiet error log';

done_testing;
