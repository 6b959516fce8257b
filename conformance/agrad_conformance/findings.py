"""What a judgement is made of: findings, each a check that passed, failed, or does not apply and why."""

from __future__ import annotations

from dataclasses import dataclass, field

PASS, FAIL, NA = "pass", "fail", "n/a"


@dataclass
class Finding:
    """One check: what was looked at, the verdict, how far off it was, and what to say."""

    check: str
    verdict: str
    dtype: str = ""
    measured: float | None = None
    bound: float | None = None
    message: str = ""


@dataclass
class Judgement:
    """All findings of a case on a place."""

    name: str
    place: str
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    def add(
        self,
        check: str,
        ok: bool,
        dtype: str = "",
        measured: float | None = None,
        bound: float | None = None,
        message: str = "",
    ) -> None:
        """Note a check that passed or failed."""
        self.findings.append(Finding(check, PASS if ok else FAIL, dtype, measured, bound, "" if ok else message))

    def within(self, check: str, dtype: str, measured: float, bound: float, message: str) -> None:
        """Note a distance, which passes up to its bound."""
        told = f"{message}: {measured:.3g}, bound {bound:g}"
        self.add(check, measured <= bound, dtype, measured, bound, told)

    def skip(self, check: str, reason: str, dtype: str = "") -> None:
        """Note a check that does not apply here."""
        self.findings.append(Finding(check, NA, dtype, None, None, reason))

    @property
    def verdict(self) -> str:
        """fail if anything failed, pass if anything passed, else n/a."""
        verdicts = {finding.verdict for finding in self.findings}
        return FAIL if FAIL in verdicts else PASS if PASS in verdicts else NA

    def worst(self, *checks: str) -> float | None:
        """Return the greatest distance of the first of some checks that measured one."""
        for check in checks:
            measured = [f.measured for f in self.findings if f.check == check and f.measured is not None]
            if measured:
                return max(measured)
        return None
