import type { Fact } from "#contracts/envelope.ts";
import { connectOperator } from "./connection.ts";
import type { RigPlaces } from "./places.ts";
import { type Texts, timelineLine } from "./timeline.ts";

/** Prints the facts, oldest first; with `follow` also those to come, until Ctrl-C. Returns the exit code. */
export async function showEvents(places: RigPlaces, follow: boolean): Promise<number> {
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  try {
    const facts = await operator.facts("evt.>");
    printFacts(facts, await operator.texts(facts));
    if (!follow) return 0;
    const startMs = Date.parse(facts[0]?.occurredAt ?? new Date().toISOString());
    await operator.follow(async (fact) => console.log(timelineLine(fact, startMs, await operator.texts([fact]))));
    return await new Promise<number>((resolve) => process.once("SIGINT", () => resolve(0)));
  } finally {
    await operator.close();
  }
}

/** Prints one line for each fact; the first one is at 0 s. */
export function printFacts(facts: readonly Fact[], texts: Texts): void {
  const startMs = Date.parse(facts[0]?.occurredAt ?? "");
  for (const fact of facts) console.log(timelineLine(fact, startMs, texts));
}
