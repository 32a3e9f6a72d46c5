# Hand in objects that run a command when they are pickled, unpickled or shown.
# %% before
import os
class Evil:
    def __reduce__(self):
        return (os.system, ('touch {folder}/mark',))
    def __repr__(self):
        os.system('touch {folder}/mark')
        return '10.0'
    __str__ = __float__ = lambda self: 0.0
# %% after
LOSS2 = [Evil()] * 15
w = b = Evil()
