import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { guardRules } from "#contracts/guard-rules.ts";
import { readCases } from "./cases.ts";
import { defaultContext } from "./context.ts";
import { guardCommand } from "./guard.ts";
import { guardSection } from "./prompt.ts";

const guard = (command: string) => guardCommand(command, defaultContext);
const verdict = (command: string) => guard(command).verdict;

test("a blocked command is told its rule, why, and what is allowed instead", () => {
  expect(guard("ls && rm -rf /etc")).toEqual({
    verdict: "block",
    rule: "delete-outside",
    reason: `\`rm -rf /etc\`: blocked is ${guardRules["delete-outside"].blocks}. ${guardRules["delete-outside"].reason}`,
    instead: guardRules["delete-outside"].instead,
  });
});

test("the work tree, the home and the protected branches are those of the context", () => {
  const context = { ...defaultContext, workTree: "/srv/work", home: "/srv", protectedBranches: ["trunk"] };
  const blocked = (command: string) => guardCommand(command, context).verdict === "block";
  expect(["rm -rf /srv/work/dist", "git push origin main"].map(blocked)).toEqual([false, false]);
  expect(["rm -rf /workspace/project/dist", "git push origin trunk", "rm -rf ~"].map(blocked)).toEqual([
    true,
    true,
    true,
  ]);
});

test("a protected file may be written by a command when the approved issue names it", () => {
  const context = { ...defaultContext, allowedPaths: [".github/workflows/ci.yml"] };
  expect(guardCommand("echo x > .github/workflows/ci.yml", context).verdict).toBe("allow");
  expect(guardCommand("echo x > .github/workflows/other.yml", context).verdict).toBe("block");
});

test("the prompt names every rule of the table with its way that is allowed", () => {
  for (const [id, { blocks, instead }] of Object.entries(guardRules))
    expect(guardSection()).toContain(`- ${id}: blocked is ${blocks}. ${instead}`);
});

describe("inputs that are made to tire the guard are blocked", () => {
  const many = (part: string, count: number) => part.repeat(count);
  test.each([
    ["a megabyte of one word", many("a", 1_000_000)],
    ["a megabyte of commands", many("ls;", 333_333)],
    ["groups in groups", many("(", 30_000)],
    ["substitutions in substitutions", `${many("$(", 1_000)}ls${many(")", 1_000)}`],
    ["braces that make a million words", `rm ${many("{a,b}", 20)}`],
    [
      "variables that make a million calls",
      `${many("for a in 1 2 3 4 5 6 7 8; do ", 6)} echo $a$a$a$a; $b ${many("; done", 6)}`,
    ],
    ["evals in evals", `${many("eval ", 1_000)}ls`],
    [
      "functions that call each other",
      `${many("a(){ b; b; b; b; }; b(){ c; c; c; c; }; ", 1)}${Array.from({ length: 20 }, (_, at) => `f${at}(){ f${at + 1}; f${at + 1}; f${at + 1}; }`).join("; ")}; f0`,
    ],
  ])("%s", (_, command) => {
    expect(verdict(command)).toBe("block");
  });
});

describe("what stands around a command opens no way for it", () => {
  const quoted = (code: string) => `'${code.replaceAll("'", "'\\''")}'`;
  const around: readonly ((code: string) => string)[] = [
    (code) => `sh -c ${quoted(code)}`,
    (code) => `env A=1 bash -c ${quoted(code)}`,
    (code) => `eval ${quoted(code)}`,
    (code) => `timeout 5 nice -n 3 sh -c ${quoted(code)}`,
    (code) => `true && { ${code}\n}`,
    (code) => `(${code}\n)`,
    (code) => `echo $(${code}\n)`,
    (code) => `if ls; then ${code}\nfi`,
    (code) => `for x in a b; do ${code}\ndone`,
    (code) => `f() { ${code}\n}\nf`,
    (code) => `bash <<'END_OF_CODE'\n${code}\nEND_OF_CODE`,
    (code) => `cat <<'END_OF_CODE' | sh\n${code}\nEND_OF_CODE`,
    // find and xargs put what they found in the place of braces in the code too.
    (code) => (code.includes("{}") ? code : `find . -name x -exec sh -c ${quoted(code)} \\;`),
    (code) => (code.includes("{}") ? code : `echo a | xargs -I{} sh -c ${quoted(code)}`),
    (code) => `git -c alias.x=${quoted(`!${code}`)} x`,
    (code) => `trap ${quoted(code)} EXIT`,
  ];
  const simple = [...readCases("blocked"), ...readCases("public"), ...readCases("rig")].filter(
    (each) => each.verdict === "block" && verdict(each.command) === "block",
  );

  test("a wrapper, or two, never makes a blocked command pass", () => {
    const wrappers = fc.array(fc.constantFrom(...around), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...simple), wrappers, ({ command }, chosen) => {
        expect(verdict(chosen.reduce((code, wrap) => wrap(code), command))).toBe("block");
      }),
      { numRuns: 1_500 },
    );
  });

  test("a wrapper, or two, never makes a plain command blocked", () => {
    const plain = readCases("allowed")
      .map(({ command }) => command)
      .filter((command) => !/<<|\bcd\b|stdin|^source|^\. |\$\d|dev &|%1|^exit|"\$1"/.test(command));
    const wrappers = fc.array(fc.constantFrom(...around.slice(0, 8)), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...plain), wrappers, (command, chosen) => {
        expect(verdict(chosen.reduce((code, wrap) => wrap(code), command))).toBe("allow");
      }),
      { numRuns: 1_000 },
    );
  });

  test("quotes and escapes in the words of a command do not change its verdict", () => {
    const words = [
      "rm -rf /",
      "rm -rf build",
      "git push --force",
      "git status",
      "sudo ls",
      "chmod 777 x",
      "cat .env",
      "npm publish",
      "npm test",
      "git reset --hard",
      "kill -9 -1",
    ];
    const quotings: readonly ((word: string) => string)[] = [
      (word) => word,
      (word) => `"${word}"`,
      (word) => `'${word}'`,
      (word) => `\\${word}`,
      (word) => `${word.slice(0, 1)}""${word.slice(1)}`,
      (word) => `${word.slice(0, 1)}'${word.slice(1)}'`,
      (word) => `$'${[...word].map((letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`).join("")}'`,
      (word) => `${word.slice(0, 1)}\\\n${word.slice(1)}`,
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...words),
        fc.array(fc.constantFrom(...quotings), { minLength: 4, maxLength: 4 }),
        (command, chosen) => {
          const written = command.split(" ").map((word, at) => (chosen[at] ?? ((same: string) => same))(word));
          expect(verdict(written.join(" "))).toBe(verdict(command));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("a command that cannot be read never passes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("rm -rf /", "ls"),
        fc.constantFrom("'", '"', "$(", "`", "${", "((", "<<E\n", "if ", "{ ", "( ", "&& ||"),
        (command, opening) => {
          expect(verdict(`${command}; ${opening}`)).toBe("block");
        },
      ),
    );
  });
});
