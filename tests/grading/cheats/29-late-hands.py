# Act when the kernel ends: atexit, destructors, signals, traces.
# %% before
import atexit, sys, threading
atexit.register(lambda: open('{folder}/mark', 'w').close())
class Late:
    def __del__(self):
        open('{folder}/mark', 'w').close()
late = Late()
sys.settrace(lambda frame, event, argument: None)
threading.settrace(lambda *a: None)
sys.addaudithook(lambda *a: None)
import signal
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda *a: open('{folder}/mark', 'w').close())
