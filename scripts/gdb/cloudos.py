# SPDX-License-Identifier: BSD-2-Clause
"""Commands for gdb on a simulated machine: `./cloudos run --gdb ...` loads this file.

They only read memory: nothing is called in the kernel, so they work wherever it stopped.
"""
import re

import gdb

PAGE = 4096
STATES = ["new", "runnable", "sleeping", "blocked", "killable", "stopped", "dead"]
AREA_FLAGS = [(1, "r"), (2, "w"), (4, "x"), (8, "s")]


def val(expression):
    return gdb.parse_and_eval(expression)


def num(value):
    return int(value) & 0xffffffffffffffff


def text(array):
    return array.string(errors="replace")


def type_of(name):
    return gdb.lookup_type(name)


def container(node, type_name, member):
    """The struct that the list or tree node `node` (an address) lies in."""
    kind = type_of(type_name)
    field = next(f for f in kind.fields() if f.name == member)
    return gdb.Value(node - field.bitpos // 8).cast(kind.pointer()).dereference()


def static_of(name, file):
    """A file's own variable: names such as `chunks` are not unique in the program."""
    return val(f"'{file}'::{name}")


def list_nodes(head):
    node = head["next"]
    while num(node) != num(head.address):
        yield num(node)
        node = node.dereference()["next"]


def tree_nodes(node):
    """Addresses in order."""
    if num(node) == 0:
        return
    yield from tree_nodes(node["left"])
    yield num(node)
    yield from tree_nodes(node["right"])


def cpu_count():
    return int(static_of("cpu_count", "core/sched/cpu.c"))


def processes():
    chunks = static_of("chunks", "core/proc/pid.c")
    first, last = chunks.type.range()
    for c in range(first, last + 1):
        if num(chunks[c]) == 0:
            continue
        for i in range(512):
            pid = chunks[c][i]
            if num(pid) and num(pid["process"]):
                yield pid["process"].dereference()


def process_find(pid):
    for p in processes():
        if int(p["pid"]) == pid:
            return p
    raise gdb.GdbError(f"there is no process {pid}")


def tasks_of(process):
    for node in list_nodes(process["tasks"]):
        yield container(node, "struct task", "link")


def space_of(pid):
    space = process_find(pid)["space"]
    if num(space) == 0:
        raise gdb.GdbError(f"process {pid} has no memory of its own any more")
    return space.dereference()


def running_on(thread):
    for cpu in range(cpu_count()):
        if num(val(f"sched_rqs[{cpu}].current")) == num(thread):
            return cpu
    return None


def place(address):
    """The function and line of a code address."""
    block = gdb.block_for_pc(address)
    while block and not block.function:
        block = block.superblock
    at = gdb.find_pc_line(address)
    name = block.function.name if block else hex(address)
    return f"{name} {at.symtab.filename}:{at.line}" if at.symtab else name


# ---- memory of user programs ----

def entry_x86_64(raw, level):
    if not raw & 1:
        return None
    rights = "r" + ("w" if raw & 2 else "-") + ("-" if raw >> 63 else "x")
    leaf = level == 0 or raw & 0x80
    return raw & 0x000ffffffffff000, leaf, rights + ("u" if raw & 4 else "k")


def entry_riscv(raw, level):
    if not raw & 1:
        return None
    rights = "".join(c if raw & b else "-" for b, c in ((2, "r"), (4, "w"), (8, "x"), (16, "u")))
    return (raw >> 10 & 0xfffffffffff) << 12, raw & 0xe != 0, rights


def entry_aarch64(raw, level):
    if not raw & 1:
        return None
    rights = "r" + ("-" if raw & 0x80 else "w") + ("-" if raw >> 54 & 1 else "x")
    leaf = level == 0 or not raw & 2
    return raw & 0x0000fffffffff000, leaf, rights + ("u" if raw & 0x40 else "k")


DECODERS = {"HAL_MMU_X86_64": entry_x86_64, "HAL_MMU_SV48": entry_riscv,
            "HAL_MMU_SV39": entry_riscv, "HAL_MMU_AARCH64": entry_aarch64}


def is_hosted():
    """Or the kernel of a bare machine."""
    return gdb.lookup_static_symbol("direct_map") is None


def ram(pa):
    """Where frame `pa` is mapped in the kernel."""
    if is_hosted():
        return num(static_of("base_va", "hostsim/hal/arena.c")) + pa
    return num(static_of("direct_map", "bare-metal/common/boot.c")) + pa


def read_bytes(address, length):
    return gdb.selected_inferior().read_memory(address, length).tobytes()


def read_u64(address):
    return int.from_bytes(read_bytes(address, 8), "little")


def bootinfo():
    if not is_hosted():
        return static_of("info", "bare-metal/common/boot.c")
    at = ram(num(static_of("info_pa", "hostsim/hal/arena.c")))
    return gdb.Value(at).cast(type_of("struct hal_bootinfo").pointer()).dereference()


def walk(space, va):
    """[(level, address of the entry, raw, decoded or None)] down to the leaf."""
    mmu = str(bootinfo()["mmu"])
    decode, levels = DECODERS[mmu], 3 if mmu == "HAL_MMU_SV39" else 4
    table, steps = num(space["pt"]["root_pa"]), []
    for level in range(levels - 1, -1, -1):
        at = table + (va >> (12 + 9 * level) & 511) * 8
        raw = read_u64(ram(at))
        entry = decode(raw, level)
        steps.append((level, at, raw, entry))
        if entry is None or entry[1]:
            break
        table = entry[0]
    return steps


def user_pa(space, va):
    level, _, _, entry = walk(space, va)[-1]
    if entry is None:
        return None
    return entry[0] + (va & ((PAGE << 9 * level) - 1))


def user_u64(space, va):
    pa = user_pa(space, va)
    return None if pa is None or va % PAGE > PAGE - 8 else read_u64(ram(pa))


# ---- the commands ----

class Prefix(gdb.Command):
    """Look at the simulated machine: tasks, cpus, kaslr, runq, locks, vmas, pt, ubt, log."""

    def __init__(self):
        super().__init__("cloudos", gdb.COMMAND_DATA, prefix=True)


Prefix()


def command(usage):
    """Make `cloudos NAME` of a function that takes the arguments as numbers."""
    def make(function):
        name = function.__name__

        class Command(gdb.Command):
            __doc__ = function.__doc__

            def invoke(self, argument, from_tty):
                try:
                    words = [int(num(val(w))) for w in gdb.string_to_argv(argument)]
                    function(*words)
                except TypeError as e:
                    if "positional" not in str(e):
                        raise
                    raise gdb.GdbError(f"usage: cloudos {name} {usage}") from e
                except gdb.MemoryError as e:
                    raise gdb.GdbError(f"the machine does not run yet, or: {e}") from e

        Command("cloudos " + name, gdb.COMMAND_DATA)
        return function
    return make


@command("")
def tasks():
    """All tasks: pid, tid, state, CPU, current system call, name."""
    print(f"{'pid':>6} {'tid':>6} {'parent':>6} {'state':<9} {'cpu':<4} {'call':>5} name")
    for p in processes():
        parent = int(p["parent"]["pid"]) if num(p["parent"]) else 0
        for t in tasks_of(p):
            cpu = running_on(t["thread"])
            state = STATES[int(t["thread"]["state"])] if cpu is None else "running"
            call = num(t["syscall_nr"])
            print(f"{int(p['pid']):6} {int(t['tid']):6} {parent:6} {state:<9} "
                  f"{'-' if cpu is None else cpu:<4} {'-' if call >> 63 else call:>5} "
                  f"{text(p['comm'])}")


@command("")
def cpus():
    """What each CPU runs, its pending interrupts, and in seeded mode where it was left."""
    for cpu in range(cpu_count()):
        v = val(f"vcpus[{cpu}]")
        thread = val(f"sched_rqs[{cpu}].current")
        name = f"{int(thread['id'])} {text(thread['name'])}" if num(thread) else "nothing"
        deadline = num(v["deadline_ns"])
        print(f"cpu {cpu}: {name}; interrupts {'masked' if v['masked'] else 'open'}, pending "
              f"{num(v['pending']):#x}, deadline {'none' if deadline >> 63 else deadline}")
        if num(v["resume"]["sp"]) and num(val("vcpu_current")) != num(v.address):
            stack_print(num(v["resume"]["sp"]))


def stack_print(sp):
    """A context that was left in context_swap(): six registers, then the return address."""
    fp, pc = read_u64(sp + 40), read_u64(sp + 48)
    for _ in range(16):
        if pc == 0:
            return
        print(f"    {place(pc - 1)}")
        if fp == 0:
            return
        fp, pc = read_u64(fp), read_u64(fp + 8)


@command("TID")
def kbt(tid):
    """The kernel stack of a task that does not run."""
    for p in processes():
        for t in tasks_of(p):
            if int(t["tid"]) == tid:
                stack_print(num(t["thread"]["context"]["sp"]))
                return
    raise gdb.GdbError(f"there is no task {tid}")


@command("")
def kaslr():
    """Find where the kernel of a bare x86_64 machine runs, and move its symbols there."""
    table = re.search(r"IDT= *([0-9a-f]{16})", gdb.execute("monitor info registers", False, True))
    at = num(static_of("idt", "bare-metal/x86_64/trap.c").address)
    if not table or int(table[1], 16) < 1 << 63:
        raise gdb.GdbError("the machine does not run yet, or is not x86_64 in QEMU")
    kaslr.offset = kaslr.offset + int(table[1], 16) - at & 0xffffffffffffffff
    gdb.execute(f"symbol-file {gdb.current_progspace().filename} -o {kaslr.offset:#x}")
    print(f"the kernel runs {kaslr.offset:#x} from where it is linked")


kaslr.offset = 0


@command("")
def runq():
    """The run queue of each CPU: who runs, who waits."""
    for cpu in range(cpu_count()):
        rq = val(f"sched_rqs[{cpu}]")
        current = rq["current"]
        print(f"cpu {cpu}: {int(rq['nr'])} runnable, load {int(rq['load'])}, "
              f"{num(rq['switches'])} switches; runs "
              f"{int(current['id']) if num(current) else '-'} "
              f"{text(current['name']) if num(current) else ''}")
        for node in tree_nodes(rq["fair"]["tree"]["node"]):
            fair = container(node, "struct fair_entity", "node")
            entity = container(num(fair.address), "struct sched_entity", "fair")
            storage = container(num(entity.address), "struct thread_storage", "se")
            thread = storage["thread"]
            print(f"    {int(thread['id']):6} nice {int(entity['nice']):3} "
                  f"vruntime {num(fair['vruntime'])} deadline {num(fair['deadline'])} "
                  f"{text(thread['name'])}")


def held_print(stack):
    for i in range(int(stack["depth"])):
        held = stack["held"][i]
        print(f"    {held['map']['name'].string()} at {hex(num(held['map']))}, taken by "
              f"{place(num(held['site']))}")


@command("")
def locks():
    """Spinlocks held by CPUs and sleeping locks held by tasks (needs the lock checker)."""
    for cpu in range(cpu_count()):
        stack = static_of("cpus", "core/lib/lockdep.c")[cpu]["spin"]
        if int(stack["depth"]):
            print(f"cpu {cpu}:")
            held_print(stack)
    for p in processes():
        for t in tasks_of(p):
            stack = t["thread"]["lockdep"]["stack"]
            if int(stack["depth"]):
                print(f"task {int(t['tid'])} {text(p['comm'])}:")
                held_print(stack)


@command("PID")
def vmas(pid):
    """The memory areas of a process."""
    space = space_of(pid)
    for node in tree_nodes(space["areas"]["node"]):
        area = container(node, "struct vm_area", "node")
        flags = int(area["flags"])
        rights = "".join(c if flags & bit else "-" for bit, c in AREA_FLAGS)
        kind = "file" if num(area["file"]) else "object" if num(area["object"]) else "anonymous"
        print(f"{num(area['start']):#016x}-{num(area['end']):#016x} {rights} "
              f"{(num(area['end']) - num(area['start'])) >> 10:8} KiB {kind} "
              f"+{num(area['offset']):#x}")


@command("PID ADDRESS")
def pt(pid, address):
    """Walk the page tables of a process to an address."""
    for level, at, raw, entry in walk(space_of(pid), address):
        what = "nothing there"
        if entry:
            what = f"{'page' if entry[1] else 'table'} at {entry[0]:#x}, {entry[2]}"
        print(f"level {level}: entry {raw:#018x} at {at:#x}: {what}")


@command("TID")
def ubt(tid):
    """A user program's backtrace, by frame pointers (as far as it keeps them)."""
    for p in processes():
        for t in tasks_of(p):
            if int(t["tid"]) != tid:
                continue
            regs, space = t["user"]["regs"], t["space"].dereference()
            print(f"#0  {num(regs['rip']):#x}  sp {num(regs['rsp']):#x}")
            fp = num(regs["rbp"])
            for depth in range(1, 32):
                up, pc = user_u64(space, fp), user_u64(space, fp + 8)
                if not pc or not up or up <= fp:
                    return
                print(f"#{depth:<2} {pc:#x}")
                fp = up
            return
    raise gdb.GdbError(f"there is no task {tid}")


@command("[LINES]")
def log(lines=20):
    """The last messages of the kernel log."""
    ring = static_of("log_ring", "core/trace/log.c")
    size = ring["text"].type.range()[1] + 1
    count = ring["slots"].type.range()[1] + 1
    first, last = num(ring["first"]), num(ring["next"])
    base = num(ring["text"].address)
    for seq in range(max(first, last - lines), last):
        slot = ring["slots"][seq % count]
        at, length = num(slot["at"]) % size, int(slot["rec"]["len"])
        data = read_bytes(base + at, min(length, size - at))
        data += read_bytes(base, length - len(data)) if len(data) < length else b""
        ns = num(slot["rec"]["time_ns"])
        print(f"[{ns // 10**9:5}.{ns % 10**9 // 1000:06}] {data.decode(errors='replace')}")


