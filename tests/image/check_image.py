#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Read symbol tables and say whether the core is linked as ADR 3 promises.

check_image.py undefined NM CORE_O HAL_H   core.o asks for hal.h and mem* only
check_image.py layout NM CORE_O PROGRAM    its variables lie alone in the core image
"""
import ctypes
import re
import subprocess
import sys

MEM = {"memcpy", "memmove", "memset", "memcmp"}
# What the compiler calls by itself where it is told to guard stack frames.
GUARD = {"__stack_chk_fail", "__stack_chk_guard"}
# The linker's own; code that can be moved names it.
LINKER = {"_GLOBAL_OFFSET_TABLE_"}
# Bounds of sections, which the final link defines.
SECTION_BOUND = re.compile(r"__(start|stop)_core_\w+$")
# Names that a C library has too would replace the library's in the whole process.
LIBC = ("libc.so.6",)


def symbols(nm, path):
    """(name, type, address, size) of every symbol."""
    text = subprocess.run([nm, "-P", path], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 2:
            continue
        value = int(fields[2], 16) if len(fields) > 2 else 0
        size = int(fields[3], 16) if len(fields) > 3 else 0
        yield fields[0], fields[1], value, size


def check_undefined(nm, core, hal_h):
    declared = set(re.findall(r"\b(hal_\w+)\(", open(hal_h).read()))
    bad = []
    for name, kind, _, _ in symbols(nm, core):
        if kind in "Uvw":
            known = declared | MEM | GUARD | LINKER
            if name not in known and not SECTION_BOUND.match(name):
                bad.append(f"core.o asks for {name}")
        elif kind.isupper() and any(hasattr(ctypes.CDLL(lib), name) for lib in LIBC):
            bad.append(f"core.o defines {name}, which the C library has too")
    return bad


def check_layout(nm, core, program):
    program_symbols = list(symbols(nm, program))
    bounds = {name: value for name, _, value, _ in program_symbols}
    start, end = bounds["__core_image_start"], bounds["__core_image_end"]
    core_data = {}
    for name, kind, _, size in symbols(nm, core):
        if kind in "dDbB":
            core_data.setdefault(name, []).append(size)
    bad = []
    if start % 4096 or end % 4096 or start >= end:
        bad.append(f"core image is {start:#x}..{end:#x}")
    if not core_data:
        bad.append("core.o has no variables at all")
    inside = {}
    for name, kind, value, size in program_symbols:
        if kind not in "dDbB" or name.startswith("__core_image_"):
            continue
        if start <= value < end:
            inside.setdefault(name, []).append(size)
    for name, sizes in core_data.items():
        if len(inside.get(name, [])) != len(sizes):
            bad.append(f"{name} of the core: {len(sizes)} times in core.o, "
                       f"{len(inside.get(name, []))} times in the image")
    for name in inside.keys() - core_data.keys():
        bad.append(f"{name} is in the core image but not of the core")
    return bad


def main():
    mode, nm, core, other = sys.argv[1:]
    bad = {"undefined": check_undefined, "layout": check_layout}[mode](nm, core, other)
    print("\n".join(bad) if bad else "ok")
    return 1 if bad else 0


sys.exit(main())
