#!/bin/sh
# Boots a machine of its own inside this one: systemd as process 1 of a PID namespace, with the units of the hub and no
# others. What it changes in /etc, /home, /opt, /srv and /var/lib goes to memory and is gone with it.
#   boot.sh ENVIRONMENT CHECKOUT    as root, in a network namespace of its own
set -eu
name=hub-test

join() { mkdir -p "$1/$name" && echo $$ > "$1/$name/cgroup.procs"; }

if [ "${1:-}" != inside ]; then
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        for controller in cpu memory pids; do echo "+$controller" > /sys/fs/cgroup/cgroup.subtree_control; done
        join /sys/fs/cgroup
    else
        for controller in cpu cpuacct memory pids systemd unified; do join "/sys/fs/cgroup/$controller"; done
    fi
    exec setpriv --pdeathsig KILL unshare --mount --uts --ipc --cgroup --pid --fork --kill-child "$0" inside "$@"
fi

environment=$2
checkout=$3
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/box/up /run/box/work /run/box/units /run/box/empty

if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
    mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
    for controller in cpu cpuacct memory pids systemd unified; do
        mkdir "/sys/fs/cgroup/$controller"
        case $controller in
            systemd) mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd ;;
            unified) mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified ;;
            *) mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" ;;
        esac
    done
fi

# The real places of a server: the environment and the checkout are moved there before what held them is hidden.
mkdir /run/box/environment
mount --bind "$environment" /run/box/environment
mkdir /run/box/checkout
(cd "$checkout" && git -c safe.directory='*' ls-files -z --cached --others --exclude-standard \
    | xargs -0 sh -c 'for f; do test -f "$f" && printf "%s\0" "$f"; done' sh | tar -c --null -T -) | tar -x -C /run/box/checkout
for place in /home /opt /srv; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
mkdir /opt/hiker-and-guide /srv/hiker-and-guide
mount --bind /run/box/environment /opt/hiker-and-guide
mount --bind /run/box/checkout /srv/hiker-and-guide
mkdir -p /run/box/lib && mount --bind /run/box/lib /var/lib/systemd
mkdir -p /run/box/varlib-up /run/box/varlib-work
mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/box/varlib-up,workdir=/run/box/varlib-work /var/lib
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/box/up,workdir=/run/box/work /etc

# No unit of the machine outside: sysinit.target would clean its /tmp.
mount --bind /run/box/units /usr/lib/systemd/system
mount --bind /run/box/empty /usr/lib/systemd/system-generators
mount -t tmpfs -o mode=755 tmpfs /etc/systemd/system
for target in sysinit basic network multi-user shutdown; do
    printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" > "/usr/lib/systemd/system/$target.target"
done
export container=$name
exec /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --log-level=info --show-status=false
