import { afterEach, expect, test, vi } from "vitest";
import { defaultContext } from "#agent/guard/context.ts";
import { guardRules } from "#contracts/guard-rules.ts";
import { answerTo, askGuard } from "./guard.ts";

afterEach(() => vi.restoreAllMocks());

async function ask(args: readonly string[], lines: readonly string[] = []) {
  const printed: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void printed.push(line));
  const code = await askGuard(
    args,
    (async function* () {
      yield* lines;
    })(),
  );
  return { code, printed };
}

test("a command that passes ends with 0, one that is blocked with 1, its rule, the reason and what is allowed", async () => {
  expect(await ask(["--", "npm test"])).toEqual({ code: 0, printed: ["allow"] });
  const { code, printed } = await ask(["--", "rm", "-rf", "/"]);
  expect(code).toBe(1);
  expect(printed[0]).toBe("block delete-outside");
  expect(printed[1]).toContain("`rm -rf /`");
  expect(printed[2]).toMatch(/^Instead: /);
});

test("words behind -- keep their spaces, and one word is the command as it is written", async () => {
  expect((await ask(["--", "git", "commit", "-m", "do not sudo; rm -rf /"])).code).toBe(0);
  expect((await ask(["--", "ls; sudo ls"])).code).toBe(1);
});

test("with --json the verdict is one JSON object", async () => {
  const { printed } = await ask(["--json", "--", "sudo ls"]);
  expect(JSON.parse(printed.join(""))).toMatchObject({
    verdict: "block",
    rule: "raise-rights",
    reason: expect.any(String),
  });
});

test("with --stdin each line has its own answer, and a bad line stops nothing", async () => {
  const { code, printed } = await ask(["--stdin"], ['"ls"', "not json", "5", "", '"sudo ls"']);
  expect(code).toBe(0);
  expect(printed.map((line) => JSON.parse(line))).toEqual([
    { verdict: "allow" },
    { error: "This line is no JSON. Write one JSON string a line." },
    { error: "This line is no JSON string. Write one JSON string a line." },
    { error: "This line is no JSON. Write one JSON string a line." },
    expect.objectContaining({ verdict: "block", rule: "raise-rights" }),
  ]);
});

test("the options set the work tree, the home, the protected branches and what the issue allows", async () => {
  expect((await ask(["--work-tree", "/srv/x", "--", "rm -rf /srv/x/dist"])).code).toBe(0);
  expect((await ask(["--home=/srv", "--", "rm -rf ~/x"])).code).toBe(1);
  expect((await ask(["--protected", "trunk,release", "--", "git push origin release"])).code).toBe(1);
  expect((await ask(["--allow", "AGENTS.md", "--", "echo x > AGENTS.md"])).code).toBe(0);
});

test.each([[[]], [["--stdin", "--", "ls"]], [["--nonsense", "--", "ls"]], [["--home"]], [["rm"]]])(
  "a wrong call is refused with the usage: %j",
  async (args) => {
    expect((await ask(args)).code).toBe(64);
  },
);

test("an object in the place of a string is an error, never a verdict", () => {
  expect(answerTo('{"command":"ls"}', defaultContext)).toHaveProperty("error");
});

test("with --rules every rule is shown as an agent's prompt has it", async () => {
  const { code, printed } = await ask(["--rules"]);
  expect(code).toBe(0);
  for (const id of Object.keys(guardRules)) expect(printed.join("\n")).toContain(`- ${id}: `);
});
