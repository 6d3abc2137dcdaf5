#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Two busy loops, a pipe, and what could give a host away: time, random numbers, process numbers.
i=0
while [ $i -lt 300 ]; do i=$((i + 1)); done &
j=0
while [ $j -lt 200 ]; do j=$((j + 1)); done
echo x | cat
od -An -N8 -x /dev/urandom
date +%s.%N
ls -l /proc 2>/dev/null | head -20 # processes come and go meanwhile
wait
cat /proc/uptime /proc/stat /proc/interrupts /proc/self/maps /proc/self/stat 2>/dev/null
echo done $i $j $$
