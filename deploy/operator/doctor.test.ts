import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { doctor, keyFault } from "./doctor.ts";
import { parts } from "./finding.ts";

test("docs/operating.md says of every part that doctor looks at what to do, and of no other", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/operating.md"), "utf8");
  const section = /\n## Doctor\n(.*?)\n## /s.exec(text)?.[1] ?? "";
  const rows = [...section.matchAll(/^\| ([^|]+) \|/gm)].map(([, part]) => part);
  expect(rows.slice(2)).toEqual(parts);
});

afterEach(() => vi.restoreAllMocks());

test("a rig that is not up is ill, and doctor says where it looked", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue(undefined);
  expect(await doctor(undefined, { json: true, data: "/nowhere/at/all" })).toBe(1);
  expect(JSON.parse(log.mock.calls[0]?.[0])).toContainEqual({
    ...{ part: "rig", state: "ill", seen: "no rig is running here: there is no rig.json in /nowhere/at/all" },
    mend: "npm start, or name the directory of a rig.json with --data DIR",
  });
});

test("a directory of keys without the operator's is named with the setting that leads there", async () => {
  const path = "/nowhere/at/all/operator.nk";
  const seen = `${path} cannot be read (ENOENT): natsKeysDirectory of rig.json has to name the directory with it`;
  expect(await keyFault("/nowhere/at/all")).toMatchObject({ part: "bus", state: "ill", seen });
});
