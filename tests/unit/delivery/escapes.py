"""Ways out of a cell. Each is a piece of Python that runs to its end only where it gets out.

`F` holds facts of the machine: addresses of files, sockets and processes that are really there.
"""

import json

PRELUDE = """
import ctypes, errno, fcntl, json, mmap, os, resource, signal, socket, stat, subprocess, sys, time
LIBC = ctypes.CDLL(None, use_errno=True)
def syscall(number, *arguments):
    result = LIBC.syscall(ctypes.c_long(number), *arguments)
    if result < 0: raise OSError(ctypes.get_errno(), "refused")
    return result
def c(result):
    if result < 0: raise OSError(ctypes.get_errno(), "refused")
    return result
def held(condition):
    if not condition: raise RuntimeError("held")
"""

ATTEMPTS = {
    # The house's files, secrets and processes.
    "read a secret file of the house": "open(F['secret']).read()",
    "read the house's program and settings": "open(F['house'] + '/config/settings.py').read()",
    "list the folder of hand-overs": "os.listdir(F['jobs'])",
    "read another job's files": "open(F['other']).read()",
    "read the worker's environment": "open(f\"/proc/{F['worker']}/environ\").read()",
    "see the worker in /proc": ("held('sleep' in open(f\"/proc/{F['worker']}/cmdline\").read())"),
    "follow the worker's root": "os.listdir(f\"/proc/{F['worker']}/root\")",
    "kill the worker": "os.kill(F['worker'], 0)",
    "trace the worker": "c(LIBC.ptrace(16, F['worker'], 0, 0))",
    "read the worker's memory by a call": (
        "syscall(310, F['worker'], ctypes.byref((ctypes.c_size_t * 2)()), 1, "
        "ctypes.byref((ctypes.c_size_t * 2)()), 1, 0)"
    ),
    # The steward, process 1 of the cell.
    "trace the steward": "c(LIBC.ptrace(16, 1, 0, 0))",
    "read the steward's memory": "open('/proc/1/mem', 'rb').read(1)",
    "reach the steward's open files": "n = os.listdir('/proc/1/fd')\n"
    "for name in n:\n"
    "    try: os.open(f'/proc/1/fd/{name}', os.O_RDONLY); break\n"
    "    except OSError: pass\n"
    "else: raise RuntimeError('held')",
    "follow the steward's root": "os.listdir('/proc/1/root')",
    "stop the steward": "os.kill(1, signal.SIGSTOP); time.sleep(.1); "
    "held('T' in open('/proc/1/stat').read().rpartition(')')[2].split()[0])",
    # Networks.
    "connect to a port of this machine": "socket.create_connection(('127.0.0.1', F['port']), 2)",
    "connect to the database's port": "socket.create_connection(('127.0.0.1', F['database']), 2)",
    "connect to the database's socket": "socket.socket(1).connect(F['socket'])",
    "connect to an abstract socket": "socket.socket(1).connect('\\0' + F['abstract'])",
    "connect to the outside": "socket.create_connection(('192.0.2.1', 53), 2)",
    "send a datagram outside": "socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 53))",
    "connect over IPv6": "socket.create_connection(('2001:db8::1', 53), 2)",
    "reach the hypervisor by vsock": "socket.socket(40, 1)",
    "send raw packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "see another interface than loopback": "held(len(os.listdir('/proc/sys/net/ipv4/conf')) > 3)",
    # Becoming somebody else.
    "become root": "os.setuid(0)",
    "become another account": "os.setuid(F['uid'] + 1)",
    "gain by a setuid program": (
        "held(b'uid=0' in subprocess.run(['su', '-c', 'id'], stdin=subprocess.DEVNULL, "
        "capture_output=True, timeout=5).stdout)"
    ),
    "be allowed new rights": "held('NoNewPrivs:\\t0' in open('/proc/self/status').read())",
    "hold a capability": (
        "held(any(int(line.split()[1], 16) for line in open('/proc/self/status') "
        "if line.startswith('Cap')))"
    ),
    "make a namespace where it is root": "c(LIBC.unshare(0x10000000))",
    "make one by clone": "os._exit(0) if syscall(56, 0x10000000 | 17, 0, 0, 0, 0) == 0 else 0",
    "make one by clone3": (
        "a = (ctypes.c_uint64 * 8)(0x10000000, 0, 0, 0, 17)\n"
        "os._exit(0) if syscall(435, ctypes.byref(a), 64) == 0 else 0"
    ),
    "enter another's namespace": "f = os.open('/proc/self/ns/user', 0); c(LIBC.setns(f, 0))",
    # The file system.
    "write into the data of the delivery": "open('/gridhour/data/known', 'w').write('x')",
    "add to the data of the delivery": "open('/gridhour/data/new', 'w').write('x')",
    "make the data writable": "c(LIBC.mount(b'', b'/gridhour/data', b'', 4096 | 32, b''))",
    "mount a file system": "c(LIBC.mount(b'x', b'/job/tmp', b'tmpfs', 0, b''))",
    "make the root writable": "c(LIBC.mount(b'', b'/', b'', 4096 | 32, b''))",
    "unmount what hides something": "c(LIBC.umount2(b'/proc', 2))",
    "write a program of the machine": "open('/usr/bin/gridhour-was-here', 'w')",
    "write into the root": "open('/was-here', 'w')",
    "change the accounts": "open('/etc/passwd', 'a')",
    "change the environment of all jobs": "open(sys.prefix + '/was-here', 'w')",
    "leave by chroot": "os.mkdir('x'); os.chroot('x')",
    "open a file by its handle": "syscall(304, -100, ctypes.create_string_buffer(64), 0)",
    "make a device and read the disk": "os.mknod('disk', 0o600 | stat.S_IFBLK, os.makedev(254, 0))",
    "open the memory of the machine": "open('/dev/mem', 'rb')",
    "read the kernel's log": "open('/dev/kmsg').read(1)",
    "see the machine's devices": "held(len(os.listdir('/dev')) > 12)",
    "see the kernel's own files": "os.listdir('/sys/kernel')",
    "use a control group": "open('/sys/fs/cgroup/cgroup.procs', 'w')",
    # The kernel.
    "name a program for core dumps": "open('/proc/sys/kernel/core_pattern', 'w').write('|/job/x')",
    "press a system key": "held(open('/proc/sysrq-trigger', 'w').write('h') and "
    "not stat.S_ISCHR(os.stat('/proc/sysrq-trigger').st_mode))",
    "set the clock": "time.clock_settime(time.CLOCK_REALTIME, time.time())",
    "name the machine": "c(LIBC.sethostname(b'mine', 4))",
    "load a program into the kernel": "syscall(321, 0, ctypes.create_string_buffer(128), 128)",
    "watch the kernel's events": "syscall(298, ctypes.create_string_buffer(128), 0, -1, -1, 0)",
    "make a ring of calls": "syscall(425, 8, ctypes.create_string_buffer(256))",
    "handle page faults": "syscall(323, 0)",
    "use the keys of the kernel": "syscall(248, b'user', b'k', b'v', 1, -3)",
    "see shared memory of others": "held(F['shared'] in open('/proc/sysvipc/shm').read())",
    # More than its share.
    "raise its own limits": "resource.setrlimit(resource.RLIMIT_NPROC, (100000, 100000))",
    "run before everybody": "os.nice(-20)",
    "run in real time": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))",
    "lock memory": "c(LIBC.mlock(mmap.mmap(-1, 1 << 20), 1 << 20)) or held(F['uid'] == 0)",
    "open files without end": "kept = [open('/dev/null') for _ in range(2000)]",
    "write a file without end": (
        "f = open('big', 'wb')\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "for _ in range(70): f.write(bytes(1 << 20)); f.flush()"
    ),
    "fill the folder": (
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "for n in range(6):\n"
        "    with open(f'part{n}', 'wb') as f:\n"
        "        for _ in range(60): f.write(bytes(1 << 20))"
    ),
    "make files without end": "for n in range(20000): open(f'n{n}', 'w').close()",
    "fork without end": (
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "for _ in range(400):\n"
        "    if os.fork() == 0: time.sleep(3); os._exit(0)"
    ),
    "hold memory without end": "kept = [bytes(1 << 26) for _ in range(200)]",
}

DRIVER = """
import json, os, shutil, sys
F, attempts, prelude = json.loads(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
for name, text in attempts.items():
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        os.makedirs('try', exist_ok=True); os.chdir('try')
        try:
            exec(prelude, globals()); exec(text, globals()); said = 'ESCAPED'
        except BaseException as refusal:
            said = f'held: {type(refusal).__name__} {refusal}'
        os.write(write, said[:300].encode()); os._exit(0)
    os.close(write)
    said = os.read(read, 400).decode(); os.close(read); os.wait()
    shutil.rmtree('try', ignore_errors=True)
    print(json.dumps([name, said or 'held: ended']), flush=True)
"""


def argv_for(facts: dict[str, object], names: list[str]) -> list[str]:
    """Return the command of a job that makes the attempts."""
    chosen = {name: ATTEMPTS[name] for name in names}
    return ["python3", "-c", DRIVER, json.dumps(facts), json.dumps(chosen), PRELUDE]
