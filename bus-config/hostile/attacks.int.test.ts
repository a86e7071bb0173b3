import { afterAll, beforeAll, expect, test } from "vitest";
import { rowNames, serviceNames } from "#contracts/choreography.ts";
import { fight, type Tally } from "./test-campaign.ts";
import { openStage, type Stage } from "./test-stage.ts";

// `npm test` runs a fixed spread. `npm run test:hostile` sets HOSTILE_RUNS for each service and takes another seed each time, which it prints;
// SEED repeats one. Not attacked with: the keys of the operator and the administrator, which reach everything (docs/decisions/0023).

const { HOSTILE_RUNS, SEED } = process.env;
const runs = Number(HOSTILE_RUNS ?? 3);
const seed = Number(SEED ?? (HOSTILE_RUNS === undefined ? 6 : Date.now() % 2 ** 31));

let stage: Stage;
const tallies = new Map<string, Tally>();
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage.stop();
  process.stderr.write(`${table()}\n`);
});

test.each(serviceNames)(
  "whatever the key of %s sends, only what is its own changes",
  {
    timeout: 10_000 + runs * 5_000,
  },
  async (attacker) => {
    const tally = await fight(stage, attacker, { seed, runs });
    tallies.set(attacker, tally);
    expect(tally.denied).toBeGreaterThan(0);
    expect(tally.attempts).toBe(24 * runs);
  },
);

test("the keys of every row are tried but the operator's, which reaches everything", () => {
  expect(rowNames.filter((name) => !serviceNames.some((service) => service === name))).toEqual(["operator"]);
});

function table(): string {
  const columns = ["attempts", "denied", "refused", "stored", "answered"] as const;
  const line = (name: string, cells: readonly (string | number)[]) =>
    [name.padEnd(12), ...cells.map((cell) => String(cell).padStart(9))].join(" ");
  const lines = [...tallies].map(([name, tally]) =>
    line(
      name,
      columns.map((column) => tally[column]),
    ),
  );
  return [`hostile keys, seed ${seed} (SEED=${seed} repeats it)`, line("key", columns), ...lines].join("\n");
}
