# SPDX-License-Identifier: BSD-2-Clause
cd /tmp
sleep 0.3 & first=$!
sleep 0.1 & second=$!
wait $second; echo "second $?"
wait $first; echo "first $?"
(exit 3) & wait $!; echo "status $?"
sh -c 'kill -9 $$' & wait $!; echo "killed $?"
wait 99999; echo "not a child $?"
sleep 100 & kill $!; wait $! 2>/dev/null; echo "terminated $?"
sleep 100 & kill -STOP $!; kill -0 $! && echo "stopped, alive"; kill -CONT $!; kill $!; wait $! 2>/dev/null; echo "$?"
trap 'echo trapped' TERM
sh -c "sleep 0.1; kill -TERM $$" & wait $!; echo "interrupted wait $?"; wait
trap - TERM
trap '' INT; sh -c 'kill -INT $$; echo ignored'; trap - INT
{ echo a; sleep 0.1; echo b; } | while read -r line; do echo "got $line"; done
false | true; echo "pipe $?"
set -o pipefail; false | true; echo "pipefail $?"; set +o pipefail
mkfifo fifo
cat fifo & echo through > fifo; wait; rm fifo
for i in 1 2 3 4 5; do (sleep 0.0$((6 - i)); echo "job $i") & done | sort
wait
x=$( (sleep 0.1; echo late) & echo early; wait ); echo $x
exec 3> out; echo three >&3; exec 3>&-; cat out
echo x >&3 2>/dev/null || echo "closed"
exec 4<> out; read -r line <&4; echo "read $line"; exec 4>&-
(umask 077; : > private; stat -c %a private)
ulimit -n 30; ulimit -n
sh -c 'sleep 0.05 & exec sh -c "echo replaced"'
timeout 0.1 sh -c 'while :; do :; done'; echo "timeout $?"
setsid sh -c 'ps -o pid= > /dev/null; echo session'
yes | head -n 100000 | wc -l
