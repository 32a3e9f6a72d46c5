from grader.execution.watch import ending


def test_an_exit_code_in_words():
    assert ending(3) == "the kernel left with exit code 3"
    assert ending(-9) == "the kernel was ended by signal SIGKILL"
    assert ending(-200) == "the kernel was ended by signal 200"
