/** Why a sender is cut before its body is whole: it sends too slowly, or its room is needed for others. */
export type Cut = "slow" | "busy";

/** What senders may cost together, and how slow one of them may be. */
export interface SenderLimits {
  /** Bytes of bodies that are held at once: of those that arrive, and of those that are whole and not answered yet. */
  readonly bytesMax: number;
  /** Bodies that arrive at once. */
  readonly arrivingMax: number;
  /** How long a sender may send nothing. */
  readonly pauseMs: number;
  /** What it sends in a second at least, apart from one such pause. */
  readonly bytesPerSecondMin: number;
}

/** A request whose body arrives, or is whole and not answered yet. */
export interface Sender {
  /** The bytes that came. What a request announces costs nothing and counts nothing. */
  bytes: number;
  /** The moment at which it is too slow unless more comes; null when the body is whole. */
  untilMs: number | null;
  readonly cut: (why: Cut) => void;
}

/** Keeps senders to their limits. */
export interface Senders {
  count(): number;
  /** A request whose body is awaited. `cut` is called at most once, and then the sender has ended. */
  begin(cut: Sender["cut"]): Sender;
  received(sender: Sender, bytes: number): void;
  /** The body is whole: it counts until the end, and is not cut any more. */
  whole(sender: Sender): void;
  end(sender: Sender): void;
  /** Time has passed. It is told and not read from a clock: while the process is busy with something else, no sender is late. */
  tick(ms: number): void;
}

/**
 * Too slow is who has sent nothing for `pauseMs`, or less than `bytesPerSecondMin` for long enough. Above a bound whoever is nearest to
 * that is cut first: those who only wait make room for those who send.
 */
export function makeSenders(limits: SenderLimits): Senders {
  // Who has sent nothing for longest is first.
  const senders = new Set<Sender>();
  let nowMs = 0;
  const cutSome = () => {
    for (const { sender, why } of toCut([...senders], limits, nowMs)) {
      senders.delete(sender);
      sender.cut(why);
    }
  };
  return {
    count: () => senders.size,
    begin: (cut) => {
      const sender: Sender = { bytes: 0, untilMs: nowMs + limits.pauseMs, cut };
      senders.add(sender);
      cutSome();
      return sender;
    },
    received: (sender, bytes) => {
      if (sender.untilMs === null || !senders.delete(sender)) return;
      senders.add(sender);
      sender.bytes += bytes;
      const earnedMs = (bytes * 1_000) / limits.bytesPerSecondMin;
      sender.untilMs = Math.min(sender.untilMs + earnedMs, nowMs + limits.pauseMs);
      cutSome();
    },
    whole: (sender) => {
      sender.untilMs = null;
    },
    end: (sender) => {
      senders.delete(sender);
    },
    tick: (ms) => {
      nowMs += ms;
      cutSome();
    },
  };
}

/** All that are too slow, and above a bound as many more as exceed it. */
function toCut(
  senders: readonly Sender[],
  { bytesMax, arrivingMax }: SenderLimits,
  nowMs: number,
): readonly { readonly sender: Sender; readonly why: Cut }[] {
  const arriving = senders
    .flatMap((sender) => (sender.untilMs === null ? [] : [{ sender, leftMs: sender.untilMs - nowMs }]))
    .toSorted((a, b) => a.leftMs - b.leftMs);
  let bytes = senders.reduce((sum, sender) => sum + sender.bytes, 0);
  let count = arriving.length;
  return arriving.flatMap(({ sender, leftMs }) => {
    const isInTheWay = count > arrivingMax || (bytes > bytesMax && sender.bytes > 0);
    if (leftMs > 0 && !isInTheWay) return [];
    bytes -= sender.bytes;
    count -= 1;
    return [{ sender, why: leftMs > 0 ? ("busy" as const) : ("slow" as const) }];
  });
}
