package BetterStack::Agent::MailServer;

# Debian's aiosmtpd as a server that takes mail (smtp_server.py says what it refuses).
#
#   my $server = BetterStack::Agent::MailServer->new('--starttls', $certificate, $key, '--login', 'me', 'secret');
#   $server->port
#   $server->mails   # [{from, to, bytes, user, tls, hello}, ...]

use strict;
use warnings;

use BetterStack::Agent qw(wait_for);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use POSIX ();

# Debian's own: another one in PATH does not know its modules.
use constant PYTHON => '/usr/bin/python3';

my $script = abs_path(dirname(__FILE__)) . '/../../smtp_server.py';

sub new {
    my ($class, @options) = @_;
    my $self = bless {dir => tempdir('bs-mail-XXXXXX', DIR => '/tmp', CLEANUP => 1), owner => $$},
        $class;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$self->{dir}/out";
        open STDERR, '>', "$self->{dir}/log";
        exec PYTHON, $script, "$self->{dir}/mails", @options or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    wait_for(sub { BetterStack::Agent::slurp("$self->{dir}/out") =~ /^(\d+)$/m ? $self->{port} = $1
        : 0 }, 20, 'aiosmtpd')
        or die BetterStack::Agent::slurp("$self->{dir}/log");
    return $self;
}

sub port { $_[0]{port} }
sub log { my ($self) = @_; return BetterStack::Agent::slurp("$self->{dir}/log") }

sub mails {
    my ($self) = @_;
    my @mails = map { decode_json($_) } split /\n/, BetterStack::Agent::slurp("$self->{dir}/mails");
    $_->{bytes} = decode_base64($_->{bytes}) for @mails;
    return @mails;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $self->{owner} || !$self->{pid};
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
