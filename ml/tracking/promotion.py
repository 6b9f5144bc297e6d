"""Which version is the champion, and which may score a date.

The alias `champion` decides; a version's tag `standing` says what became of it. The policy decides between a candidate
and the champion, people decide over both: who moves the alias back has the last word until a candidate is better.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ml.evaluation.directions import improvement
from ml.tracking.store import CHALLENGER, CHAMPION, PENDING, ModelStore, RegisteredVersion

HISTORICAL = "historical"  # trained for a date before the champion's; it serves that past only
FORMER = "former champion"
SUPERSEDED = "superseded"  # a challenger, or one that waited, until a newer candidate took its place
REJECTED = "rejected"
WITHDRAWN = "withdrawn"  # a champion until people moved the alias back
RETIRED = "retired"  # its files may be gone already
TURNED_DOWN = (CHALLENGER, PENDING, SUPERSEDED, REJECTED, WITHDRAWN, RETIRED)
RIVAL = "rival_"
PROMOTED = "promoted_version"  # tag of a model: the version that the policy, or a person, last put forward
_STANDING, _DECISION = "standing", "decision"


class NotPossible(ValueError):
    """A version cannot be promoted, approved or rolled back to; the message says why and what can."""


@dataclass(frozen=True)
class _Decision:
    better: bool
    words: str


def promote(store: ModelStore, candidate: RegisteredVersion, better: bool | None, refusal: str | None = None) -> str:
    """Give the candidate its alias; safe to repeat. Returns its standing.

    Without a champion the candidate becomes it. One trained for an earlier date than the champion's only serves that
    past. Otherwise its figures decide, where its run has those of the champion on the same rows (`rival_<metric>`, and
    the tag `champion_metric` says which leads); else `better` does, and None stands for a comparison that could not
    be made. A guard of the policy may speak against it. A policy that requires approval makes it wait. With a
    `refusal`, in words, it stays challenger even where nothing else could score.
    """
    champion = store.with_alias(candidate.name, CHAMPION)
    if champion and champion.version == candidate.version:
        _note_champion(store, candidate)
        return CHAMPION
    standing = candidate.tags.get(_STANDING)
    if standing in (REJECTED, WITHDRAWN):
        return standing
    if refusal:
        store.tag(candidate, _DECISION, refusal)
        return _give(store, candidate, CHALLENGER)
    if champion and candidate.trained_as_of < champion.trained_as_of:
        return _stand(store, candidate, HISTORICAL)
    withdrawn = _withdrawn(store, champion) if champion else None
    if withdrawn and withdrawn.version == candidate.version:
        return WITHDRAWN
    decision = _compare(store, candidate, champion, better, by_hand=withdrawn is not None)
    store.tag(candidate, _DECISION, decision.words)
    if not decision.better:
        return _give(store, candidate, CHALLENGER)
    if store.policy.of(candidate.name).require_approval:
        return _give(store, candidate, PENDING)
    _crown(store, candidate, champion)
    return CHAMPION


def approve(store: ModelStore, name: str, number: str, by: str) -> RegisteredVersion:
    """Make a version the champion because a person says so, whatever its figures.

    Raises
    ------
    NotPossible: there is no such version, or it is the champion already.
    """
    version, champion = _version(store, name, number), store.with_alias(name, CHAMPION)
    if champion and champion.version == version.version:
        raise NotPossible(f"{name} version {number} is the champion already.")
    store.tag(version, "approved_by", by)
    store.tag(version, _DECISION, f"promoted by {by}")
    _crown(store, version, champion)
    return version


def reject(store: ModelStore, name: str, number: str, by: str) -> RegisteredVersion:
    """Turn down a version that waits; it is never put forward again by itself.

    Raises
    ------
    NotPossible: it does not wait.
    """
    version, waiting = _version(store, name, number), store.with_alias(name, PENDING)
    if waiting is None or waiting.version != version.version:
        raise NotPossible(f"{name} version {number} does not wait for approval.")
    store.tag(version, "rejected_by", by)
    store.tag(version, _DECISION, f"turned down by {by}")
    store.drop_alias(version, PENDING)
    _stand(store, version, REJECTED)
    return version


def roll_back(store: ModelStore, name: str, number: str, by: str) -> RegisteredVersion:
    """Make an earlier version the champion again; a later candidate must be better than it, not just as good.

    Raises
    ------
    NotPossible: there is no such version, or it is not earlier than the champion.
    """
    version, champion = _version(store, name, number), store.with_alias(name, CHAMPION)
    if champion is None or _age(version) >= _age(champion):
        words = f"{name} has no champion" if champion is None else f"the champion is version {champion.version}"
        raise NotPossible(f"{words}: version {number} is no earlier one. Use promote.")
    store.tag(version, "rolled_back_by", by)
    store.tag(version, _DECISION, f"moved back to by {by}")
    store.set_alias(version, CHAMPION)
    _stand(store, champion, WITHDRAWN)
    _stand(store, version, CHAMPION)
    return version


def version_for(store: ModelStore, name: str, as_of: date) -> RegisteredVersion | None:
    """The champion if it was trained by `as_of`, else the newest version that was; None when none was.

    A date is never scored by a model that has seen what came after it, nor by one that was turned down.
    """
    return serving(store.versions(name), store.with_alias(name, CHAMPION), as_of)


def serving(
    versions: list[RegisteredVersion], champion: RegisteredVersion | None, as_of: date
) -> RegisteredVersion | None:
    """As `version_for`, out of versions that have been read."""
    if champion and champion.trained_as_of <= as_of:
        return champion
    earlier = [one for one in versions if one.trained_as_of <= as_of and one.tags.get(_STANDING) not in TURNED_DOWN]
    return max(earlier, key=_age, default=None)


def may_score(version: RegisteredVersion, standing: str) -> tuple[RegisteredVersion | None, str | None]:
    """The version just trained where nothing else could score, or the reason why it may not either."""
    if standing == PENDING:
        words = f"version {version.version} waits for a steward's approval: tierworks models promote"
        return None, f"{words} {version.name} {version.version}"
    if standing in (REJECTED, WITHDRAWN):
        return None, f"version {version.version} was {standing}, and there is no other"
    return version, None


def standing_of(version: RegisteredVersion, aliases: dict[str, str]) -> str:
    """What a version is, in a word or two; `aliases` as from `ModelStore.aliases`."""
    held = next((alias for alias, number in aliases.items() if number == version.version), None)
    told = version.tags.get(_STANDING, HISTORICAL)
    # An alias may have been moved in MLflow, where nobody notes it beside the version that lost it.
    return held or {CHAMPION: FORMER, CHALLENGER: SUPERSEDED, PENDING: SUPERSEDED}.get(told, told)


def _compare(
    store: ModelStore,
    candidate: RegisteredVersion,
    champion: RegisteredVersion | None,
    better: bool | None,
    by_hand: bool,
) -> _Decision:
    if champion is None:
        return _Decision(True, "the first: nothing else could score")
    if better is None:
        return _Decision(False, f"not judged beside the recipe of version {champion.version}")
    own = store.metrics(candidate)
    rival = {name.removeprefix(RIVAL): value for name, value in own.items() if name.startswith(RIVAL)}
    metric, least = candidate.tags.get("champion_metric"), store.policy.of(candidate.name).minimum_improvement
    if metric in own and metric in rival:
        gain = improvement(metric, own[metric], rival[metric])
        better = gain > 0 if by_hand and least == 0 else gain >= least
        words = f"{metric} {own[metric]:.4g} against {rival[metric]:.4g} of version {champion.version}"
        words += "" if better else f", which was chosen by hand: {_more(least)}" if by_hand else f": {_more(least)}"
    elif by_hand:
        return _Decision(False, f"version {champion.version} was chosen by hand, and no figure says what is better")
    else:
        words = "the newest fit" if better else f"no better than version {champion.version}"
    objections = store.policy.objections(candidate.name, own, rival) if better else []
    return _Decision(better and not objections, "; ".join([words, *objections]))


def _more(least: float) -> str:
    return f"not better by {least:g}" if least else "not better"


def _withdrawn(store: ModelStore, champion: RegisteredVersion) -> RegisteredVersion | None:
    """The later version that was put forward before people moved the alias back to this one; noted as withdrawn."""
    put = store.model_tag(champion.name, PROMOTED)
    forward = next((one for one in store.versions(champion.name) if one.version == put), None)
    if forward is None or _age(forward) <= _age(champion):
        return None
    _stand(store, forward, WITHDRAWN)
    return forward


def _crown(store: ModelStore, version: RegisteredVersion, champion: RegisteredVersion | None) -> None:
    store.set_alias(version, CHAMPION)
    for alias in (CHALLENGER, PENDING):
        store.drop_alias(version, alias)
    if champion and champion.version != version.version:
        _stand(store, champion, FORMER)
    store.tag_model(version.name, PROMOTED, version.version)
    _stand(store, version, CHAMPION)


def _note_champion(store: ModelStore, version: RegisteredVersion) -> None:
    """Say of the champion that it is one, and was put forward unless people moved back to it."""
    if not _withdrawn(store, version):
        store.tag_model(version.name, PROMOTED, version.version)
    _stand(store, version, CHAMPION)


def _give(store: ModelStore, version: RegisteredVersion, alias: str) -> str:
    before = store.with_alias(version.name, alias)
    if before and before.version != version.version:
        _stand(store, before, SUPERSEDED)
    store.set_alias(version, alias)
    for other in {CHALLENGER, PENDING} - {alias}:
        store.drop_alias(version, other)
    return _stand(store, version, alias)


def _stand(store: ModelStore, version: RegisteredVersion, standing: str) -> str:
    if version.tags.get(_STANDING) != standing:
        store.tag(version, _STANDING, standing)
    return standing


def _version(store: ModelStore, name: str, number: str) -> RegisteredVersion:
    versions = store.versions(name)
    if not versions:
        known = ", ".join(store.names()) or "none yet"
        raise NotPossible(f"no model is called {name} (known: {known}).")
    for one in versions:
        if one.version == str(number) and one.tags.get(_STANDING) != RETIRED:
            return one
    raise NotPossible(f"{name} has no version {number} (there are {', '.join(one.version for one in versions)}).")


def _age(version: RegisteredVersion) -> tuple[date, int]:
    return version.trained_as_of, int(version.version)
