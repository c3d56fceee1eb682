"""What learners' notebooks may do to the grader: nothing. Each case is bounded and harmless."""

import os
import socket
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from eeic.grading import runner, sandbox
from eeic.grading.runner import Job, Limits, NoCage, Runner

pytest.importorskip("IPython")

CAGE = sandbox.available()
LIMITS = Limits(
    cell_seconds=5,
    seconds=20,
    cpu_seconds=5,
    memory_mb=300,
    processes=12,
    output_kb=64,
    total_output_mb=1,
    file_mb=4,
)
SHORT = replace(LIMITS, cell_seconds=0.4)
BEFORE = 'from eeic.grading import mark\nmark("x.before", 1)'
AFTER = 'from eeic.grading import mark\nmark("x.after", 2)'


@pytest.fixture(scope="module")
def caged():
    if not CAGE:
        pytest.skip(CAGE.why_not)  # CI has namespaces; a laptop may not
    with pytest.MonkeyPatch.context() as patch, Runner() as one:
        patch.setattr(runner, "_GRACE", 0.4)
        yield one


@pytest.fixture(scope="module")
def free():
    with Runner(caged=False) as one:
        yield one


def cell(source, name=""):
    details = {"nbgrader": {"grade_id": name, "grade": True}} if name else {}
    return {"cell_type": "code", "metadata": details, "source": textwrap.dedent(source)}


def job(*sources, **more):
    cells = [s if isinstance(s, dict) else cell(s) for s in sources]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return Job("amal", notebook, **{"limits": LIMITS, **more})


def kinds(ran):
    return [fault.kind for fault in ran.faults]


def text(cell):
    return "".join(one.get("text", "") for one in cell.outputs)


# -- what an honest notebook gets --------------------------------------------------------------


def test_outputs_are_those_of_a_kernel(caged):
    ran = caged.run(
        job(
            {"cell_type": "markdown", "metadata": {}, "source": "# Words"},
            "import sys\nprint('out')\nprint('warned', file=sys.stderr)\n1 + 1",
            "1 / 0",
            "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
            "import pandas as pd\npd.DataFrame({f'a long name {n}': [1.5] for n in range(9)})",
            "from IPython.display import display, clear_output\ndisplay('a', display_id='x')\n"
            "print('gone')\nclear_output()\ndisplay('b')",
            "import asyncio\nawait asyncio.sleep(0)\nfrom tqdm import tqdm\nlist(tqdm([1]));",
        )
    )
    assert [c.outcome for c in ran.cells] == ["not run", "done", "error", *["done"] * 4]
    assert ran.cells[0].outputs == [] and ran.faults == []
    assert [o["output_type"] for o in ran.cells[1].outputs] == [
        "stream",
        "stream",
        "execute_result",
    ]
    assert ran.cells[1].outputs[2]["data"] == {"text/plain": "2"}
    assert ran.cells[2].outputs[0]["ename"] == ran.cells[2].said == "ZeroDivisionError"
    assert ran.cells[3].outputs[0]["data"]["image/png"].startswith("iVBOR")
    assert set(ran.cells[4].outputs[0]["data"]) == {"text/plain", "text/html"}
    assert "..." not in ran.cells[4].outputs[0]["data"]["text/plain"]  # as a kernel shows it
    assert [o["data"] for o in ran.cells[5].outputs] == [{"text/plain": "'b'"}]
    assert ran.cells[6].outputs[0]["name"] == "stderr"
    assert ran.cpu > 0 and ran.memory > 50


def test_answers_leave_as_plain_data(caged):
    table = pd.DataFrame({"events": [3, 4], "name": ["a", None], "rate": [0.1, float("nan")]})
    calls = {"x.f": [runner.table(table), runner.table(table.iloc[:1])]}
    ran = caged.run(
        job(
            "from eeic.grading import mark\nimport numpy as np, pandas as pd",
            "mark('x.number', np.float64(7.5)); mark('x.none', ...); mark('x.nan', float('nan'))",
            "mark('x.table', pd.Series([1, 2])); mark('x.digits', 10 ** 5000)",
            "def f(table):\n    assert str(table.dtypes['events']) == 'int64'\n"
            "    return table['events'].sum()",
            "mark('x.f', f)",
            calls=calls,
        )
    )
    assert ran.faults == []
    nan = ran.answers.pop("x.nan")["plain"]
    assert nan != nan
    assert ran.answers == {
        "x.number": {"plain": 7.5},
        "x.none": {"plain": None},
        "x.table": {"unreadable": "Your answer is a table with more than one value; "
                    "give a number or a piece of text."},
        "x.digits": {"unreadable": "Your answer is a number with far too many digits."},
        "x.f": {"results": [7.0, 3.0]},
    }  # fmt: skip


def test_the_answer_of_the_marking_cell_counts(caged):
    ran = caged.run(job(BEFORE, cell("mark('x.before', 5)", "x-before"), "mark('x.before', 9)"))
    assert ran.answers == {"x.before": {"plain": 5}}


def test_files_are_there_and_links_are_not(caged, tmp_path):
    (tmp_path / "answers.json").write_text("{}")
    (tmp_path / "secret").write_text("key")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "huge").write_bytes(b"0" * (LIMITS.file_mb * 2**20))
    files = {"data/answers.json": "answers.json", "link": "link", "huge": "huge", "../up": "secret"}
    files = {name: str(tmp_path / source) for name, source in files.items()}
    ran = caged.run(job("import os\nprint(os.listdir(), os.listdir('data'))", files=files))
    assert text(ran.cells[0]) == "['data'] ['answers.json']\n"
    assert kinds(ran) == ["symbolic link", "huge file", "file missing"]


def test_each_notebook_starts_fresh_and_alike(caged):
    source = """
    import builtins, random, numpy as np
    print(hasattr(builtins, "left"), hash("a"), random.random(), np.random.rand())
    builtins.left = True
    import os, tempfile
    for folder in (".", tempfile.gettempdir()):
        open(os.path.join(folder, "left"), "w").write("x")
    """
    look = "import os, tempfile\nprint(os.listdir(), os.listdir(tempfile.gettempdir()))"
    one, two = (caged.run(job(look, source)) for _ in range(2))
    assert text(one.cells[1]) == text(two.cells[1]) and text(one.cells[1]).startswith("False")
    assert text(two.cells[0]) == "[] []\n"


# -- what a hostile notebook gets --------------------------------------------------------------

STOPPED = {
    "os._exit": ("import os; os._exit(0)", "stopped"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "stopped"),
    "kills its group": ("import os; os.killpg(0, 9)", "stopped"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "stopped"),
    "ignores interrupts": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "timed out",
    ),
    "ignores the alarm": (
        "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
        "timed out",
    ),
    "forges lines": (
        'import os, time; os.write(3, b\'{"cell": 1, "outputs": 7}\\n\'); time.sleep(9)',
        "garbled",
    ),
    "writes no JSON": ("import os, time; os.write(3, b'\\xff\\n'); time.sleep(9)", "garbled"),
    "nests": ("import os, time; os.write(3, b'[' * 99999 + b'\\n'); time.sleep(9)", "garbled"),
    "takes all processor time": (
        "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass",
        "timed out",
    ),
    "takes memory in many processes": (
        """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                x = b'1' * (120 * 2**20)
                time.sleep(30)
        time.sleep(30)
        """,
        "memory",
    ),
    "sends many parts": (
        "import os, time\nrest = b'{\"cell\": ' + b'[],' * 2**20\n"
        "while rest: rest = rest[os.write(3, rest):]\nos.write(3, b'\\n'); time.sleep(9)",
        "garbled",
    ),
    "floods the channel": ("import os\nwhile True: os.write(3, b'0' * 65536)", "huge output"),
}


@pytest.mark.parametrize("case", STOPPED)
def test_a_process_that_ends_costs_one_cell(caged, case):
    source, kind = STOPPED[case]
    of = {"takes all processor time": replace(LIMITS, cpu_seconds=1)}
    of |= {"ignores interrupts": SHORT, "ignores the alarm": SHORT}
    ran = caged.run(job(BEFORE, source, AFTER, limits=of.get(case, LIMITS)))
    assert [c.outcome for c in ran.cells] == [
        "done",
        "timed out" if kind == "timed out" else "stopped",
        "done",
    ]
    assert kinds(ran) == [kind] and ran.faults[0].where == "cell 2"
    assert ran.answers == {"x.before": {"plain": 1}, "x.after": {"plain": 2}}
    assert ran.cells[1].outputs[0]["output_type"] == "error"
    assert case != "takes all processor time" or ran.cpu > 0.9  # also of what was ended


ENDED = {
    "endless loop": ("while True: pass", "timed out"),
    "loops and catches": ("while True:\n    try: 1/0\n    except Exception: pass", "timed out"),
    "sleeps": ("import time; time.sleep(60)", "timed out"),
    "endless print": ("while True: print('x' * 99)", "timed out"),
    "sys.exit": ("import sys; sys.exit()", "SystemExit"),
    "asks": ("input('name?')", "EOFError"),
    "recursion": ("def f(): f()\nf()", "RecursionError"),
    "4 GB": ("x = bytearray(4 * 2**30)", "MemoryError"),
    "4 GB in an array": ("import numpy as np; np.ones(2**29)", "MemoryError"),
    "huge file": ("open('x', 'wb').write(b'0' * 2**26)", "OSError"),
    "many files": (
        "for i in range(99): open(str(i), 'wb').write(b'0' * 2**17)",
        "OSError",
    ),
    "kills all it can see": ("import os; os.kill(-1, 9)", "ProcessLookupError"),
    "bad syntax": ("1 +", "SyntaxError"),
    "an error that can't be shown": (
        "class E(Exception):\n    def __str__(self): raise E\nraise E",
        "E",
    ),
    "opens many files": ("x = [open('/dev/null') for _ in range(999)]", "OSError"),
}


@pytest.mark.parametrize("case", ENDED)
def test_a_cell_that_goes_wrong_costs_itself(caged, case):
    source, said = ENDED[case]
    ran = caged.run(job(BEFORE, source, AFTER, limits=SHORT if said == "timed out" else LIMITS))
    assert ran.cells[1].outcome == ("timed out" if said == "timed out" else "error")
    assert said == "timed out" or ran.cells[1].said == said
    assert any(o["output_type"] == "error" for o in ran.cells[1].outputs)
    assert ran.answers == {"x.before": {"plain": 1}, "x.after": {"plain": 2}}
    assert len(text(ran.cells[1])) <= LIMITS.output_kb * 1024 + 100


def test_output_is_cut_and_kept(caged):
    ran = caged.run(job("print('a' * 10**7)", "display({'x': 1})\nfor i in range(99999): print(i)"))
    assert all("left out" in text(c) for c in ran.cells)
    assert text(ran.cells[0]).startswith("aaa") and ran.faults == []


def test_the_whole_notebook_has_a_limit(caged):
    limits = Limits(cell_seconds=5, seconds=0.6, memory_mb=300)
    ran = caged.run(job(BEFORE, "while True: pass", AFTER, limits=limits))
    assert [c.outcome for c in ran.cells] == ["done", "timed out", "not run"]
    assert ran.answers == {"x.before": {"plain": 1}}
    assert ran.faults[0].what == "The notebook was stopped after 0.6 seconds."


def test_a_notebook_that_keeps_dying_is_given_up(caged):
    ran = caged.run(job(BEFORE, *["import os; os._exit(1)"] * 5, AFTER))
    assert [c.outcome for c in ran.cells] == ["done", *["stopped"] * 4, "not run", "not run"]
    assert "run 4 times" in ran.faults[-1].what
    assert ran.answers == {"x.before": {"plain": 1}}


def test_processes_are_counted_and_all_ended(caged):
    ran = caged.run(
        job(
            """
            import os, time
            made = 0
            for _ in range(40):  # bounded here, and by the cage
                try:
                    if os.fork() == 0:
                        os.setsid()
                        time.sleep(30)
                        os._exit(0)
                    made += 1
                except OSError:
                    break
            print(made)
            """,
            "import threading, time\n"
            "for _ in range(3): threading.Thread(target=time.sleep, args=[30]).start()",
        )
    )
    assert 1 <= int(text(ran.cells[0])) < LIMITS.processes
    assert ran.seconds < 25  # did not wait for those left behind
    warm = caged._warm._process.pid
    _until(lambda: not _below(warm))


def test_nothing_outside_can_be_seen_or_changed(caged, tmp_path, monkeypatch):
    monkeypatch.setenv("EEIC_TEST_SECRET", "hunter2")
    secret = tmp_path / "gradebook.db"
    secret.write_text("marks")
    here = Path(__file__).parents[2]
    paths = [secret, here / "exercises", here / "tests", here / "datasets" / "truth.json"]
    paths += [Path.home() / name for name in (".bashrc", ".ssh", ".profile")]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ran = caged.run(
            job(
                f"""
                import os, socket
                from pathlib import Path
                seen = [p for p in {[str(p) for p in paths]!r} if Path(p).exists()]
                print(seen == [{str(paths[3])!r}] * len(seen), "hunter2" in str(os.environ))
                print(Path({str(paths[3])!r}).read_bytes() if seen else b"")
                print([p for p in os.listdir("/proc") if p.isdigit() and int(p) > 9])
                os.symlink({str(secret)!r}, "link")
                print(Path("link").exists())
                """,
                f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)",
                "from eeic import datasets; datasets.truth()",
                "from eeic import datasets; print(len(datasets.load('L04')) > 0)",
                "import os; os.kill(1, 9); print('still here')",
                """
                import os, eeic, sys
                for path in [eeic.__file__, sys.executable, "/etc/passwd", "/usr/x", "/x"]:
                    try:
                        open(path, "ab").close()
                        print(path)
                    except OSError:
                        pass
                print(os.getuid() != 0)
                """,
                "import subprocess; subprocess.run(['unshare', '-r', 'true'], check=True)",
            )
        )
        server.settimeout(0.01)
        with pytest.raises(TimeoutError):
            server.accept()
    assert text(ran.cells[0]) == "True False\nb''\n[]\nFalse\n"
    said = [c.said for c in ran.cells[1:]]
    assert said == ["OSError", "DatasetError", "", "", "", "CalledProcessError"]
    assert text(ran.cells[3]) == "True\n"
    assert text(ran.cells[4]) == "still here\n"
    assert text(ran.cells[5]) == "True\n"
    assert secret.read_text() == "marks"


PATCHES = {
    "mark": "import eeic.grading.marks as m; m.mark = m.collector = lambda *a: 99",
    "plain": "import eeic.grading.answers as a; a.plain = lambda *a: 99",
    "the shell": "ip = get_ipython(); ip.run_cell = ip.run_code = lambda *a, **k: 99",
    "the transformer": """
        import ast
        class T(ast.NodeTransformer):
            def visit_Constant(self, node): return ast.Constant(99)
        get_ipython().ast_transformers.append(T())
        """,
    "pandas": "import pandas as pd; pd.DataFrame.sum = pd.testing.assert_frame_equal = None",
    "print and JSON": "import json, builtins; json.dumps = builtins.print = None",
    "its own folder": "import os, shutil; os.chdir('/'); shutil.rmtree('/marking/notebook')",
    "the end": "import atexit, time; atexit.register(time.sleep, 60)",
    "everything open": "import os; os.closerange(0, 999)",
    "the standard streams": "import sys; sys.stdout = sys.stderr = sys.stdin = None",
    "the collector of garbage": "import gc; gc.disable(); [g.clear() for g in gc.get_objects() "
    "if type(g) is dict and 'collector' in g]",
}


@pytest.mark.parametrize("case", PATCHES)
def test_patches_change_nothing_but_their_own_answers(caged, case):
    """What a notebook patches is gone with it, and what it says of itself stays plain data."""
    ran = caged.run(job(BEFORE, PATCHES[case], AFTER))
    assert ran.cells[0].outcome == "done"
    assert ran.answers["x.before"] == {"plain": 1}
    assert all(set(a) <= {"plain", "unreadable", "results"} for a in ran.answers.values())
    assert ran.seconds < 25
    after = caged.run(job(BEFORE, AFTER))
    assert after.answers == {"x.before": {"plain": 1}, "x.after": {"plain": 2}}


@pytest.mark.parametrize("case", ["the shell", "the transformer", "pandas"])
def test_a_plain_test_after_a_patch_is_flagged(caged, case):
    """A test that is not `mark()` runs where the patch was made: a person is told."""
    test = cell("assert 1 + 1 == 2", "test")
    ran = caged.run(job(cell("import pandas, math", ""), test, PATCHES[case], test))
    assert kinds(ran) == ["tampered"] and ran.faults[0].where == "test"
    assert "pandas" not in case or "DataFrame.sum" in ran.faults[0].what


def test_odd_answers_are_refused_or_plain(caged):
    ran = caged.run(
        job(
            """
            from eeic.grading import mark
            class Yes(float):
                def __eq__(self, other): return True
                __hash__ = None
            class Text(str): pass
            deep = []
            for _ in range(500): deep = [deep]
            mark("x.yes", Yes(1)); mark("x.text", Text("a")); mark("x.deep", deep)
            mark("x.wide", [[0] * 9999] * 9999)
            """,
            "mark('x.lone', '\\ud800'); mark('x.inf', float('inf')); mark(7, 1)",
            AFTER,
            limits=SHORT,
        )
    )
    for name in ("x.yes", "x.text", "x.deep"):
        assert "unreadable" in ran.answers[name]
    assert "x.wide" not in ran.answers or "unreadable" in ran.answers["x.wide"]
    assert ran.answers["x.lone"]["plain"] == "?"
    assert ran.answers["x.inf"] == {"plain": float("inf")} and ran.answers["7"] == {"plain": 1}
    assert ran.answers["x.after"] == {"plain": 2}


# -- the grader's own side ---------------------------------------------------------------------


def test_a_warm_process_that_was_killed_is_started_again(caged):
    caged.run(job(BEFORE))
    caged._warm._process.kill()
    caged._warm._process.wait()
    assert caged.run(job(BEFORE)).answers == {"x.before": {"plain": 1}}


def test_a_closed_runner_runs_nothing():
    with Runner(caged=False) as one:
        pass
    with pytest.raises(RuntimeError, match="was closed"):
        one.run(job(BEFORE, caged=False))


def test_a_job_that_must_be_caged_is_never_run_free(free):
    with pytest.raises(NoCage, match="amal's notebook must be caged"):
        free.run(job(BEFORE))


@pytest.mark.slow
def test_a_grader_that_is_killed_leaves_nothing_running(caged):
    code = """
    import sys
    from eeic.grading import sandbox
    from eeic.grading.runner import Job, Runner
    sandbox.available = sandbox.Cage  # known here
    cell = {"cell_type": "code", "metadata": {}, "source": "import time; time.sleep(60)"}
    runner = Runner(caged=sys.argv[1] == "True")
    runner.run(Job("amal", {"cells": []}, caged=False))
    print(runner._warm._process.pid, flush=True)
    runner.run(Job("amal", {"cells": [cell]}, caged=False))
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(bool(CAGE))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grader:
        warm = int(grader.stdout.readline())
        _until(lambda: _below(warm))
        family = [warm, *_below(warm)]
        grader.kill()
    _until(lambda: not any(Path(f"/proc/{process}").exists() for process in family))


def _below(process):
    """Return a process's children and theirs."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [p for child in children for p in (int(child), *_below(int(child)))]


def _until(true):
    for _ in range(200):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("waited ten seconds in vain")


def test_run_keeps_a_runner_for_each_thread():
    wanted = [job(BEFORE, f"mark('x.n', {n})", caged=bool(CAGE)) for n in range(4)]
    with ThreadPoolExecutor(2) as pool:
        found = [ran.answers["x.n"]["plain"] for ran in pool.map(runner.run, wanted)]
    assert found == [0, 1, 2, 3]


def test_without_a_cage_the_limits_hold_and_nothing_stays(free, tmp_path):
    ran = free.run(
        job(
            "import os\nprint(os.getcwd(), 'EEIC' in str(os.environ))",
            "while True: pass",
            """
            import os, time
            if os.fork() == 0:
                os.setsid()
                time.sleep(0.5)
                open({!r}, "w").write("still running")
                os._exit(0)
            """.format(str(tmp_path / "left")),
            AFTER,
            caged=False,
            limits=SHORT,
        )
    )
    assert [c.outcome for c in ran.cells] == ["done", "timed out", "done", "done"]
    folder, known = text(ran.cells[0]).split()
    assert not Path(folder).exists() and known == "False"
    threading.Event().wait(0.7)
    assert not (tmp_path / "left").exists()


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_no_cage_is_said_and_refused(platform, monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", platform)
    sandbox.available.cache_clear()
    try:
        with pytest.raises(NoCage, match=r"on Linux only.*--without-a-cage.*deploy/"):
            Runner()
    finally:
        monkeypatch.undo()
        sandbox.available.cache_clear()


def test_where_nothing_can_be_forked_no_flag_helps(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(NoCage, match="on Windows use the container"):
        Runner(caged=False)
