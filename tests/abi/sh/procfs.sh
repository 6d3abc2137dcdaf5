# SPDX-License-Identifier: BSD-2-Clause
# What ps, top, free, mount and uptime read.
free | head -1 | awk '{ print $1, $2, $3 }'
uptime | grep -c 'load average'
mount | grep -c '^proc on /proc type proc'
top -b -n 1 | grep -c '^Mem:'
ps -o pid,comm | grep -c ps
grep -c '^processor' /proc/cpuinfo > /tmp/n && [ "$(cat /tmp/n)" -ge 1 ] && echo cpus
grep '^Name' /proc/self/status
cut -d' ' -f2 /proc/self/stat
grep -c r-xp /proc/self/maps > /dev/null && echo maps
cat /proc/self/cmdline | tr '\0' ' '; echo
ls -d /proc/self/task/* | wc -l
df -h / > /dev/null && echo df
dmesg > /dev/null && echo dmesg
cat /proc/sys/kernel/ostype
[ $(wc -c < /proc/sys/kernel/random/uuid) = 37 ] && echo uuid
cat /proc/999999/stat 2>&1 | sed 's/.*: //'
id -u
hostname
