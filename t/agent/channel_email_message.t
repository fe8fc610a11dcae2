# What a mail consists of, byte for byte as in channel_email/MESSAGE.eml: envelope, headers, both
# parts; read by another's parser, too.  --write writes those files anew, to be read before they are kept.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent::Channel qw(text hostile message);
use BetterStack::Agent::Email qw(%settings %messages mail_of taken_apart parsed);
use Encode qw(decode encode);
use Test::More;

sub kept_file { return "$FindBin::Bin/channel_email/$_[0].eml" }

sub kept {
    my ($name) = @_;
    open my $in, '<:raw', kept_file($name) or return '';
    local $/;
    return <$in>;
}

my %mails = map { $_ => mail_of($messages{$_}) } sort keys %messages;

if ("@ARGV" eq '--write') {
    for my $name (keys %mails) {
        open my $out, '>:raw', kept_file($name) or die "$name: $!\n";
        print $out $mails{$name}{body};
    }
}

# ---- byte for byte ----
for my $name (sort keys %mails) {
    is $mails{$name}{body}, kept($name), "$name";
}

# ---- the envelope ----
{
    my $mail = $mails{started};
    is "$mail->{method} $mail->{url}", 'SMTP https://mail.example.org:587/', 'to the mail server';
    is_deeply [@{$mail->{header}}{qw(security from to login id)}],
        ['starttls', 'alerts@example.org', 'ann@example.com bob@example.net',
        'alerts secret', 'inst-42-started-1-9@example.org'], 'as the settings say';
}

# ---- form ----
for my $name (sort keys %mails) {
    my $bytes = $mails{$name}{body};
    ok $bytes !~ /[^\r\n\x20-\x7e]/, "$name: printable ASCII";
    ok $bytes !~ /\r(?!\n)/ && $bytes !~ /(?<!\r)\n/, '  every line ends with CR LF';
    is_deeply [grep { length > 76 } split /\r\n/, $bytes], [], '  no line is longer than 76';
    my $mail = taken_apart($bytes);
    my %count;
    $count{lc $_}++ for @{$mail->{order}};
    is_deeply [grep { $count{$_} != 1 } keys %count], [], '  each header once';
    is_deeply [grep { !/^(?:date|from|to|subject|message-id|in-reply-to|references|x-betterstack-(?:event|incident)|auto-submitted
        |x-auto-response-suppress|importance|mime-version|content-type)$/x } keys %count], [],
            '  and no other';
    is $mail->{headers}{from}, '"Example alerts" <alerts@example.org>',
        '  from whom the settings say, nobody else';
    is $mail->{headers}{'auto-submitted'}, 'auto-generated',
        '  nobody\'s absence is answered to it';
}

# ---- as others read it ----
{
    my %read = parsed(map { $_ => $mails{$_}{body} } keys %mails);
    for my $name (sort keys %mails) {
        my $read = $read{$name};
        is_deeply $read->{defects}, [], "$name: without defects";
        my $mine = taken_apart($mails{$name}{body});
        is_deeply [map { encode('UTF-8', $_) } @$read{qw(text html)}], [@$mine{qw(text html)}],
            '  both parts';
        is $read->{to}, 'ann@example.com, bob@example.net', '  its recipients';
    }
    is encode('UTF-8', $read{critical}{subject}), ${$messages{critical}{title} =~ /^/
        ? \$messages{critical}{title} : \''}, 'a subject of many words';
    is $read{started}{subject}, 'example.com is down', 'and one in ASCII';
    like encode('UTF-8', $read{hostile}{subject}),
        qr/^"quotes" 'and' \\back\\ <script>alert\(1\)<\/script> .*\$TITLE  *bad .*utf-8, \xf0\x9f\x94\xa5/,
        'hostile: all of it on one line';
}

# ---- nothing of others means anything ----
{
    my $mail = taken_apart($mails{hostile}{body});
    my $html = $mail->{html} =~ s{<style>.*?</style>}{}sr;
    my %tags = map { $_ => 1 } $html =~ m{<(?!/)(\w+)}g;
    is_deeply [sort keys %tags], [qw(a body br div h1 head html meta p span table td title tr)],
        'no tag but ours';
    unlike $html, qr/javascript:|<[^>]*\son\w+=/i, 'no script';
    is_deeply [grep { !m{^https://(?:hub|x)\.example/[^"<>\s]*$} } $html =~ /href="([^"]*)"/g], [],
        'no links but those of the web';
    my $dots = taken_apart($mails{dots}{body});
    like $dots->{text}, qr/^\.\n\.\.\n\.hidden\nFrom here on\ntrailing blank \nline tab \nx{300}$/m,
        'dots and blanks stay';
}

{
    my $mail = taken_apart($mails{report_hostile}{body});
    my $html = $mail->{html} =~ s{<style>.*?</style>}{}sr;
    my %tags = map { $_ => 1 } $html =~ m{<(?!/)(\w+)}g;
    is_deeply [sort keys %tags], [qw(body br div h1 h2 head html meta p span table td title tr)], 'no tag but ours in a report';
    unlike $html, qr/javascript:|<[^>]*\son\w+=/i, 'no script';
    for my $name (qw(report report_hostile)) {
        my $parts = taken_apart($mails{$name}{body});
        unlike $parts->{html}, qr/<(?:img|link|script|iframe|base)|url\(|\@import|src=/, "$name: nothing is fetched from anywhere";
    }
}

# ---- identity ----
{
    my $mail = mail_of(message(), key => 'a/b c>\r\nX: <@é');
    is $mail->{header}{id}, 'a_2Fb_20c_3E_5Cr_5CnX_3A_20_3C_40_C3_A9@example.org',
        'a key of any kind is an id';
    my @ids = map { taken_apart(mail_of(message(), key => 'k',
        now => $_)->{body})->{headers}{'message-id'} } 1795334400, 1795339999;
    is $ids[0], $ids[1], 'the same at every try';
    my %headers = map { $_ => taken_apart($mails{$_}{body})->{headers} } keys %mails;
    is $headers{$_}{references}, '<betterstack-inst-42@example.org>', "$_ belongs to its incident"
        for qw(started acknowledged resolved comment escalated reminder);
    is $headers{resolved}{'in-reply-to'}, $headers{started}{references}, 'as an answer';
    is $headers{started}{'in-reply-to'}, undef, 'but for the first';
    is $headers{$_}{references}, undef, "$_ to none" for qw(test digest on_call);
    is $headers{escalated}{importance}, 'high', 'critical is important';
    is $headers{started}{importance}, undef, 'and nothing else is';
}

# ---- settings ----
sub refused {
    my (%settings) = @_;
    return mail_of(message(), settings => \%settings)->{refused} // '';
}

like refused(smtp_host => undef), qr/^No mail server is set up/, 'without a server';
like refused(from => undef), qr/sender/, 'without a sender';
like refused(from => text($_)), qr/sender/, "a sender that is none: $_"
    for 'nobody', 'a@b@c', '<a@b', 'A <a@b> x', "A <a\@b\r\nRCPT TO:<x\@y>>", 'a b@c',
    'é@example.org';
like refused(smtp_security => 'ssl'), qr/none, starttls or tls/, 'a security that is none';
like refused(smtp_port => 0), qr/port/, 'a port that is none';
like refused(smtp_host => text('a/b')), qr/host/, 'a host that is none';
like refused(to => []), qr/no address/, 'without recipients';
like refused(to => [text("a\@b.example>\r\nDATA")]), qr/no address.*a\@b/s,
    'a recipient that is none';
{
    my @to = map { text($_) } "evil\@x.example>\r\nRCPT TO:<y\@z", 'good@x.example',
        "b\@x.example\0", 'two words@x.example', 'é@x.example';
    my $mail = mail_of(message(), settings => {to => \@to});
    is $mail->{header}{to}, 'good@x.example', 'of many recipients those that are some';
    is taken_apart($mail->{body})->{headers}{to}, 'good@x.example', 'in the header, too';
    my %ports = (none => 25, starttls => 587, tls => 465);
    is mail_of(message(), settings => {smtp_security => $_, smtp_port => undef})->{url},
        "https://mail.example.org:$ports{$_}/",
        "the port of $_" for sort keys %ports;
    is mail_of(message(), settings => {smtp_host => text('2001:db8::1')})->{url},
        'https://[2001:db8::1]:587/', 'an address as host';
    is taken_apart(mail_of(message(),
        settings => {from => text($_->[0])})->{body})->{headers}{from}, $_->[1],
    "a sender as $_->[0]"
        for ['a@b.example', '"BetterStack" <a@b.example>'], ['"A \"B\", C" <a@b.example>',
            '"A \\\\\"B\\\\\", C" <a@b.example>'],
            ["J\xc3\xb6rg <a\@b.example>", '=?utf-8?Q?J=C3=B6rg?= <a@b.example>'];
}

# ---- limits ----
for my $of ('x', '€', "\xf0\x9f\x94\xa5", '&', '"', "'", "\xff", "a\n", ' ', '=', '.') {
    my $text = text($of x (10_000 / length $of));
    my $some = sub { return text($of x ($_[0] / length $of)) };
    my %all = (title => $text, text => $text, team => $text, comment => $text, author => $text,
        instructions => $text,
        acknowledged_by => $text, acknowledged_at => $text,
        url => text('https://x.example/' . 'i' x 700),
        monitors => [({name => text($of x 200),
            url => text('https://x.example/' . 'u' x 400)}) x 20], monitors_count => 1000,
        regions => [(text($of x 100)) x 20]);
    for my $message (message(%all), {event => 'digest', %all, monitors => [], comment => undef,
        instructions => undef,
            items => [({title => text($of x 150), text => text($of x 150),
                url => text('https://x.example/' . 'i' x 700)}) x 20]},
            {event => 'report', url => $all{url}, title => $text, text => $text, team => $text, word => $some->(300),
                figures => [({map { $_ => $some->(100) } qw(label value note)}) x 6], notices => [($some->(400)) x 12],
                sections => [({title => $some->(300), items => [({title => $some->(250), text => $some->(250), value => $some->(90),
                    url => text('https://x.example/' . 'i' x 700)}) x 15]}) x 3]}) {
        my $mail = mail_of($message);
        is $mail->{refused}, undef, '10 kB of ' . encode('UTF-8', $of =~ /[\n\xff]/ ? 'other'
            : decode('UTF-8', $of));
        is_deeply [grep { length > 76 } split /\r\n/, $mail->{body} // ''], [], '  in lines';
        my $parts = taken_apart($mail->{body} // '');
        ok eval { decode('UTF-8', $parts->{$_}, Encode::FB_CROAK); 1 }, "  $_ is UTF-8"
            for qw(text html);
    }
}

done_testing;
