"""libbarenet outside of any guest: the example serves over a TAP device."""

import subprocess

from guest import BUILD, make_tap, run

ADDRESS, HOST = "10.0.43.15", "10.0.43.2"


def test_example_serves_over_a_tap():
    make_tap("tap43", HOST)
    command = [str(BUILD / "example-http-tap"), "tap43", ADDRESS]
    with subprocess.Popen(command) as server:
        try:
            for _ in range(20):
                page = run("curl", "-s", "-m", "5", "--retry", "3",
                           "--retry-connrefused", f"http://{ADDRESS}/")
                assert page == "hello from userspace\n"
            run("ping", "-c", "3", "-i", "0.2", ADDRESS)
            assert server.poll() is None
        finally:
            server.kill()


def test_example_says_what_it_needs():
    done = subprocess.run([str(BUILD / "example-http-tap")], check=False,
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and "usage" in done.stderr


def test_library_exports_its_interface_alone():
    """A name of ours must not take the place of one of the program's."""
    names = [line.split()[-1] for line in
             run("nm", "-D", "--defined-only",
                 str(BUILD / "libbarenet.so")).splitlines()]
    assert names
    assert [name for name in names if not name.startswith("bn_")] == []
