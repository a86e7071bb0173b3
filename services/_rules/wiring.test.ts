import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { choreography } from "#contracts/choreography.ts";
import { type WiredRow, wiringFaults } from "./wiring.ts";

const root = join(import.meta.dirname, "../..");

test("every duty of a row is done by its service", () => {
  const sources = globSync("services/*/*.ts", { cwd: root }).map((path) => ({
    path: path.replaceAll("\\", "/"),
    text: readFileSync(join(root, path), "utf8"),
  }));
  expect(wiringFaults(choreography, sources)).toEqual([]);
});

const silent: WiredRow = { claims: [] };
const faults = (row: WiredRow, text: string, more = "") =>
  wiringFaults({ cost: row }, [
    { path: "services/cost/main.ts", text: `import { part } from "./work.ts";\n${text}` },
    { path: "services/cost/work.ts", text: more },
    { path: "services/cost/other.ts", text: 'consumeFacts("cost", handle);' },
  ]);

const rows: readonly (readonly [string, WiredRow, string])[] = [
  ["consumes facts", { ...silent, consumer: "durable" }, "consumeFacts"],
  ["reads facts in order", { ...silent, consumer: "ordered" }, "projectFacts"],
  ["claims work", { claims: [{}] }, "claimWork"],
  ["consumes ticks", { ...silent, wakes: ["minute"] }, "consumeTicks"],
];

test.each(rows)("a row that %s has a call that does it", (what, row, by) => {
  const fault = `services/cost/main.ts: the row cost ${what}, and nothing calls ${by}("cost", …). Wire it.`;
  expect(faults(row, `service("cost", needs, [${by}("cost", handle)]);`)).toEqual([]);
  expect(faults(row, `(name) => service(name, needs, [${by}(name, handle)]);`)).toEqual([]);
  expect(faults(row, "service(name, needs, [part]);", `export const part = ${by}("cost", handle);`)).toEqual([]);
  expect(faults(row, `// ${by}("cost", handle)`)).toEqual([fault]);
  expect(faults(row, `service("cost", needs, [${by}("other", handle)]);`)).toEqual([fault]);
});

test("a row that ingests consumes the stream of deliveries, and a program does the duties of its own row", () => {
  const row = { ...silent, ingests: true } as const;
  expect(faults(row, "", 'consumeStream("GITHUB", "cost", handle);')).toEqual([]);
  expect(faults(row, "", 'consumeStream("EVENTS", "cost", handle);')).toHaveLength(1);
  expect(faults({ claims: [{}], program: "dev-e" }, "")).toEqual([]);
  expect(faults({ ...silent, consumer: "durable", runs: "person" }, "")).toEqual([]);
});
