import { describe, expect, test } from "vitest";
import { dataDirectoryOf } from "../operator/places.ts";
import { whatNext } from "./banner.ts";

const local = { forgeUrl: "http://127.0.0.1:1" };
const issues = [{ key: "slugify", description: "a small one" }];

/** The commands that are printed, as a person types them again: what stands before the explanation. */
const commandsOf = (data: string | undefined) =>
  whatNext(local, { data, issues }).flatMap((line) => /^ {2}(npm run .+?)(?: {2,}|$)/.exec(line)?.[1] ?? []);

describe("each command that npm start prints", () => {
  test.each([[undefined], ["start"], [dataDirectoryOf("start")]])("finds the rig in %s without --data", (data) => {
    expect(commandsOf(data)).toContain("npm run rig -- events --follow");
    expect(commandsOf(data).join()).not.toContain("--data");
  });

  test.each([
    ["other", "other"],
    ["/tmp/a-rig", "/tmp/a-rig"],
    ["/tmp/my rig's", "'/tmp/my rig'\\''s'"],
  ])("names the data directory %s", (data, word) => {
    expect(commandsOf(data)).toContain(`npm run rig -- --data ${word} file slugify`);
    for (const command of commandsOf(data)) expect(command).toContain(`npm run rig -- --data ${word} `);
    expect(whatNext(local, { data, issues })).toContain(`Data and logs: ${dataDirectoryOf(data)}`);
  });
});

test("on a real GitHub nothing is filed by a command", () => {
  expect(whatNext({}, { data: "other", issues }).join()).not.toContain("rig -- --data other file");
  expect(whatNext({}, { data: "other", issues }).join()).toContain("Label an issue agent-ready on GitHub");
});
