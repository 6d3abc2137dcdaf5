#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Names of a kernel's functions, as assembly that is linked into it: make_symbols.py OUT NM [ELF]

A table of offsets from the first function, sorted; a table of places in the names; the names.
Without ELF the tables are empty.  They lie behind the code, so that the code of the final link is
where the first one had it; common/symbols.c reads them.
"""
import subprocess
import sys


def functions(nm, elf):
    text = subprocess.run([nm, elf], check=True, capture_output=True, text=True).stdout
    found = {}
    for line in text.splitlines():
        address, kind, name = line.split()[-3:] if len(line.split()) == 3 else ("0", "U", "")
        if kind in "tT" and not name.startswith((".", "$", "__")):
            found.setdefault(int(address, 16), name)
    return sorted(found.items())


def main():
    sys.stdout = open(sys.argv[1], "w", encoding="ascii")
    table = functions(sys.argv[2], sys.argv[3]) if len(sys.argv) > 3 else []
    base = table[0][0] if table else 0
    # Counted from where it stands: the image may run somewhere else than where it was linked.
    to_first = base - next((at for at, name in table if name == "core_main"), 0)
    start = f"core_main + {to_first} - symbols_base" if table else "0"
    print('/* SPDX-License-Identifier: BSD-2-Clause */\n    .section .rodata.symbols, "a"')
    print("    .balign 8\n    .globl symbols_base, symbols_count, symbols_at, symbols_name, "
          "symbols_text")
    print(f"symbols_base:\n    .quad {start}\nsymbols_count:\n    .long {len(table)}")
    print("symbols_at:")
    for address, _ in table:
        print(f"    .long {address - base:#x}")
    print("symbols_name:")
    place = 0
    for _, name in table:
        print(f"    .long {place}")
        place += len(name) + 1
    print("symbols_text:")
    for _, name in table:
        print(f'    .asciz "{name}"')
    print('    .byte 0\n    .section .note.GNU-stack, "", %progbits')
    return 0


if __name__ == "__main__":
    sys.exit(main())
