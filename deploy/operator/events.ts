import { encodeFact, type Fact } from "#contracts/envelope.ts";
import { factSubject } from "#contracts/subjects.ts";
import type { Options } from "./command-line.ts";
import { withOperator } from "./connection.ts";
import type { RigPlaces } from "./places.ts";
import { printError, printJson, printLine } from "./print.ts";
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
    const asked = new Promise<number>((resolve) => process.once("SIGINT", () => resolve(0)));
    return await Promise.race([asked, whenLost(operator.bus.connection.status(), lostAfterMs)]);
  });
}

/** 60 s: a bus that restarts is back by then. */
const lostAfterMs = 60_000;

/** Says when the connection is lost and when it is back. Resolves with the exit code 1 when it stays lost for so long. */
export async function whenLost(statuses: AsyncIterable<{ readonly type: string }>, afterMs: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let timer: NodeJS.Timeout | undefined;
  const watch = async () => {
    for await (const { type } of statuses) {
      if (type === "disconnect" && timer === undefined) {
        printError("The connection to the rig is lost. Waiting for it …");
        timer = setTimeout(() => {
          printError(`The rig did not come back within ${afterMs / 1_000} s: npm run rig -- doctor`);
          resolve(1);
        }, afterMs);
      } else if (type === "reconnect" && timer !== undefined) {
        printError("The connection to the rig is back.");
        clearTimeout(timer);
        timer = undefined;
      }
    }
  };
  void watch();
  return promise;
}

/** A fact as `--json` has it: its subject, the sentence of the timeline, and the envelope as it stands on EVENTS. */
export function toldFact(fact: Fact, texts: Texts) {
  return {
    subject: factSubject(fact.on, fact.type, fact.actor),
    tells: tell(fact, texts),
    fact: JSON.parse(new TextDecoder().decode(encodeFact(fact))),
  };
}
