# SPDX-License-Identifier: BSD-2-Clause
sh -c 'exit 3'; echo $?
sh -c 'kill -TERM $$'; echo $?
(sleep 100 & echo $! > /tmp/pid; wait) & sleep 0.2; kill $(cat /tmp/pid); wait; echo waited
timeout 0.2 sleep 10; echo $?
trap 'echo got usr1' USR1; kill -USR1 $$; echo after
trap 'echo bye' EXIT
x=$(sh -c 'echo out; echo err >&2' 2>&1); echo "$x"
sleep 0.1 & sleep 0.1 & wait && echo both
i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i + 1)); done; echo $i
sh -c 'ulimit -n 20; ulimit -n'
ps | grep -c '[s]h '> /dev/null && echo ps works
ls /proc/self/fd | wc -l
cat /proc/self/comm
readlink /proc/self/exe
uname -s
case $(uname -m) in x86_64 | aarch64 | riscv64) echo machine ;; esac
test -d /proc/1 && echo init
