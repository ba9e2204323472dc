#!/usr/bin/perl
# perl launcher.pl < instructions on file descriptor 3
#
# Starts one plugin behind Landlock and seccomp, or in namespaces of its own, with nothing but perl-base, which is
# essential on Debian and Ubuntu: there is no compiler and no native module to install. It carries out instructions
# (words that end with a zero byte: a verb and its arguments) one after the other; `instructions.ts` writes them. No
# module of Perl's is loaded: each costs a millisecond. Whatever fails ends it with code 97 and one line on stderr.
use strict;
use warnings;

# linux/prctl.h, linux/fcntl.h, linux/mount.h, linux/sched.h
use constant {
    PR_SET_PDEATHSIG => 1, PR_SET_DUMPABLE => 4, PR_CAPBSET_DROP => 24, PR_SET_SECUREBITS => 28,
    PR_SET_CHILD_SUBREAPER => 36, PR_SET_NO_NEW_PRIVS => 38, PR_CAP_AMBIENT => 47, PR_CAP_AMBIENT_CLEAR_ALL => 4, LAST_CAP => 63,
    # uid 0 gains nothing by exec, and none of that can be undone (SECBIT_NOROOT, NO_SETUID_FIXUP, KEEP_CAPS off, locked)
    SECUREBITS_LOCKED => 0x2f,
    AT_FDCWD => -100, AT_EMPTY_PATH => 0x1000, AT_RECURSIVE => 0x8000,
    O_PATH => 010000000, O_CLOEXEC => 02000000,
    OPEN_TREE_CLONE => 1, MOVE_MOUNT_F_EMPTY_PATH => 4, MNT_DETACH => 2,
    MS_NOSUID => 2, MS_NODEV => 4, MS_NOEXEC => 8, MS_PRIVATE => 1 << 18,
    MOUNT_ATTR_RDONLY => 1, MOUNT_ATTR_NOSUID => 2, MOUNT_ATTR_NODEV => 4,
    # user, mount, pid, network, ipc, uts and cgroup namespaces
    CLONE_NEW_EVERYTHING => 0x10000000 | 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x02000000,
    SECCOMP_SET_MODE_FILTER => 1, LAST_DESCRIPTOR => 0xffffffff, CAPABILITY_VERSION_3 => 0x20080522, EINTR => 4,
    SIOCSIFFLAGS => 0x8914, IFF_UP_RUNNING => 0x41, AF_INET => 2, SOCK_DGRAM => 2,
};
# linux/landlock.h: rights on files, and which of them came after the first version of the interface.
use constant {
    LL_RULE_PATH_BENEATH => 1, LL_CREATE_RULESET_VERSION => 1, LL_NET_ALL => 3, LL_SCOPE_ALL => 3,
    LL_EXECUTE => 1, LL_WRITE_FILE => 2, LL_READ_FILE => 4, LL_READ_DIR => 8,
    LL_MAKE_DEVICES => 1 << 6 | 1 << 11, LL_FIRST => (1 << 13) - 1,
    LL_REFER => 1 << 13, LL_TRUNCATE => 1 << 14, LL_IOCTL_DEV => 1 << 15,
};
use constant LL_ON_FILES => LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | LL_TRUNCATE | LL_IOCTL_DEV;

my (%number, %environment, @parent, @steps, @rules, @seals, $filter);
my %verbs = (
    # verb => [number of arguments, action]
    number => [2, sub { my ($name, $value) = @_; $number{$name} = $value + 0 }],
    parent => [2, \&die_with_parent],
    env => [2, sub { my ($name, $value) = @_; $environment{$name} = $value }],
    limit => [2, \&set_limit],
    session => [0, sub { call('setsid') }],
    directory => [1, sub { my ($path) = @_; chdir $path or fail("chdir $path") }],
    filter => [1, sub { my ($path) = @_; $filter = read_file($path) }],
    # a root of its own
    namespaces => [2, \&enter_namespaces],
    bind => [3, \&plan_bind],
    tmpfs => [2, sub { my ($at, $bytes) = @_; push @steps, sub { mount_memory("$_[0]$at", $bytes) } }],
    proc => [1, sub { my ($at) = @_; push @steps, sub { mount_proc("$_[0]$at") } }],
    link => [2, sub { my ($to, $at) = @_; push @steps, sub { link_to("$_[0]$at", $to) } }],
    seal => [1, sub { push @seals, @_ }],
    root => [1, \&enter_root],
    # Landlock
    tree => [0, \&watch_tree],
    allow => [2, sub { my ($mode, $path) = @_; push @rules, [$mode, open_object($path), -d $path] }],
    restrict => [0, \&restrict],
    # the last ones
    powerless => [0, \&drop_privileges],
    reaper => [0, sub { watch_namespace(\&install_filter) }],
);

my @words = do { open my $input, '<&=', 3 or fail('instructions'); local $/; split /\0/, readline $input, -1 };
while (defined(my $verb = shift @words)) {
    run_command() if $verb eq 'exec';
    my ($arity, $action) = @{$verbs{$verb} or fail("instruction '$verb'")};
    $action->(splice @words, 0, $arity);
}
fail('no command');

sub fail { my ($what) = @_; my $why = $!; syswrite STDERR, "launcher: $what: $why\n"; exit 97 }
# A system call by its name; ends the launcher when it fails.
sub call {
    my ($name, @arguments) = @_;
    my $result = try_call($name, @arguments);
    fail($name) if $result < 0;
    return $result;
}

sub try_call {
    my ($name, @arguments) = @_;
    # A copy: syscall() wants to write to its arguments.
    return syscall $number{$name} // fail("number of $name"), @arguments;
}

sub prctl { return try_call('prctl', @_, (0) x (5 - @_)) }
sub read_file { my ($path) = @_; open my $file, '<:raw', $path or fail($path); local $/; return readline $file }
sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or fail($path);
    defined syswrite $file, $text or fail($path);
}

# Ends with its parent. When the parent died before this call, nobody would ever send the signal.
sub die_with_parent {
    my ($pid, $signal) = @parent = @_;
    prctl(PR_SET_PDEATHSIG, $signal + 0);
    getppid == $pid or fail('the kernel is gone');
}

sub set_limit { my ($resource, $value) = @_; call('prlimit64', 0, $resource + 0, pack('QQ', $value, $value), 0) }

# Takes hold of a path that was checked: what it leads to must not have changed. Not openat2(2), which older containers
# refuse. The last part may be a link: then it is the link that is held.
sub open_path {
    my ($path) = @_;
    sysopen my $file, $path, O_PATH | $number{O_NOFOLLOW} or fail($path);
    my $is_link = ((stat $file)[2] & 0170000) == 0120000;
    fail("$path has changed") if $is_link || readlink('/proc/self/fd/' . fileno $file) ne $path;
    return $file;
}

# ---- namespaces ------------------------------------------------------------

sub enter_namespaces {
    my ($uid, $gid) = @_;
    call('unshare', CLONE_NEW_EVERYTHING);
    die_with_parent(@parent);    # new credentials have unset it
    write_file('/proc/self/setgroups', 'deny');
    write_file('/proc/self/uid_map', "$uid $uid 1");
    write_file('/proc/self/gid_map', "$gid $gid 1");
    call('sethostname', 'plugin', 6);
    raise_loopback();
    watch_namespace();
}

sub raise_loopback {
    socket my $socket, AF_INET, SOCK_DGRAM, 0 or fail('socket');
    my $request = pack 'a16 s x22', 'lo', IFF_UP_RUNNING;
    ioctl $socket, SIOCSIFFLAGS, $request or fail('loopback');
}

# The child goes on; this process stays and ends as it does. USR1 ends everything.
sub watch_namespace {
    my $child = fork_bound(@_) or return;
    $SIG{USR1} = sub { local $!; kill 'KILL', $child };
    my $ended;
    do { $ended = wait } until $ended == $child || $ended < 0 && $! != EINTR;
    exit_as($?);
}

# Forks a child that ends with this process: once its signal is set it writes to a pipe that only this process reads,
# which fails when this process died before. The child goes on when this process has let go of everything.
sub fork_bound {
    pipe my $reader, my $writer or fail('pipe');
    pipe my $gate, my $latch or fail('pipe');
    my $child = fork // fail('fork');
    if ($child) { close $writer; sysread $reader, my $byte, 1; withdraw(@_); return $child }
    close $_ for $reader, $latch;
    prctl(PR_SET_PDEATHSIG, 9);
    defined syswrite $writer, '.' or fail('the launcher is gone');
    sysread $gate, my $nothing, 1;
    return 0;
}

# The plugin may see this process in /proc: nothing it holds, and none of its memory, is to be had there.
sub withdraw {
    prctl(PR_SET_DUMPABLE, 0) == 0 or fail('dumpable');
    $_->() for @_;
    call('close_range', 3, LAST_DESCRIPTOR, 0);
}

sub exit_as { my ($status) = @_; exit($status & 127 ? 128 + ($status & 127) : $status >> 8) }

# Takes hold of the source at once: the new root is built over a place that may hide it.
sub plan_bind {
    my ($mode, $source, $target) = @_;
    my $is_directory = -d $source;
    my $file = open_path($source);
    my $tree = call('open_tree', fileno $file, '', OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
    my $attributes = $mode eq 'device' ? MOUNT_ATTR_NOSUID : MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    $attributes |= MOUNT_ATTR_RDONLY if $mode eq 'read';
    restrict_mount($tree, '', AT_EMPTY_PATH | AT_RECURSIVE, $attributes);
    push @steps, sub {
        my ($base) = @_;
        $is_directory ? make_directory("$base$target") : make_file("$base$target");
        call('move_mount', $tree, '', AT_FDCWD, "$base$target", MOVE_MOUNT_F_EMPTY_PATH) == 0 or fail($target);
    };
}

sub restrict_mount {
    my ($fd, $path, $flags, $attributes) = @_;
    call('mount_setattr', $fd, $path, $flags, pack('QQQQ', $attributes, 0, MS_PRIVATE, 0), 32);
}

sub make_directory {
    my ($path) = @_;
    return if -d $path;
    my ($parent) = $path =~ m{^(.*)/[^/]+$};
    make_directory($parent) if $parent ne '';
    mkdir $path, 0755 or fail($path);
}

sub make_file {
    my ($path) = @_;
    return if -e $path;
    make_directory($path =~ s{/[^/]+$}{}r);
    open my $file, '>', $path or fail($path);
}

sub mount_memory {
    my ($path, $bytes) = @_;
    make_directory($path);
    call('mount', 'tmpfs', $path, 'tmpfs', MS_NOSUID | MS_NODEV, "size=$bytes,mode=0755");
}

sub mount_proc { make_directory($_[0]); call('mount', 'proc', $_[0], 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC, 0) }

sub link_to { my ($path, $target) = @_; symlink $target, $path or fail($path) }
# Builds the root at $base, which any directory can be, and leaves the old one.
sub enter_root {
    my ($base) = @_;
    mount_memory($base, 1 << 20);
    $_->($base) for @steps;
    chdir $base or fail($base);
    call('pivot_root', '.', '.');
    call('umount2', '.', MNT_DETACH);
    chdir '/' or fail('/');
    restrict_mount(AT_FDCWD, $_, 0, MOUNT_ATTR_RDONLY) for @seals;
}

# ---- Landlock --------------------------------------------------------------

# Without a process namespace this process is the one orphans come back to, and the one that ends all of them.
sub watch_tree {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    my $child = fork_bound() or return;
    my $is_over = 0;
    $SIG{USR1} = sub { local $!; $is_over = 1; kill 'KILL', $child };
    my ($ended, $status) = (0);
    until ($ended < 0 && $! != EINTR) {
        # Each round ends a generation; its children become ours.
        kill 'KILL', children_of($$) if $is_over || defined $status;
        $ended = wait;
        $status = $? if $ended == $child;
    }
    exit_as($status // 9);
}

sub children_of {
    my ($parent) = @_;
    opendir my $proc, '/proc' or fail('/proc');
    return grep { /^\d+$/ && parent_of($_) == $parent } readdir $proc;
}

sub parent_of {
    my ($pid) = @_;
    open my $file, '<', "/proc/$pid/stat" or return 0;
    my ($parent) = (readline($file) // '') =~ /\) \S (\d+) [^)]*$/;
    return $parent // 0;
}

sub restrict {
    my $version = try_call('landlock_create_ruleset', 0, 0, LL_CREATE_RULESET_VERSION);
    fail('Landlock') if $version < 1;
    my $known = LL_FIRST | LL_REFER | LL_TRUNCATE | ($version >= 5 ? LL_IOCTL_DEV : 0);
    my $ruleset = pack 'QQQ', $known, LL_NET_ALL, LL_SCOPE_ALL;
    my $size = $version >= 6 ? 24 : $version >= 4 ? 16 : 8;
    my $fd = call('landlock_create_ruleset', $ruleset, $size, 0);
    allow($fd, $known, @$_) for @rules;
    call('landlock_restrict_self', $fd, 0);
}

sub allow {
    my ($fd, $known, $mode, $object, $is_directory) = @_;
    my %rights = (
        read => LL_READ_FILE | LL_READ_DIR,
        execute => LL_READ_FILE | LL_READ_DIR | LL_EXECUTE,
        write => $known & ~(LL_MAKE_DEVICES | LL_EXECUTE | LL_IOCTL_DEV),
        'write-execute' => $known & ~(LL_MAKE_DEVICES | LL_IOCTL_DEV),
        device => LL_READ_FILE | LL_WRITE_FILE | LL_IOCTL_DEV,
    );
    my $rule = pack 'Ql', $rights{$mode} & $known & ($is_directory ? ~0 : LL_ON_FILES), fileno $object;
    call('landlock_add_rule', $fd, LL_RULE_PATH_BENEATH, $rule, 0);
}

# Of /proc only what is this process's own.
sub open_object { my ($path) = @_; return open_path($path eq '/proc/self' ? "/proc/$$" : $path) }

# ---- the end ---------------------------------------------------------------

sub drop_privileges {
    prctl(PR_CAPBSET_DROP, $_) for 0 .. LAST_CAP;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
    prctl(PR_SET_SECUREBITS, SECUREBITS_LOCKED);
    my ($header, $none) = (pack('Ll', CAPABILITY_VERSION_3, 0), "\0" x 24);
    call('capset', $header, $none);
    prctl(PR_SET_NO_NEW_PRIVS, 1) == 0 or fail('no_new_privs');
}

sub install_filter { call('seccomp', SECCOMP_SET_MODE_FILTER, 0, pack 'S x6 P', length($filter) / 8, $filter) }

sub run_command {
    my @command = splice @words, 0, shift @words;
    %ENV = %environment;
    install_filter() if defined $filter;
    { no warnings 'exec'; exec { $command[0] } @command }
    fail($command[0]);
}
