import { encodeFact, type Fact } from "#contracts/envelope.ts";
import { factSubject } from "#contracts/subjects.ts";
import type { Options } from "./command-line.ts";
import { withOperator } from "./connection.ts";
import type { RigPlaces } from "./places.ts";
import { printJson, printLine } from "./print.ts";
import { type Texts, tell, timelineLine } from "./timeline.ts";

/** Prints the facts, oldest first; with `follow` also those to come, until Ctrl-C. Returns the exit code. */
export async function showEvents(
  places: RigPlaces,
  { follow, json }: Pick<Options, "follow" | "json">,
): Promise<number> {
  return withOperator(places, async (operator) => {
    const facts = await operator.facts("evt.>");
    const startMs = Date.parse(facts[0]?.occurredAt ?? new Date().toISOString());
    const print = (fact: Fact, texts: Texts) =>
      json ? printJson(toldFact(fact, texts)) : printLine(timelineLine(fact, startMs, texts));
    const texts = await operator.texts(facts);
    for (const fact of facts) print(fact, texts);
    if (!follow) return 0;
    await operator.follow(async (fact) => print(fact, await operator.texts([fact])));
    return await new Promise<number>((resolve) => process.once("SIGINT", () => resolve(0)));
  });
}

/** A fact as `--json` has it: its subject, the sentence of the timeline, and the envelope as it stands on EVENTS. */
export function toldFact(fact: Fact, texts: Texts) {
  return {
    subject: factSubject(fact.on, fact.type, fact.actor),
    tells: tell(fact, texts),
    fact: JSON.parse(new TextDecoder().decode(encodeFact(fact))),
  };
}
