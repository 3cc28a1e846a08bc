"""Everything the report is made of, read before a word is written."""

from contextlib import aclosing
from pathlib import Path

from msgspec import Struct

from bot.errors import ContentError, Fault
from bot.library.gate import Waiver, read_waivers
from bot.library.seal import FOLDER, Approval, Reviewer, read_approvals
from bot.library.versions import DIGITS
from bot.runtime.trail import Trail
from bot.store import LeftOut, Store
from bot.store.hearing import Heard
from bot.store.registers import ConsentLine, RequestLine


class Facts(Struct, frozen=True):
    """What was heard, what is left out, the registers, and what the content was approved by.

    `approvals` are oldest first, `deeds` how many the audit log has, `fault` the number of the first that
    is not as it was noted. `demo` says that demo people are among those who were heard.
    """

    heard: Heard
    left_out: LeftOut
    requests: tuple[RequestLine, ...]
    consents: tuple[ConsentLine, ...]
    approvals: tuple[Approval, ...]
    reviewers: dict[str, Reviewer]
    waivers: tuple[Waiver, ...]
    deeds: int
    fault: int | None
    demo: bool

    def approved(self, version: str) -> tuple[Approval, ...]:
        """The approvals of exactly this version of a question."""
        return tuple(
            approval
            for approval in self.approvals
            if any(shown[:DIGITS] == version for shown in approval.sealed.values())
        )

    def example(self, approval: Approval) -> bool:
        """Whether an approval is no office's."""
        return self.reviewers[approval.reviewer].example


async def gather(store: Store, folder: Path, trail: Trail) -> Facts:
    """Read everything; `folder` is the content's. Raises ContentError, StoreError."""
    faults: list[Fault] = []
    approvals, reviewers = read_approvals(folder / FOLDER, faults)
    waivers = read_waivers(folder, faults)
    if faults:
        raise ContentError(faults)
    head = await store.audit.head()
    async with aclosing(store.audit.read()) as deeds:
        fault = await trail.first_fault(deeds)
    return Facts(
        heard=await store.hearing.read(),
        left_out=await store.left_out(),
        requests=tuple(await store.registers.requests()),
        consents=tuple(await store.registers.consents()),
        approvals=tuple(approvals),
        reviewers=reviewers,
        waivers=waivers,
        deeds=head.seq if head else 0,
        fault=fault,
        demo=await store.demonstrations.present(),
    )
