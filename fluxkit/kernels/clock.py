"""Records to the slots of a regular clock."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def place(position, tolerance, slot):
    """Give each record its slot, -1 where the slot is taken; returns how many repeat and go back.

    position (n,): stamps in slots since the start, NaN where unknown. A record belongs to the
    slot after its predecessor's unless its stamp misses that by more than the tolerance, so
    jitter makes no holes. A record without a stamp has a slot where those around it leave one.
    """
    if slot.size < position.size:
        raise ValueError("fewer slots than records")
    last = -1
    repeated = 0
    back = 0
    ahead = 0
    for i in range(position.size):
        k = last + 1
        if np.isnan(position[i]):
            ahead = max(ahead, i)
            while ahead < position.size and np.isnan(position[ahead]):
                ahead += 1
            if ahead < position.size and position[ahead] < k + (ahead - i) - tolerance:
                slot[i] = -1  # a line of another thing: the next record follows the one before it
                continue
        if not np.isnan(position[i]) and abs(position[i] - k) > tolerance:
            k = int(np.floor(position[i] + 0.5))
        if k > last:
            slot[i] = k
            last = k
        else:
            slot[i] = -1
            if k == last:
                repeated += 1
            else:
                back += 1
    return repeated, back


@kernel
def place_within(low, width, step, tolerance, first, slot):
    """Give each record its slot where several share a stamp; returns how many are too many for their stamp.

    low (n,): slot at which a record's stamp begins, NaN where unknown; width: slots until the next stamp;
    step (n,): how far a record is from its predecessor; first: slot of the first one. A record follows its
    predecessor as long as that lies within its stamp. Records too many get the smallest integer.
    """
    if slot.size < low.size:
        raise ValueError("fewer slots than records")
    last = first - step[0] if low.size else 0.0
    many = 0
    for i in range(low.size):
        begin = low[i] - tolerance
        end = low[i] + width + 0.5 * tolerance
        k = last + step[i]
        if k > end:
            k = last + 1.0
        if k < begin:
            k = np.ceil(low[i] - 0.1)
        if k > end or k <= last:
            slot[i] = np.iinfo(np.int64).min
            many += 1
        else:
            slot[i] = int(k)
            last = k
    return many
