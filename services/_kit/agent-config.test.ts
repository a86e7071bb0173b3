import { Result } from "effect";
import { expect, test } from "vitest";
import { parseAgentConfig } from "./agent-config.ts";

const wrong = (text: string) => {
  const parsed = parseAgentConfig(text);
  if (Result.isSuccess(parsed)) throw new Error("was accepted");
  return parsed.failure;
};

test("a repository's file says its stack and its test command", () => {
  const text = "stack: node # and no other\ntestCommand: npm run test:ci\ntools: [git]\nfuture: yes\n";
  expect(Result.getOrThrow(parseAgentConfig(text))).toEqual({
    stack: "node",
    testCommand: "npm run test:ci",
    tools: ["git"],
  });
});

test("what is wrong is told to the person who wrote it", () => {
  expect(wrong("stack: rust")).toMatch(/"node".*stack/s);
  // `any` is for reviews: nobody would claim such work, and the issue would wait for ever.
  expect(wrong("stack: any")).toMatch(/"node".*stack/s);
  expect(wrong("testCommand: npm test")).toMatch(/stack/);
  expect(wrong("")).toMatch(/stack/);
  expect(wrong("- stack: node")).toMatch(/object/i);
  expect(wrong("stack: [")).toMatch(/^not YAML: /);
});

test("aliases that multiply are refused instead of filling the memory", () => {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [to, from] of ["ba", "cb", "dc", "ed", "fe"].map((pair) => [...pair])) {
    lines.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`);
  }
  expect(wrong(lines.join("\n"))).toMatch(/^not YAML: .*alias/);
});
