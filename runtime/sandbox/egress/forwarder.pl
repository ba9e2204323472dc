#!/usr/bin/perl
# perl forwarder.pl SOCKET PORT FILTER_FD COMMAND [ARGUMENT...]
#
# Listens on 127.0.0.1:PORT and carries every connection to the unix socket SOCKET, then becomes COMMAND: programs that
# know HTTPS_PROXY but no unix sockets reach the egress proxy that way. COMMAND keeps this process's pid, descriptors
# and signals; the carrying happens in another process, which ends when COMMAND has ended.
#
# FILTER_FD names a descriptor with a seccomp program that COMMAND gets and the carrier does not, or is "-": a filter
# that forbids fork cannot be in force before this script has forked.
#
# Perl, because perl-base is essential on Debian and Ubuntu and starts in 5 ms; only its core modules, for the same reason.
use strict;
use warnings;
use Config;
use Errno qw(EAGAIN EINTR);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use Socket qw(AF_INET AF_UNIX INADDR_LOOPBACK SHUT_WR SOCK_DGRAM SOCK_STREAM SOL_SOCKET SO_REUSEADDR
    SOMAXCONN pack_sockaddr_in pack_sockaddr_un);

use constant {
    MAX_CONNECTIONS => 128,       # twice what the proxy serves at the same time; select() itself ends at 1,024
    BUFFER_BYTES    => 65_536,    # read ahead of a slow reader, for each direction
    SIOCGIFFLAGS    => 0x8913, SIOCSIFFLAGS => 0x8914, IFF_UP => 1,
    PR_SET_DUMPABLE => 4, PR_SET_SECCOMP => 22, PR_SET_NO_NEW_PRIVS => 38, SECCOMP_MODE_FILTER => 2,
};
my $PRCTL      = $Config{archname} =~ /^aarch64/ ? 167 : 157;
my $PIDFD_OPEN = 434;

my ($path, $port, $filter_fd, @command) = @ARGV;
die "usage: forwarder.pl SOCKET PORT FILTER_FD COMMAND [ARGUMENT...]\n" unless @command;

raise_loopback();
my $listener = listen_on($port);
start_carrier($listener);
close $listener;
install_filter($filter_fd) if $filter_fd ne '-';
{ no warnings 'exec'; exec { $command[0] } @command; }
print STDERR "forwarder.pl: $command[0]: $!\n";
exit 127;

# A new network namespace starts with its loopback down; bubblewrap has raised it already, unshare has not.
sub raise_loopback {
    socket(my $any, AF_INET, SOCK_DGRAM, 0) or return;
    my $request = pack 'a16 x24', 'lo';
    ioctl($any, SIOCGIFFLAGS, $request) or return;
    my $flags = unpack 'x16 s', $request;
    ioctl $any, SIOCSIFFLAGS, pack('a16 s x22', 'lo', $flags | IFF_UP) unless $flags & IFF_UP;
}

sub listen_on {
    my ($port) = @_;
    socket(my $socket, AF_INET, SOCK_STREAM, 0) or die "forwarder.pl: socket: $!\n";
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
    bind($socket, pack_sockaddr_in($port, INADDR_LOOPBACK)) or die "forwarder.pl: port $port: $!\n";
    listen($socket, SOMAXCONN) or die "forwarder.pl: listen: $!\n";
    return unblock($socket);
}

# Forks twice, so that COMMAND is not the parent of a process it knows nothing about and would wait for.
sub start_carrier {
    my ($listener) = @_;
    my $pidfd = syscall $PIDFD_OPEN, $$ + 0, 0;    # becomes readable when COMMAND has ended
    my $child = fork // die "forwarder.pl: fork: $!\n";
    if ($child) { waitpid $child, 0; return }
    exit 0 if fork;
    # COMMAND may not read or write this process's memory, or it would leave its own seccomp filter behind.
    syscall $PRCTL, PR_SET_DUMPABLE, 0, 0, 0, 0;
    # Whoever waits for the end of COMMAND's output must not wait for this process.
    open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
    $SIG{PIPE} = 'IGNORE';
    carry($listener, $pidfd);
    exit 0;
}

sub install_filter {
    my ($fd) = @_;
    open my $file, '<&=', $fd or die "forwarder.pl: filter: $!\n";
    binmode $file;
    my $program = do { local $/; <$file> };
    close $file;
    my $header = pack 'S x6 P', length($program) / 8, $program;    # struct sock_fprog
    syscall $PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0;
    syscall($PRCTL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, $header, 0, 0) == 0 or die "forwarder.pl: seccomp: $!\n";
}

sub unblock {
    my ($socket) = @_;
    fcntl $socket, F_SETFL, fcntl($socket, F_GETFL, 0) | O_NONBLOCK;
    return $socket;
}

# One select loop. A connection is two ends; an end knows its peer, the bytes waiting to be written to it, whether it
# still sends (`open`), and whether its own end of data has been passed on (`shut`).
sub carry {
    my ($listener, $pidfd) = @_;
    my %ends;
    while (1) {
        my ($readable, $writable) = ('', '');
        vec($readable, $pidfd, 1) = 1 if $pidfd >= 0;
        vec($readable, fileno $listener, 1) = 1 if keys %ends < 2 * MAX_CONNECTIONS;
        for my $fd (keys %ends) {
            my $end = $ends{$fd};
            vec($readable, $fd, 1) = 1 if $end->{open} && length $end->{peer}{out} < BUFFER_BYTES;
            vec($writable, $fd, 1) = 1 if length $end->{out};
        }
        next if select($readable, $writable, undef, undef) < 0;
        return if $pidfd >= 0 && vec $readable, $pidfd, 1;
        accept_into(\%ends, $listener) if vec $readable, fileno $listener, 1;
        for my $fd (keys %ends) {
            my $end = $ends{$fd} or next;
            my $is_alive = 1;
            $is_alive = take($end) if vec $readable, $fd, 1;
            $is_alive &&= give($end) if length $end->{out};
            $is_alive &&= give($end->{peer});
            finish(\%ends, $end) if !$is_alive || ($end->{shut} && $end->{peer}{shut});
        }
    }
}

sub accept_into {
    my ($ends, $listener) = @_;
    accept(my $client, $listener) or return;
    socket(my $proxy, AF_UNIX, SOCK_STREAM, 0) or return;
    connect($proxy, pack_sockaddr_un($path)) or return;
    my ($near, $far) = map { { socket => unblock($_), out => '', open => 1, shut => 0 } } $client, $proxy;
    ($near->{peer}, $far->{peer}) = ($far, $near);
    $ends->{fileno $client} = $near;
    $ends->{fileno $proxy}  = $far;
}

# Reads what has arrived for the peer; false when the connection is broken.
sub take {
    my ($end) = @_;
    my $count = sysread $end->{socket}, $end->{peer}{out}, BUFFER_BYTES, length $end->{peer}{out};
    return $!{EAGAIN} || $!{EINTR} unless defined $count;
    $end->{open} = 0 if $count == 0;
    return 1;
}

# Writes what is waiting, and passes the peer's end of data on after it; false when the connection is broken.
sub give {
    my ($end) = @_;
    if (length $end->{out}) {
        my $count = syswrite $end->{socket}, $end->{out};
        return $!{EAGAIN} || $!{EINTR} unless defined $count;
        substr $end->{out}, 0, $count, '';
    }
    if (!length $end->{out} && !$end->{peer}{open} && !$end->{shut}) {
        shutdown $end->{socket}, SHUT_WR;
        $end->{shut} = 1;
    }
    return 1;
}

sub finish {
    my ($ends, $end) = @_;
    my $peer = $end->{peer};
    delete @$ends{fileno $end->{socket}, fileno $peer->{socket}};
    close $_->{socket} for $end, $peer;
    delete $_->{peer} for $end, $peer;
}
