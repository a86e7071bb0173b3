import { expect, test } from "vitest";
import { mentions } from "./mention.ts";

test.each([
  "@rig-dev-e please rename it",
  "Please, @Rig-Dev-E: rename it.",
  "(@rig-dev-e)",
  "@rig-dev-e[bot] rename it",
  "> an old remark\n\n@rig-dev-e do that",
  "```\ncode\n```\n@rig-dev-e",
  "`x` and `y` @rig-dev-e",
  "Use `<!--` here. @rig-dev-e rename it",
  "```html\n<!-- a\n```\n@rig-dev-e rename it",
  "**@rig-dev-e** rename it",
  "- a list\n- @rig-dev-e rename it",
  "<details>\n\n@rig-dev-e rename it\n\n</details>",
  "<b>@rig-dev-e</b> rename it",
  "<!-- a remark --> @rig-dev-e rename it",
])("mentions the agent: %j", (text) => {
  expect(mentions(text, "rig-dev-e[bot]")).toBe(true);
});

test.each([
  "",
  "rig-dev-e",
  "@rig-dev-e2 do it",
  "@rig-dev-e-python do it",
  "@acme/rig-dev-e do it",
  "mail ann@rig-dev-e now",
  "say `@rig-dev-e` to ask the agent",
  "```\n@rig-dev-e\n```",
  "~~~ js\n@rig-dev-e\n```\n@rig-dev-e",
  "> @rig-dev-e do it",
  "<!-- @rig-dev-e do it -->",
  "<!-- @rig-dev-e do it",
  "<!--\n\n@rig-dev-e do it",
  "the code is\n\n    @rig-dev-e do it",
  "say ``a ` @rig-dev-e`` to ask",
  "[@rig-dev-e](https://example.com)",
  "> <b>@rig-dev-e</b> do it",
])("does not mention the agent: %j", (text) => {
  expect(mentions(text, "rig-dev-e[bot]")).toBe(false);
});

test("an agent whose account is deleted is not mentioned", () => {
  expect(mentions("@ghost @", "")).toBe(false);
});

test("the longest comment that GitHub takes is read, whatever it repeats", () => {
  for (const part of ["<!--", "`", "```\n", "@rig-dev-", "> ", "-->"]) {
    expect(mentions(part.repeat(65_536 / part.length), "rig-dev-e[bot]")).toBe(false);
  }
});
