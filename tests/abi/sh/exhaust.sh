# SPDX-License-Identifier: BSD-2-Clause
# Programs that want everything: memory, files, processes.  The shell goes on.
# mem: 64M
total() { awk '/MemAvailable/ { print int($2 / 4096) }' /proc/meminfo; }
before=$(total)
for round in 1 2; do
    dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null
    echo "more than there is: $?"
    sh -c 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done' 2>/dev/null
    echo "one program: $?"
    dd if=/dev/zero of=/tmp/fill bs=64k 2>/dev/null
    echo "file: $?"
    rm /tmp/fill
done
for job in 1 2 3; do
    dd if=/dev/zero of=/dev/null bs=30M count=1 2>/dev/null &
done
wait
echo 'three at once: over'
sh -c 'f() { f; }; f' 2>/dev/null
echo "stack: $?"
mkdir /tmp/m && mount -t tmpfs -o size=64k,nr_inodes=10 none /tmp/m
dd if=/dev/zero of=/tmp/m/f bs=4k 2>/dev/null
echo "full: $? $(wc -c </tmp/m/f)"
for i in 1 2 3 4 5 6 7 8 9 10; do
    (: >/tmp/m/$i) 2>/dev/null || { echo "names: $i"; break; }
done
umount /tmp/m
# A fork bomb against its limit, and the way to end one.
su nobody -s /bin/sh -c 'ulimit -u 30; b() { b | b & }; b; sleep 1' 2>/tmp/err
grep -q "can't fork" /tmp/err && echo 'bomb: refused'
su nobody -s /bin/sh -c 'kill -9 -1' 2>/dev/null
left=1
while [ "$left" != 0 ]; do # the dead wait for process 1
    left=$(ps -o user | grep -c nobody)
done
echo 'bomb: over'
[ $(($(total) + 1)) -ge "$before" ] && echo 'memory is back'
