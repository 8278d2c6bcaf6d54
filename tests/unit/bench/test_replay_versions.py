import json
import sys

from tests.bench import replay_versions


def test_a_source_without_a_scheme_is_passed_over_and_told(tmp_path, monkeypatch, capsys):
    steps = tmp_path / "steps.jsonl"
    rows = [{"dep": "x", "src": source, "from": "1.0", "to": "1.1", "expect": "newer"} for source in ("nobody-knows", "docker")]
    steps.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    monkeypatch.setattr(sys, "argv", ["replay", str(steps)])

    assert replay_versions.main() == 0

    said = capsys.readouterr().out
    assert "passed over: 1 steps of nobody-knows, for which no scheme is known here" in said
    assert "docker                1      1      0         0" in said
