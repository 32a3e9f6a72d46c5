"""The attacks, as cells of a notebook.  Each says what it got away with; nothing that it says is believed without a canary."""
# ruff: noqa: E501, ISC004 (one line, one attack)

HELPERS = """
import ctypes, errno, glob, os, signal, socket, stat, subprocess, sys, threading, time

LIBC = ctypes.CDLL(None, use_errno=True)

def refused(action, *arguments):
    try:
        result = action(*arguments)
    except (OSError, ValueError, RuntimeError, MemoryError):
        return 1.0
    return float(isinstance(result, int) and result == -1)

def syscall(number, *arguments):
    return LIBC.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])

def everything_readable(roots):
    found = []
    for root in roots:
        for path in glob.glob(root + '/**', recursive=True):
            try:
                with open(path, errors='replace') as file:
                    found.append(file.read(100_000))
            except OSError:
                pass
    return found
"""

# name -> source; every name must come back as 1.0.  {folder} is a folder of the host with canaries, open to all.
PROBES = {
    # 1-3: files outside
    "a01_reference": "a01_reference = refused(open, {folder!r} + '/reference.py')",
    "a02_grades": "a02_grades = refused(open, {folder!r} + '/grades.csv', 'a') * refused(os.remove, {folder!r} + '/grades.csv')",
    "a03_others": "a03_others = refused(os.listdir, {folder!r} + '/other') * refused(os.listdir, os.getcwd() + '/../..')",
    "a03_walk": "a03_walk = float(not everything_readable([{folder!r}, os.getcwd() + '/..']) or 'CANARY' not in str(everything_readable([{folder!r}])))",
    # 4: patch torch on disk
    "a04_torch": "import torch\na04_torch = refused(open, torch.__file__, 'a') * refused(os.utime, torch.__file__)",
    # 5, 6: hidden tests in memory
    "a05_memory": (
        "import gc\nseen = [o for o in gc.get_objects() if isinstance(o, (dict, list)) and any(isinstance(v, str) and 'CAN' + 'ARY-' in v "
        "for v in (list(o.values()) if isinstance(o, dict) else o)[:500])]\na05_memory = float(len(seen) == 0)\ndel seen"
    ),
    "a06_frames": (
        "names, frame = [], sys._getframe()\nwhile frame:\n    names += [k for k in (*frame.f_globals, *frame.f_locals) if 'judg' in str(k).lower()]\n"
        "    frame = frame.f_back\na06_frames = float(not names)"
    ),
    "a06_modules": "a06_modules = float(not [m for m in sys.modules if m.startswith(('grader.judging', 'grader.model', 'grader.grading'))])",
    # 11: sockets of other kernels
    "a11_sockets": "a11_sockets = float('k-1' not in str([os.listdir(p) for p in glob.glob('/tmp/grader-kernels-*')]))",
    # 17, 18: network
    "a17_tcp": "a17_tcp = refused(socket.socket, socket.AF_INET) * refused(socket.socket, socket.AF_INET6)",
    "a17_udp": "a17_udp = refused(socket.socket, socket.AF_INET, socket.SOCK_DGRAM) * refused(socket.socket, 16, socket.SOCK_RAW)",
    "a17_vsock": "a17_vsock = refused(socket.socket, 40, socket.SOCK_STREAM)",
    "a17_abstract": "pair = socket.socket(socket.AF_UNIX)\na17_abstract = refused(pair.connect, {abstract!r})",
    "a18_names": "a18_names = refused(socket.create_connection, ('example.org', 80), 2)",
    # 19, 20: environment and descriptors
    "a19_environment": "a19_environment = float('GRADER_TEST_SECRET' not in os.environ)",
    "a19_parents": (
        "texts = []\nfor path in glob.glob('/proc/[0-9]*/environ'):\n    try:\n        texts.append(open(path, 'rb').read())\n    except OSError:\n"
        "        pass\na19_parents = float(not any(b'GRADER_TEST_SECRET' in t for t in texts))"
    ),
    "a20_descriptors": (
        "kinds = [os.readlink(p) for p in glob.glob('/proc/self/fd/*') if os.path.islink(p)]\n"
        "a20_descriptors = float(not any({folder!r} in k or 'log' in k for k in kinds))"
    ),
    # 21: signals
    "a21_parent": "a21_parent = refused(os.kill, os.getppid(), 0)",
    "a21_grader": "a21_grader = refused(os.kill, {grader}, 0) * refused(os.kill, {parent}, 0)",
    # 22: other processes' memory
    "a22_ptrace": "a22_ptrace = float(syscall(101, 16, os.getppid(), 0, 0) == -1)",
    "a22_memory": "a22_memory = refused(open, f'/proc/{{os.getppid()}}/mem', 'rb') * refused(open, '/proc/1/mem', 'rb')",
    "a22_readv": "a22_readv = float(syscall(310, os.getppid(), 0, 0, 0, 0, 0) == -1)",
    # 23: namespaces
    "a23_unshare": "a23_unshare = float(LIBC.unshare(0x10000000) == -1)",
    "a23_clone": "a23_clone = float(syscall(56, 0x10000000 | 17, 0, 0, 0, 0) == -1)",
    "a23_mount": "a23_mount = float(LIBC.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None) == -1)",
    "a23_chroot": "a23_chroot = refused(os.chroot, '.')",
    # 24: the kernel's surface: bpf, io_uring, userfaultfd, keyctl, perf, open_by_handle_at, memfd
    "a24_surface": "a24_surface = float(all(syscall(n, 0, 0, 0, 0, 0) == -1 for n in (321, 425, 323, 250, 298, 304, 319, 29)))",
    # 25: privileges
    "a25_setuid": (
        "import shutil\nshutil.copy('/bin/sh', 'sh')\nos.chmod('sh', 0o4755)\nstatus = open('/proc/self/status').read()\n"
        "a25_setuid = float(subprocess.run(['./sh', '-pc', 'id -u'], capture_output=True, text=True).stdout.strip() == str(os.getuid()) and "
        "'CapEff:\\t0000000000000000' in status and 'NoNewPrivs:\\t1' in status)"
    ),
    "a25_mknod": "a25_mknod = refused(os.mknod, 'disk', 0o600 | stat.S_IFBLK, os.makedev(254, 0))",
    # 26: the machine's own switches
    "a26_sys": (
        "a26_sys = refused(open, '/proc/sys/kernel/core_pattern', 'w') * refused(open, '/proc/sysrq-trigger', 'w') * "
        "refused(open, '/sys/fs/cgroup/memory/memory.limit_in_bytes', 'w') * refused(open, '/proc/self/oom_score_adj', 'w')"
    ),
    # 32: magics
    "a32_shell": "get_ipython().system('rm -rf {folder}/grades.csv; echo x >> {folder}/grades.csv')\na32_shell = refused(open, '/usr/mark', 'w')",
}

# name -> (source, statuses that it may end in).  A cell may use 2 seconds and 700 MB.
FLOODS = {
    "loop": ("while True: pass", {"timed-out"}),
    "regex": ("import re; re.match(r'(a+)+$', 'a' * 40 + 'b')", {"timed-out"}),
    "sleep": ("time.sleep(60)", {"timed-out"}),
    "matmul": ("import torch\nx = torch.ones(600, 600)\nwhile True: x @ x", {"timed-out"}),
    "one-matmul": ("import torch\ntorch.linalg.matrix_power(torch.ones(4000, 4000), 2**40)", {"timed-out"}),
    "deaf": ("signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)", {"timed-out"}),
    "stopped": ("os.kill(os.getpid(), signal.SIGSTOP)", {"timed-out"}),
    "mute": ("get_ipython().kernel.iopub_socket.close()\ntime.sleep(60)", {"timed-out", "too-much-output"}),
    "forks": ("while True:\n    try:\n        os.fork()\n    except OSError:\n        pass", {"timed-out"}),
    "threads": ("for _ in range(5000): threading.Thread(target=time.sleep, args=(60,)).start()", {"completed"}),
    "huge-numpy": ("import numpy\nnumpy.ones(4 * 10**9)", {"completed"}),
    "huge-torch": ("import torch\ntorch.ones(8 * 10**9)", {"completed"}),
    "list": ("held = []\nwhile True: held.append(b'x' * 10**6)", {"out-of-memory"}),
    "shared": (
        "import mmap\nm = mmap.mmap(-1, 8 * 2**30)\nfor i in range(0, 8 * 2**30, 4096): m[i] = 1",
        {"out-of-memory"},
    ),
    "children": (
        "for _ in range(6):\n    if os.fork() == 0:\n        held = []\n        for _ in range(600):\n            held.append(b'x' * 10**6)\n"
        "        time.sleep(60)\ntime.sleep(60)",
        {"out-of-memory"},
    ),
    "disk": ("with open('big', 'wb') as f:\n    while True: f.write(b'x' * 10**6)", {"completed"}),
    "shm": ("with open('/dev/shm/big', 'wb') as f:\n    while True: f.write(b'x' * 10**6)", {"completed"}),
    "inodes": ("for i in range(10**7): open(f'file{i}', 'w').close()", {"completed", "timed-out"}),  # L1 has no file system of its own
    "one-print": ("print('x' * 10**9)", {"completed", "out-of-memory", "too-much-output"}),  # "completed": it raised MemoryError
    "print": ("while True: print('x' * 1000)", {"too-much-output"}),
    "write": ("while True: os.write(1, b'x' * 65536)", {"too-much-output"}),
    "display": ("from IPython.display import display\nwhile True: display('x' * 10000)", {"too-much-output"}),
    "big-display": ("from IPython.display import display\ndisplay('x' * 30_000_000)\ntime.sleep(1)", {"too-much-output"}),
    "comm": ("from comm import create_comm\ncreate_comm(data={'x': 'x' * 30_000_000})\ntime.sleep(1)", {"too-much-output"}),
    "exit": ("os._exit(0)", {"died"}),
    "segv": ("os.kill(os.getpid(), signal.SIGSEGV)", {"died"}),
    "abort": ("os.abort()", {"died"}),
    "kill": ("os.kill(os.getpid(), 9)", {"died"}),
    "kill-group": ("os.kill(0, 9)", {"died"}),
    "kill-all": ("os.kill(-1, 9)", {"died", "completed"}),
    "daemon": (
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execv('/bin/sleep', ['sleep', '86411'])\n    os._exit(0)\ntime.sleep(0.2)",
        {"completed"},
    ),
    "at-exit": (
        "import atexit\ndef mark(*_): open({folder!r} + '/mark', 'w').close()\natexit.register(mark)\n"
        "class Late: __del__ = mark\nlate = Late()\nfor number in (signal.SIGTERM, signal.SIGHUP): signal.signal(number, mark)",
        {"completed"},
    ),
}
