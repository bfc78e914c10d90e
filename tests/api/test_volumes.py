"""A folder of galleries in use lies in memory or on an encrypted volume, or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.volumes import is_protected


class Machine:
    """What a kernel tells of mounts and devices, as files."""

    def __init__(self, folder: Path) -> None:
        self.sys, self.mounts = folder / "sys", folder / "mountinfo"
        (self.sys / "dev/block").mkdir(parents=True)
        self._lines: list[str] = []

    def mount(self, point: Path, kind: str, device: str, source: str = "none") -> Machine:
        escaped = str(point).replace(" ", "\\040")
        self._lines.append(f"36 35 {device} / {escaped} rw,noatime master:1 - {kind} {source} rw")
        self.mounts.write_text("\n".join(self._lines) + "\n")
        return self

    def device(self, number: str, uuid: str | None = None, below: tuple[str, ...] = ()) -> Machine:
        place = self.sys / "dev/block" / number
        (place / "slaves").mkdir(parents=True)
        if uuid is not None:
            (place / "dm").mkdir()
            (place / "dm/uuid").write_text(f"{uuid}\n")
        for one in below:
            (place / "slaves" / one.replace(":", "-")).symlink_to(self.sys / "dev/block" / one)
        return self

    def protects(self, folder: Path) -> bool:
        return is_protected(folder, mounts=self.mounts, sys=self.sys)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine").mount(Path("/"), "ext4", "8:1", "/dev/sda1").device("8:1")


def test_a_plain_disk_does_not_protect(machine: Machine, tmp_path: Path) -> None:
    assert not machine.protects(tmp_path)


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs"])
def test_memory_does(machine: Machine, tmp_path: Path, kind: str) -> None:
    inside = tmp_path / "a memory" / "deep"
    inside.mkdir(parents=True)
    machine.mount(tmp_path / "a memory", kind, "0:50")
    assert machine.protects(inside) and not machine.protects(tmp_path)


def test_a_volume_that_the_kernel_encrypts_does(machine: Machine, tmp_path: Path) -> None:
    machine.mount(tmp_path, "xfs", "253:0").device("253:0", "CRYPT-LUKS2-aa-home", ("8:1",))
    assert machine.protects(tmp_path)


@pytest.mark.parametrize(("second", "safe"), [("CRYPT-LUKS2-bb-x", True), ("LVM-xyz", False), (None, False)])
def test_layers_protect_where_all_that_lies_below_does(
    machine: Machine, tmp_path: Path, second: str | None, safe: bool
) -> None:
    machine.device("253:1", "CRYPT-LUKS1-aa-x").device("253:2", second)
    machine.mount(tmp_path, "ext4", "253:9").device("253:9", "LVM-abc", ("253:1", "253:2"))
    assert machine.protects(tmp_path) is safe


def test_what_is_mounted_later_or_deeper_counts(machine: Machine, tmp_path: Path) -> None:
    machine.mount(tmp_path, "tmpfs", "0:50")
    assert machine.protects(tmp_path)
    machine.mount(tmp_path, "ext4", "8:1")
    assert not machine.protects(tmp_path)


def test_what_nobody_knows_does_not_protect(machine: Machine, tmp_path: Path) -> None:
    for kind, source in (("nfs4", "server:/x"), ("overlay", "overlay"), ("btrfs", "/dev/nothing"), ("zfs", "pool")):
        machine.mount(tmp_path, kind, "0:77", source)
        assert not machine.protects(tmp_path)
    machine.mounts.write_text("rubbish\n\n1 2 - x\n")
    assert not machine.protects(tmp_path)


def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    assert isinstance(is_protected(tmp_path), bool)
    if Path("/dev/shm").is_mount():
        assert is_protected(Path("/dev/shm"))
