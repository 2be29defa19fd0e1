"""The two ways a shop is served: PHP's own server, and php-fpm behind nginx."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.shop.parts import Parts
from tests.shop.place import Place
from tests.shop.process import Process, answers, wait_until_free
from tests.shop.runner import SETTINGS

HERE = Path(__file__).parent / "php"
WORKERS = 4


class PhpServer:
    """PHP's own server. What follows the response still keeps the customer waiting."""

    def __init__(self, parts: Parts, place: Place, port: int) -> None:
        self._parts, self._place, self._port = parts, place, port
        self._process: Process | None = None

    def start(self) -> None:
        router = self._place.sockets / "router.php"
        shutil.copyfile(HERE / "router.php", router)
        settings = [part for key, value in SETTINGS.items() for part in ("-d", f"{key}={value}")]
        command = [self._parts.php, *settings, "-S", f"127.0.0.1:{self._port}",
                   "-t", str(self._place.www), str(router)]  # fmt: skip
        log = self._place.folder / "server.log"
        env = {"PHP_CLI_SERVER_WORKERS": str(WORKERS)}
        self._process = Process("PHP's server", command, log, env)
        self._process.wait_until(lambda: answers(self._port))

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
            wait_until_free(self._port)


class FpmServer:
    """php-fpm and nginx with settings of our own: a response can end before its request does."""

    def __init__(self, parts: Parts, place: Place, port: int) -> None:
        self._parts, self._place, self._port = parts, place, port
        self._socket = place.sockets / "fpm.sock"
        self._processes: list[Process] = []

    def start(self) -> None:
        self._socket.unlink(missing_ok=True)
        fpm = self._configure("fpm.conf")
        command = [self._parts.fpm, "--nodaemonize", "--fpm-config", str(fpm)]
        self._run("php-fpm", command).wait_until(self._socket.exists)
        nginx = self._configure("nginx.conf")
        error_log = str(self._place.folder / "nginx.log")
        command = [self._parts.nginx, "-e", error_log, "-p", str(self._place.sockets),
                   "-c", str(nginx)]  # fmt: skip
        self._run("nginx", command).wait_until(lambda: answers(self._port))

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.stop()
        self._processes.clear()
        wait_until_free(self._port)

    def _run(self, name: str, command: list[str]) -> Process:
        process = Process(name, command, self._place.folder / f"{name}.log")
        self._processes.append(process)
        return process

    def _configure(self, name: str) -> Path:
        text = (HERE / name).read_text()
        values = {
            "PORT": str(self._port),
            "WWW": str(self._place.www),
            "RUN": str(self._place.sockets),
            "LOGS": str(self._place.folder),
            "WORKERS": str(WORKERS),
            "SETTINGS": "\n".join(f"php_admin_value[{k}] = {v}" for k, v in SETTINGS.items()),
        }
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        path = self._place.sockets / name
        path.write_text(text)
        path.chmod(0o644)
        return path


def server(kind: str, parts: Parts, place: Place, port: int) -> PhpServer | FpmServer:
    return (PhpServer if kind == "php" else FpmServer)(parts, place, port)
