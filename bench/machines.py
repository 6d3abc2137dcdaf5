# SPDX-License-Identifier: BSD-2-Clause
"""The virtual machines that benchmarks boot two kernels on in turns: ours and Debian's."""
import os
import select
import subprocess
import time

MEM_MIB = 256
LIMIT_S = 1200
SILENT_S = 300

CPU = {
    ("x86_64", "tcg"): "max",
    ("x86_64", "kvm"): "host,arch-capabilities=off",
    # Pointer authentication by the architected algorithm would be most of what Linux does: QEMU
    # computes it in software, which a processor does not.
    ("aarch64", "tcg"): "max,pauth-impdef=on",
    ("aarch64", "kvm"): "host",
    ("riscv64", "tcg"): "rv64",
}
MACHINE = {"x86_64": "q35", "aarch64": "virt,gic-version=3", "riscv64": "virt"}
CONSOLE = {"x86_64": "ttyS0", "aarch64": "ttyAMA0", "riscv64": "ttyS0"}
OPTIONS = {
    "x86_64": ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", "-debugcon", "file:/dev/null"],
    "aarch64": ["-semihosting"],
    "riscv64": [],
}
MOUNTS = "mount -t proc proc /proc; mount -t devtmpfs dev /dev; "


def qemu(args, kernel, initrd, cmdline):
    if (args.home, args.accel) not in CPU:
        raise SystemExit(f"bench: no {args.accel} for {args.home}")
    return [f"qemu-system-{args.home}", "-nodefaults", "-display", "none", "-no-reboot",
            "-machine", MACHINE[args.home], "-accel", args.accel,
            "-cpu", CPU[args.home, args.accel], "-smp", str(args.cpus), "-m", f"{MEM_MIB}M",
            "-chardev", "stdio,id=line,signal=off", "-serial", "chardev:line",
            *OPTIONS[args.home], "-kernel", kernel, "-initrd", initrd, "-append", cmdline]


def homes(args, initrd, script):
    """{name: what starts QEMU with that kernel and a shell that runs the script}.  Linux finds
    /proc and /dev only if somebody mounts them; the kernel under test does that itself."""
    out = {"CloudOS": qemu(args, args.kernel, initrd,
                           f'quiet console=stream -- /bin/sh -c "{script}"')}
    if args.peer:
        out["Linux"] = qemu(args, args.peer, initrd,
                            f"console={CONSOLE[args.home]} quiet rdinit=/bin/sh -- -c "
                            f'"{MOUNTS}{script}"')
    return out


def watch(argv, last, first=None):
    """Run a machine until it prints `last`: its output, and the seconds until it had printed
    `first`."""
    start = time.monotonic()
    proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    text, ready = b"", None
    try:
        while select.select([proc.stdout], [], [], SILENT_S)[0]:
            data = os.read(proc.stdout.fileno(), 4096)
            text += data
            if ready is None and first and first in text:
                ready = time.monotonic() - start
            if last in text:
                return text.decode(errors="replace").replace("\r", ""), ready
            if not data or time.monotonic() - start > LIMIT_S:
                break
    finally:
        proc.kill()
        proc.wait()
    raise SystemExit(f"bench: it did not come so far:\n{text.decode(errors='replace')[-2000:]}")


def add_arguments(parser, runs):
    parser.add_argument("--home", choices=sorted(MACHINE), default="x86_64")
    parser.add_argument("--kernel", required=True, help="what QEMU loads")
    parser.add_argument("--peer", help="Debian's kernel for the same machine")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--accel", choices=("tcg", "kvm"), default="tcg")
    parser.add_argument("--runs", type=int, default=runs)
    parser.add_argument("--update", metavar="PAGE", help="put the table into this page")
    parser.add_argument("--json", action="store_true")


def describe(args):
    return f"{MACHINE[args.home]}, {args.accel}, {args.cpus} CPUs, {MEM_MIB} MiB, {args.runs} runs"


def update(page, what, text):
    """Put a table between its marks in a page."""
    begin, end = f"<!-- table: {what} -->", f"<!-- end: {what} -->"
    with open(page, encoding="utf-8") as f:
        before, _, rest = f.read().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"bench: {page}: no place for the table: {begin} ... {end}")
    with open(page, "w", encoding="utf-8") as f:
        f.write(f"{before}{begin}\n{text}{end}{after}")
